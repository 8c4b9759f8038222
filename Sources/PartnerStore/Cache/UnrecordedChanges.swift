import FoundationEssentials
import GRDB
import PartnerModel

/// A change of an incident that is kept and perhaps not on record yet.
package struct UnrecordedChange: Hashable, Sendable {
  /// `nil` where what was kept of it cannot be read.
  package var entry: JournalEntry?
  fileprivate var row: UnrecordedRows.Row
}

extension Cache {
  /// Changes of incidents that were kept, in their order, and not yet put on record as far as is known here.
  ///
  /// They were written in one transaction with the incidents that they are of: a process that ends between that and the
  /// journal leaves them to the next.
  package func unrecordedChanges(limit: Int) async throws(StoreError) -> [UnrecordedChange] {
    try await reading { db in try UnrecordedRows.first(limit, db) }
  }

  /// Forgets those that are on record now.
  package func forget(_ recorded: [UnrecordedChange]) async throws(StoreError) {
    try await writing { db in for change in recorded { try UnrecordedRows.delete(change.row, db) } }
  }
}

enum UnrecordedRows {
  /// Ordered by its rowid, which is the next larger one each time.
  static let table = """
    CREATE TABLE unrecordedChanges (
      tenantID BLOB NOT NULL,
      incidentID TEXT NOT NULL,
      at INTEGER NOT NULL,
      change TEXT NOT NULL
    ) STRICT;
    """

  fileprivate struct Row: Hashable, Sendable {
    var number: Int64
    var tenant: TenantID
    var incident: IncidentID
    var at: Int64
    var change: String
  }

  static func insert(_ change: KnownChange, _ db: Database) throws {
    let fields = change.before.changes(to: change.after)
    guard !fields.isEmpty else { return }
    let observed = JournalEntry.Observed(
      changes: fields, changedAt: change.after.updatedAt, by: change.after.lastModifiedBy,
      readBefore: change.readBefore)
    try db.cachedStatement(
      sql: "INSERT INTO unrecordedChanges (tenantID, incidentID, at, change) VALUES (?, ?, ?, ?)"
    ).execute(
      arguments: [
        change.key.tenant.blob, change.key.id.rawValue.withoutNUL, change.seenAt.microseconds,
        observed.json.withoutNUL,
      ])
  }

  fileprivate static func first(_ limit: Int, _ db: Database) throws -> [UnrecordedChange] {
    try GRDB.Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT tenantID, incidentID, at, change, rowid FROM unrecordedChanges ORDER BY rowid LIMIT ?
          """), arguments: [limit]
    ).map { found in
      let row = Row(
        number: try found.needed(4), tenant: try found.tenant(0), incident: IncidentID(try found.needed(1)),
        at: try found.needed(2), change: try found.needed(3))
      let entry = JournalEntry.Observed(json: row.change).map { observed in
        JournalEntry(
          .incidentChanged, at: Date(microseconds: row.at), tenant: row.tenant, incident: row.incident,
          observed: observed)
      }
      return UnrecordedChange(entry: entry, row: row)
    }
  }

  /// By all that it holds: a number is given again when another process emptied the table meanwhile.
  fileprivate static func delete(_ row: Row, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        DELETE FROM unrecordedChanges WHERE rowid = ? AND tenantID = ? AND incidentID = ? AND at = ? AND change = ?
        """
    ).execute(arguments: [row.number, row.tenant.blob, row.incident.rawValue, row.at, row.change])
  }
}
