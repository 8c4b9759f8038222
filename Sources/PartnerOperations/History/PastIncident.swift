package import FoundationEssentials
package import PartnerModel
package import PartnerStore

/// An incident as it was at a moment, as far as what was kept of it tells.
package struct PastIncident: Hashable, Sendable {
  package var incident: Incident
  /// When it was first seen taken; `nil` where nobody had it by then, as far as that is known.
  package var acknowledgedAt: Timestamp?
  package var knownSince: Date
  /// When it was last read: what changed after that is not known either.
  package var readAt: Date
  /// What cannot be known of that moment, each in a clause.
  package var gaps: [String]
}

/// What is known of an incident at a moment.
package enum PastKnowledge: Hashable, Sendable {
  /// Nothing of it was ever kept.
  case never
  /// It was first read after that moment.
  case notBefore(Date)
  case known(PastIncident)
}

extension PartnerEngine {
  /// An incident as it was at `moment`, from what is kept; nobody is asked.
  package func incident(_ key: IncidentKey, at moment: Date) async throws(StoreError) -> PastKnowledge {
    await putChangesOnRecord()
    guard let kept = try await cache.incident(key), let since = try await cache.firstReading(of: key) else {
      return .never
    }
    guard since <= moment else { return .notBefore(since) }
    let (changes, unreadable) = try await journal.observedChanges(of: key)
    // What a whole read of its tenant did not give has not changed by then.
    var readToEnd: Date?
    if let tenant = tenant(key.tenant) { readToEnd = await storedOverview(of: tenant)?.sync.lastSuccess }
    let readAt = max(kept.readAt, readToEnd ?? kept.readAt)
    return .known(
      PastIncident(
        kept, readAt: readAt, at: moment, knownSince: since, changes: changes, unreadable: unreadable,
        journal: journal.mode))
  }
}

extension PastIncident {
  /// - Parameters:
  ///   - changes: all that were observed of it, in the order in which they were.
  ///   - unreadable: how many more there are that cannot be read.
  init(
    _ kept: RememberedIncident, readAt: Date, at moment: Date, knownSince: Date, changes: [ObservedChange],
    unreadable: Int = 0, journal: Journal.Mode = .readWrite
  ) {
    let moment = Timestamp(exactly: moment)
    incident = kept.incident
    self.knownSince = knownSince
    self.readAt = readAt
    acknowledgedAt = kept.summary.acknowledgedAt.flatMap { $0 <= moment ? $0 : nil }
    let later = changes.filter { ($0.changedAt ?? Timestamp(exactly: $0.seenAt)) > moment }
    for change in later.reversed() {
      for field in change.changes { incident.put(field.before, in: field.field) }
    }
    let last = changes.filter { ($0.changedAt ?? Timestamp(exactly: $0.seenAt)) <= moment }.last
    if !later.isEmpty {
      incident.updatedAt = last?.changedAt
      incident.lastModifiedBy = last?.by
      // Whether it was merged by then is told by its status.
      if incident.status != .redirected { incident.redirectIncidentID = nil }
    }
    let comments = incident.comments.count { $0.createdAt == nil }
    incident.comments.removeAll { $0.createdAt.map { $0 > moment } ?? false }
    incident.alerts?.removeAll { ($0.createdAt ?? $0.firstActivityAt).map { $0 > moment } ?? false }
    gaps = []
    if let change = later.first, let read = change.readBefore, Timestamp(exactly: read) < moment {
      gaps.append(
        "between \(Timestamp(read).description) and \(Timestamp(change.seenAt).description) it was not read: what "
          + "changed in that time is told as one change, the last one's")
    }
    if Timestamp(exactly: readAt) < moment { gaps.append("what changed after it was last read is not known") }
    let hasUnkept =
      incident.summary != nil || !incident.systemTags.isEmpty || incident.priorityScore != nil
    // Not all that changes it is observed, or was.
    let hasChanged = !later.isEmpty || kept.incident.updatedAt.map { $0 > moment } ?? true
    if hasChanged, hasUnkept {
      gaps.append("its summary, system tags and priority are as they were last read: their changes are not kept")
    }
    if incident.alerts == nil {
      gaps.append("its alerts were never read")
    } else if hasChanged || incident.alerts?.contains(where: { $0.updatedAt.map { $0 > moment } ?? true }) == true {
      gaps.append("its alerts stand as they were last read: their changes are not kept, nor those that left it")
    }
    if comments > 0 { gaps.append("\(comments) of its comments have no time, and are told whatever theirs was") }
    if unreadable > 0 {
      let words = unreadable == 1 ? "1 change" : "\(unreadable) changes"
      gaps.append("\(words) of it on record cannot be read: partner-console audit verify says why")
    }
    if case .readOnly(let reason) = journal { gaps.append("what is on record may not be all: \(reason.what)") }
  }
}

extension Timestamp {
  /// To the microsecond.
  fileprivate init(exactly date: Date) {
    let seconds = min(max(date.timeIntervalSince1970, -62_135_596_800), 253_402_300_799)
    self.init(ticks: Int64((seconds * 1_000_000).rounded()) * 10, fractionDigits: 6)
  }
}

extension Incident {
  fileprivate mutating func put(_ value: FieldValue, in field: IncidentField) {
    let text: String? = if case .text(let text) = value { text } else { nil }
    switch field {
    case .status: status = text.map { IncidentStatus(wire: $0) } ?? .unknown
    case .assignedTo: assignedTo = text
    case .classification: classification = text.map { Classification(wire: $0) }
    case .determination: determination = text.map { Determination(wire: $0) }
    case .severity: severity = text.map { Severity(wire: $0) } ?? .unknown
    case .customTags: if case .list(let tags) = value { customTags = tags }
    case .displayName: displayName = text
    case .description: details = text
    case .resolvingComment: resolvingComment = text
    }
  }
}
