public import FoundationEssentials

/// A moment as a service gave it: exact to 100 ns, with its number of fraction digits, so that it prints as it came.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// 100 ns steps since 1970-01-01T00:00:00Z.
  public let ticks: Int64
  private let fractionDigits: UInt8

  /// - Parameters:
  ///   - ticks: 100 ns steps since 1970.
  ///   - fractionDigits: how many digits of a second are printed, 0 to 7.
  public init(ticks: Int64, fractionDigits: Int = 0) {
    self.ticks = ticks
    self.fractionDigits = UInt8(clamping: min(7, max(0, fractionDigits)))
  }

  public init(_ date: Date) {
    let seconds = min(max(date.timeIntervalSince1970, -62_135_596_800), 253_402_300_799)
    self.init(ticks: Int64(seconds.rounded(.down)) * 10_000_000)
  }

  /// Reads an RFC 3339 time with 0 to 9 fraction digits (cut to 7) and `Z` or an offset; `nil` for anything else.
  public init?(_ text: String) {
    var text = text
    guard let parsed = text.withUTF8({ parse($0) }) else { return nil }
    self = parsed
  }

  /// Reads the UTF-8 bytes of an RFC 3339 time.
  public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard let parsed = parse(bytes) else { return nil }
    self = parsed
  }

  /// Reads the UTF-8 bytes of a moment that a service dates one of its things with.
  ///
  /// Services fill a date that they do not have with the year 1, 1970 or 9999: what lies outside of 2000 to 2099 is none.
  public init?(dateOf bytes: UnsafeBufferPointer<UInt8>) {
    guard let parsed = parse(bytes), Self.dates.contains(parsed.ticks) else { return nil }
    self = parsed
  }

  /// What can be the date of something in a security service, in steps of 100 ns: 2000 up to, and not including, 2100.
  package static let dates: Range<Int64> = 946_684_800 * 10_000_000..<4_102_444_800 * 10_000_000

  /// The years 1 to 9999, which four digits can say, in steps of 100 ns.
  package static let years: Range<Int64> = -62_135_596_800 * 10_000_000..<253_402_300_800 * 10_000_000

  /// How many digits of a second were received, 0 to 7.
  package var digits: Int { Int(fractionDigits) }

  public var date: Date { Date(timeIntervalSince1970: Double(ticks) / 10_000_000) }

  /// ISO 8601 in `Z` with as many fraction digits as were received.
  public var description: String {
    let seconds = Int(ticks.flooredDivision(by: 10_000_000))
    let fraction = ticks - Int64(seconds) * 10_000_000
    let day = seconds.flooredDivision(by: 86_400)
    let rest = seconds - day * 86_400
    let (year, month, dayOfMonth) = civil(day: day)
    let text = String(unsafeUninitializedCapacity: 28) { text in
      var place = 0
      func add(_ value: Int, _ width: Int) {
        var rest = value
        for digit in stride(from: place + width - 1, through: place, by: -1) {
          text[digit] = 48 + UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
        place += width
      }
      func add(_ sign: Unicode.Scalar) {
        text[place] = UInt8(ascii: sign)
        place += 1
      }
      add(min(max(year, 0), 9999), 4)
      add("-")
      add(month, 2)
      add("-")
      add(dayOfMonth, 2)
      add("T")
      add(rest / 3600, 2)
      add(":")
      add(rest / 60 % 60, 2)
      add(":")
      add(rest % 60, 2)
      if fractionDigits > 0 {
        add(".")
        var scale: Int64 = 1
        for _ in fractionDigits..<7 { scale *= 10 }
        add(Int(fraction / scale), Int(fractionDigits))
      }
      add("Z")
      return place
    }
    if (0...9999).contains(year) { return text }
    let digits = String(year)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + text.dropFirst(4)
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.ticks < right.ticks }

  /// Seconds from this moment to `date`; negative when it lies ahead.
  public func age(at date: Date) -> TimeInterval { date.timeIntervalSince1970 - Double(ticks) / 10_000_000 }
}

