/// Writes JSON text into bytes, in the order in which it is told, without an intermediate tree.
///
/// A comma is placed by looking at the byte before: whatever is not an opening bracket or a colon ends a value.
struct JsonWriter {
  private(set) var bytes: [UInt8] = []

  init(reserving capacity: Int = 1024) { bytes.reserveCapacity(capacity) }

  mutating func object(_ body: (inout JsonWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "{"))
    body(&self)
    bytes.append(UInt8(ascii: "}"))
  }

  mutating func array(_ body: (inout JsonWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "["))
    body(&self)
    bytes.append(UInt8(ascii: "]"))
  }

  mutating func object(_ key: StaticString, _ body: (inout JsonWriter) -> Void) {
    name(key)
    object(body)
  }

  mutating func array(_ key: StaticString, _ body: (inout JsonWriter) -> Void) {
    name(key)
    array(body)
  }

  mutating func field(_ key: StaticString, _ value: String?) {
    name(key)
    if let value { string(value) } else { raw("null") }
  }

  mutating func field(_ key: StaticString, _ value: Int) {
    name(key)
    number(value)
  }

  mutating func field(_ key: StaticString, _ value: Double) {
    name(key)
    raw(String(value))
  }

  mutating func field(_ key: StaticString, _ value: Bool) {
    name(key)
    raw(value ? "true" : "false")
  }

  mutating func field(_ key: StaticString, _ value: Moment?) {
    name(key)
    guard let value else { return raw("null") }
    separate()
    bytes.append(UInt8(ascii: "\""))
    value.writeGraphText(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func field(_ key: StaticString, _ values: [String]) {
    array(key) { json in values.forEach { json.string($0) } }
  }

  mutating func null(_ keys: StaticString...) {
    for key in keys {
      name(key)
      raw("null")
    }
  }

  /// A key that is not known when the program is built.
  mutating func name(_ key: String) {
    string(key)
    bytes.append(UInt8(ascii: ":"))
  }

  mutating func name(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  mutating func number(_ value: Int) { raw(String(value)) }

  /// Text that is JSON already.
  mutating func raw(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  mutating func raw(_ text: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: text)
  }

  mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var clean = 0
      for index in 0..<utf8.count {
        let byte = utf8[index]
        if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[clean..<index]))
        escape(byte)
        clean = index + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[clean...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(hexDigit(byte >> 4))
      bytes.append(hexDigit(byte & 15))
    }
  }

  private mutating func separate() {
    switch bytes.last {
    case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
    default: bytes.append(UInt8(ascii: ","))
    }
  }
}

func hexDigit(_ nibble: UInt8) -> UInt8 {
  nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
}

/// Builds one JSON document whose outermost value is an object.
func jsonObject(reserving capacity: Int = 1024, _ body: (inout JsonWriter) -> Void) -> [UInt8] {
  var json = JsonWriter(reserving: capacity)
  json.object(body)
  return json.bytes
}
