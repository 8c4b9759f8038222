import FoundationEssentials
import PartnerModel

/// The silences that the service asked for, and that are not over.
struct ParkedTenants: Sendable {
  struct Key: Hashable, Sendable {
    var app: String
    var tenant: TenantID
  }

  /// A silence: until when, and since when, by the clock of that moment.
  private struct Parking {
    var until: Date
    var since: Date
  }

  private var parked: [Key: Parking] = [:]

  /// Lets nothing leave between `now` and `until`; a silence that lasts longer is not shortened.
  mutating func park(_ key: Key, until: Date, at now: Date) {
    let before = end(of: key, at: now)
    parked[key] = Parking(until: max(before ?? until, until), since: now)
  }

  /// Until when the tenant is parked, at most 24 h from now: no service asks for more, but a clock that was set back
  /// does.
  mutating func end(of key: Key, at now: Date) -> Date? {
    guard var known = parked[key] else { return nil }
    if ClockStep.hasUndone(known.since, at: now) {
      // The clock was set back: what was left then is left now.
      known = Parking(until: now.addingTimeInterval(known.until.timeIntervalSince(known.since)), since: now)
    }
    known.until = min(known.until, now.addingTimeInterval(RetryAfter.longest))
    parked[key] = known.until > now ? known : nil
    return parked[key]?.until
  }
}
