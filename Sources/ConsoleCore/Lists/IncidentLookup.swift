import PartnerModel

// Looking for incidents by what somebody types.
extension IncidentList {
  /// The incidents that have this id, one for each tenant that has it.
  func keys(of id: IncidentID) -> [IncidentKey] {
    slotOfID.indices.compactMap { number in
      slotOfID[number][id] == nil ? nil : IncidentKey(tenant: tables.tenants[UInt32(number)], id: id)
    }
  }

  /// Incidents whose id begins so, in the order of the rows.
  /// - Parameters:
  ///   - tenant: of this one alone.
  ///   - rows: so many are looked at.
  func incidents(beginning id: String, in tenant: TenantID?, limit: Int, lookingAt rows: Int) -> [IncidentSummary] {
    let number = tenant.map { tables.tenants.known($0) ?? .max }
    var found: [IncidentSummary] = []
    for slot in sorted.prefix(rows) {
      let fits = slots.lend(slot) { incident in
        (number == nil || incident.pointee.tenant == number) && incident.pointee.id.rawValue.hasPrefix(id)
      }
      guard fits else { continue }
      found.append(summary(slot))
      if found.count == limit { break }
    }
    return found
  }

  /// Who has incidents of a tenant, and how many.
  func owners(in tenant: TenantID) -> [String: Int] {
    guard let number = tables.tenants.known(tenant), Int(number) < slotOfID.count else { return [:] }
    var owners: [String: Int] = [:]
    for slot in slotOfID[Int(number)].values {
      let owner = slots.lend(slot) { tables.owners[$0.pointee.owner] }
      if let owner, !owner.isEmpty { owners[owner, default: 0] += 1 }
    }
    return owners
  }

  /// The tags that incidents of a tenant have, and how many have each; where none has any, those of all tenants.
  func tags(in tenant: TenantID) -> [String: Int] {
    var own: [UInt32: Int] = [:]
    if let number = tables.tenants.known(tenant), Int(number) < slotOfID.count {
      for slot in slotOfID[Int(number)].values { own[slots.lend(slot) { $0.pointee.tags }, default: 0] += 1 }
    }
    var tags: [String: Int] = [:]
    for (list, count) in own {
      for tag in Set(tables.tagLists[list]) { tags[tag, default: 0] += count }
    }
    if !tags.isEmpty { return tags }
    // How often they are used elsewhere is not counted: it would take a look at every incident.
    for list in tables.tagLists.all {
      for tag in list { tags[tag] = 0 }
    }
    return tags
  }
}
