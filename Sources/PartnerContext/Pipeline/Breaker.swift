import FoundationEssentials
import PartnerModel
import Synchronization

/// Leaves a tenant alone whose requests to one host keep failing, and all tenants when the host fails for many (rule R5).
///
/// After 5 failures in a row, or when half of at least 10 requests within 60 s failed, nothing is sent for 30 s. Then one
/// request is the probe, and the others are refused until it has ended. Its success forgets everything; each failure
/// doubles the time, up to 10 min. The same for the host, with one probe for all, when at least 5 tenants, and a fifth of
/// those that were asked within 60 s, could not be served in the end.
///
/// Who waits need not wait for that time: a read of the foreground is the probe at once when none is under way, and its
/// failure leaves the time as it is. A write, and whatever runs in the background, is refused until then.
///
/// Times are those of a clock that nobody can set; only what is told is a time of day.
final class Breaker: Sendable {
  /// A request that was let through. It is handed back with ``leave(_:after:)``, whatever became of it.
  struct Passage: Sendable {
    fileprivate var tenant: TenantID
    fileprivate var number: Int
    fileprivate var isTrial: Bool
  }

  fileprivate struct Opening {
    var until: Duration
    var length = Breaker.shortest
    /// The passage that probes.
    var probe: Int?
    /// Whether the probe began before its time.
    var isEarly = false
    /// What was met last.
    var failure: PartnerError

    mutating func begin(_ probe: Int, at uptime: Duration) { (self.probe, isEarly) = (probe, uptime < until) }

    /// The probe failed too.
    mutating func prolong(after failure: PartnerError, at uptime: Duration) {
      self.failure = failure
      probe = nil
      guard !isEarly else { return }
      length = min(length * 2, Breaker.longest)
      until = uptime + length
    }
  }

  /// How the requests of one tenant went.
  fileprivate struct Circuit {
    var failuresInARow = 0
    /// The requests of the last minute.
    var recent: [(at: Duration, hasFailed: Bool)] = []
    var opening: Opening?
    /// When a call last came to its end, with all its repeats, and whether it could not be served.
    var end: (at: Duration, hasFailed: Bool)?

    mutating func note(hasFailed: Bool, at uptime: Duration) {
      failuresInARow = hasFailed ? failuresInARow + 1 : 0
      recent.removeAll { uptime - $0.at >= Breaker.window }
      recent.append((uptime, hasFailed))
    }

    var keepsFailing: Bool {
      if failuresInARow >= Breaker.mostInARow { return true }
      return recent.count >= Breaker.fewestInWindow && recent.count { $0.hasFailed } * 2 >= recent.count
    }
  }

  fileprivate struct State {
    var tenants: [TenantID: Circuit] = [:]
    var host: Opening?
    var nextNumber = 0
  }

  fileprivate static let shortest: Duration = .seconds(30)
  fileprivate static let longest: Duration = .seconds(600)
  fileprivate static let window: Duration = .seconds(60)
  fileprivate static let mostInARow = 5
  fileprivate static let fewestInWindow = 10
  /// Tenants that fail at least, and one of how many that were asked.
  private static let fewestTenants = 5
  private static let share = 5
  /// When to look again while a probe is under way whose time is over.
  private static let recheck: Duration = .seconds(10)

  private let host: String
  private let dependencies: PartnerDependencies
  private let state = Mutex(State())

  init(host: String, dependencies: PartnerDependencies) {
    self.host = host
    self.dependencies = dependencies
  }

  /// Lets a request through.
  /// - Parameters:
  ///   - mayHurry: whether it may be the probe before its time.
  ///   - isTrial: the service is known to fail on such a request alone: its failure tells nothing of the tenant.
  /// - Throws: `.breakerOpen` with the time at which the next probe is due.
  func enter(_ tenant: TenantID, mayHurry: Bool, isTrial: Bool = false) throws(PartnerError) -> Passage {
    let uptime = dependencies.uptime()
    let result = state.withLock { state -> Result<Passage, PartnerError> in
      for (opening, isHost) in [(state.host, true), (state.tenants[tenant]?.opening, false)] {
        guard let opening, opening.probe != nil || uptime < opening.until && !mayHurry else { continue }
        return .failure(refusal(opening, isHost: isHost, tenant, at: uptime))
      }
      state.nextNumber += 1
      let number = state.nextNumber
      state.host?.begin(number, at: uptime)
      state.tenants[tenant]?.opening?.begin(number, at: uptime)
      return .success(Passage(tenant: tenant, number: number, isTrial: isTrial))
    }
    return try result.get()
  }

