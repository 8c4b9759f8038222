public import FoundationEssentials

/// How far what is shown of a tenant's incidents can be trusted.
public enum SyncState: String, Hashable, Sendable, CaseIterable {
  case excluded, never, failed, partial, stale, ok
}

/// What is remembered about reading a tenant's incidents.
public struct SyncRecord: Hashable, Sendable {
  public var lastAttempt: Date?
  public var lastSuccess: Date?
  /// Why the last attempt failed; `nil` after a success.
  public var error: Problem?
  /// Items of the last read that could not be read.
  public var unreadable: Int
  /// Where the last of them stood, for Microsoft; `nil` when all could be read.
  public var unreadableItem: Problem?
  /// Which products behind the service did not answer, so that their incidents are missing; `nil` when all did.
  public var leftOut: Problem?
  /// The largest `lastUpdateDateTime` that was read.
  public var watermark: Timestamp?
  /// What is remembered about reading the tenant's alerts, which is no part of ``state(at:isExcluded:staleAfter:)``;
  /// `nil` before the first time.
  public var alerts: AlertSync?

  public init(
    lastAttempt: Date? = nil, lastSuccess: Date? = nil, error: Problem? = nil, unreadable: Int = 0,
    unreadableItem: Problem? = nil, leftOut: Problem? = nil, watermark: Timestamp? = nil, alerts: AlertSync? = nil
  ) {
    self.alerts = alerts
    self.lastAttempt = lastAttempt
    self.lastSuccess = lastSuccess
    self.error = error
    self.unreadable = unreadable
    self.unreadableItem = unreadableItem
    self.leftOut = leftOut
    self.watermark = watermark
  }

  public static let never = SyncRecord()

  /// Whether nothing of the tenant is known to be missing from what was read.
  public var isWhole: Bool { unreadable == 0 && leftOut == nil }

  /// Why the last attempt failed or, after one that succeeded, what is missing from it.
  public var problem: Problem? { error ?? leftOut ?? (unreadable > 0 ? unreadableItem : nil) }

  /// The state at `now`, the first that applies. A success that has not come yet, because the clock was set back, is no
  /// fresh one.
  /// - Parameter staleAfter: seconds after which a success is old.
  public func state(at now: Date, isExcluded: Bool, staleAfter: TimeInterval) -> SyncState {
    if isExcluded { return .excluded }
    if lastAttempt == nil, lastSuccess == nil { return .never }
    if error != nil { return .failed }
    guard let lastSuccess else { return .never }
    if !isWhole { return .partial }
    return isClockUndone(at: now) || now.timeIntervalSince(lastSuccess) > staleAfter ? .stale : .ok
  }
}

/// What is remembered about reading a tenant's alerts: a failure there takes nothing from what is known of its incidents.
public struct AlertSync: Hashable, Sendable {
  public var lastAttempt: Date?
  public var lastSuccess: Date?
  /// Why the last attempt failed; `nil` after a success.
  public var error: Problem?
  /// Which products behind the service did not answer; `nil` when all did.
  public var leftOut: Problem?
  /// Alerts that could not be read, of one reading at most since the history was last read.
  public var unreadable: Int
  /// All alerts that changed since this moment are known: so are all of an incident that was created after it. `nil`
  /// before they were read to the end, and while a product's part is missing.
  public var coversFrom: Timestamp?

  public init(
    lastAttempt: Date? = nil, lastSuccess: Date? = nil, error: Problem? = nil, leftOut: Problem? = nil,
    unreadable: Int = 0, coversFrom: Timestamp? = nil
  ) {
    self.lastAttempt = lastAttempt
    self.lastSuccess = lastSuccess
    self.error = error
    self.leftOut = leftOut
    self.unreadable = unreadable
    self.coversFrom = coversFrom
  }
}

extension SyncRecord {
  /// Whether the clock was set back behind the last success, so that nobody knows how old it is.
  public func isClockUndone(at now: Date) -> Bool { lastSuccess.map { ClockStep.hasUndone($0, at: now) } ?? false }
}

/// How many tenants are in each sync state; the parts always add up to all.
public struct Coverage: Hashable, Sendable {
  private var ok = 0, stale = 0, partial = 0, failed = 0, never = 0, excluded = 0

  public init(_ states: some Sequence<SyncState>) {
    for state in states {
      switch state {
      case .ok: ok += 1
      case .stale: stale += 1
      case .partial: partial += 1
      case .failed: failed += 1
      case .never: never += 1
      case .excluded: excluded += 1
      }
    }
  }

  public subscript(state: SyncState) -> Int {
    switch state {
    case .ok: ok
    case .stale: stale
    case .partial: partial
    case .failed: failed
    case .never: never
    case .excluded: excluded
    }
  }

  public var total: Int { ok + stale + partial + failed + never + excluded }
}
