import Foundation
import Synchronization

@testable import PartnerContext

/// Time that only a test moves, pauses that are noted instead of waited for, and deadlines that end on a signal.
final class TestClock: Sendable {
  struct State {
    var now: Date
    var uptime: Duration = .seconds(1000)
    var pauses: [Duration] = []
    var deadlines: [Duration] = []
    var requestIDs = 0
    var environment: [String: String] = [:]
    /// Where in its range every random number lies, 0 to 1.
    var chance = 1.0
    var expiring: Duration?
  }

  private let state: Mutex<State>
  /// Every deadline passes when it lands, those that run and those to come.
  let expiry = SharedFlight<Bool>()

  init(now: Date = Date(timeIntervalSince1970: 1_790_000_000)) { state = Mutex(State(now: now)) }

  var now: Date { state.withLock { $0.now } }
  var pauses: [Duration] { state.withLock { $0.pauses } }
  var deadlines: [Duration] { state.withLock { $0.deadlines } }

  func advance(_ seconds: Double) {
    state.withLock {
      $0.now += seconds
      $0.uptime += .seconds(seconds)
    }
  }
  /// Somebody sets the clock; no time passes.
  func setClock(by seconds: Double) { state.withLock { $0.now += seconds } }
  /// Notes a pause that a test lets pass by itself.
  func note(_ pause: Duration) { state.withLock { $0.pauses.append(pause) } }
  func set(chance: Double) { state.withLock { $0.chance = chance } }
  /// Only deadlines of this length pass when `expiry` lands.
  func set(expiring: Duration) { state.withLock { $0.expiring = expiring } }
  func set(environment: [String: String]) { state.withLock { $0.environment = environment } }

  var dependencies: PartnerDependencies {
    PartnerDependencies(
      now: { self.now },
      uptime: { self.state.withLock { $0.uptime } },
      sleep: { pause in self.state.withLock { $0.pauses.append(pause) } },
      expire: { limit, pass in
        let mayPass = self.state.withLock { state in
          state.deadlines.append(limit)
          return state.expiring.map { $0 == limit } ?? true
        }
        let waiting = Task { if await (mayPass ? self.expiry : SharedFlight()).value() != nil { pass() } }
        return { waiting.cancel() }
      },
      newRequestID: {
        let number = self.state.withLock { state in
          state.requestIDs += 1
          return state.requestIDs
        }
        return String(format: "00000000-0000-4000-8000-%012d", number)
      },
      random: { range in
        range.lowerBound + (range.upperBound - range.lowerBound) * self.state.withLock { $0.chance }
      },
      environment: { name in self.state.withLock { $0.environment[name] } })
  }
}
