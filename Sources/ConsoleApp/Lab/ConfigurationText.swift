import PartnerModel

/// Writes the `tenants.json` that leads to a lab.
struct ConfigurationText {
  var configuration: Configuration
  /// The lab's base URL.
  var baseURL: String
  /// Where the random client secret is.
  var secretFile: String
  var caFile: String?

  var text: String {
    let app = configuration.app
    var registration: [(String, JSONNode)] = [
      ("clientId", .string(app.clientID)),
      ("homeTenant", .string(app.homeTenant.rawValue)),
      ("cloud", .string(Cloud.lab.rawValue)),
      ("api", .string("graph")),
      ("credentials", .array([credential])),
      ("permissions", .strings(app.permissions.map(\.rawValue))),
      ("consentRedirect", .string(app.consentRedirect)),
      ("budgetShare", JSONNode(.number(String(app.budgetShare)))),
      (
        "endpoints",
        object(["authority", "graph", "keyVault", "identity"].map { ($0, .string(baseURL)) })
      ),
    ]
    if let caFile { registration.append(("trust", .object(["caFile": .string(caFile)]))) }
    var root: [(String, JSONNode)] = [("version", .number(1)), ("app", object(registration))]
    if let upn = configuration.operatorUPN { root.append(("operator", .object(["upn": .string(upn)]))) }
    let refresh = configuration.refresh
    root.append(
      (
        "refresh",
        .object([
          "visible": duration(refresh.visible), "background": duration(refresh.background),
          "staleAfter": duration(refresh.staleAfter), "history": duration(refresh.history),
        ])
      ))
    if !configuration.sla.targets.isEmpty { root.append(("sla", sla(configuration.sla))) }
    root.append(("tenants", .array(configuration.tenants.map(tenant))))
    return object(root).text() + "\n"
  }

  /// The lab takes its secret, and nothing from an app that is a public client.
  private var credential: JSONNode {
    guard !configuration.app.isPublicClient else { return .object(["type": .string("none")]) }
    return .object(["type": .string("secret"), "file": .string(secretFile)])
  }

  private func tenant(_ tenant: Tenant) -> JSONNode {
    var members: [(String, JSONNode)] = [("id", .string(tenant.id.rawValue)), ("name", .string(tenant.name))]
    if let domain = tenant.domain { members.append(("domain", .string(domain))) }
    if !tenant.groups.isEmpty { members.append(("groups", .strings(tenant.groups))) }
    if tenant.context != .application { members.append(("context", .string(tenant.context.rawValue))) }
    if tenant.isExcluded { members.append(("excluded", .bool(true))) }
    for (key, value) in [("notes", tenant.notes), ("contact", tenant.contact), ("runbook", tenant.runbook)] {
      if let value { members.append((key, .string(value))) }
    }
    if let policy = tenant.sla { members.append(("sla", sla(policy))) }
    // What a further registration asks for is told with each of its tenants: the lab knows one registration only.
    let permissions = configuration.requiredRoles(for: tenant)
    if permissions != configuration.app.permissions {
      members.append(("permissions", .strings(permissions.map(\.rawValue))))
    }
    return object(members)
  }

  private func sla(_ policy: SLAPolicy) -> JSONNode {
    object(
      policy.targets.sorted { $0.key.order < $1.key.order }.map { severity, target in
        var members: [(String, JSONNode)] = []
        if let seconds = target.acknowledge { members.append(("acknowledge", duration(seconds))) }
        if let seconds = target.resolve { members.append(("resolve", duration(seconds))) }
        return (severity.wire, object(members))
      })
  }

  private func duration(_ seconds: Double) -> JSONNode { .string("PT\(Int(seconds))S") }

  private func object(_ members: [(String, JSONNode)]) -> JSONNode {
    JSONNode(.object(members.map { .init(key: $0.0, keyPosition: .start, value: $0.1) }))
  }
}
