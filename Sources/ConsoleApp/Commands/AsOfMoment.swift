import ArgumentParser
import FoundationEssentials
import PartnerModel

/// A moment in the past, as somebody types it: a time, or how long ago it was.
enum AsOfMoment: Hashable, Sendable {
  case at(Date)
  /// In seconds.
  case ago(TimeInterval)

  private static let units: [Character: TimeInterval] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]

  /// - Throws: `ValidationError` for what is neither.
  init(_ text: String) throws {
    if let time = Timestamp(text) {
      self = .at(time.date)
    } else if let day = Timestamp(text + "T00:00:00Z"), text.utf8.count == 10 {
      self = .at(day.date)
    } else if let unit = text.last.flatMap({ Self.units[$0] }), let count = Int(text.dropLast()), count >= 0,
      count < 1_000_000
    {
      self = .ago(Double(count) * unit)
    } else {
      throw ValidationError(
        "--as-of is a time like 2026-03-10T08:00:00Z, a day like 2026-03-10, or how long ago: 30m, 2h, 4d or 1w, "
          + "not “\(text)”.")
    }
  }

  func moment(at now: Date) -> Date {
    switch self {
    case .at(let date): date
    case .ago(let seconds): now.addingTimeInterval(-seconds)
    }
  }
}
