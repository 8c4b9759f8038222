import Synchronization

extension LabWorld {
  private static let graphApp = "00000003-0000-0000-c000-000000000000"

  /// What Graph tells of a tenant's directory; nil for a path that is none of it.
  func directory(_ call: GraphCall, _ path: [String]) throws -> LabAnswer? {
    switch (call.request.method, path.count) {
    case ("GET", 1) where path[0] == "organization": return try organization(call)
    case ("GET", 1) where path[0] == "oauth2PermissionGrants": return try permissionGrants(call)
    case ("GET", 1) where path[0] == "servicePrincipals": return try servicePrincipals(call)
    case ("GET", 1...2) where path[0].hasPrefix("servicePrincipals(appId='") && path[0].hasSuffix("')"):
      let app = path[0].dropFirst("servicePrincipals(appId='".utf8.count).dropLast(2)
      try call.requireInDirectory("Application.Read.All", "Directory.Read.All")
      guard let principal = principal(ofApp: String(app), in: call.room) else {
        throw GraphRefusal.resourceNotFound(String(app))
      }
      return path.count == 1 ? try entity(call, principal) : try member(path[1], of: principal, call)
    case ("GET", 2...3) where path[0] == "servicePrincipals":
      try call.requireInDirectory("Application.Read.All", "Directory.Read.All")
      let found = [options.clientID, Self.graphApp].compactMap { principal(ofApp: $0, in: call.room) }
        .first { $0.id == path[1].lowercased() }
      guard let found else { throw GraphRefusal.resourceNotFound(path[1]) }
      return path.count == 2 ? try entity(call, found) : try member(path[2], of: found, call)
    default: return nil
    }
  }

  // MARK: Service principals

  private struct Principal {
    var id: String
    var app: String
    var name: String
    var isEnabled: Bool
  }

  private func graphPrincipal(in room: TenantRoom) -> String {
    var chance = Chance(room.seed, 0x69A9)
    return chance.guid()
  }

  private func principal(ofApp app: String, in room: TenantRoom) -> Principal? {
    switch app.lowercased() {
    case Self.graphApp:
      return Principal(id: graphPrincipal(in: room), app: Self.graphApp, name: "Microsoft Graph", isEnabled: true)
    case options.clientID.lowercased():
      let consent = consent(of: room)
      guard consent != .noServicePrincipal else { return nil }
      return Principal(
        id: appPrincipal(in: room), app: options.clientID, name: "partner-console", isEnabled: consent != .disabled)
    default: return nil
    }
  }

  private func entity(_ call: GraphCall, _ principal: Principal) throws -> LabAnswer {
    let query = try DirectoryQuery(call, allowed: ["$select"])
    return call.entity("servicePrincipals", members(of: principal), query.selection)
  }

  private func members(of principal: Principal) -> [String: JsonValue] {
    var members: [String: JsonValue] = [
      "id": .string(principal.id), "appId": .string(principal.app), "displayName": .string(principal.name),
      "appDisplayName": .string(principal.name), "accountEnabled": .bool(principal.isEnabled),
      "servicePrincipalType": .string("Application"), "appRoles": .array([]), "oauth2PermissionScopes": .array([]),
    ]
    guard principal.app == Self.graphApp else { return members }
    let names = options.requiredRoles + options.furtherHomeRoles
    let known =
      GraphPermission.all
      + names.filter { name in !GraphPermission.all.contains { $0.name == name } }
      .map(GraphPermission.named)
    members["appRoles"] = .array(
      known.compactMap { permission in
        permission.role.map { id in
          .object([
            "id": .string(id), "value": .string(permission.name), "isEnabled": .bool(true),
            "allowedMemberTypes": .array([.string("Application")]), "displayName": .string(permission.name),
          ])
        }
      })
    members["oauth2PermissionScopes"] = .array(
      known.compactMap { permission in
        permission.scope.map { id in
          .object([
            "id": .string(id), "value": .string(permission.name), "isEnabled": .bool(true), "type": .string("Admin"),
          ])
        }
      })
    return members
  }

