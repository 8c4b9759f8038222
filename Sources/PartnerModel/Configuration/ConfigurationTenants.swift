extension ConfigurationReader {
  /// More tenants than this are refused: a list so long is a mistake.
  static let mostTenants = 20_000

  /// - Parameter names: of all further registrations, also those with mistakes.
  mutating func tenants(
    _ node: JSONNode?, app: AppRegistration?, apps: [String: AppRegistration], names: Set<String>
  ) -> [Tenant] {
    guard let node else { return [] }
    guard let items = node.array else {
      report(node, "tenants", "must be a list.", "Write [ { \"id\": …, \"name\": … } ].")
      return []
    }
    guard items.count <= Self.mostTenants else {
      report(node, "tenants", "holds more than \(Self.mostTenants) tenants.", "Split the file.")
      return []
    }
    var tenants: [Tenant] = []
    var places: [TenantID: TextPosition] = [:]
    for (index, item) in items.enumerated() {
      guard let tenant = tenant(item, path: "tenants[\(index)]", app, apps, names) else { continue }
      if let first = places[tenant.id] {
        report(
          item["id"] ?? item, "tenants[\(index)].id", "this tenant stands at line \(first.line) already.",
          "Remove one of the two.")
        continue
      }
      places[tenant.id] = item.position
      tenants.append(tenant)
    }
    return tenants
  }

  private mutating func tenant(
    _ node: JSONNode, path: String, _ main: AppRegistration?, _ apps: [String: AppRegistration], _ names: Set<String>
  ) -> Tenant? {
    let fields = ConfigurationFields(node: node, path: path)
    guard fields.isObject else {
      report(node, path, "must be an object.", "Write { \"id\": …, \"name\": … }.")
      return nil
    }
    fields.checkKeys(
      [
        "id", "name", "domain", "groups", "context", "excluded", "notes", "contact", "runbook", "sla", "app",
        "permissions",
      ], &self)
    guard let id = fields.guid("id", &self) else { return nil }
    var name = fields.text("name", &self) ?? ""
    let domain = fields.text("domain", &self)
    if name.allSatisfy(\.isWhitespace) { name = domain ?? id.rawValue }
    let app = fields.text("app", &self)
    if let app, !names.contains(app) {
      report(node["app"] ?? node, "\(path).app", "there is no “\(app)” in apps.", "Add it to apps, or remove this.")
    }
    let context = tenantContext(fields, app: app.map { apps[$0] } ?? main)
    return Tenant(
      id: id, name: name, domain: domain, groups: fields.texts("groups", &self) ?? [],
      context: context, isExcluded: fields.flag("excluded", &self) ?? false, notes: fields.text("notes", &self),
      contact: fields.text("contact", &self), runbook: fields.text("runbook", &self),
      sla: slaPolicy(node["sla"], path: "\(path).sla"), app: app,
      permissions: permissions(fields))
  }

  mutating func refreshPolicy(_ fields: ConfigurationFields?) -> RefreshPolicy {
    var policy = RefreshPolicy()
    guard let fields else { return policy }
    fields.checkKeys(["visible", "background", "staleAfter", "history"], &self)
    policy.visible = fields.duration("visible", in: 10...3600, &self) ?? policy.visible
    policy.background = fields.duration("background", in: 30...86_400, &self) ?? policy.background
    policy.staleAfter = fields.duration("staleAfter", in: 60...604_800, &self) ?? policy.staleAfter
    policy.history = fields.duration("history", in: 86_400...15_552_000, &self) ?? policy.history
    return policy
  }

  mutating func slaPolicy(_ node: JSONNode?, path: String) -> SLAPolicy? {
    guard let node, !node.isNull else { return nil }
    let places = ConfigurationFields(node: node, path: path)
    guard let members = node.members else {
      report(node, path, "must be an object.", "Write { \"high\": { \"acknowledge\": \"PT30M\" } }.")
      return nil
    }
    var policy = SLAPolicy()
    for member in members {
      let severity = Severity(wire: member.key)
      guard severity.unrecognisedWire == nil, severity != .unknown, policy.targets[severity] == nil else {
        report(
          JSONNode(.null, at: member.keyPosition), "\(path).\(member.key)", "is not a severity, or stands twice.",
          "Use high, medium, low or informational.")
        continue
      }
      guard let fields = places.object(member.key, &self) else { continue }
      fields.checkKeys(["acknowledge", "resolve"], &self)
      policy.targets[severity] = SLATarget(
        acknowledge: fields.duration("acknowledge", in: 60...31_536_000, &self),
        resolve: fields.duration("resolve", in: 60...31_536_000, &self))
    }
    return policy
  }
}
