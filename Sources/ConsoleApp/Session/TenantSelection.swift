import PartnerModel

/// Finds the tenants that a command names: by id, domain, name or `@group`.
struct TenantSelection {
  var tenants: [Tenant]

  /// - Parameter names: empty for all.
  /// - Returns: each tenant once, in the order of the configuration. A named tenant is taken even if it is excluded.
  /// - Throws: `CommandError(.usage)` for a name that is unknown or fits several tenants.
  func resolve(_ names: [String]) throws(CommandError) -> [Tenant] {
    guard !names.isEmpty else { return tenants }
    var chosen: Set<TenantID> = []
    for name in names { chosen.formUnion(try tenants(named: name)) }
    return tenants.filter { chosen.contains($0.id) }
  }

  /// - Throws: `CommandError(.usage)` unless the name fits exactly one tenant.
  func one(_ name: String) throws(CommandError) -> Tenant {
    let found = try resolve([name])
    guard found.count == 1, let tenant = found.first else {
      throw CommandError(.usage, "“\(name)” names \(found.count) tenants; name one.")
    }
    return tenant
  }

  /// The one tenant that something is to be asked of.
  /// - Throws: `CommandError` also when it is excluded, because such a tenant is never asked.
  func asked(_ name: String) throws(CommandError) -> Tenant {
    let tenant = try one(name)
    guard !tenant.isExcluded else {
      throw CommandError(
        .nothingDone,
        "\(tenant.name) is excluded in the configuration, so it is not asked. Remove \"excluded\" from it first.")
    }
    return tenant
  }

  /// The one incident that something is to be asked of.
  /// - Parameter id: as the service gives it, or as it is shown, with `#` in front.
  /// - Throws: `CommandError` when the tenant is not one that is asked, or no id is left.
  func incident(_ id: String, in tenant: String) throws(CommandError) -> IncidentKey {
    let tenant = try asked(tenant)
    return IncidentKey(tenant: tenant.id, id: try Self.incidentID(id))
  }

  /// An incident's id as the service gives it, or as it is shown, with `#` in front.
  /// - Throws: `CommandError` when nothing is left of it.
  static func incidentID(_ id: String) throws(CommandError) -> IncidentID {
    var bare = Substring(id)
    while bare.first?.isWhitespace ?? false { bare.removeFirst() }
    while bare.last?.isWhitespace ?? false { bare.removeLast() }
    if bare.first == "#" { bare.removeFirst() }
    guard !bare.isEmpty else {
      throw CommandError(.usage, "the incident's id is empty. `partner-console incidents list` shows the ids.")
    }
    return IncidentID(String(bare))
  }

  private func tenants(named name: String) throws(CommandError) -> [TenantID] {
    // Every name begins with nothing: an unset variable in a script would else name whatever there is.
    guard name.contains(where: { !$0.isWhitespace }) else {
      throw CommandError(.usage, "a tenant's name is empty. Name it, or none at all for every tenant.")
    }
    if name.hasPrefix("@") {
      let group = name.dropFirst().description.foldedForSearch
      let members = tenants.filter { tenant in tenant.groups.contains { $0.foldedForSearch == group } }
      guard !members.isEmpty else {
        let known = Set(tenants.flatMap(\.groups)).sorted().map { "@\($0)" }.joined(separator: ", ")
        throw CommandError(.usage, "no tenant is in the group “\(name)”. Groups: \(known.isEmpty ? "none" : known).")
      }
      return members.map(\.id)
    }
    if let id = TenantID(name) {
      guard tenants.contains(where: { $0.id == id }) else {
        throw CommandError(.usage, "the tenant \(id) is not in the configuration.")
      }
      return [id]
    }
    let folded = name.foldedForSearch
    var found = tenants.filter { $0.name.foldedForSearch == folded || $0.domain?.foldedForSearch == folded }
    if found.isEmpty { found = tenants.filter { $0.name.foldedForSearch.hasPrefix(folded) } }
    guard found.count <= 1 else {
      let names = found.prefix(5).map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
      throw CommandError(.usage, "“\(name)” fits several tenants: \(names). Name its id.")
    }
    guard let tenant = found.first else {
      throw CommandError(.usage, "no tenant is called “\(name)”. `partner-console tenants` lists them.")
    }
    return [tenant.id]
  }
}
