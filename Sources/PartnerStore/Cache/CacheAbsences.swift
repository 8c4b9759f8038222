package import FoundationEssentials
import GRDB
package import PartnerModel

/// An incident for which the service answered 404 since it last gave it, or that a list of all that is open lacked.
package struct Absence: Hashable, Sendable {
  package var key: IncidentKey
  /// How often it answered 404.
  package var signs: Int
  /// When it last did, or when the list lacked it.
  package var at: Date
  /// The incident as it is kept; `nil` when it was taken out, or was never known.
  package var known: IncidentSummary?
}

extension Cache {
  /// Puts a 404 on record. The next time that the service gives the incident, alone or in a list, all of them are forgotten.
  /// - Returns: how many there are now.
  package func noteAbsence(of key: IncidentKey, at now: Date) throws(StoreError) -> Int {
    try write { db in
      try TenantRows.ensure(key.tenant, db)
      let id = key.id.rawValue.withoutNUL
      try db.cachedStatement(
        sql: """
          INSERT INTO absences VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET signs = signs + 1, at = excluded.at
          """
      ).execute(arguments: [key.tenant.blob, id, now.microseconds])
      return try Int.fetchOne(
        db.cachedStatement(sql: "SELECT signs FROM absences WHERE tenantID = ? AND id = ?"),
        arguments: [key.tenant.blob, id]) ?? 1
    }
  }

  /// The tenant's incidents with a 404 on record.
  package func absences(of tenant: TenantID) throws(StoreError) -> [Absence] {
    try read { db in try AbsenceRows.all(of: tenant, db) }
  }
}

enum AbsenceRows {
  static func all(of tenant: TenantID, _ db: Database) throws -> [Absence] {
    try Row.fetchAll(
      db.cachedStatement(sql: "SELECT id, signs, at FROM absences WHERE tenantID = ? ORDER BY at, id"),
      arguments: [tenant.blob]
    ).map { row in
      let key = IncidentKey(tenant: tenant, id: IncidentID(try row.needed(0)))
      return Absence(
        key: key, signs: try row.needed(1), at: try row.date(2) ?? Date(microseconds: 0),
        known: try SummaryRows.load(key, db))
    }
  }

  /// Puts down that a list lacked it, if nothing else is on record.
  static func doubt(_ key: IncidentKey, at now: Date, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO absences VALUES (?, ?, 0, ?)")
      .execute(arguments: [key.tenant.blob, key.id.rawValue, now.microseconds])
  }

  /// What the service gives is not absent.
  static func clear(_ page: KeptPage, _ tenant: TenantID, _ db: Database) throws {
    let count = try Int.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM absences WHERE tenantID = ?"), arguments: [tenant.blob])
    guard let count, count > 0 else { return }
    for id in page.incidents.map(\.id) + page.unchanged {
      try db.cachedStatement(sql: "DELETE FROM absences WHERE tenantID = ? AND id = ?")
        .execute(arguments: [tenant.blob, id.rawValue])
    }
    guard let forgettingBefore = page.forgettingBefore else { return }
    try db.cachedStatement(sql: "DELETE FROM absences WHERE tenantID = ? AND at < ?")
      .execute(arguments: [tenant.blob, forgettingBefore.microseconds])
  }
}
