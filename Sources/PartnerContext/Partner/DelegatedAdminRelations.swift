import FoundationEssentials
public import PartnerModel

extension PartnerContext {
  /// Reads the GDAP relationships that customers have with us, in our own tenant: all customers' in one reading.
  ///
  /// - Returns: by customer; those of a customer that is not named yet are left out. A status that is new here is kept as
  ///   it came.
  /// - Throws: `.appRoleMissing` where the permission is not granted in our own tenant; as every read else.
  ///
  /// Source: Microsoft Graph v1.0, `GET /tenantRelationships/delegatedAdminRelationships`, items of
  /// `delegatedAdminRelationship` and `resellerDelegatedAdminRelationship`. Permission:
  /// `DelegatedAdminRelationship.Read.All`, application or delegated.
  public func delegatedAdminRelations(
    priority: RequestPriority
  ) async throws(PartnerError) -> [TenantID: [DelegatedAdminRelation]] {
    var found: [TenantID: [String: DelegatedAdminRelation]] = [:]
    try await relations(priority).items(of: Self.relationsPath, query: GraphCall.query(["$top": "300"])) { item in
      guard let customer = item["customer"]?["tenantId"]?.string.flatMap({ TenantID($0) }),
        let relation = Self.relation(item)
      else { return }
      // A list that moved meanwhile may give one twice.
      found[customer, default: [:]][relation.id] = relation
    }
    return found.mapValues { Array($0.values).longestFirst }
  }

  /// Reads which groups of ours hold which roles of a relationship.
  ///
  /// Source: Microsoft Graph v1.0, `GET …/delegatedAdminRelationships/{id}/accessAssignments`. Permission: as
  /// ``delegatedAdminRelations(priority:)``.
  public func accessAssignments(
    of relation: DelegatedAdminRelation, priority: RequestPriority
  ) async throws(PartnerError) -> [AccessAssignment] {
    let name = escaped(relation.id)
    let path = "\(Self.relationsPath)/\(name)/accessAssignments"
    var found: [AccessAssignment] = []
    try await relations(priority).items(
      of: path, spellings: ["\(Self.relationsPath)('\(name)')/accessAssignments"]
    ) { item in
      guard let group = item["accessContainer"]?["accessContainerId"]?.guid,
        let status = item["status"]?.name(atMost: 64)
      else { return }
      found.append(AccessAssignment(group: group, status: status, roles: Self.roles(item)))
    }
    return found
  }

  /// In which of these groups of our own tenant the person is who signed in, through other groups as well.
  ///
  /// - Parameter groups: GUIDs; the service takes 20 at a time, and refuses them all for one that is none.
  ///
  /// Source: Microsoft Graph v1.0, `POST /me/checkMemberGroups`. Least permission: `User.Read`, delegated only.
  public func memberGroups(
    among groups: [String], priority: RequestPriority
  ) async throws(PartnerError) -> Set<String> {
    let asked = Set(groups.compactMap { TenantID($0)?.rawValue }).sorted()
    let walk = CollectionWalk(
      pipeline: pipeline, tenant: app.homeTenant, priority: priority, needs: [AppRole("User.Read")])
    var found: Set<String> = []
    for start in stride(from: 0, to: asked.count, by: 20) {
      let some = asked[start..<min(start + 20, asked.count)]
      let body = JSONNode.object(["groupIds": .strings(Array(some))]).text(isPretty: false)
      let (answer, raw) = try await walk.object(
        GraphCall(method: "POST", target: "/me/checkMemberGroups", body: body, isQuestion: true))
      guard let members = answer["value"]?.array else { throw walk.unreadable("JSON without a list in “value”", raw) }
      found.formUnion(members.compactMap(\.guid).filter(some.contains))
    }
    return found
  }

  /// Whether it is a person who acts in the tenant, and not the app.
  package func actsAsPerson(in tenant: TenantID) -> Bool { tokens.isPersonal(tenant) }

  private static let relationsPath = "/tenantRelationships/delegatedAdminRelationships"

  private func relations(_ priority: RequestPriority) -> CollectionWalk {
    CollectionWalk(pipeline: pipeline, tenant: app.homeTenant, priority: priority, needs: [.readRelations])
  }

  private static func relation(_ item: JSONNode) -> DelegatedAdminRelation? {
    guard let id = item["id"]?.name(atMost: 256), let status = item["status"]?.name(atMost: 64) else { return nil }
    return DelegatedAdminRelation(
      id: id, displayName: item["displayName"]?.words(atMost: 200) ?? "", status: status,
      endsAt: item["endDateTime"]?.string.flatMap { Timestamp($0) }.flatMap {
        Timestamp.dates.contains($0.ticks) ? $0.date : nil
      },
      // `P0D` and `PT0S` both mean that it does not.
      autoExtends: item["autoExtendDuration"]?.string?.contains { ("1"..."9").contains($0) } ?? false,
      roles: roles(item))
  }

  /// Roles that one relationship may hold.
  private static let mostRoles = 200

  private static func roles(_ item: JSONNode) -> [String] {
    let roles = (item["accessDetails"]?["unifiedRoles"]?.array ?? []).compactMap { $0["roleDefinitionId"]?.guid }
    return Array(roles.prefix(mostRoles))
  }
}
