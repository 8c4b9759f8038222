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
  /// The largest `lastUpdateDateTime` that was read.
  public var watermark: Timestamp?

  public init(
    lastAttempt: Date? = nil, lastSuccess: Date? = nil, error: Problem? = nil, unreadable: Int = 0,
    watermark: Timestamp? = nil
  ) {
    self.lastAttempt = lastAttempt
    self.lastSuccess = lastSuccess
    self.error = error
    self.unreadable = unreadable
    self.watermark = watermark
  }

  public static let never = SyncRecord()

  /// The state at `now`, the first that applies.
  /// - Parameter staleAfter: seconds after which a success is old.
  public func state(at now: Date, isExcluded: Bool, staleAfter: TimeInterval) -> SyncState {
    if isExcluded { return .excluded }
    if lastAttempt == nil, lastSuccess == nil { return .never }
    if error != nil { return .failed }
    guard let lastSuccess else { return .never }
    if unreadable > 0 { return .partial }
    return now.timeIntervalSince(lastSuccess) > staleAfter ? .stale : .ok
  }
}

/// How many tenants are in each sync state; the parts always add up to all.
public struct Coverage: Hashable, Sendable {
  private var counts: [SyncState: Int]

  public init(_ states: some Sequence<SyncState>) {
    counts = [:]
    for state in states { counts[state, default: 0] += 1 }
  }

  public subscript(state: SyncState) -> Int { counts[state] ?? 0 }
  public var total: Int { counts.values.reduce(0, +) }
}
