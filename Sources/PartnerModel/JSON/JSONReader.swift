/// Reads JSON with the places of its values, for files that people write and for single items of an answer.
///
/// Pages of answers do not come this way; they are read by a parser built for their size.
public struct JSONReader {
  /// What is accepted beyond RFC 8259.
  public struct Leniency: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// `//` to the end of the line and `/* */`.
    public static let comments = Leniency(rawValue: 1)
    public static let trailingCommas = Leniency(rawValue: 2)
    /// What people write by hand.
    public static let handwritten: Leniency = [.comments, .trailingCommas]
  }

  /// Deeper nesting is refused, so that a hostile file cannot exhaust the stack.
  public static let deepest = 64
  /// So many members are compared one by one, to find a key that stands twice.
  private static let few = 16

  private let bytes: [UInt8]
  private let leniency: Leniency
  /// Where the text begins, after a byte order mark.
  private let first: Int
  private var index: Int
  private var depth = 0
  /// The last place that was asked for. Counting goes on from there, so that a file is counted once, whatever its size.
  private var counted: (index: Int, position: TextPosition)

  /// Reads one document.
  /// - Throws: `JSONReadError` with the place and what was expected there.
  public static func read(_ text: String, _ leniency: Leniency = []) throws(JSONReadError) -> JSONNode {
    try read(utf8: Array(text.utf8), leniency)
  }

  /// The same of a document's bytes; what in a text is no UTF-8 is replaced as other readers of broken text do.
  public static func read(utf8 bytes: [UInt8], _ leniency: Leniency = []) throws(JSONReadError) -> JSONNode {
    var reader = JSONReader(bytes: bytes, leniency: leniency)
    try reader.skipBlanks()
    let node = try reader.value()
    try reader.skipBlanks()
    guard reader.index == reader.bytes.count else { throw reader.failure("nothing more after the end") }
    return node
  }

  private init(bytes: [UInt8], leniency: Leniency) {
    self.bytes = bytes
    self.leniency = leniency
    first = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    index = first
    counted = (first, .start)
  }

  private func failure(_ expected: String, at place: Int? = nil) -> JSONReadError {
    var position = TextPosition.start
    position.advance(over: bytes[first..<(place ?? index)])
    return JSONReadError(position: position, message: "expected \(expected)")
  }

  /// The place of the next byte.
  private mutating func here() -> TextPosition {
    counted.position.advance(over: bytes[counted.index..<index])
    counted.index = index
    return counted.position
  }

  private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: scalar) else { return false }
    index += 1
    return true
  }

  private mutating func skipBlanks() throws(JSONReadError) {
    while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      case UInt8(ascii: "/") where leniency.contains(.comments): try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(JSONReadError) {
    let start = index
    index += 1
    if take("/") {
      while let byte = peek(), byte != UInt8(ascii: "\n") { index += 1 }
    } else if take("*") {
      while true {
        guard let byte = peek() else { throw failure("*/ to end the comment", at: start) }
        index += 1
        if byte == UInt8(ascii: "*"), take("/") { return }
      }
    } else {
      throw failure("a comment to begin with // or /*", at: start)
    }
  }

  private mutating func value() throws(JSONReadError) -> JSONNode {
    guard let byte = peek() else { throw failure("a value") }
    let position = here()
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw failure("at most \(Self.deepest) levels of nesting") }
    let value: JSONNode.Value
    switch byte {
    case UInt8(ascii: "{"): value = try object()
    case UInt8(ascii: "["): value = try array()
    case UInt8(ascii: "\""): value = .string(try string())
    case UInt8(ascii: "t"): value = try word("true", .bool(true))
    case UInt8(ascii: "f"): value = try word("false", .bool(false))
    case UInt8(ascii: "n"): value = try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): value = .number(try number())
    default: throw failure("a value")
    }
    return JSONNode(value, at: position)
  }

  private mutating func word(_ word: String, _ value: JSONNode.Value) throws(JSONReadError) -> JSONNode.Value {
    guard bytes[index...].starts(with: word.utf8) else { throw failure("a value") }
    index += word.utf8.count
    return value
  }

  private mutating func object() throws(JSONReadError) -> JSONNode.Value {
    index += 1
    var members: [JSONNode.Member] = []
    members.reserveCapacity(8)
    // Filled where there are many members.
    var keys: Set<String> = []
    try skipBlanks()
    if take("}") { return .object([]) }
    while true {
      let start = index
      guard peek() == UInt8(ascii: "\"") else { throw failure("a key in quotes") }
      let keyPosition = here()
      let key = try string()
      let isKnown = members.count < Self.few ? members.contains { $0.key == key } : keys.contains(key)
      guard !isKnown else { throw failure("each key once; “\(key)” stands twice", at: start) }
      try skipBlanks()
      guard take(":") else { throw failure("a colon after the key") }
      try skipBlanks()
      members.append(JSONNode.Member(key: key, keyPosition: keyPosition, value: try value()))
      if members.count == Self.few { keys = Set(members.map(\.key)) } else if !keys.isEmpty { keys.insert(key) }
      try skipBlanks()
      if take("}") { return .object(members) }
      guard take(",") else { throw failure("a comma or }") }
      try skipBlanks()
      if leniency.contains(.trailingCommas), take("}") { return .object(members) }
    }
  }

  private mutating func array() throws(JSONReadError) -> JSONNode.Value {
    index += 1
    var items: [JSONNode] = []
    try skipBlanks()
    if take("]") { return .array([]) }
    while true {
      items.append(try value())
      try skipBlanks()
      if take("]") { return .array(items) }
      guard take(",") else { throw failure("a comma or ]") }
      try skipBlanks()
      if leniency.contains(.trailingCommas), take("]") { return .array(items) }
    }
  }

  private mutating func number() throws(JSONReadError) -> String {
    let start = index
    _ = take("-")
    let first = index
    digits()
    guard index > first, bytes[first] != 48 || index == first + 1 else { throw failure("a number", at: start) }
    if take(".") {
      let fraction = index
      digits()
      guard index > fraction else { throw failure("a digit after the point") }
    }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      let exponent = index
      digits()
      guard index > exponent else { throw failure("a digit in the exponent") }
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func digits() {
    while let byte = peek(), byte >= 48, byte <= 57 { index += 1 }
  }

  private mutating func string() throws(JSONReadError) -> String {
    let start = index
    index += 1
    // Most texts stand there as they are.
    let plain = bytes[index...].prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    index = plain.endIndex
    if take("\"") { return String(decoding: plain, as: UTF8.self) }
    var text = Array(plain)
    while true {
      guard let byte = peek() else { throw failure("a closing quote", at: start) }
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        try escape(into: &text)
      case 0..<0x20:
        throw failure("no control character in a string; write it as an escape", at: index - 1)
      default:
        text.append(byte)
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONReadError) {
    let start = index - 1
    guard let byte = peek() else { throw failure("an escape", at: start) }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try codeUnit(from: start)
      if (0xD800..<0xDC00).contains(code), bytes[index...].starts(with: [0x5C, 0x75]) {
        let resume = index
        index += 2
        let low = try codeUnit(from: start)
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          index = resume
        }
      }
      // Half of a pair names no character; it is replaced as other readers of broken text do.
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      text.append(contentsOf: Array(String(scalar).utf8))
    default: throw failure("an escape that JSON knows", at: start)
    }
  }

  private mutating func codeUnit(from start: Int) throws(JSONReadError) -> UInt32 {
    guard index + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
      bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-")
    else { throw failure("four hexadecimal digits after \\u", at: start) }
    index += 4
    return code
  }
}

extension TextPosition {
  fileprivate mutating func advance(over bytes: ArraySlice<UInt8>) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
  }
}
