import PartnerModel

/// What of the service's alerts has to be with an incident at the end, and what is not as it has to be.
struct AlertComparison {
  private let truth: [Int: ServedAlert]
  private let room: HistoryPlan.Room

  init(_ room: HistoryPlan.Room) {
    self.room = room
    var truth: [Int: ServedAlert] = [:]
    for event in room.alertEvents { truth[event.alert.number] = event.alert }
    self.truth = truth
  }

  /// Whether it could not be read, and may be known as it was before, or not at all, until it changes.
  private func wasUnreadable(_ alert: ServedAlert) -> Bool {
    room.spells.contains { spell in
      (spell.kind == .brokenAlert(alert.number) || spell.kind == .poisonAlert(alert.number))
        && spell.to > alert.updated.ticks
    }
  }

  /// - Parameters:
  ///   - mustBeKnown: whether its alerts have to be read by now.
  ///   - isWhole: whether the tenant says that all of its alerts could be read.
  func differences(of incident: Incident, mustBeKnown: Bool, isWhole: Bool) -> [String] {
    guard let alerts = incident.alerts else {
      return mustBeKnown && isWhole ? ["#\(incident.id): its alerts are not known"] : []
    }
    var found: [String] = []
    let kept = Dictionary(alerts.map { ($0.id, $0) }) { first, _ in first }
    if kept.count != alerts.count { found.append("#\(incident.id) has an alert twice") }
    let own = truth.values.filter { "\($0.incident ?? -1)" == incident.id.rawValue }.sorted { $0.number < $1.number }
    for alert in own {
      let fields = kept[alert.id].map { Self.fields(of: $0, unlike: alert) } ?? ["everything"]
      if fields.isEmpty || wasUnreadable(alert) && !isWhole { continue }
      found.append("\(alert.id) of #\(incident.id) differs in \(fields.joined(separator: ", "))")
    }
    let ids = Set(own.map(\.id))
    for alert in alerts where !ids.contains(alert.id) {
      if let served = truth.values.first(where: { $0.id == alert.id }), wasUnreadable(served), !isWhole { continue }
      found.append("\(alert.id) is not of #\(incident.id)")
    }
    return found
  }

  private static func fields(of alert: Alert, unlike served: ServedAlert) -> [String] {
    func time(_ stamp: Stamp) -> Timestamp { Timestamp(ticks: stamp.ticks, fractionDigits: stamp.digits) }
    var unlike: [String] = []
    func check(_ name: String, _ isAlike: Bool) { if !isAlike { unlike.append(name) } }
    check("title", alert.title == served.title)
    check("severity", alert.severity.wire == served.severity)
    check("status", alert.status.wire == served.status)
    check("classification", alert.classification?.wire == served.classification)
    check("determination", alert.determination?.wire == served.determination)
    check("assignedTo", alert.assignedTo == served.owner)
    check("serviceSource", alert.serviceSource == "microsoftDefenderForEndpoint")
    check("createdDateTime", alert.createdAt == time(served.created))
    check("lastUpdateDateTime", alert.updatedAt == time(served.updated))
    check("resolvedDateTime", alert.resolvedAt == served.resolved.map(time))
    let comments = served.comments.map { IncidentComment(text: $0.text, createdBy: $0.author, createdAt: time($0.at)) }
    check("comments", alert.comments == comments)
    check("evidence", alert.evidence.count == served.addresses.count)
    check("evidence's addresses", zip(alert.evidence, served.addresses).allSatisfy { $0.json.contains("\"\($1)\"") })
    return unlike
  }
}
