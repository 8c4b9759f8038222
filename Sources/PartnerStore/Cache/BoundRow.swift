import FoundationEssentials
import GRDB
import GRDBSQLite
import PartnerModel

/// The row that a ``BoundStatement`` stands on, while it is lent. Its columns are counted from 0.
///
/// A damaged page can hold NULL or another type where the schema allows none, and that must end in an error, not in a
/// value that was never written.
struct BoundRow {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  /// A number that the schema requires.
  func int64(_ column: Int32) throws -> Int64 {
    guard sqlite3_column_type(handle, column) == SQLITE_INTEGER else { throw Self.damage }
    return sqlite3_column_int64(handle, column)
  }

  func int(_ column: Int32) throws -> Int { Int(try int64(column)) }
  func bool(_ column: Int32) throws -> Bool { try int64(column) != 0 }

  func optionalInt64(_ column: Int32) throws -> Int64? { isNull(column) ? nil : try int64(column) }
  func optionalInt(_ column: Int32) throws -> Int? { isNull(column) ? nil : try int(column) }

  /// A text that may be missing.
  func text(_ column: Int32) throws -> String? {
    switch sqlite3_column_type(handle, column) {
    case SQLITE_NULL: return nil
    case SQLITE_TEXT:
      guard let bytes = sqlite3_column_text(handle, column) else { throw Self.damage }
      let count = Int(sqlite3_column_bytes(handle, column))
      return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    default: throw Self.damage
    }
  }

  /// A text that the schema requires.
  func neededText(_ column: Int32) throws -> String {
    guard let text = try text(column) else { throw Self.damage }
    return text
  }

  /// A moment of ours.
  func date(_ column: Int32) throws -> Date? { try optionalInt64(column).map { Date(microseconds: $0) } }

  /// A service's moment, which stands in two columns.
  func timestamp(_ column: Int32) throws -> Timestamp? {
    guard let digits = try optionalInt(column + 1) else { return nil }
    return try optionalInt64(column).map { Timestamp(ticks: $0, fractionDigits: digits) }
  }

  func tenant(_ column: Int32) throws -> TenantID {
    guard sqlite3_column_type(handle, column) == SQLITE_BLOB, sqlite3_column_bytes(handle, column) == 16,
      let bytes = sqlite3_column_blob(handle, column)
    else { throw Self.damage }
    return TenantID(
      high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  private static var damage: DatabaseError {
    DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a value is not what was written")
  }
}