  /// One request came to its end: with a failure, or with an answer if there is none.
  func note(_ failure: PartnerError?, of passage: Passage) {
    let hasFailed: Bool
    switch failure?.standing {
    case nil, .answers: hasFailed = false
    case .fails: hasFailed = true
    case .untold: return
    }
    if passage.isTrial, hasFailed { return }
    let uptime = dependencies.uptime()
    state.withLock { state in
      if state.host?.probe == passage.number {
        guard let failure, hasFailed else {
          // What was counted meanwhile was the host's doing.
          state.tenants = [:]
          state.host = nil
          return
        }
        state.host?.prolong(after: failure, at: uptime)
      }
      var circuit = state.tenants[passage.tenant] ?? Circuit()
      if circuit.opening?.probe == passage.number {
        if let failure, hasFailed {
          circuit.opening?.prolong(after: failure, at: uptime)
        } else {
          circuit = Circuit()
        }
      }
      // While the host fails no tenant is to blame.
      if state.host == nil {
        circuit.note(hasFailed: hasFailed, at: uptime)
        if let failure, circuit.opening == nil, circuit.keepsFailing {
          circuit.opening = Opening(until: uptime + Self.shortest, failure: failure)
        }
      }
      state.tenants[passage.tenant] = circuit
    }
  }

  /// Whether a repeat would be refused.
  func isOpen(for passage: Passage) -> Bool {
    state.withLock { $0.host != nil || $0.tenants[passage.tenant]?.opening != nil }
  }

  /// The request came to its end, with all its repeats.
  /// - Parameter failure: `nil` after a success.
  /// - Returns: why nothing more is sent for a while; `nil` when the next request is let through.
  @discardableResult
  func leave(_ passage: Passage, after failure: PartnerError?) -> PartnerError? {
    let uptime = dependencies.uptime()
    return state.withLock { state in
      // A probe that told nothing leaves its place to the next.
      if state.host?.probe == passage.number { state.host?.probe = nil }
      if state.tenants[passage.tenant]?.opening?.probe == passage.number {
        state.tenants[passage.tenant]?.opening?.probe = nil
      }
      let standing = failure?.standing ?? .answers
      if standing != .untold, !(passage.isTrial && standing == .fails) {
        state.tenants[passage.tenant, default: Circuit()].end = (uptime, standing == .fails)
        if standing == .fails, let failure, state.host == nil, Self.isHostFailing(state, at: uptime) {
          state.host = Opening(until: uptime + Self.shortest, failure: failure)
        }
      }
      if let opening = state.host { return refusal(opening, isHost: true, passage.tenant, at: uptime) }
      return state.tenants[passage.tenant]?.opening.map { refusal($0, isHost: false, passage.tenant, at: uptime) }
    }
  }

  private static func isHostFailing(_ state: State, at uptime: Duration) -> Bool {
    var (asked, failing) = (0, 0)
    for circuit in state.tenants.values {
      guard let end = circuit.end, uptime - end.at < window else { continue }
      asked += 1
      if end.hasFailed { failing += 1 }
    }
    return failing >= fewestTenants && failing * share >= asked
  }

  private func refusal(
    _ opening: Opening, isHost: Bool, _ tenant: TenantID, at uptime: Duration
  ) -> PartnerError {
    let now = dependencies.now()
    let left = opening.probe == nil ? opening.until - uptime : max(opening.until - uptime, Self.recheck)
    return PartnerError(
      .breakerOpen(until: now.addingTimeInterval(max(left, .zero) / .seconds(1))), tenant: tenant,
      error: opening.failure.error, code: opening.failure.code, requestID: opening.failure.requestID, at: now,
      message: opening.failure.summary, host: isHost ? host : nil)
  }
}

extension PartnerError {
  /// What a failure tells of the host that was asked.
  fileprivate enum HostStanding { case answers, fails, untold }

  /// Whether it is one of those that open a breaker.
  var showsFailingHost: Bool { standing == .fails }

  fileprivate var standing: HostStanding {
    switch cause {
    case .unreachable(.tooManyOpenFiles): .untold
    case .unreachable, .outage, .answerIncomplete, .deadlineExceeded: .fails
    case .refused, .notFound, .conflict, .unauthorized, .claimsChallenge, .appRoleMissing, .notProvisioned,
      .refusedDespiteRoles, .consent, .access, .signInNeeded:
      .answers
    default: .untold
    }
  }
}
