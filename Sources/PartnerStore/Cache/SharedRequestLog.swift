package import FoundationEssentials
import GRDB
package import PartnerModel

/// The requests of every app in each tenant, counted together by all processes of this user.
///
/// Each request is a row until it is an hour old: a sliding window, not a bucket, because a bucket that refills lets
/// twice the limit through in one minute.
package final class SharedRequestLog: RequestLedger {
  private let cache: Cache

  package init(_ cache: Cache) { self.cache = cache }

  private static let perMinute = 40.0
  /// What the background may use of it; the rest is kept for the operator.
  private static let perMinuteInBackground = 30.0
  private static let perHour = 1_200.0
  /// App tokens in five minutes: Entra ID takes about twenty for a loop.
  private static let tokens = 15.0
  private static let tokensInBackground = 10.0
  private static let second: Int64 = 1_000_000
  /// No parking lasts longer, whatever a wrong clock made of it.
  private static let longestParking: Int64 = 86_400 * second

  /// What is counted by itself: where its requests and its silences stand.
  private struct Lane {
    var requests: String
    var parking: String
    /// What there is to know of a tenant in one look.
    var glance: String
    var counting: String

    init(requests: String, parking: String) {
      self.requests = requests
      self.parking = parking
      glance = """
        SELECT EXISTS (SELECT 1 FROM \(parking) WHERE tenantID = ? AND app = ?), min(at), max(at), count(*)
        FROM \(requests) WHERE tenantID = ? AND app = ?
        """
      counting = "INSERT INTO \(requests) (tenantID, app, at) VALUES (?, ?, ?)"
    }
  }

  private static let graph = Lane(requests: "requests", parking: "parking")
  private static let tokenEndpoint = Lane(requests: "tokenRequests", parking: "tokenParking")

  package func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> RequestAdmission {
    let perMinute = priority == .background ? Self.perMinuteInBackground : Self.perMinute
    return try await admit(
      Self.graph, app, tenant, [(Self.scaled(perMinute, share), 60), (Self.scaled(Self.perHour, share), 3_600)], now)
  }

  package func admitToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> RequestAdmission {
    let tokens = priority == .background ? Self.tokensInBackground : Self.tokens
    return try await admit(Self.tokenEndpoint, app, tenant, [(Self.scaled(tokens, share), 300)], now)
  }

  package func park(app: String, tenant: TenantID, until: Date, at now: Date) async throws {
    try await park(Self.graph, app, tenant, until, now)
  }

  package func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) async throws {
    try await park(Self.tokenEndpoint, app, tenant, until, now)
  }

  private func park(_ lane: Lane, _ app: String, _ tenant: TenantID, _ until: Date, _ now: Date) async throws {
    try await cache.writing { db in
      let before = try Self.parkingEnd(lane, [tenant.blob, app], now.microseconds, db)
      try db.cachedStatement(
        sql: """
          INSERT INTO \(lane.parking) (tenantID, app, until, since) VALUES (?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET until = excluded.until, since = excluded.since
          """
      ).execute(
        arguments: [tenant.blob, app, max(until.microseconds, before ?? .min), now.microseconds])
    }
  }

  private func admit(
    _ lane: Lane, _ app: String, _ tenant: TenantID, _ windows: [(limit: Int, seconds: Int64)], _ now: Date
  ) async throws -> RequestAdmission {
    let now = now.microseconds
    // What many tenants ask for at the same time is counted in one transaction, and still before any of it leaves.
    return try await cache.writing { db in
      let blob = tenant.blob
      if try !Self.isFree(lane, blob, app, windows, now, db) {
        let key: StatementArguments = [blob, app]
        if let until = try Self.parkingEnd(lane, key, now, db) { return .parked(until: Date(microseconds: until)) }
        if let free = try Self.windowEnd(lane, key, windows, now, db) { return .spent(until: Date(microseconds: free)) }
      }
      try db.cachedStatement(sql: lane.counting).execute(arguments: [blob, app, now])
      return .admitted
    }
  }

  /// Whether at a glance nothing stands against one more: no parking, fewer requests on record than the smallest window
  /// holds, none of them to be forgotten, and no clock that was set back.
  private static func isFree(
    _ lane: Lane, _ tenant: Data, _ app: String, _ windows: [(limit: Int, seconds: Int64)], _ now: Int64,
    _ db: Database
  ) throws -> Bool {
    let rows = try Row.fetchCursor(db.cachedStatement(sql: lane.glance), arguments: [tenant, app, tenant, app])
    guard let row = try rows.next(), let isParked: Bool = try row.optional(0), let count: Int = try row.optional(3)
    else { return false }
    if isParked { return false }
    if count == 0 { return true }
    guard let first: Int64 = try row.optional(1), let last: Int64 = try row.optional(2) else { return false }
    let longest = (windows.map(\.seconds).max() ?? 0) * second
    return count < windows.map(\.limit).min() ?? 0 && last <= now && first > now - longest
  }

  /// Until when nothing may leave; `nil` when it may.
  private static func parkingEnd(
    _ lane: Lane, _ key: StatementArguments, _ now: Int64, _ db: Database
  ) throws -> Int64? {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT until, since FROM \(lane.parking) WHERE tenantID = ? AND app = ?"),
      arguments: key)
    guard let row, let parked: Int64 = try row.optional(0) else { return nil }
    var until = parked
    if let since: Int64 = try row.optional(1), since > now,
      ClockStep.hasUndone(Date(microseconds: since), at: Date(microseconds: now))
    {
      // The clock was set back: what was left then is left now.
      let (left, isTooLong) = until.subtractingReportingOverflow(since)
      until = isTooLong ? .max : now + min(max(left, 0), longestParking)
    }
    until = min(until, now + longestParking)
    if until < parked {
      // Kept, so that a parking that a wrong clock made comes to its end.
      try db.cachedStatement(sql: "UPDATE \(lane.parking) SET until = ?, since = ? WHERE tenantID = ? AND app = ?")
        .execute(arguments: [until, now] + key)
    }
    return until > now ? until : nil
  }

  /// When a window that is full lets the next request through; `nil` when none is.
  private static func windowEnd(
    _ lane: Lane, _ key: StatementArguments, _ windows: [(limit: Int, seconds: Int64)], _ now: Int64, _ db: Database
  ) throws -> Int64? {
    let longest = (windows.map(\.seconds).max() ?? 0) * second
    // A clock that was set back must not make the past look like the future: those requests count as made now.
    try db.cachedStatement(sql: "UPDATE \(lane.requests) SET at = ? WHERE tenantID = ? AND app = ? AND at > ?")
      .execute(arguments: [now] + key + [now])
    try db.cachedStatement(sql: "DELETE FROM \(lane.requests) WHERE tenantID = ? AND app = ? AND at <= ?")
      .execute(arguments: key + [now - longest])
    var free: Int64?
    for window in windows {
      // The request that has to leave the window before one more may be made.
      let blocking = try Int64.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT at FROM \(lane.requests) WHERE tenantID = ? AND app = ? ORDER BY at DESC LIMIT 1 OFFSET ?
            """), arguments: key + [window.limit - 1])
      let length = window.seconds * second
      if let blocking, blocking > now - length { free = max(free ?? .min, blocking + length) }
    }
    return free
  }

  /// At least one, so that a small share slows a tenant down and does not stop it.
  private static func scaled(_ limit: Double, _ share: Double) -> Int {
    max(1, Int((limit * min(1, max(0, share))).rounded(.down)))
  }
}
