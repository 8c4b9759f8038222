public import PartnerModel

extension PartnerContext {
  /// Whether the list still gives an incident that the service says it does not have.
  ///
  /// - Parameter changedAt: its last change as it is known; a list is asked from there on.
  /// - Returns: `nil` when one page does not tell.
  ///
  /// Source: Microsoft Graph v1.0, `GET /security/incidents` with `$filter` on `lastUpdateDateTime`.
  public func lists(
    _ id: IncidentID, changedAt: Timestamp, in tenant: TenantID, priority: RequestPriority
  ) async throws(PartnerError) -> Bool? {
    let size = 50
    let options = KeyValuePairs(
      dictionaryLiteral: ("$filter", "lastUpdateDateTime ge \(changedAt)"), ("$orderby", "lastUpdateDateTime asc"),
      ("$top", "\(size)"))
    let call = GraphCall(target: GraphCall.incidents + GraphCall.query(options))
    let answer = try await pipeline.send(call, in: tenant, priority: priority)
    guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
      throw PartnerError(.storage("no memory"), tenant: tenant)
    }
    let page = try reader.incidents(answer)
    var isWhole = page.leftOut.isEmpty
    var last: Timestamp?
    for item in page.items {
      switch item {
      case .read(let incident) where incident.id == id: return true
      case .read(let incident): last = incident.updatedAt ?? last
      case .foreign: break
      case .unreadable: isWhole = false
      }
    }
    let isBehind = page.nextLink == nil && page.items.count < size || last.map { $0 > changedAt } ?? false
    return isWhole && isBehind ? false : nil
  }
}
