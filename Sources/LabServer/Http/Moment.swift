import FoundationEssentials

/// A moment in ticks of 100 ns since 1970, the resolution that Graph prints.
struct Moment: Hashable, Comparable, Sendable {
  var ticks: Int64

  static let second: Int64 = 10_000_000
  static let day: Int64 = 86_400 * second
  /// From the first day of 1970 on.
  static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  init(ticks: Int64) { self.ticks = ticks }
  init(_ date: Date) { ticks = Int64(date.timeIntervalSince1970 * Double(Moment.second)) }

  static func < (left: Moment, right: Moment) -> Bool { left.ticks < right.ticks }
  static func + (moment: Moment, ticks: Int64) -> Moment { Moment(ticks: moment.ticks + ticks) }
  static func - (moment: Moment, ticks: Int64) -> Moment { Moment(ticks: moment.ticks - ticks) }

  /// `2026-03-01T09:22:33.69Z`: up to seven digits, trailing zeros left out.
  var graphText: String {
    var bytes: [UInt8] = []
    writeGraphText(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes what `graphText` is without making a text of it first: a page holds hundreds of times.
  func writeGraphText(to bytes: inout [UInt8]) {
    let seconds = floorSeconds
    let (dayNumber, clock) = floorDivision(seconds, 86_400)
    let (year, month, day) = civil(dayNumber)
    bytes.appendDigits(year, 4)
    bytes.append(UInt8(ascii: "-"))
    bytes.appendDigits(month, 2)
    bytes.append(UInt8(ascii: "-"))
    bytes.appendDigits(day, 2)
    bytes.append(UInt8(ascii: "T"))
    bytes.appendDigits(Int(clock / 3600), 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.appendDigits(Int(clock / 60 % 60), 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.appendDigits(Int(clock % 60), 2)
    var fraction = Int(ticks - seconds * Moment.second)
    if fraction > 0 {
      var digits = 7
      while fraction % 10 == 0 {
        fraction /= 10
        digits -= 1
      }
      bytes.append(UInt8(ascii: "."))
      bytes.appendDigits(fraction, digits)
    }
    bytes.append(UInt8(ascii: "Z"))
  }

  /// `2026-03-01T09:22:33`, as in Graph's error bodies.
  var errorText: String { secondsText("T") }

  /// `2026-03-01 09:22:33Z`, as in the token endpoint's error bodies.
  var tokenText: String { "\(secondsText(" "))Z" }

  /// `Sun, 01 Mar 2026 09:22:33 GMT` (RFC 9110, section 5.6.7).
  var httpText: String {
    let (dayNumber, clock) = floorDivision(floorSeconds, 86_400)
    let (year, month, day) = civil(dayNumber)
    let weekday = Self.weekdays[Int(floorDivision(dayNumber, 7).remainder)]
    return "\(weekday), \(padded(day, 2)) \(Self.months[month - 1]) \(year) \(clockText(clock)) GMT"
  }

  private var floorSeconds: Int64 { floorDivision(ticks, Moment.second).quotient }

  private func secondsText(_ separator: String) -> String {
    let (dayNumber, clock) = floorDivision(floorSeconds, 86_400)
    let (year, month, day) = civil(dayNumber)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))\(separator)\(clockText(clock))"
  }

  private func clockText(_ seconds: Int64) -> String {
    let seconds = Int(seconds)
    return "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
  }
}

extension [UInt8] {
  /// The last `count` decimal digits of a number, with zeros in front.
  fileprivate mutating func appendDigits(_ number: Int, _ count: Int) {
    var divisor = 1
    for _ in 1..<count { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}

func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}

private func floorDivision(_ number: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
  let remainder = ((number % divisor) + divisor) % divisor
  return ((number - remainder) / divisor, remainder)
}

/// Days since 1970 to a Gregorian date, counting years from March so that the leap day comes last.
private func civil(_ dayNumber: Int64) -> (year: Int, month: Int, day: Int) {
  let shifted = dayNumber + 719_468
  let (era, dayOfEra) = floorDivision(shifted, 146_097)
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
}

func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
  let shiftedYear = Int64(month <= 2 ? year - 1 : year)
  let (era, yearOfEra) = floorDivision(shiftedYear, 400)
  let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
  let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
