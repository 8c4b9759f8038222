import FoundationEssentials
import PartnerModel

/// Something that happened to an incident, or to one that became one with it.
struct TimelineEntry: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// By its place among the incident's alerts.
    case alert(Int)
    case comment(IncidentComment)
    /// Without the fields that a write of ours made so.
    case change(ObservedChange)
    case write(IncidentWrite)
  }

  var kind: Kind
  /// In 100 ns steps since 1970; `nil` when nobody told.
  var at: Int64?
  /// Where it happened to another incident that was merged into this one, or that this one was merged into.
  var other: IncidentID?
  /// The same after the page was read again.
  var name: String
}

/// What happened to an incident, the newest first.
struct Timeline: Hashable, Sendable {
  /// So many are told at most.
  static let most = 500

  private(set) var entries: [TimelineEntry] = []
  /// How many older ones there are.
  private(set) var older = 0
  /// Of the writes that were taken back, by whom.
  private(set) var undoers: [WriteID: String] = [:]

  init() {}

  /// - Parameter key: of the incident whose page it is; anything of another key belongs to one that became one with it.
  init(of key: IncidentKey, _ incident: Incident?, _ history: IncidentHistory?) {
    let writes = (history?.writes ?? []).filter { $0.state != .draft }
    let confirmed = writes.filter { $0.state == .confirmed }
    for write in confirmed { if let undone = write.undoes { undoers[undone] = write.operatorUPN ?? "?" } }
    var echoes = Echoes(of: confirmed)
    for (index, alert) in (incident?.alerts ?? []).enumerated() {
      add(.alert(index), (alert.createdAt ?? alert.firstActivityAt)?.ticks, "alert \(index) \(alert.id)")
    }
    let merged = (history?.mergedFrom ?? []) + (history?.mergedInto ?? [])
    let others = merged.map { (Optional($0.id), $0.comments) }
    for (id, comments) in [(nil, incident?.comments ?? [])] + others {
      let owner = IncidentKey(tenant: key.tenant, id: id ?? key.id)
      for (index, comment) in comments.enumerated() where !echoes.takes(comment, on: owner) {
        add(.comment(comment), comment.createdAt?.ticks, "comment \(id?.rawValue ?? "") \(index)", of: id)
      }
    }
    for change in history?.changes ?? [] {
      var rest = change
      rest.changes = echoes.rest(of: change)
      if rest.changes.isEmpty { continue }
      let at = change.changedAt?.ticks ?? Self.ticks(change.seenAt.timeIntervalSince1970)
      add(.change(rest), at, "change \(change.key.id) \(at)", of: change.key == key ? nil : change.key.id)
    }
    for write in writes {
      let at = Self.ticks(write.intendedAt.timeIntervalSince1970)
      add(.write(write), at, "write \(write.id)", of: write.key == key ? nil : write.key.id)
    }
    // Of what is of one moment the last one told is the newer.
    entries = entries.enumerated().sorted { left, right in
      let times = (left.element.at ?? .min, right.element.at ?? .min)
      return times.0 == times.1 ? left.offset > right.offset : times.0 > times.1
    }.map(\.element)
    older = max(entries.count - Self.most, 0)
    entries.removeLast(older)
  }

  private mutating func add(_ kind: TimelineEntry.Kind, _ at: Int64?, _ name: String, of other: IncidentID? = nil) {
    entries.append(TimelineEntry(kind: kind, at: at, other: other, name: name))
  }

  private static func ticks(_ seconds: Double) -> Int64 {
    Int64(min(max(seconds, -62_135_596_800), 253_402_300_799) * 10_000_000)
  }
}

/// What the service shows of our own confirmed writes: it is told once, as the write.
private struct Echoes {
  /// Seconds by which the service's clock and ours may differ.
  private static let skew: Double = 300

  private let updates: [(write: IncidentWrite, update: IncidentUpdate)]
  private var comments: [(write: IncidentWrite, text: String)]

  init(of confirmed: [IncidentWrite]) {
    updates = confirmed.compactMap { write in write.update.map { (write, $0) } }
    comments = confirmed.compactMap { write in
      if case .comment(let text) = write.action { (write, text) } else { nil }
    }
  }

  /// Whether a comment is one that was written from here; each write accounts for one.
  mutating func takes(_ comment: IncidentComment, on key: IncidentKey) -> Bool {
    let place = comments.firstIndex { write, text in
      guard write.key == key, text == comment.text, let created = comment.createdAt else { return false }
      let end = write.stateSince ?? write.intendedAt
      return created.age(at: write.intendedAt) <= Self.skew && created.age(at: end) >= -Self.skew
    }
    guard let place else { return false }
    comments.remove(at: place)
    return true
  }

  /// The fields of an observed change that no write of ours explains.
  func rest(of change: ObservedChange) -> [FieldChange] {
    let own = updates.filter { isOfSameMoment(change, $0.write) }
    if own.isEmpty { return change.changes }
    return change.changes.filter { field in !own.contains { $0.update.explains(field) } }
  }

  /// Whether a change was seen as a write left the incident: later a colleague may make the same of it again.
  private func isOfSameMoment(_ change: ObservedChange, _ write: IncidentWrite) -> Bool {
    guard change.key == write.key else { return false }
    if let left = write.after?.updatedAt, let changedAt = change.changedAt { return left == changedAt }
    let end = write.stateSince ?? write.intendedAt
    return change.seenAt >= write.intendedAt && change.seenAt <= end.addingTimeInterval(1)
  }
}

extension IncidentUpdate {
  /// Whether a field came to hold what this update makes of it.
  fileprivate func explains(_ change: FieldChange) -> Bool {
    if change.field == .customTags {
      guard changesTags, case .list(let before) = change.before else { return false }
      return change.field.holdsSame(.list(tags(after: before)), change.after)
    }
    return values.contains { $0.field == change.field && $0.field.holdsSame($0.value, change.after) }
  }
}