  private func servicePrincipals(_ call: GraphCall) throws -> LabAnswer {
    try call.requireInDirectory("Application.Read.All", "Directory.Read.All")
    let query = try DirectoryQuery(call, allowed: ["$select", "$filter", "$top"])
    let wanted = try query.equals(of: ["appId"])?["appId"]
    let found = [options.clientID, Self.graphApp].filter { wanted == nil || wanted?.lowercased() == $0.lowercased() }
      .compactMap { principal(ofApp: $0, in: call.room) }
    return call.collection("servicePrincipals", found.map(members), query.selection)
  }

  private func member(_ name: String, of principal: Principal, _ call: GraphCall) throws -> LabAnswer {
    guard name == "appRoleAssignments" else { throw GraphRefusal.unknownSegment(name) }
    let query = try DirectoryQuery(call, allowed: ["$select", "$top", "$filter"])
    var roles: [String] = []
    // What is granted stays written down while an app is disabled or kept out by a policy.
    if principal.app != Self.graphApp {
      if case .granted(let given) = consent(of: call.room) { roles = given }
    }
    let created = (call.room.state.withLock { $0.consentedAt } ?? started - 200 * Moment.day).graphText
    let assignments = roles.map { role -> [String: JsonValue] in
      var chance = Chance(call.room.seed, 0xA559, stableHash(role))
      return [
        "id": .string(chance.hex(32)), "appRoleId": .string(GraphPermission.named(role).role ?? chance.guid()),
        "createdDateTime": .string(created), "deletedDateTime": .null, "principalId": .string(principal.id),
        "principalType": .string("ServicePrincipal"), "principalDisplayName": .string(principal.name),
        "resourceId": .string(graphPrincipal(in: call.room)), "resourceDisplayName": .string("Microsoft Graph"),
      ]
    }
    return call.collection("appRoleAssignments", assignments, query.selection)
  }

  // MARK: Delegated grants and the tenant itself

  private func permissionGrants(_ call: GraphCall) throws -> LabAnswer {
    try call.requireInDirectory("Directory.Read.All", "DelegatedPermissionGrant.Read.All")
    let query = try DirectoryQuery(call, allowed: ["$select", "$filter", "$top"])
    let wanted = try query.equals(of: ["clientId", "consentType"])
    let client = appPrincipal(in: call.room)
    let scopes = (try? consentedScopes(in: call.room, for: .home, upn: "")) ?? []
    let isWanted =
      (wanted?["clientId"].map { $0.lowercased() == client } ?? true)
      && (wanted?["consentType"].map { $0 == "AllPrincipals" } ?? true)
    guard !scopes.isEmpty, isWanted else { return call.collection("oauth2PermissionGrants", []) }
    var chance = Chance(call.room.seed, 0x06A7)
    return call.collection(
      "oauth2PermissionGrants",
      [
        [
          "id": .string(chance.hex(32)), "clientId": .string(client), "consentType": .string("AllPrincipals"),
          "principalId": .null, "resourceId": .string(graphPrincipal(in: call.room)),
          "scope": .string(scopes.joined(separator: " ")),
        ]
      ], query.selection)
  }

  private func organization(_ call: GraphCall) throws -> LabAnswer {
    try call.requireInDirectory("Organization.Read.All", "Directory.Read.All", delegated: ["User.Read"])
    let query = try DirectoryQuery(call, allowed: ["$select"])
    let tenant = call.room.tenant
    return call.collection(
      "organization",
      [
        [
          "id": .string(tenant.id), "displayName": .string(tenant.name), "tenantType": .string("AAD"),
          "countryLetterCode": .string(call.room.customer.culture.country), "assignedPlans": .array([]),
          "provisionedPlans": .array([]),
          "partnerTenantType": call.room.isHome ? .string("valueAddedResellerPartnerDelegatedAdmin") : .null,
          "verifiedDomains": .array([
            .object([
              "name": .string(tenant.domain), "isDefault": .bool(true), "isInitial": .bool(true),
              "type": .string("Managed"), "capabilities": .string("Email, OfficeCommunicationsOnline"),
            ])
          ]),
        ]
      ], query.selection)
  }
}
