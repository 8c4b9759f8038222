import Synchronization

/// A queue of tasks: one has the turn, the others have it in the order in which they came, those that somebody waits for
/// first.
final class FairTurn: Sendable {
  enum Outcome: Sendable { case taken, late, cancelled }

  private struct Waiter {
    var number: Int
    var isUrgent: Bool
    var continuation: CheckedContinuation<Outcome, Never>
  }

  private struct State {
    var isTaken = false
    var waiters: [Waiter] = []
    /// Those that have asked and have no answer yet; with one for those that were told to leave before they began to wait.
    var asking: [Int: Outcome?] = [:]
    var nextNumber = 0
  }

  private let state = Mutex(State())

  /// How many wait for it.
  var waiting: Int { state.withLock { $0.waiters.count } }

  /// Whoever takes it passes it on.
  /// - Parameter isUrgent: whether it goes before those that are not.
  func take(until deadline: ContinuousClock.Instant, isUrgent: Bool = false) async -> Outcome {
    let number = state.withLock { state -> Int? in
      guard state.isTaken else {
        state.isTaken = true
        return nil
      }
      state.nextNumber += 1
      state.asking[state.nextNumber] = .some(nil)
      return state.nextNumber
    }
    guard let number else { return .taken }
    let alarm = Task { [weak self] in
      try await Task.sleep(until: deadline, clock: .continuous)
      self?.leave(number, .late)
    }
    defer {
      alarm.cancel()
      state.withLock { $0.asking[number] = nil }
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = state.withLock { state -> Outcome? in
          if let outcome = state.asking[number] ?? nil { return outcome }
          guard state.isTaken else {
            state.isTaken = true
            return .taken
          }
          let place = isUrgent ? state.waiters.firstIndex { !$0.isUrgent } : nil
          state.waiters.insert(
            Waiter(number: number, isUrgent: isUrgent, continuation: continuation), at: place ?? state.waiters.count)
          return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      leave(number, .cancelled)
    }
  }

  func pass() {
    let next = state.withLock { state -> Waiter? in
      guard !state.waiters.isEmpty else {
        state.isTaken = false
        return nil
      }
      return state.waiters.removeFirst()
    }
    next?.continuation.resume(returning: .taken)
  }

  private func leave(_ number: Int, _ outcome: Outcome) {
    let waiter = state.withLock { state -> Waiter? in
      guard let place = state.waiters.firstIndex(where: { $0.number == number }) else {
        if state.asking[number] != nil { state.asking[number] = outcome }
        return nil
      }
      return state.waiters.remove(at: place)
    }
    waiter?.continuation.resume(returning: outcome)
  }
}
