import FoundationEssentials
import GRDB
import GRDBSQLite
import PartnerModel

/// A prepared statement whose values are bound one after the other, without a list of them being made first, and whose
/// rows are read where they stand: for rows that come in their hundred thousands, and for what each request asks.
///
/// Texts are kept as the rest of the store keeps them.
struct BoundStatement {
  private let statement: Statement
  private let handle: OpaquePointer
  private var position: Int32 = 0
  /// The first value that could not be bound; the one of the row before would stand in its place.
  private var refusal = SQLITE_OK

  /// - Throws: when `sql` cannot be prepared.
  init(_ sql: String, _ db: Database) throws {
    statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
  }

  /// Binds the next value.
  mutating func bind(_ text: String?) {
    position += 1
    guard let text else {
      note(sqlite3_bind_null(handle, position))
      return
    }
    note(text.withCString { sqlite3_bind_text(handle, position, $0, -1, Self.copied) })
  }

  mutating func bind(_ number: Int64?) {
    position += 1
    note(number.map { sqlite3_bind_int64(handle, position, $0) } ?? sqlite3_bind_null(handle, position))
  }

  mutating func bind(_ number: Int?) { bind(number.map { Int64($0) }) }

  /// A moment of ours.
  mutating func bind(_ moment: Date?) { bind(moment?.microseconds) }

  mutating func bind(_ tenant: TenantID) {
    position += 1
    let (high, low) = tenant.halves
    note(
      withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
        sqlite3_bind_blob(handle, position, bytes.baseAddress, Int32(bytes.count), Self.copied)
      })
  }

  /// A service's moment, in its two columns.
  mutating func bind(_ moment: Timestamp?) {
    bind(moment?.ticks)
    bind(moment?.digits)
  }

  private mutating func note(_ code: Int32) {
    if refusal == SQLITE_OK { refusal = code }
  }

  /// Runs it to its end with what was bound; the next value is the first again.
  mutating func run(_ db: Database) throws { _ = try hasRow(db) }

  /// The same, and whether it gave a row.
  mutating func hasRow(_ db: Database) throws -> Bool {
    try begin()
    defer { sqlite3_reset(handle) }
    return try step(db)
  }

  /// The same, and what `read` makes of the row; `nil` when it gave none.
  mutating func first<Value>(_ db: Database, _ read: (BoundRow) throws -> Value) throws -> Value? {
    try begin()
    defer { sqlite3_reset(handle) }
    return try step(db) ? try read(BoundRow(handle)) : nil
  }

  /// Runs it to its end and lends each row to `read`.
  mutating func forEach(_ db: Database, _ read: (BoundRow) throws -> Void) throws {
    try begin()
    defer { sqlite3_reset(handle) }
    while try step(db) { try read(BoundRow(handle)) }
  }

  private mutating func begin() throws {
    position = 0
    guard refusal != SQLITE_OK else { return }
    defer { refusal = SQLITE_OK }
    throw DatabaseError(resultCode: ResultCode(rawValue: refusal), message: "a value could not be bound")
  }

  /// - Returns: whether it stands on a row.
  private func step(_ db: Database) throws -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    // Taken before the reset, which forgets it.
    let message = db.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }

  /// Says that what is bound does not outlive the call: SQLite's own -1, written as a macro that Swift does not see. It
  /// is compared and never called.
  private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
