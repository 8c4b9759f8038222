import PartnerModel

/// Reads a tenant's alerts by following the service's links.
///
/// Source: Microsoft Graph v1.0, `GET /security/alerts_v2`.
struct AlertList {
  /// The service would give 1,000 at once; alerts with much evidence would then exceed the limit of an answer.
  private static let pageSize = 200

  var pipeline: GraphPipeline
  var tenant: TenantID
  var priority: RequestPriority

  func read(changedSince: Timestamp?, onPage: (AlertPage) async throws -> Void) async throws(PartnerError) {
    var target =
      GraphCall.alerts
      + (changedSince.map {
        GraphCall.query(["$filter": "lastUpdateDateTime ge \($0)", "$top": "\(Self.pageSize)"])
      } ?? GraphCall.query(["$top": "\(Self.pageSize)"]))
    var asked: Set<String> = []
    var delivered: Set<String> = []
    for _ in 0..<pipeline.limits.pages {
      guard asked.insert(target).inserted else { throw PartnerError(.pagingLoop, tenant: tenant) }
      let call = GraphCall(target: target)
      let answer = try await pipeline.send(call, in: tenant, priority: priority)
      guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
        throw PartnerError(.storage("no memory"), tenant: tenant)
      }
      let items = try reader.alerts(answer)
      var page = AlertPage(tenant: tenant, alerts: [], unreadable: [], foreign: 0, leftOut: items.leftOut)
      for item in items.items {
        switch item {
        case .read(let alert): if delivered.insert(alert.id).inserted { page.alerts.append(alert) }
        case .foreign: page.foreign += 1
        case .unreadable(let item): page.unreadable.append(item)
        }
      }
      try await keep(page, tenant: tenant, onPage)
      guard let link = items.nextLink else { return }
      let next = PageLink.target(link, origin: pipeline.app.endpoints.graph, path: GraphCall.alerts, tenant: tenant)
      guard let next else { throw PartnerError(.unsafeLink(PageLink.shown(link)), tenant: tenant) }
      target = next
    }
    throw PartnerError(.answerUnreadable("more than \(pipeline.limits.pages) pages"), tenant: tenant)
  }
}
