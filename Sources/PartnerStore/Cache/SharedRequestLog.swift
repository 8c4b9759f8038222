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

  private typealias Window = (limit: Int, seconds: Int64)

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
    try await admit(Self.graph, app, tenant, Self.requestWindows(priority, share), now)
  }

  package func admitToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> RequestAdmission {
    try await admit(Self.tokenEndpoint, app, tenant, Self.tokenWindows(priority, share), now)
  }

  package func admitWithToken(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> (request: RequestAdmission, token: RequestAdmission?) {
    let (windows, tokenWindows) = (Self.requestWindows(priority, share), Self.tokenWindows(priority, share))
    let now = now.microseconds
    return try await cache.writing { db in
      let request = try Self.admit(Self.graph, app, tenant, windows, now, db)
      guard request == .admitted else { return (request, nil) }
      return (request, try Self.admit(Self.tokenEndpoint, app, tenant, tokenWindows, now, db))
    }
  }

  private static func requestWindows(_ priority: RequestPriority, _ share: Double) -> [Window] {
    let perMinute = priority == .background ? perMinuteInBackground : perMinute
    return [(scaled(perMinute, share), 60), (scaled(perHour, share), 3_600)]
  }

  private static func tokenWindows(_ priority: RequestPriority, _ share: Double) -> [Window] {
    [(scaled(priority == .background ? tokensInBackground : tokens, share), 300)]
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
    _ lane: Lane, _ app: String, _ tenant: TenantID, _ windows: [Window], _ now: Date
  ) async throws -> RequestAdmission {
    let now = now.microseconds
    // What many tenants ask for at the same time is counted in one transaction, and still before any of it leaves.
    return try await cache.writing { db in try Self.admit(lane, app, tenant, windows, now, db) }
  }

  private static func admit(
    _ lane: Lane, _ app: String, _ tenant: TenantID, _ windows: [Window], _ now: Int64,
    _ db: Database
  ) throws -> RequestAdmission {
    if try !isFree(lane, tenant, app, windows, now, db) {
      let key: StatementArguments = [tenant.blob, app]
      if let until = try parkingEnd(lane, key, now, db) { return .parked(until: Date(microseconds: until)) }
      if let free = try windowEnd(lane, key, windows, now, db) { return .spent(until: Date(microseconds: free)) }
    }
    var statement = try BoundStatement(lane.counting, db)
    statement.bind(tenant)
    statement.bind(app)
    statement.bind(now)
    try statement.run(db)
    return .admitted
  }

  /// Whether at a glance nothing stands against one more: no parking, fewer requests on record than the smallest window
  /// holds, none of them to be forgotten, and no clock that was set back.
  private static func isFree(
    _ lane: Lane, _ tenant: TenantID, _ app: String, _ windows: [Window], _ now: Int64,
    _ db: Database
  ) throws -> Bool {
    var statement = try BoundStatement(lane.glance, db)
    for _ in 0..<2 {
      statement.bind(tenant)
      statement.bind(app)
    }
    let isFree = try statement.first(db) { row in
      if try row.bool(0) { return false }
      let count = try row.int(3)
      if count == 0 { return true }
      guard let first = try row.optionalInt64(1), let last = try row.optionalInt64(2) else { return false }
      let longest = (windows.map(\.seconds).max() ?? 0) * second
      return count < windows.map(\.limit).min() ?? 0 && last <= now && first > now - longest
    }
    return isFree ?? false
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
    _ lane: Lane, _ key: StatementArguments, _ windows: [Window], _ now: Int64, _ db: Database
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
