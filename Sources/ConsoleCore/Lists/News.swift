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
  /// New incidents that were not looked at yet, of the tenant whose list is on screen or of all; and how many of them are
  /// shown above the window.
  var news: (count: Int, above: Int) {
    guard !queue.unseen.isEmpty else { return (0, 0) }
    guard place == .tenantIncidents, let shown = tenantIncidents else {
      return (queue.unseen.count, place == .queue ? queue.above(queue.unseen) : 0)
    }
    let keys = queue.unseen.lazy.map { queue.tables.key(queue.slots[$0]) }.filter { $0.tenant == shown.tenant }
    return (keys.count, shown.list.above(Set(keys.compactMap(shown.list.slot))))
  }

  /// The incident under the cursor of a list on screen, once the cursor keeps its row.
  private var underCursor: IncidentKey? {
    switch place {
    case .queue: queue.isPinned ? queue.selectedKey : nil
    case .tenantIncidents: tenantIncidents.flatMap { $0.list.isPinned ? $0.list.selectedKey : nil }
    case .tenants, .incident, .help: nil
    }
  }

  /// Sees whether the cursor went to another row; whoever opens a page looks at its incident.
  mutating func followCursor() {
    if let page { queue.lookedAt(page.key) }
    let key = underCursor
    if resting?.key != key { resting = key.map { Resting(key: $0, since: now) } }
  }

  /// What the cursor has rested on is not new any more.
  mutating func lookAtCursor() {
    guard !queue.unseen.isEmpty, let resting, resting.key == underCursor else { return }
    if now.timeIntervalSince(resting.since) >= Resting.enough { queue.lookedAt(resting.key) }
  }
}
