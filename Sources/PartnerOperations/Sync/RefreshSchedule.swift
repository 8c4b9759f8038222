package import FoundationEssentials
package import PartnerModel

/// Decides which tenants are read next: those on screen at the visible pace, the others in the background, each later
/// the more often it failed, none before the service's own wait is over.
///
/// A value without a clock; `AutoRefresh` runs it.
package struct RefreshSchedule: Sendable {
  private struct Entry: Sendable {
    /// Where it stands in the queue; `nil` while it is read.
    var due: Date?
    var failures = 0
    var lastEnd: Date?
    /// The service asked for silence until then: not even the operator's wish comes before.
    var parkedUntil: Date?
    /// Our own share of the limits is used up until then, or it is left alone by our own judgement.
    var spentUntil: Date?
    /// Something of its history is left to be read, when nobody else is due.
    var hasMore = false
    /// The operator asked again while it was read.
    var isAskedAgain = false
  }

  private struct Place: Hashable, Comparable, Sendable {
    var due: Date
    var tenant: TenantID
    static func < (left: Place, right: Place) -> Bool {
      left.due == right.due ? left.tenant < right.tenant : left.due < right.due
    }
  }

  /// Tenants at a time that go on with their history: the others' turns find room at once.
  private static let spareWidth = 8
  /// No wait of the service is longer (rule R2).
  private static let longestParking: TimeInterval = 86_400

  private let policy: RefreshPolicy
  private var entries: [TenantID: Entry] = [:]
  /// Those that are not being read, the next due first.
  private var queue: [Place] = []
  private var visible: Set<TenantID> = []
  /// The latest moment that was heard of.
  private var latest: Date
  package private(set) var running: Set<TenantID> = []
  /// Those of them that were not due and go on with their history.
  private var spare: Set<TenantID> = []

  /// Every tenant is due at once: a console that opens reads everything soon, whatever an earlier run read.
  package init(policy: RefreshPolicy, tenants: [TenantID], now: Date) {
    self.policy = policy
    latest = now
    for tenant in tenants { entries[tenant] = Entry(due: now) }
    sortQueue()
  }

  /// When the next tenant is due; `nil` while all are being read.
  package var nextDue: Date? { queue.first?.due }

  /// Whether a tenant that is being read was not due, and goes on with its history.
  package func isSpare(_ tenant: TenantID) -> Bool { spare.contains(tenant) }

  /// Whether a tenant waits for its turn.
  package func isBehind(now: Date) -> Bool { nextDue.map { $0 <= now } ?? false }

  /// How many do.
  package func dueCount(now: Date) -> Int {
    var (low, high) = (0, queue.count)
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].due <= now { low = middle + 1 } else { high = middle }
    }
    return low
  }

  package func isDue(_ tenant: TenantID, now: Date) -> Bool { entries[tenant]?.due.map { $0 <= now } ?? false }

  /// These tenants are on screen from now on.
  package mutating func watch(_ tenants: [TenantID], now: Date) {
    noticeClock(now)
    visible = Set(tenants)
    for tenant in visible {
      guard let entry = entries[tenant], let due = entry.due else { continue }
      // Never later: the operator may have asked for it.
      enqueue(tenant, due: min(due, usualDue(of: entry, isVisible: true) ?? due))
    }
  }

  /// The operator asked for these now; a parked tenant stays parked, and one that is being read is read once more.
  package mutating func hurry(_ tenants: [TenantID], now: Date) {
    noticeClock(now)
    for tenant in tenants {
      guard let entry = entries[tenant] else { continue }
      if entry.due == nil {
        entries[tenant]?.isAskedAgain = true
      } else {
        enqueue(tenant, due: max(now, entry.parkedUntil ?? now))
      }
    }
  }

  /// Takes up to `count` tenants that are due, those on screen first, then the longest due.
  package mutating func takeDue(_ count: Int, now: Date) -> [TenantID] {
    noticeClock(now)
    var taken: [TenantID] = []
    if let first = queue.first, first.due <= now {
      let shown = visible.compactMap { tenant in entries[tenant]?.due.map { Place(due: $0, tenant: tenant) } }
      taken = shown.filter { $0.due <= now }.sorted().prefix(max(0, count)).map(\.tenant)
      for tenant in taken { dequeue(tenant) }
    }
    let others = queue.prefix(max(0, count - taken.count)).prefix { $0.due <= now }.map(\.tenant)
    queue.removeFirst(others.count)
    for tenant in others { entries[tenant]?.due = nil }
    taken += others
    let more = takeMore(count - taken.count)
    spare.formUnion(more)
    taken += more
    running.formUnion(taken)
    return taken
  }

  /// Takes tenants whose history is not read to its end, those on screen first, then those that were read longest ago.
  private mutating func takeMore(_ count: Int) -> [TenantID] {
    let room = min(count, Self.spareWidth - spare.count)
    guard room > 0 else { return [] }
    let waiting = entries.filter { $0.value.hasMore && $0.value.due != nil }
    guard !waiting.isEmpty else { return [] }
    let order = waiting.sorted { left, right in
      let isShown = (visible.contains(left.key), visible.contains(right.key))
      if isShown.0 != isShown.1 { return isShown.0 }
      let ends = (left.value.lastEnd ?? .distantPast, right.value.lastEnd ?? .distantPast)
      return ends.0 == ends.1 ? left.key < right.key : ends.0 < ends.1
    }
    let taken = order.prefix(room).map(\.key)
    for tenant in taken { dequeue(tenant) }
    return taken
  }

  /// A tenant's read ended.
  /// - Parameters:
  ///   - hasMore: whether something of its history is left to be read, and can be.
  ///   - jitter: 0 to 1; spreads tenants that began together.
  package mutating func ended(
    _ tenant: TenantID, failure: PartnerError?, hasMore: Bool = false, now: Date, jitter: Double
  ) {
    noticeClock(now)
    guard var entry = entries[tenant], running.remove(tenant) != nil else { return }
    spare.remove(tenant)
    entry.hasMore = hasMore && failure == nil
    entry.lastEnd = now
    entry.parkedUntil = nil
    entry.spentUntil = nil
    switch failure?.cause {
    // The tenant answered; that its answer could not be kept says nothing about it.
    case nil, .storage: entry.failures = 0
    case .budgetSpent(let until), .tokensSpent(let until): entry.spentUntil = until
    // Spread, so that what waited for the same host or the same silence does not come all at once. The operator's work
    // goes on meanwhile.
    case .breakerOpen(let until) where failure?.host != nil, .throttled(let until) where failure?.host != nil:
      entry.spentUntil = until.addingTimeInterval(policy.visible * jitter)
    case .breakerOpen(let until): entry.spentUntil = until
    default:
      entry.failures += 1
      entry.parkedUntil = failure?.retryAt
    }
    let isAskedAgain = entry.isAskedAgain
    entry.isAskedAgain = false
    entries[tenant] = entry
    let due = usualDue(of: entry, isVisible: visible.contains(tenant), jitter: jitter)
    enqueue(tenant, due: isAskedAgain ? max(now, entry.parkedUntil ?? now) : due ?? now)
  }

  /// `nil` for a tenant whose read has not ended yet.
  private func usualDue(of entry: Entry, isVisible: Bool, jitter: Double = 0.5) -> Date? {
    guard let lastEnd = entry.lastEnd else { return nil }
    // Nothing is wrong with a tenant of which we asked enough for now: it goes on as soon as it may.
    if let spentUntil = entry.spentUntil { return max(lastEnd, spentUntil) }
    let pace = isVisible ? policy.visible : policy.background
    // A tenant that keeps failing is asked ever more rarely, up to twice the background's pace.
    let backoff = min(policy.background * 2, pace * Double(1 << min(entry.failures, 6)))
    let usual = lastEnd.addingTimeInterval((entry.failures == 0 ? pace : backoff) * (0.9 + 0.2 * jitter))
    return max(usual, entry.parkedUntil ?? usual)
  }

  /// A clock that was set back would leave everything due as far away as it was wrong.
  private mutating func noticeClock(_ now: Date) {
    defer { latest = now }
    guard now < latest else { return }
    let longest = now.addingTimeInterval(max(policy.visible, policy.background) * 2)
    let longestParking = now.addingTimeInterval(Self.longestParking)
    for (tenant, var entry) in entries {
      entry.lastEnd = entry.lastEnd.map { min($0, now) }
      entry.parkedUntil = entry.parkedUntil.map { min($0, longestParking) }
      entry.spentUntil = entry.spentUntil.map { min($0, longest) }
      entry.due = entry.due.map { min($0, max(longest, entry.parkedUntil ?? longest)) }
      entries[tenant] = entry
    }
    sortQueue()
  }

  // MARK: Queue

  private mutating func sortQueue() {
    queue = entries.compactMap { tenant, entry in entry.due.map { Place(due: $0, tenant: tenant) } }.sorted()
  }

  private mutating func enqueue(_ tenant: TenantID, due: Date) {
    if entries[tenant]?.due == due { return }
    dequeue(tenant)
    let place = Place(due: due, tenant: tenant)
    queue.insert(place, at: index(of: place))
    entries[tenant]?.due = due
  }

  private mutating func dequeue(_ tenant: TenantID) {
    guard let due = entries[tenant]?.due else { return }
    queue.remove(at: index(of: Place(due: due, tenant: tenant)))
    entries[tenant]?.due = nil
  }

  /// Where a place is, or would be.
  private func index(of place: Place) -> Int {
    var (low, high) = (0, queue.count)
    while low < high {
      let middle = (low + high) / 2
      if queue[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
