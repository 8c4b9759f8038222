import Synchronization

/// Tells many when their time is over, with one sleeping task for all of them.
///
/// Nearly every limit is called off long before it passes: to set and to call off one costs an entry in a table, and
/// nobody is woken for it.
final class DeadlineClock: Sendable {
  private struct Entry {
    var end: ContinuousClock.Instant
    var pass: @Sendable () -> Void
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var nextNumber = 0
    /// When the task that sleeps wakes; `nil` when none does.
    var wakesAt: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  /// Calls `pass` when `limit` has passed, unless that is called off before.
  /// - Returns: calls it off.
  func expire(after limit: Duration, _ pass: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
    let end = ContinuousClock.now + limit
    let (number, mustWake) = state.withLock { state in
      state.nextNumber += 1
      state.entries[state.nextNumber] = Entry(end: end, pass: pass)
      guard state.wakesAt.map({ end < $0 }) ?? true else { return (state.nextNumber, false) }
      state.wakesAt = end
      return (state.nextNumber, true)
    }
    if mustWake { wake(at: end) }
    return { [self] in state.withLock { $0.entries[number] = nil } }
  }

  private func wake(at moment: ContinuousClock.Instant) {
    Task.detached { [self] in
      try? await Task.sleep(until: moment, clock: .continuous)
      let (passed, next) = state.withLock { state -> ([@Sendable () -> Void], ContinuousClock.Instant?) in
        let now = ContinuousClock.now
        let passed = state.entries.filter { $0.value.end <= now }
        for number in passed.keys { state.entries[number] = nil }
        // An earlier limit may have been set meanwhile, for which another task sleeps.
        guard let wakesAt = state.wakesAt, wakesAt <= max(now, moment) else {
          return (passed.values.map { $0.pass }, nil)
        }
        state.wakesAt = state.entries.values.map(\.end).min()
        return (passed.values.map { $0.pass }, state.wakesAt)
      }
      for pass in passed { pass() }
      if let next { wake(at: next) }
    }
  }
}
