import PartnerModel

/// Reads the alerts that an expansion left out, and tells what stays missing.
///
/// Source: OData 4.01, `alerts@odata.nextLink` and `alerts@odata.count` of an expanded incident.
struct IncidentAlerts {
  /// More are not followed: the operator waits, and the tenant's requests are few.
  private static let pages = 12
  private static let most = 2_000
  /// A larger count of the service's is no number of alerts.
  private static let mostCounted = 1_000_000

  var pipeline: GraphPipeline
  var tenant: TenantID
  var priority: RequestPriority
  var id: IncidentID

  /// - Parameter expanded: as it was read; what its own answer left out is in `leftOut`.
  /// - Throws: `.cancelled` alone: an incident with a part of its alerts is worth more than none.
  func completed(
    _ incident: Incident, link: String?, count: Int?, leftOut: [LeftOutProduct]
  ) async throws(PartnerError) -> Incident {
    guard let alerts = incident.alerts else { return incident }
    var found = Found(alerts: alerts, gaps: incident.alertGaps)
    found.gaps.leftOut = leftOut
    var isCut = link != nil
    if let link, let target = target(of: link) { isCut = try await !follow(target, into: &found, isTheirs: true) }
    if isCut || found.missing(of: count) > 0 {
      let before = found.alerts.count
      let options = KeyValuePairs(
        dictionaryLiteral: ("$filter", "incidentId eq '\(id.rawValue.quoted)'"), ("$top", "200"))
      let isWhole = try await follow(GraphCall.alerts + GraphCall.query(options), into: &found, isTheirs: false)
      // Where the link promised more, an answer without any more is no proof that there are none.
      if isWhole, found.alerts.count > before { isCut = false }
    }
    found.gaps.missing = found.missing(of: count)
    found.gaps.hasMore = isCut && found.gaps.missing == 0
    var whole = incident
    whole.alerts = found.alerts
    whole.alertGaps = found.gaps
    return whole
  }

  private struct Found {
    var alerts: [Alert]
    var gaps: AlertGaps

    /// None where the count cannot be one: it is the service's, and any number may stand there.
    func missing(of count: Int?) -> Int {
      let came = alerts.count + gaps.foreign + gaps.unreadable
      guard let count, count > came, count <= IncidentAlerts.mostCounted else { return 0 }
      return count - came
    }
  }

  /// - Parameter isTheirs: whether the list is the incident's own, so that an alert that names no incident is of it.
  /// - Returns: whether the last page was reached.
  private func follow(_ first: String, into found: inout Found, isTheirs: Bool) async throws(PartnerError) -> Bool {
    var target = first
    var asked: Set<String> = []
    var known = Set(found.alerts.map(\.id))
    for _ in 0..<Self.pages {
      guard asked.insert(target).inserted, found.alerts.count < Self.most else { return false }
      let page: ItemReader.Page<Alert>
      do {
        let answer = try await pipeline.send(GraphCall(target: target, retry: .brief), in: tenant, priority: priority)
        guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else { return false }
        page = try reader.alerts(answer)
      } catch {
        if error.cause == .cancelled { throw error }
        return false
      }
      found.gaps.leftOut = found.gaps.leftOut.joined(with: page.leftOut)
      for item in page.items {
        switch item {
        case .read(var alert):
          guard alert.incidentID == id || isTheirs && alert.incidentID == nil else { continue }
          alert.incidentID = id
          if known.insert(alert.id).inserted { found.alerts.append(alert) }
        // Of a list that is not the incident's own nobody knows whose these are.
        case .foreign: if isTheirs { found.gaps.foreign += 1 }
        case .unreadable: if isTheirs { found.gaps.unreadable += 1 }
        }
      }
      guard let link = page.nextLink else { return true }
      guard let next = self.target(of: link) else { return false }
      target = next
    }
    return false
  }

  /// The link of the service's below our own origin: the incident's own alerts in either spelling, or the list of alerts.
  private func target(of link: String) -> String? {
    let name = escaped(id.rawValue)
    let paths = ["\(GraphCall.incidents)/\(name)/alerts", "\(GraphCall.incidents)('\(name)')/alerts", GraphCall.alerts]
    return paths.lazy.compactMap { path in
      PageLink.target(link, origin: pipeline.app.endpoints.graph, path: path, tenant: tenant)
    }.first
  }
}

extension String {
  /// As it stands between the single quotes of an OData text.
  fileprivate var quoted: String { split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") }
}
