import FoundationEssentials
import PartnerModel

/// How long the service asks us to wait (rule R2).
enum RetryAfter {
  /// Nobody is asked to wait longer.
  static let longest: TimeInterval = 86_400
  /// A refusal for too many requests that names no time.
  static let unnamed: TimeInterval = 60

  /// Seconds until the next request; `nil` when the answer names none.
  ///
  /// The longest of `Retry-After` (seconds, with or without a fraction, or a date compared with the answer's own
  /// `Date`), `retry-after-ms`, `x-ms-retry-after-ms` and a time in the error's text. Negative counts as 0, at most
  /// 24 h; what cannot be read counts as absent.
  static func seconds(_ answer: Answer, now: Date) -> TimeInterval? {
    let serverNow = answer.serverNow ?? now
    var delays: [TimeInterval] = []
    for value in answer.values("retry-after") {
      if let seconds = number(value) {
        delays.append(seconds)
      } else if let date = HTTPDate.read(value) {
        delays.append(date.timeIntervalSince(serverNow))
      }
    }
    for value in answer.values("retry-after-ms") + answer.values("x-ms-retry-after-ms") {
      if let milliseconds = number(value) { delays.append(milliseconds / 1000) }
    }
    if answer.body.count <= 65_536, let hint = hint(answer.text) { delays.append(hint) }
    return delays.max().map { min(max($0, 0), longest) }
  }

  /// Digits with an optional sign and fraction; no exponent, no hexadecimal.
  private static func number(_ text: String) -> TimeInterval? {
    var bytes = Array(text.utf8.drop { $0 == 0x20 || $0 == 0x09 })
    while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
    guard !bytes.isEmpty, bytes.count <= 20 else { return nil }
    let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
    guard digits.first.map({ $0 >= 48 && $0 <= 57 }) ?? false,
      digits.allSatisfy({ ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: ".") })
    else { return nil }
    return TimeInterval(String(decoding: bytes, as: UTF8.self))
  }

  /// Reads "again in 00:01:00" and "again in 30 seconds" out of an error's text.
  private static func hint(_ text: String) -> TimeInterval? {
    for phrase in ["again in ", "again after ", "retry after ", "retry in "] {
      guard let range = text.lowercased().firstRange(of: phrase) else { continue }
      let rest = text.lowercased()[range.upperBound...]
      let clock = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ":") }
      let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
      if parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2] {
        return hours * 3600 + minutes * 60 + seconds
      }
      if parts.count == 1, let count = parts[0] {
        let unit = rest[clock.endIndex...].drop { $0 == " " }
        if unit.hasPrefix("minute") { return count * 60 }
        if unit.hasPrefix("s") { return count }
      }
    }
    return nil
  }
}

/// Source: RFC 9110, section 5.6.7, the preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  static func read(_ text: String) -> Date? {
    var text = text
    return text.withUTF8 { bytes in
      let words = bytes.split(separator: UInt8(ascii: " "))
      guard words.count == 6, words[5].elementsEqual("GMT".utf8), words[1].count == 2, words[3].count == 4,
        words[4].count == 8, let month = months.firstIndex(where: { words[2].elementsEqual($0.utf8) })
      else { return nil }
      let number = UInt8(month + 1)
      let iso = [
        Array(words[3]), [UInt8(ascii: "-"), 48 + number / 10, 48 + number % 10, UInt8(ascii: "-")], Array(words[1]),
        [UInt8(ascii: "T")], Array(words[4]), [UInt8(ascii: "Z")],
      ].flatMap(\.self)
      return iso.withUnsafeBufferPointer { Timestamp(utf8: $0)?.date }
    }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
