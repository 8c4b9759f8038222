import Synchronization

extension LabWorld {
  /// Items of a page when nothing else is asked for, and at most.
  private static let relationsPage = (usual: 100, most: 300)

  /// What Graph tells a partner of its customers; nil for a path that is none of it.
  func partner(_ call: GraphCall, _ path: [String]) throws -> LabAnswer? {
    guard call.request.method == "GET" else { return nil }
    if path == ["contracts"] { return try contracts(call) }
    guard path.first == "tenantRelationships", path.count > 1 else { return nil }
    // Only the partner's own directory has relations.
    guard call.room.isHome else { throw GraphRefusal.denied }
    try call.requireInDirectory("DelegatedAdminRelationship.Read.All", "DelegatedAdminRelationship.ReadWrite.All")
    switch (path[1], path.count) {
    case ("delegatedAdminRelationships", 2): return try relations(call)
    case ("delegatedAdminRelationships", 3...4):
      let (room, relation) = try relation(path[2])
      if path.count == 3 {
        let query = try DirectoryQuery(call, allowed: ["$select"])
        return call.entity(
          "tenantRelationships/delegatedAdminRelationships", members(relation, of: room), query.selection)
      }
      guard path[3] == "accessAssignments" else { return nil }
      return try assignments(call, relation)
    case ("delegatedAdminCustomers", 2): return try customers(call)
    default: return nil
    }
  }

  // MARK: Relations

  private func everyRelation() -> [(room: TenantRoom, relation: TenantAccess.Relation)] {
    rooms.flatMap { room in room.state.withLock { $0.access.relations }.map { (room, $0) } }
  }

  private func relation(_ id: String) throws -> (TenantRoom, TenantAccess.Relation) {
    guard let found = everyRelation().first(where: { $0.relation.id == id.lowercased() }) else {
      throw GraphRefusal.notFound("delegatedAdminRelationship", id)
    }
    return (found.room, found.relation)
  }

  private func relations(_ call: GraphCall) throws -> LabAnswer {
    let query = try DirectoryQuery(call, allowed: ["$select", "$filter", "$top", "$skiptoken", "$orderby", "$count"])
    let wanted = try query.equals(of: ["status", "customer/tenantId"])
    let now = limitNow()
    let chosen = everyRelation().filter { room, relation in
      (wanted?["status"].map { $0 == relation.status(at: now).rawValue } ?? true)
        && (wanted?["customer/tenantId"].map { $0.lowercased() == room.tenant.id.lowercased() } ?? true)
    }
    let path = "tenantRelationships/delegatedAdminRelationships"
    return try paged(call, query, path, chosen.map { members($0.relation, of: $0.room) })
  }

  private func paged(
    _ call: GraphCall, _ query: DirectoryQuery, _ path: String, _ items: [[String: JsonValue]]
  ) throws -> LabAnswer {
    let top = try query.count("$top") ?? Self.relationsPage.usual
    guard top <= Self.relationsPage.most else { throw GraphRefusal.topTooLarge(top, limit: Self.relationsPage.most) }
    guard top > 0 else { throw GraphRefusal.invalidOption("$top", "0") }
    var offset = 0
    if let text = query["$skiptoken"] {
      guard let token = SkipToken.read(text, for: call.room), token.foreign == nil else {
        throw GraphRefusal.badRequest("The skip token is not valid.")
      }
      offset = token.offset
    }
    let page = Array(items.dropFirst(offset).prefix(top))
    var next: String?
    if offset + page.count < items.count {
      let token = SkipToken.make(call.room, offset: offset + page.count)
      next = "\(call.origin)/v1.0/\(path)?\(query.next(skipToken: token))"
    }
    return call.collection(path, page, query.selection, next: next)
  }

  private func members(_ relation: TenantAccess.Relation, of room: TenantRoom) -> [String: JsonValue] {
    let days = (relation.ends.ticks - relation.activated.ticks) / Moment.day
    let activated = relation.activated.graphText
    return [
      "@odata.etag": .string("W/\"\(relation.id.prefix(8))\""), "id": .string(relation.id),
      "displayName": .string(relation.displayName), "duration": .string("P\(max(1, min(730, days)))D"),
      "autoExtendDuration": .string(relation.extends ? "P180D" : "PT0S"),
      "customer": .object(["tenantId": .string(room.tenant.id), "displayName": .string(room.tenant.name)]),
      "accessDetails": details(relation.roles), "status": .string(relation.status(at: limitNow()).rawValue),
      "createdDateTime": .string((relation.activated - Moment.day).graphText),
      "lastModifiedDateTime": .string(activated), "activatedDateTime": .string(activated),
      "endDateTime": .string(relation.ends.graphText),
    ]
  }

  private func details(_ roles: [LabEntraRole]) -> JsonValue {
    .object([
      "unifiedRoles": .array(roles.map { .object(["roleDefinitionId": .string($0.templateID)]) })
    ])
  }

  private func assignments(_ call: GraphCall, _ relation: TenantAccess.Relation) throws -> LabAnswer {
    let query = try DirectoryQuery(call, allowed: ["$select", "$filter", "$top"])
    let wanted = try query.equals(of: ["status"])?["status"]
    let items = relation.assignments.enumerated().filter { wanted == nil || wanted == $0.element.status.rawValue }
      .map { index, assignment -> [String: JsonValue] in
        var chance = Chance(stableHash(relation.id), UInt64(index))
        return [
          "@odata.etag": .string("W/\"\(index)\""), "id": .string(chance.guid()),
          "status": .string(assignment.status.rawValue),
          "createdDateTime": .string(relation.activated.graphText),
          "lastModifiedDateTime": .string(relation.activated.graphText),
          "accessContainer": .object([
            "accessContainerId": .string(assignment.group), "accessContainerType": .string("securityGroup"),
          ]), "accessDetails": details(assignment.roles),
        ]
      }
    return call.collection(
      "tenantRelationships/delegatedAdminRelationships('\(relation.id)')/accessAssignments", items, query.selection)
  }

  private func customers(_ call: GraphCall) throws -> LabAnswer {
    let query = try DirectoryQuery(call, allowed: ["$select", "$filter", "$top", "$skiptoken"])
    let wanted = try query.equals(of: ["tenantId"])?["tenantId"]?.lowercased()
    let items = rooms.filter { room in
      (wanted == nil || wanted == room.tenant.id.lowercased())
        && room.state.withLock { !$0.access.relations.isEmpty }
    }
    .map { room -> [String: JsonValue] in
      [
        "id": .string(room.tenant.id), "tenantId": .string(room.tenant.id), "displayName": .string(room.tenant.name),
      ]
    }
    return try paged(call, query, "tenantRelationships/delegatedAdminCustomers", items)
  }

  // MARK: Contracts

  private func contracts(_ call: GraphCall) throws -> LabAnswer {
    guard call.room.isHome else { throw GraphRefusal.denied }
    try call.requireInDirectory("Directory.Read.All")
    let query = try DirectoryQuery(call, allowed: ["$select", "$filter", "$top", "$skiptoken"])
    let wanted = try query.equals(of: ["customerId"])?["customerId"]?.lowercased()
    let items = rooms.filter { !$0.isHome && (wanted == nil || wanted == $0.tenant.id.lowercased()) }
      .map { room -> [String: JsonValue] in
        var chance = Chance(room.seed, 0xC047)
        return [
          "id": .string(chance.guid()), "contractType": .string("ResellerPartner"),
          "customerId": .string(room.tenant.id), "defaultDomainName": .string(room.tenant.domain),
          "displayName": .string(room.tenant.name),
        ]
      }
    return try paged(call, query, "contracts", items)
  }
}
