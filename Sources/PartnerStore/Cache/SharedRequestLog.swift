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
  private static let minute: Int64 = 60_000_000
  private static let hour: Int64 = 3_600_000_000
  /// No parking lasts longer, whatever a wrong clock made of it.
  private static let longestParking: Int64 = 24 * hour

  package func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
  ) async throws -> RequestAdmission {
    try await StoreFile.away { [self] () throws(StoreError) in
      try admit(app: app, tenant: tenant, priority: priority, share: share, now: now.microseconds)
    }
  }

  package func park(app: String, tenant: TenantID, until: Date) async throws {
    try await StoreFile.away { [self] () throws(StoreError) in
      try cache.write { db in
        try db.cachedStatement(
          sql: """
            INSERT INTO parking (tenantID, app, until) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET until = max(until, excluded.until)
            """
        ).execute(arguments: [tenant.blob, app, until.microseconds])
      }
    }
  }

  private func admit(
    app: String, tenant: TenantID, priority: RequestPriority, share: Double, now: Int64
  ) throws(StoreError) -> RequestAdmission {
    try cache.write { db in
      let key: StatementArguments = [tenant.blob, app]
      let parked = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT until FROM parking WHERE tenantID = ? AND app = ?"), arguments: key)
      if let parked, parked > now {
        let until = min(parked, now + Self.longestParking)
        if until < parked {
          // Kept, so that a parking that a wrong clock made comes to its end.
          try db.cachedStatement(sql: "UPDATE parking SET until = ? WHERE tenantID = ? AND app = ?")
            .execute(arguments: [until] + key)
        }
        return .parked(until: Date(microseconds: until))
      }
      // A clock that was set back must not make the past look like the future: those requests count as made now.
      try db.cachedStatement(
        sql: "UPDATE requests SET at = ? WHERE tenantID = ? AND app = ? AND at > ?"
      ).execute(arguments: [now, tenant.blob, app, now])
      try db.cachedStatement(sql: "DELETE FROM requests WHERE tenantID = ? AND app = ? AND at <= ?")
        .execute(arguments: key + [now - Self.hour])

      let limit = priority == .background ? Self.perMinuteInBackground : Self.perMinute
      let windows = [(Self.scaled(limit, share), Self.minute), (Self.scaled(Self.perHour, share), Self.hour)]
      var free: Int64?
      for (limit, window) in windows {
        // The request that has to leave the window before one more may be made.
        let blocking = try Int64.fetchOne(
          db.cachedStatement(
            sql: "SELECT at FROM requests WHERE tenantID = ? AND app = ? ORDER BY at DESC LIMIT 1 OFFSET ?"),
          arguments: key + [limit - 1])
        if let blocking, blocking > now - window { free = max(free ?? .min, blocking + window) }
      }
      if let free { return .spent(until: Date(microseconds: free)) }
      try db.cachedStatement(
        sql: "INSERT INTO requests (tenantID, app, at) VALUES (?, ?, ?)"
      ).execute(arguments: key + [now])
      return .admitted
    }
  }

  /// At least one, so that a small share slows a tenant down and does not stop it.
  private static func scaled(_ limit: Double, _ share: Double) -> Int {
    max(1, Int((limit * min(1, max(0, share))).rounded(.down)))
  }
}
