extension Moment {
  /// The largest distance from UTC that XML Schema, and with it OData, allows, in minutes.
  private static let farthestOffset = 14 * 60

  /// Reads `2026-03-01T09:22:33.1234567Z`, with an offset instead of `Z` if wanted, or a bare date.
  init?(graphText text: Substring) {
    var reader = TimeReader(text)
    guard let year = reader.number(4), year > 0, reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), let midnight = Self.midnight(year, month, day)
    else { return nil }
    ticks = midnight
    if reader.isAtEnd { return }
    guard reader.take("T"), let hour = reader.number(2), hour < 24, reader.take(":"), let minute = reader.number(2),
      minute < 60
    else { return nil }
    ticks += Int64(hour * 60 + minute) * 60 * Moment.second
    if reader.take(":") {
      guard let second = reader.number(2), second < 60 else { return nil }
      ticks += Int64(second) * Moment.second
      if reader.take(".") {
        guard let fraction = reader.fraction() else { return nil }
        ticks += Int64(fraction)
      }
    }
    if reader.take("Z") {
      guard reader.isAtEnd else { return nil }
      return
    }
    let isBehind = reader.take("-")
    guard isBehind || reader.take("+"), let hours = reader.number(2), reader.take(":"), let minutes = reader.number(2),
      minutes < 60, hours * 60 + minutes <= Self.farthestOffset, reader.isAtEnd
    else { return nil }
    let offset = Int64(hours * 60 + minutes) * 60 * Moment.second
    ticks += isBehind ? offset : -offset
  }

  /// Reads `Sun, 01 Mar 2026 09:22:33 GMT` (RFC 9110, section 5.6.7, the form that is not obsolete).
  init?(httpText text: String) {
    var reader = TimeReader(text[...])
    guard reader.word(of: Self.weekdays) != nil, reader.take(","), reader.take(" "), let day = reader.number(2),
      reader.take(" "), let month = reader.word(of: Self.months), reader.take(" "), let year = reader.number(4),
      year > 0, let midnight = Self.midnight(year, month + 1, day), reader.take(" "), let hour = reader.number(2),
      hour < 24, reader.take(":"), let minute = reader.number(2), minute < 60, reader.take(":"),
      let second = reader.number(2), second <= 60, reader.take(" "), reader.word(of: ["GMT"]) != nil, reader.isAtEnd
    else { return nil }
    ticks = midnight + Int64((hour * 60 + minute) * 60 + second) * Moment.second
  }

  /// Ticks to the beginning of a day; nil for a day that its month does not have.
  private static func midnight(_ year: Int, _ month: Int, _ day: Int) -> Int64? {
    guard (1...12).contains(month), day > 0 else { return nil }
    let start = daysFromCivil(year, month, 1)
    let next = month == 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1)
    guard day <= next - start else { return nil }
    return (start + Int64(day) - 1) * Moment.day
  }
}

/// Reads a time from left to right; its numbers are runs of ASCII digits of a known length, without a sign.
private struct TimeReader {
  private var rest: Substring.UTF8View

  init(_ text: Substring) { rest = text.utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func number(_ digits: Int) -> Int? {
    let part = rest.prefix(digits)
    guard part.count == digits, part.allSatisfy(Self.isDigit) else { return nil }
    rest = rest.dropFirst(digits)
    return part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// The digits after a decimal point in ticks; what is finer than a tick is left out.
  mutating func fraction() -> Int? {
    let part = rest.prefix(while: Self.isDigit)
    guard (1...12).contains(part.count) else { return nil }
    rest = rest.dropFirst(part.count)
    var ticks = 0
    var digits = part.makeIterator()
    for _ in 0..<7 { ticks = ticks * 10 + (digits.next().map { Int($0 - UInt8(ascii: "0")) } ?? 0) }
    return ticks
  }

  /// Takes one character, in any casing, if it is the next.
  mutating func take(_ mark: Character) -> Bool {
    guard let next = rest.first, let wanted = mark.asciiValue, next == wanted || next == wanted | 0x20 else {
      return false
    }
    rest = rest.dropFirst()
    return true
  }

  /// The place of the word that comes next.
  mutating func word(of words: [String]) -> Int? {
    guard let index = words.firstIndex(where: { rest.starts(with: $0.utf8) }) else { return nil }
    rest = rest.dropFirst(words[index].utf8.count)
    return index
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
