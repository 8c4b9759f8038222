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

/// An incident that was known, as it was kept and as it came. Its alerts are in neither.
struct KnownChange {
  var key: IncidentKey
  var before: IncidentImage
  var after: IncidentImage
  /// When it was read.
  var seenAt: Date
  /// Up to when it is known to have been as it was before: when it, or its tenant to the end, was last read.
  var readBefore: Date
}

enum UnrecordedRows {
  /// So many changes of one incident wait at most; see ``insert(_:_:)``.
  private static let most = 8

  /// Ordered by its rowid, which is the next larger one each time.
  static let table = """
    CREATE TABLE unrecordedChanges (
      tenantID BLOB NOT NULL,
      incidentID TEXT NOT NULL,
      at INTEGER NOT NULL,
      change TEXT NOT NULL
    ) STRICT;
    """

  static let index = "CREATE INDEX unrecordedByIncident ON unrecordedChanges (tenantID, incidentID)"

  fileprivate struct Row: Hashable, Sendable {
    var number: Int64
    var tenant: TenantID
    var incident: IncidentID
    var at: Int64
    var change: String
  }

  /// A journal that cannot be written may stay like this for months. So from a certain number on, what waits last of an
  /// incident becomes one with what comes, and tells how many changes it stands for and since when: what waits is bounded
  /// by the incidents that are kept, and the history knows its gap.
  /// - Returns: whether a field is another that the history follows.
  static func insert(_ change: KnownChange, _ db: Database) throws -> Bool {
    let fields = change.before.changes(to: change.after)
    guard !fields.isEmpty else { return false }
    var observed = JournalEntry.Observed(
      changes: fields, changedAt: change.after.updatedAt, by: change.after.lastModifiedBy,
      readBefore: change.readBefore)
    let key: StatementArguments = [change.key.tenant.blob, change.key.id.rawValue.withoutNUL]
    let waiting = try GRDB.Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*), max(rowid) FROM unrecordedChanges WHERE tenantID = ? AND incidentID = ?"),
      arguments: key)
    if let waiting, try waiting.needed(0) as Int >= most {
      let number: Int64 = try waiting.needed(1)
      let last = try String.fetchOne(
        db.cachedStatement(sql: "SELECT change FROM unrecordedChanges WHERE rowid = ?"), arguments: [number])
      if let last = last.flatMap({ JournalEntry.Observed(json: $0) }) { observed = observed.joined(to: last) }
      try db.cachedStatement(sql: "UPDATE unrecordedChanges SET at = ?, change = ? WHERE rowid = ?")
        .execute(arguments: [change.seenAt.microseconds, observed.json.withoutNUL, number])
      return true
    }
    try db.cachedStatement(
      sql: "INSERT INTO unrecordedChanges (tenantID, incidentID, at, change) VALUES (?, ?, ?, ?)"
    ).execute(arguments: key + [change.seenAt.microseconds, observed.json.withoutNUL])
    return true
  }

  /// Forgets what was seen before `moment` of incidents that are not kept any more: no history is told of those.
  static func forget(of tenant: TenantID, before moment: Date, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        DELETE FROM unrecordedChanges WHERE tenantID = ? AND at < ? AND NOT EXISTS (
          SELECT 1 FROM incidents
          WHERE incidents.tenantID = unrecordedChanges.tenantID AND incidents.id = unrecordedChanges.incidentID)
        """
    ).execute(arguments: [tenant.blob, moment.microseconds])
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

extension JournalEntry.Observed {
  /// One change that stands for `earlier` and this, which followed it. A field that changed back is told as well.
  fileprivate func joined(to earlier: Self) -> Self {
    var joined = self
    joined.changes = earlier.changes.map { change in
      var change = change
      if let next = changes.first(where: { $0.field == change.field }) { change.after = next.after }
      return change
    }
    joined.changes += changes.filter { change in !earlier.changes.contains { $0.field == change.field } }
    joined.readBefore = earlier.readBefore
    joined.count = min(earlier.count + count, 1_000_000)
    return joined
  }
}
