import Synchronization

/// One piece of work that several callers wait for. A waiter that is cancelled leaves at once; the work goes on.
final class SharedFlight<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
    var arriving: Set<Int> = []
    var cancelled: Set<Int> = []
    var nextNumber = 0
  }

  private let state = Mutex(State())

  /// What the work came to; `nil` when the caller was cancelled before.
  func value() async -> Value? {
    let number = state.withLock { state in
      state.nextNumber += 1
      state.arriving.insert(state.nextNumber)
      return state.nextNumber
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isWaiting = state.withLock { state -> Bool in
          state.arriving.remove(number)
          guard state.value == nil, state.cancelled.remove(number) == nil else { return false }
          state.waiters[number] = continuation
          return true
        }
        if !isWaiting { continuation.resume(returning: state.withLock { $0.value }) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        if state.arriving.contains(number) { state.cancelled.insert(number) }
        return state.waiters.removeValue(forKey: number)
      }
      waiter?.resume(returning: nil)
    }
  }

  func land(_ value: Value) {
    let waiters = state.withLock { state in
      state.value = value
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume(returning: value) }
  }
}
