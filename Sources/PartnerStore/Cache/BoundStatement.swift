import FoundationEssentials
import GRDB
import GRDBSQLite
import PartnerModel

/// A prepared statement whose values are bound one after the other, without a list of them being made first, and whose
/// rows are read where they stand: for rows that come in their hundred thousands, and for what each request asks.
///
/// Texts are kept as the rest of the store keeps them: up to their first U+0000.
struct BoundStatement {
  /// A text or a tenant of the row that is being bound.
  private struct Part {
    var position: Int32
    var start: Int
    /// Of a tenant; a text ends by itself.
    var length: Int32?
  }

  private let statement: Statement
  private let handle: OpaquePointer
  private var position: Int32 = 0
  /// The first value that could not be bound; the one of the row before would stand in its place.
  private var refusal = SQLITE_OK
  /// The row's texts and tenants, one behind the other: SQLite reads them here, and makes no copies for the time until
  /// it does.
  private var bytes: [UInt8] = []
  private var parts: [Part] = []

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
    parts.append(Part(position: position, start: bytes.count, length: nil))
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
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
    parts.append(Part(position: position, start: bytes.count, length: 16))
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes.append(contentsOf: $0) }
  }

  /// A service's moment, in its two columns.
  mutating func bind(_ moment: Timestamp?) {
    bind(moment?.ticks)
    bind(moment?.digits)
  }

  private mutating func note(_ code: Int32) {
    if refusal == SQLITE_OK { refusal = code }
  }

  /// Runs it to its end with what was bound, which must be all of its values; the next value is the first again.
  mutating func run(_ db: Database) throws { _ = try hasRow(db) }

  /// The same, and whether it gave a row.
  mutating func hasRow(_ db: Database) throws -> Bool {
    try run { handle in try Self.step(handle, db) }
  }

  /// The same, and what `read` makes of the row; `nil` when it gave none.
  mutating func first<Value>(_ db: Database, _ read: (BoundRow) throws -> Value) throws -> Value? {
    try run { handle in try Self.step(handle, db) ? try read(BoundRow(handle)) : nil }
  }

  /// Runs it to its end and lends each row to `read`.
  mutating func forEach(_ db: Database, _ read: (BoundRow) throws -> Void) throws {
    try run { handle in
      while try Self.step(handle, db) { try read(BoundRow(handle)) }
    }
  }

  private mutating func run<Result>(_ steps: (OpaquePointer) throws -> Result) throws -> Result {
    defer {
      position = 0
      refusal = SQLITE_OK
      bytes.removeAll(keepingCapacity: true)
      parts.removeAll(keepingCapacity: true)
    }
    return try bytes.withUnsafeBytes { memory in
      // What is bound must not outlive the memory that it stands in.
      defer {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
      }
      let refusal = bindParts(in: memory)
      guard refusal == SQLITE_OK else {
        throw DatabaseError(resultCode: ResultCode(rawValue: refusal), message: "a value could not be bound")
      }
      return try steps(handle)
    }
  }

  /// - Returns: whether it stands on a row.
  private static func step(_ handle: OpaquePointer, _ db: Database) throws -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    // Taken before the reset, which forgets it.
    let message = db.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }

  private func bindParts(in memory: UnsafeRawBufferPointer) -> Int32 {
    var refusal = refusal
    for part in parts where refusal == SQLITE_OK {
      let start = memory.baseAddress.map { $0 + part.start }
      // Without a destructor it is read where it stands.
      if let length = part.length {
        refusal = sqlite3_bind_blob(handle, part.position, start, length, nil)
      } else {
        refusal = sqlite3_bind_text(handle, part.position, start?.assumingMemoryBound(to: CChar.self), -1, nil)
      }
    }
    return refusal
  }
}