private func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
  guard bytes.count >= 20, bytes.count <= 40, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
    bytes[10] | 0x20 == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " "), bytes[13] == UInt8(ascii: ":"),
    bytes[16] == UInt8(ascii: ":"), let century = bytes.twoDigits(0), let yearOfCentury = bytes.twoDigits(2),
    let month = bytes.twoDigits(5), let day = bytes.twoDigits(8), let hour = bytes.twoDigits(11),
    let minute = bytes.twoDigits(14), let second = bytes.twoDigits(17)
  else { return nil }
  let year = century * 100 + yearOfCentury
  guard year >= 1, (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day), hour <= 23,
    minute <= 59, second <= 60
  else { return nil }
  var index = 19
  var fraction: Int64 = 0
  var digits = 0
  if bytes[index] == UInt8(ascii: ".") {
    index += 1
    let first = index
    while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
      if digits < 7 {
        fraction = fraction * 10 + Int64(bytes[index] - 48)
        digits += 1
      }
      index += 1
    }
    guard index > first, index - first <= 9 else { return nil }
  }
  for _ in digits..<7 { fraction *= 10 }
  guard index < bytes.count else { return nil }
  var offset = 0
  switch bytes[index] {
  case UInt8(ascii: "Z"), UInt8(ascii: "z"): index += 1
  case UInt8(ascii: "+"), UInt8(ascii: "-"):
    guard index + 6 == bytes.count, let offsetHour = bytes.twoDigits(index + 1),
      bytes[index + 3] == UInt8(ascii: ":"), let offsetMinute = bytes.twoDigits(index + 4), offsetHour <= 23,
      offsetMinute <= 59
    else { return nil }
    offset = (offsetHour * 3600 + offsetMinute * 60) * (bytes[index] == UInt8(ascii: "+") ? 1 : -1)
    index += 6
  default: return nil
  }
  guard index == bytes.count else { return nil }
  let days = dayNumber(year: year, month: month, day: day)
  let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
  // An offset or a leap second can leave the years that four digits can say.
  guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
  return Timestamp(ticks: seconds * 10_000_000 + fraction, fractionDigits: digits)
}

extension UnsafeBufferPointer<UInt8> {
  /// The number that the digits at two places make; `nil` where they are none.
  fileprivate func twoDigits(_ index: Int) -> Int? {
    let (tens, ones) = (self[index] &- 48, self[index + 1] &- 48)
    return tens <= 9 && ones <= 9 ? Int(tens) * 10 + Int(ones) : nil
  }
}

private func daysIn(month: Int, year: Int) -> Int {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, counted in years that begin in March.
private func dayNumber(year: Int, month: Int, day: Int) -> Int {
  let shifted = month > 2 ? year : year - 1
  let monthsFromMarch = (month + 9) % 12
  let century = shifted.flooredDivision(by: 400)
  let yearOfCentury = shifted - century * 400
  let dayOfYear = (153 * monthsFromMarch + 2) / 5 + day - 1
  return century * 146_097 + yearOfCentury * 365 + yearOfCentury / 4 - yearOfCentury / 100 + dayOfYear - 719_468
}

private func civil(day: Int) -> (year: Int, month: Int, day: Int) {
  let shifted = day + 719_468
  let century = shifted.flooredDivision(by: 146_097)
  let dayOfCentury = shifted - century * 146_097
  let year = (dayOfCentury - dayOfCentury / 1460 + dayOfCentury / 36_524 - dayOfCentury / 146_096) / 365
  let dayOfYear = dayOfCentury - (365 * year + year / 4 - year / 100)
  let month = (5 * dayOfYear + 2) / 153
  let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
  let calendarMonth = month < 10 ? month + 3 : month - 9
  return (year + century * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, dayOfMonth)
}

extension BinaryInteger {
  fileprivate func flooredDivision(by divisor: Self) -> Self {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
