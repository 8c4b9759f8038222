import FoundationEssentials
import Synchronization

/// How a read is repeated (rule R1).
struct RetryPolicy: Sendable {
  var attempts = 4
  /// Seconds of the first pause at most; each further one doubles.
  var base = 0.8
  /// Seconds of any pause at most.
  var cap = 30.0
  /// How often an answer that broke off in the middle is asked for again: what is too heavy for the way breaks each time.
  static let repeatsOfBroken = 1

  static let standard = RetryPolicy()
  /// For an expansion that is known to fail for good in large tenants.
  static let brief = RetryPolicy(attempts: 2)

  /// Seconds before the attempt after `attempt`, drawn evenly between none and the whole pause.
  func pause(after attempt: Int, random: (ClosedRange<Double>) -> Double) -> Double {
    var longest = base
    for _ in 1..<max(1, attempt) { longest = min(longest * 2, cap) }
    return random(0...longest)
  }
}

/// Keeps the repeats of this process at a tenth of its first attempts within 60 s (rule R4).
///
/// A few repeats are always free: a single command has only one first attempt.
final class RetryBudget: Sendable {
  private struct State {
    var first: [Duration] = []
    var repeats: [Duration] = []
  }

  private static let window: Duration = .seconds(60)
  private static let alwaysFree = 10

  private let state = Mutex(State())

  func countFirst(at uptime: Duration) {
    state.withLock { state in
      state.first.append(uptime)
      // The oldest leave in bulk, so that a burst of thousands is not moved each time.
      if let oldest = state.first.first, uptime - oldest > Self.window * 2 {
        state.first.removeAll { uptime - $0 > Self.window }
      }
    }
  }

  func mayRepeat(at uptime: Duration) -> Bool {
    state.withLock { state in
      state.repeats.removeAll { uptime - $0 > Self.window }
      let first = state.first.reversed().prefix { uptime - $0 <= Self.window }.count
      guard state.repeats.count < max(Self.alwaysFree, first / 10) else { return false }
      state.repeats.append(uptime)
      return true
    }
  }
}
