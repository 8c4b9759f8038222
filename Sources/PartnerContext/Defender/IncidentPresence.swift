public import PartnerModel

extension PartnerContext {
  /// Pages that are asked at most: the second look is for one incident, and the tenant's requests are few.
  private static let presencePages = 10

  /// Whether the list still gives an incident that the service says it does not have.
  ///
  /// It stands where its last change puts it, which may be anywhere behind the one that is known. So only a list that was
  /// read to its end says that it is not there.
  /// - Parameter changedAt: its last change as it is known; a list is asked from there on.
  /// - Returns: `nil` when the list does not tell: it goes on for too long, is not in its order, or is not whole.
  ///
  /// Source: Microsoft Graph v1.0, `GET /security/incidents` with `$filter` and `$orderby` on `lastUpdateDateTime`.
  public func lists(
    _ id: IncidentID, changedAt: Timestamp, in tenant: TenantID, priority: RequestPriority
  ) async throws(PartnerError) -> Bool? {
    guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
      throw PartnerError(.storage("no memory"), tenant: tenant)
    }
    var target = ChangeList.incidents.query(from: changedAt)
    var newest = changedAt
    for _ in 0..<Self.presencePages {
      let page = try reader.incidents(
        try await pipeline.send(GraphCall(target: target), in: tenant, priority: priority))
      let start = newest
      var isWhole = page.leftOut.isEmpty
      for item in page.items {
        switch item {
        case .read(let incident):
          if incident.id == id { return true }
          guard let updated = incident.updatedAt else { continue }
          if updated < newest { isWhole = false }
          newest = max(newest, updated)
        case .foreign: break
        case .unreadable: isWhole = false
        }
      }
      guard isWhole else { return nil }
      guard page.nextLink != nil || page.items.count >= ChangeList.incidents.pageSize else { return false }
      if newest > start {
        // The service does not serve deep pages.
        target = ChangeList.incidents.query(from: newest)
        continue
      }
      let next = page.nextLink.flatMap { link in
        PageLink.target(link, origin: app.endpoints.graph, path: GraphCall.incidents, tenant: tenant)
      }
      guard let next else { return nil }
      target = next
    }
    return nil
  }
}
