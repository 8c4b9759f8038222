import FoundationEssentials

/// Collects when texts on the screen read differently.
struct Due {
  let now: Date
  private(set) var earliest: Date?

  init(now: Date) { self.now = now }

  mutating func add(after seconds: TimeInterval) { add(at: now.addingTimeInterval(max(seconds, 1))) }

  mutating func add(at moment: Date?) {
    guard let moment else { return }
    let bounded = max(moment, now.addingTimeInterval(1))
    earliest = earliest.map { min($0, bounded) } ?? bounded
  }

  mutating func age(_ since: Date?) {
    if let since { add(after: Age.untilChange(age: now.timeIntervalSince(since))) }
  }

  mutating func left(_ until: Date?) {
    if let until, let seconds = Age.untilChange(left: until.timeIntervalSince(now)) { add(after: seconds) }
  }
}
