package import FoundationEssentials
import PartnerModel
import SafeText

/// A span of time as it is told: no finer than it needs to be, and equal as long as its words are.
package struct Age: Hashable, Sendable {
  enum Unit: Hashable, Sendable { case seconds, minutes, hours, days, years, unknown }
  let unit: Unit
  /// In minutes for hours, so that `2 h 10` can be told.
  let value: Int32

  /// - Parameter seconds: what lies ahead by a wrong clock counts as now.
  init(seconds: TimeInterval) {
    let seconds = seconds.isFinite ? Int64(min(max(seconds, 0), 1e12)) : 0
    switch seconds {
    case ..<60: (unit, value) = (.seconds, Int32(seconds / 10 * 10))
    case ..<3_600: (unit, value) = (.minutes, Int32(seconds / 60))
    case ..<21_600: (unit, value) = (.hours, Int32(seconds / 60))
    case ..<86_400: (unit, value) = (.hours, Int32(seconds / 3_600 * 60))
    case ..<63_072_000: (unit, value) = (.days, Int32(seconds / 86_400))
    default: (unit, value) = (.years, Int32(min(seconds / 31_536_000, 9_999)))
    }
  }

  private init(_ unit: Unit, _ value: Int32) { (self.unit, self.value) = (unit, value) }

  private static let unknown = Age(.unknown, 0)

  /// How long ago a moment was; not known when it has not come yet, because the clock was set back.
  package init(since moment: Date, at now: Date) {
    self = ClockStep.hasUndone(moment, at: now) ? .unknown : Age(seconds: now.timeIntervalSince(moment))
  }

  var words: String {
    switch unit {
    case .unknown: "?"
    case .seconds: value == 0 ? "now" : "\(value) s"
    case .minutes: "\(value) m"
    case .hours: value % 60 == 0 ? "\(value / 60) h" : "\(value / 60) h \(value % 60)"
    case .days: "\(value) d"
    case .years: "\(value) y"
    }
  }

  var text: SafeText { SafeText(words) }

  /// As the end of a sentence about something that happened: `just now`, `3 m ago`, `?`.
  package var ago: String { words == "now" ? "just now" : unit == .unknown ? words : "\(words) ago" }

  /// Seconds until an age of this many seconds reads differently.
  static func untilChange(age seconds: TimeInterval) -> TimeInterval {
    if seconds < 0 { return -seconds + 10 }
    let step = Self.step(at: seconds)
    return step - seconds.truncatingRemainder(dividingBy: step)
  }

  /// Seconds until what is left reads differently; `nil` when the time is over.
  static func untilChange(left seconds: TimeInterval) -> TimeInterval? {
    if seconds <= 0 { return nil }
    let rest = seconds.truncatingRemainder(dividingBy: Self.step(at: seconds))
    return rest + 0.001
  }

  private static func step(at seconds: TimeInterval) -> TimeInterval {
    switch seconds {
    case ..<60: 10
    case ..<21_600: 60
    case ..<86_400: 3_600
    default: 86_400
    }
  }
}

/// The clock of the top line: to the minute, in Z.
func clock(_ now: Date) -> String {
  let seconds = wholeSeconds(now)
  func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
  return "\(twoDigits(seconds / 3_600 % 24)):\(twoDigits(seconds / 60 % 60))Z"
}

/// The clock, with the day before it where it is not that of `now`.
func clock(_ moment: Date, on now: Date) -> SafeText {
  let time = clock(moment)
  if wholeSeconds(moment) / 86_400 == wholeSeconds(now) / 86_400 { return SafeText(time) }
  return SafeText("\(Timestamp(moment).description.dropFirst(5).prefix(5)) \(time)")
}

/// Seconds since 1970 in whole numbers, from there to the end of the year 9999, whatever the date.
func wholeSeconds(_ date: Date) -> Int64 {
  let seconds = date.timeIntervalSince1970
  return seconds.isFinite ? Int64(min(max(seconds, 0), 253_402_300_799)) : 0
}
