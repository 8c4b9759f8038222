import FoundationEssentials
import PartnerModel

/// The incident that the cursor stands on, and since when.
struct Resting: Hashable, Sendable {
  /// Seconds on a row after which it was looked at: passing over it is not looking.
  static let enough: TimeInterval = 1

  var key: IncidentKey
  var since: Date
}

extension IncidentList {
  /// Whether the row came after the list was loaded and was not looked at yet.
  func isNew(_ key: IncidentKey) -> Bool { slot(of: key).map(unseen.contains) ?? false }

  mutating func lookedAt(_ key: IncidentKey) {
    if let slot = slot(of: key) { unseen.remove(slot) }
  }

  /// Open incidents of high severity that nobody has, in the order of risk.
  var urgentInOrder: [IncidentKey] {
    var keys = keys
    keys.sort = .risk
    let ordered = urgent.map { (key: tables.key(slots[$0]), place: keys.key(of: slots[$0], tables: tables)) }
      .sorted { ($0.place, $0.key) < ($1.place, $1.key) }
    return ordered.map(\.key)
  }
}

extension ConsoleState {
  /// Sees whether the cursor went to another row; whoever opens a page looks at its incident.
  mutating func followCursor() {
    let key = screens.top.restsOn(in: shared)
    if shared.resting?.key != key { shared.resting = key.map { Resting(key: $0, since: shared.now) } }
  }

  /// What the cursor has rested on is not new any more.
  mutating func lookAtCursor() {
    guard !shared.queue.unseen.isEmpty, let resting = shared.resting else { return }
    guard resting.key == screens.top.restsOn(in: shared) else { return }
    if shared.now.timeIntervalSince(resting.since) >= Resting.enough { shared.queue.lookedAt(resting.key) }
  }
}
