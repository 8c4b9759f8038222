import FoundationEssentials
import GRDB
import Glibc
import PartnerModel

extension TenantID {
  /// A tenant is kept as its 16 bytes, most significant first, so that they order as tenants do: less than half of its
  /// text, in every key and index.
  var blob: Data {
    let (high, low) = halves
    var bytes = Data(capacity: 16)
    withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  init?(blob: Data) {
    guard blob.count == 16 else { return nil }
    let (high, low) = blob.withUnsafeBytes { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.init(high: high, low: low)
  }
}

extension Date {
  /// Our own moments are kept as microseconds since 1970.
  var microseconds: Int64 {
    let value = (timeIntervalSince1970 * 1_000_000).rounded()
    return Int64(exactly: value) ?? (value < 0 ? .min : .max)
  }

  init(microseconds: Int64) { self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}

extension Row {
  /// Texts, numbers and moments are read by position: rows come in their hundred thousands.
  func tenant(_ index: Int) throws -> TenantID {
    guard let tenant = try withUnsafeData(atIndex: index, { $0.flatMap { TenantID(blob: $0) } }) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a tenant's id is not one")
    }
    return tenant
  }

  /// A value that the schema requires. A damaged page can hold NULL or another type all the same, and that must end in
  /// an error, not in a trap.
  func needed<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value {
    try decode(Value.self, atIndex: index)
  }

  /// A value that may be missing.
  func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value? {
    try decode(Value?.self, atIndex: index)
  }

  func text(_ index: Int) throws -> String? { try optional(index) }
  func date(_ index: Int) throws -> Date? { try optional(index).map { Date(microseconds: $0) } }

  /// A service's moment stands in two columns: 100 ns steps, and the number of fraction digits.
  func timestamp(_ index: Int) throws -> Timestamp? {
    guard let digits: Int = try optional(index + 1) else { return nil }
    return try optional(index).map { Timestamp(ticks: $0, fractionDigits: digits) }
  }

  func word<Word: GraphEnumeration>(_ index: Int) throws -> Word? { try text(index).map { Word(wire: $0) } }
  func list(_ index: Int) throws -> [String] { try text(index).map(TextList.read) ?? [] }
}

extension String {
  /// SQLite ends a text at its first U+0000; what is compared or hashed must be what comes back.
  var withoutNUL: String {
    guard holdsNUL else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
  }

  /// Looked for without decoding.
  var holdsNUL: Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
    } ?? utf8.contains(0)
  }
}

/// A list of texts in one column: a JSON array, or NULL when there is none.
enum TextList {
  static func write(_ items: [String]) -> String? {
    if items.isEmpty { return nil }
    guard items.allSatisfy({ $0.utf8.allSatisfy(isPlain) }) else {
      return JSONNode.strings(items).text(isPretty: false)
    }
    return "[\"" + items.joined(separator: "\",\"") + "\"]"
  }

  /// Whether it stands in JSON as it is.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  static func read(_ text: String) -> [String] {
    // Without an escape there is no quote inside an item, so the common list needs no parser.
    if !text.utf8.contains(UInt8(ascii: "\\")), text.hasPrefix("[\""), text.hasSuffix("\"]") {
      return text.dropFirst(2).dropLast(2).splitAtSeparators()
    }
    return (try? JSONReader.read(text))?.array?.compactMap(\.string) ?? []
  }
}

extension Substring {
  /// Splits at `","`.
  fileprivate func splitAtSeparators() -> [String] {
    var items: [String] = []
    var start = startIndex
    let bytes = utf8
    var index = start
    while index < endIndex {
      if bytes[index] == UInt8(ascii: "\""), bytes[index...].starts(with: "\",\"".utf8) {
        items.append(String(self[start..<index]))
        index = bytes.index(index, offsetBy: 3)
        start = index
      } else {
        index = bytes.index(after: index)
      }
    }
    items.append(String(self[start...]))
    return items
  }
}
