import PartnerModel
import PartnerStore

/// What of the service's events has to be in the store at the end, and what is not as it has to be.
struct HistoryComparison {
  let tenant: TenantID
  let room: HistoryPlan.Room
  /// Incidents that last changed from here on have to be known.
  let historyStart: Int64
  /// Closed ones that last changed before may have left.
  let forgottenBefore: Int64

  /// The incidents as the events leave them; `nil` for those that were deleted, with how they were before.
  private func truth() -> [Int: (now: ServedIncident?, last: ServedIncident)] {
    var truth: [Int: (now: ServedIncident?, last: ServedIncident)] = [:]
    for event in room.events.sorted(by: { $0.happened < $1.happened }) {
      if case .created(let incident) = event.change {
        truth[event.incident] = (incident, incident)
        continue
      }
      guard let before = truth[event.incident], let known = before.now else { continue }
      let next = known.after(event)
      truth[event.incident] = (next, next ?? known)
    }
    return truth
  }

  /// Whether it was broken, and may be known as it was before until it changes.
  private func wasBroken(_ incident: ServedIncident) -> Bool {
    room.spells.contains { spell in
      (spell.kind == .broken(incident: incident.number) || spell.kind == .poison(incident: incident.number))
        && spell.to > incident.updated.ticks
    }
  }

  func differences(in cache: Cache, row: TenantOverview?) throws -> [String] {
    var found: [String] = []
    let truth = truth()
    let kept = try cache.incidents(of: tenant, includeClosed: true)
    let ids = kept.map(\.key.id.rawValue)
    if Set(ids).count != ids.count { found.append("an incident stands twice") }
    let byID = Dictionary(kept.map { ($0.key.id.rawValue, $0) }) { first, _ in first }
    for id in ids {
      guard let known = Int(id).flatMap({ truth[$0] }) else {
        found.append("#\(id) is of nobody")
        continue
      }
      // One that is kept as closed is not looked for: nobody works on it.
      if known.now == nil, byID[id]?.status.isOpen == true {
        found.append("#\(id) was deleted, and is kept as \(byID[id]?.status.wire ?? "?")")
      }
    }
    var isWhole = true
    let alerts = AlertComparison(room)
    let read = row?.sync.alerts
    let areAlertsWhole = read.map { $0.error == nil && $0.leftOut == nil && $0.unreadable == 0 } ?? false
    for (number, state) in truth.sorted(by: { $0.key < $1.key }) {
      guard let incident = state.now else { continue }
      let key = IncidentKey(tenant: tenant, id: IncidentID("\(number)"))
      guard byID["\(number)"] != nil, let remembered = try cache.incident(key) else {
        if incident.updated.ticks < max(historyStart, forgottenBefore), !incident.isOpen { continue }
        if wasBroken(incident), row?.sync.isWhole == false {
          isWhole = false
          continue
        }
        found.append("#\(number) is missing")
        continue
      }
      let covered = read?.coversFrom.map { incident.created.ticks >= $0.ticks } ?? false
      found += alerts.differences(
        of: remembered.incident, coversFrom: read?.coversFrom?.ticks, mustBeKnown: covered, isWhole: areAlertsWhole)
      let fields = Self.fields(of: remembered.incident, unlike: incident, tenant)
      if fields.isEmpty { continue }
      if wasBroken(incident), row?.sync.isWhole == false {
        isWhole = false
        continue
      }
      found.append("#\(number) differs in \(fields.joined(separator: ", "))")
    }
    guard let row else { return found + ["the tenant is unaccounted for"] }
    if row.sync.lastSuccess == nil || row.sync.error != nil {
      found.append("the tenant was not read to its end: \(row.sync.error?.cause ?? "no error")")
    }
    if row.sync.alerts?.lastSuccess == nil || row.sync.alerts?.error != nil {
      found.append("its alerts were not read to their end: \(row.sync.alerts?.error?.cause ?? "no error")")
    }
    if row.sync.leftOut != nil { found.append("a product still counts as left out") }
    let open = kept.filter { !["resolved", "redirected"].contains($0.status.wire) }
    if isWhole, row.counts?.open != open.count || row.counts?.high != open.count(where: { $0.severity == .high }) {
      found.append("counted \(row.counts?.open ?? -1) open ones of \(open.count)")
    }
    return found
  }

  private static func fields(
    of incident: Incident, unlike served: ServedIncident, _ tenant: TenantID
  ) -> [String] {
    func time(_ stamp: Stamp) -> Timestamp { Timestamp(ticks: stamp.ticks, fractionDigits: stamp.digits) }
    var unlike: [String] = []
    func check(_ name: String, _ isAlike: Bool) { if !isAlike { unlike.append(name) } }
    check("displayName", (incident.displayName ?? "") == (served.title ?? ""))
    check("description", incident.details == served.details)
    check("summary", incident.summary == served.summary)
    check("severity", incident.severity.wire == served.severity)
    check("status", incident.status.wire == served.status)
    check("classification", incident.classification?.wire == served.classification)
    check("determination", incident.determination?.wire == served.determination)
    check("assignedTo", incident.assignedTo == served.owner)
    check("customTags", incident.customTags == served.tags)
    check("systemTags", incident.systemTags == served.systemTags)
    check("resolvingComment", incident.resolvingComment == served.resolvingComment)
    check("createdDateTime", incident.createdAt == time(served.created))
    check("lastUpdateDateTime", incident.updatedAt == time(served.updated))
    check("lastModifiedBy", incident.lastModifiedBy == served.modifiedBy)
    check("redirectIncidentId", incident.redirectIncidentID?.rawValue == served.redirect.map { "\($0)" })
    check("priorityScore", incident.priorityScore == served.score)
    check(
      "incidentWebUrl", incident.webURL == "https://security.microsoft.com/incidents/\(served.number)?tid=\(tenant)")
    let comments = served.comments.map { IncidentComment(text: $0.text, createdBy: $0.author, createdAt: time($0.at)) }
    check("comments", incident.comments == comments)
    return unlike
  }
}
