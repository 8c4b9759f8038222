/// What the played service makes of a list's query; it refuses what Graph refuses.
struct ServedQuery: Sendable {
  enum Order: Hashable, Sendable { case oldestChangeFirst, newestChangeFirst }

  enum Refusal: Error {
    case topTooLarge(Int)
    case notValid(String)
  }

  indirect enum Condition: Sendable {
    case all
    case time(field: String, sign: String, Int64)
    case text(field: String, isEqual: Bool, String?)
    case and(Condition, Condition)
    case or(Condition, Condition)
  }

  var condition = Condition.all
  var order = Order.newestChangeFirst
  var top: Int
  var skip = 0
  var token: String?
  /// As it was asked, without the place in it: what a link repeats.
  var question = ""

  /// - Parameters:
  ///   - text: behind the question mark.
  ///   - fields: that can stand in a filter.
  init(_ text: String, most: Int, isClamped: Bool, fields: Set<String>) throws(Refusal) {
    top = min(50, most)
    var kept: [String] = []
    for pair in text.split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, let name = Self.plain(sides[0]), let value = Self.plain(sides[1]) else {
        throw .notValid("an option without a value")
      }
      switch name {
      case "$filter":
        var words = try FilterWords(value, fields)
        condition = try words.condition()
      case "$orderby":
        switch value {
        case "lastUpdateDateTime asc", "lastUpdateDateTime": order = .oldestChangeFirst
        case "lastUpdateDateTime desc": order = .newestChangeFirst
        default: throw .notValid("order by \(value)")
        }
      case "$top":
        guard let number = Int(value), number > 0 else { throw .notValid("top \(value)") }
        guard number <= most || isClamped else { throw .topTooLarge(number) }
        top = min(number, most)
      case "$skip":
        guard let number = Int(value), (0...500).contains(number) else { throw .notValid("skip \(value)") }
        skip = number
      case "$count": break
      case "$skiptoken":
        token = value
        continue
      default: throw .notValid("'\(name)' is no option")
      }
      kept.append(String(pair))
    }
    question = kept.joined(separator: "&")
  }

  /// Without percent escapes.
  static func plain(_ text: Substring) -> String? {
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.count, let high = Self.digit(bytes[index + 1]), let low = Self.digit(bytes[index + 2])
        else { return nil }
        out.append(high << 4 | low)
        index += 3
      } else {
        out.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
        index += 1
      }
    }
    return String(validating: out, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  /// - Parameters:
  ///   - times: a field's moment; `nil` for a field that is none.
  ///   - texts: a field's text.
  static func holds(_ condition: Condition, times: (String) -> Int64?, texts: (String) -> String?) -> Bool {
    switch condition {
    case .all: return true
    case .and(let left, let right):
      return holds(left, times: times, texts: texts) && holds(right, times: times, texts: texts)
    case .or(let left, let right):
      return holds(left, times: times, texts: texts) || holds(right, times: times, texts: texts)
    case .time(let field, let sign, let other):
      guard let time = times(field) else { return false }
      switch sign {
      case "eq": return time == other
      case "ne": return time != other
      case "gt": return time > other
      case "ge": return time >= other
      case "lt": return time < other
      default: return time <= other
      }
    case .text(let field, let isEqual, let other): return (texts(field) == other) == isEqual
    }
  }
}

/// Reads a filter word by word.
private struct FilterWords {
  private var words: [String] = []
  private var index = 0
  private let fields: Set<String>

  init(_ text: String, _ fields: Set<String>) throws(ServedQuery.Refusal) {
    self.fields = fields
    var word = ""
    var isQuoted = false
    for letter in text {
      if letter == "'" { isQuoted.toggle() }
      if !isQuoted, letter == " " || letter == "(" || letter == ")" {
        if !word.isEmpty { words.append(word) }
        word = ""
        if letter != " " { words.append(String(letter)) }
      } else {
        word.append(letter)
      }
    }
    guard !isQuoted else { throw .notValid("a text without an end") }
    if !word.isEmpty { words.append(word) }
  }

  mutating func condition() throws(ServedQuery.Refusal) -> ServedQuery.Condition {
    let condition = try either()
    guard index == words.count else { throw .notValid("what comes behind the filter") }
    return condition
  }

  private mutating func takes(_ word: String) -> Bool {
    guard index < words.count, words[index] == word else { return false }
    index += 1
    return true
  }

  private mutating func either() throws(ServedQuery.Refusal) -> ServedQuery.Condition {
    var left = try both()
    while takes("or") { left = .or(left, try both()) }
    return left
  }

  private mutating func both() throws(ServedQuery.Refusal) -> ServedQuery.Condition {
    var left = try one()
    while takes("and") { left = .and(left, try one()) }
    return left
  }

  private mutating func one() throws(ServedQuery.Refusal) -> ServedQuery.Condition {
    if takes("(") {
      let inner = try either()
      guard takes(")") else { throw .notValid("a parenthesis without an end") }
      return inner
    }
    guard index + 2 < words.count else { throw .notValid("half a comparison") }
    let (field, sign, value) = (words[index], words[index + 1], words[index + 2])
    index += 3
    guard fields.contains(field) else { throw .notValid("'\(field)' cannot be filtered") }
    if field.hasSuffix("DateTime") {
      guard ["eq", "ne", "gt", "ge", "lt", "le"].contains(sign), let ticks = ServedText.ticks(value) else {
        throw .notValid("'\(sign) \(value)' of '\(field)'")
      }
      return .time(field: field, sign: sign, ticks)
    }
    let isText = value.count >= 2 && value.hasPrefix("'") && value.hasSuffix("'")
    guard ["eq", "ne"].contains(sign), isText || value == "null" else {
      throw .notValid("'\(sign) \(value)' of '\(field)'")
    }
    return .text(field: field, isEqual: sign == "eq", isText ? String(value.dropFirst().dropLast()) : nil)
  }
}
