package import FoundationEssentials
package import PartnerModel

/// Decides which tenants are read next: those on screen at the visible pace, the others in the background, each later
/// the more often it failed, none before the service's own wait is over.
///
/// A value without a clock; `AutoRefresh` runs it.
package struct RefreshSchedule: Sendable {
  private struct Entry: Sendable {
    var due: Date
    var failures = 0
    var isRunning = false
    var lastEnd: Date?
    /// Not asked before this moment, whatever is on screen.
    var parkedUntil: Date?
  }

  private let policy: RefreshPolicy
  private var entries: [TenantID: Entry] = [:]
  private var visible: Set<TenantID> = []

  /// - Parameter lastAttempts: when each tenant was read last; a tenant that never was is due at once.
  package init(policy: RefreshPolicy, lastAttempts: [TenantID: Date?], now: Date) {
    self.policy = policy
    for (tenant, last) in lastAttempts {
      // A console that opens reads everything soon, whatever an earlier run read.
      entries[tenant] = Entry(due: now, lastEnd: last)
    }
  }

  package var running: Set<TenantID> { Set(entries.filter { $0.value.isRunning }.keys) }

  /// These tenants are on screen from now on.
  package mutating func watch(_ tenants: [TenantID], now: Date) {
    visible = Set(tenants)
    for tenant in visible { reschedule(tenant, now: now) }
  }

  /// The operator asked for these now; a parked tenant stays parked.
  package mutating func hurry(_ tenants: [TenantID], now: Date) {
    for tenant in tenants {
      guard let parkedUntil = entries[tenant].map({ $0.parkedUntil ?? now }) else { continue }
      entries[tenant]?.due = max(now, parkedUntil)
    }
  }

  /// Takes up to `count` tenants that are due, those on screen first, then the longest due.
  package mutating func takeDue(_ count: Int, now: Date) -> [TenantID] {
    let due = entries.filter { !$0.value.isRunning && $0.value.due <= now }
      .sorted { left, right in
        let isVisible = (visible.contains(left.key), visible.contains(right.key))
        if isVisible.0 != isVisible.1 { return isVisible.0 }
        return left.value.due == right.value.due ? left.key < right.key : left.value.due < right.value.due
      }
      .prefix(max(0, count)).map(\.key)
    for tenant in due { entries[tenant]?.isRunning = true }
    return due
  }

  /// A tenant's read ended.
  /// - Parameter jitter: 0 to 1; spreads tenants that began together.
  package mutating func ended(_ tenant: TenantID, failure: PartnerError?, now: Date, jitter: Double) {
    guard var entry = entries[tenant] else { return }
    entry.isRunning = false
    entry.lastEnd = now
    entry.failures = failure == nil ? 0 : entry.failures + 1
    entry.parkedUntil = failure?.retryAt
    entries[tenant] = entry
    reschedule(tenant, now: now, jitter: jitter)
  }

  /// When the next tenant is due; `nil` while all that are due are running.
  package var nextDue: Date? { entries.values.lazy.filter { !$0.isRunning }.map(\.due).min() }

  private mutating func reschedule(_ tenant: TenantID, now: Date, jitter: Double = 0.5) {
    guard var entry = entries[tenant], let lastEnd = entry.lastEnd, !entry.isRunning else { return }
    let pace = visible.contains(tenant) ? policy.visible : policy.background
    // A tenant that keeps failing is asked ever more rarely, up to twice the background's pace.
    let backoff = min(policy.background * 2, pace * Double(1 << min(entry.failures, 6)))
    let usual = lastEnd.addingTimeInterval((entry.failures == 0 ? pace : backoff) * (0.9 + 0.2 * jitter))
    entry.due = max(usual, entry.parkedUntil ?? usual)
    entries[tenant] = entry
  }
}
