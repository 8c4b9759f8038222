import FoundationEssentials
public import PartnerModel

/// What a tenant's directory says of our app.
public enum DirectoryLook: Hashable, Sendable {
  /// The app is not in the tenant.
  case absent
  case present(DirectoryConsent)
}

extension PartnerContext {
  /// Looks in the tenant's directory what its admin has granted to our app, whether a token shows it yet or not.
  ///
  /// - Throws: `.appRoleMissing` where the permission is not granted; as every read else.
  ///
  /// Source: Microsoft Graph v1.0, `GET /servicePrincipals(appId='…')` and its `appRoleAssignments`. Permission:
  /// `Application.Read.All`.
  public func lookInDirectory(
    of tenant: TenantID, priority: RequestPriority = .foreground
  ) async throws(PartnerError) -> DirectoryLook {
    let walk = CollectionWalk(
      pipeline: pipeline, tenant: tenant, priority: priority, needs: [.readApplications, .readDirectory])
    let began = pipeline.dependencies.now()
    let own: JSONNode
    do {
      own = try await Self.principal(app.clientID, "id,appId,accountEnabled", walk)
    } catch {
      if case .notFound = error.cause { return .absent }
      throw error
    }
    // Checked before it is called here.
    let id = own["id"]?.guid ?? ""
    var assigned: [(role: String, resource: String)] = []
    try await walk.items(
      of: "/servicePrincipals/\(id)/appRoleAssignments",
      spellings: ["/servicePrincipals('\(id)')/appRoleAssignments"]
    ) { item in
      guard let role = item["appRoleId"]?.guid, let resource = item["resourceId"]?.guid,
        item["principalId"]?.guid == id
      else { return }
      assigned.append((role, resource))
    }
    let isKnown = assigned.allSatisfy { AppRole.byID[$0.role] != nil }
    let graph =
      assigned.isEmpty
      ? nil : try await Self.principal(Self.graphID, isKnown ? "id,appId" : "id,appId,appRoles", walk)
    let names = Self.names(graph?["appRoles"]?.array ?? [])
    let granted = assigned.filter { $0.resource == graph?["id"]?.guid }.map { assignment in
      // One that nobody names is told by its id.
      AppRole.byID[assignment.role] ?? names[assignment.role] ?? AppRole(assignment.role)
    }
    return .present(
      DirectoryConsent(
        checkedAt: began, granted: Set(granted).sorted(), isEnabled: own["accountEnabled"]?.bool ?? true))
  }

  /// Microsoft Graph's own app id, the same in every tenant.
  private static let graphID = "00000003-0000-0000-c000-000000000000"

  private static func principal(
    _ appID: String, _ fields: String, _ walk: CollectionWalk
  ) async throws(PartnerError) -> JSONNode {
    let call = GraphCall(
      target: "/servicePrincipals(appId='\(escaped(appID))')" + GraphCall.query(["$select": fields]))
    let (node, answer) = try await walk.object(call)
    guard node["id"]?.guid != nil, node["appId"]?.string?.lowercased() == appID.lowercased() else {
      throw walk.unreadable("another app than the one asked for", answer)
    }
    return node
  }

  private static func names(_ roles: [JSONNode]) -> [String: AppRole] {
    var names: [String: AppRole] = [:]
    for role in roles {
      guard let id = role["id"]?.guid, let value = role["value"]?.name(atMost: 120) else { continue }
      names[id] = AppRole(value)
    }
    return names
  }
}

extension AppRole {
  static let readDirectory = AppRole("Directory.Read.All")

  /// Application permissions of Microsoft Graph by their ids, the same in every tenant.
  ///
  /// Source: Microsoft Graph permissions reference.
  static let byID: [String: AppRole] = [
    "45cc0394-e837-488b-a098-1918f48d186c": "SecurityIncident.Read.All",
    "34bf0e97-1971-4929-b999-9e2442d941d7": "SecurityIncident.ReadWrite.All",
    "472e4a4d-bb4a-4026-98d1-0b0d74cb74a5": "SecurityAlert.Read.All",
    "ed4fca05-be46-441f-9803-1873825f8fdb": "SecurityAlert.ReadWrite.All",
    "dd98c7f5-2d42-42d3-a0e4-633161547251": "ThreatHunting.Read.All",
    "f6e9e124-4586-492f-adc0-c6f96e4823fd": "DelegatedAdminRelationship.Read.All",
    "cac88765-0581-4025-9725-5ebc13f729ee": "CrossTenantInformation.ReadBasic.All",
    "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30": "Application.Read.All",
    "498476ce-e0fe-48b0-b801-37ba7e2685c6": "Organization.Read.All",
    "7ab1d382-f21e-4acd-a863-ba3e13f7da61": "Directory.Read.All",
  ].mapValues { AppRole($0) }
}
