import FoundationEssentials
import Logging
import PartnerModel

/// The app's tokens in memory, one per tenant; never written anywhere (rule T5).
actor TokenStore {
  struct Grant: Sendable {
    var token: Secret
    /// `nil` when the token does not tell.
    var roles: [AppRole]?
    fileprivate var expiresAt: Date
    /// By the clock that nobody can set.
    fileprivate var usableUntil: Duration
    fileprivate var renewFrom: Duration
    /// Tells this grant from the one that replaces it.
    fileprivate var number: Int
  }

  typealias Landing = Result<Grant, PartnerError>

  /// Seconds after which a token is renewed at the soonest, whatever the service asks for.
  private static let soonestRenewal: TimeInterval = 60
  /// Seconds before expiry at which a token is no longer sent.
  private static let margin: Duration = .seconds(30)
  /// How long a failure is remembered before the endpoint is asked again (rule T12).
  private static let failureMemory: Duration = .seconds(60)

  private let app: AppRegistration
  private let endpoint: TokenEndpoint
  private let dependencies: PartnerDependencies
  private let logger: Logger
  private var grants: [TokenKey: Grant] = [:]
  private var flights: [TokenKey: SharedFlight<Landing>] = [:]
  private var failures: [TokenKey: (error: PartnerError, until: Duration)] = [:]
  private var records: [TenantID: TokenRecord] = [:]
  private var nextNumber = 0

  init(app: AppRegistration, endpoint: TokenEndpoint, dependencies: PartnerDependencies, logger: Logger) {
    self.app = app
    self.endpoint = endpoint
    self.dependencies = dependencies
    self.logger = logger
  }

  /// What is known of the tenant's token; `nil` before the first attempt.
  func record(of tenant: TenantID) -> TokenRecord? { records[tenant] }

  /// The app roles in the tenant's current token; `nil` when there is none or it does not tell.
  func roles(in tenant: TenantID) -> [AppRole]? { grants[TokenKey(tenant: tenant, app: app)]?.roles }

  /// A token that can be sent now.
  ///
  /// It is renewed at its own random moment, and the old one is used meanwhile, be it that the endpoint fails or says
  /// nothing at all (rule T3).
  func grant(for tenant: TenantID, priority: RequestPriority) async throws(PartnerError) -> Grant {
    let key = TokenKey(tenant: tenant, app: app)
    let uptime = dependencies.uptime()
    let current = grants[key].flatMap { uptime < $0.usableUntil ? $0 : nil }
    if let current, uptime < current.renewFrom { return current }
    let failure = failures[key].flatMap { uptime < $0.until ? $0.error : nil }
    if let current {
      if failure == nil, flights[key] == nil { _ = takeOff(key, priority) }
      return current
    }
    if let failure { throw failure }
    let flight = flights[key] ?? takeOff(key, priority)
    guard let landing = await flight.value() else { throw PartnerError(.cancelled, tenant: tenant) }
    return try landing.get()
  }

  /// A token that was asked for after this call began, because an older one keeps the roles it was made with.
  func freshGrant(for tenant: TenantID, priority: RequestPriority) async throws(PartnerError) -> Grant {
    let key = TokenKey(tenant: tenant, app: app)
    while let earlier = flights[key] {
      guard await earlier.value() != nil else { throw PartnerError(.cancelled, tenant: tenant) }
      if flights[key] === earlier { flights[key] = nil }
    }
    guard let landing = await takeOff(key, priority).value() else { throw PartnerError(.cancelled, tenant: tenant) }
    return try landing.get()
  }

  /// Forgets a token that the service did not accept, unless it was replaced meanwhile.
  func discard(_ grant: Grant, of tenant: TenantID) {
    let key = TokenKey(tenant: tenant, app: app)
    if grants[key]?.number == grant.number { grants[key] = nil }
  }

  /// Notes that the tenant is not asked before `until`.
  func noteParking(of tenant: TenantID, until: Date) { records[tenant, default: .never].parkedUntil = until }

  private func takeOff(_ key: TokenKey, _ priority: RequestPriority) -> SharedFlight<Landing> {
    let flight = SharedFlight<Landing>()
    flights[key] = flight
    // A task of its own: whoever asked first may leave while others still wait.
    Task {
      let landing = landed(await endpoint.result(for: key.tenant, priority: priority), key: key)
      if flights[key] === flight { flights[key] = nil }
      flight.land(landing)
    }
    return flight
  }

  private func landed(_ answer: Result<TokenAnswer, PartnerError>, key: TokenKey) -> Landing {
    let uptime = dependencies.uptime()
    switch answer {
    case .success(let answer):
      nextNumber += 1
      let expiresAt = dependencies.now().addingTimeInterval(answer.expiresIn)
      let grant = Grant(
        token: answer.token, roles: answer.claims?.roles, expiresAt: expiresAt,
        usableUntil: uptime + .seconds(answer.expiresIn) - Self.margin,
        renewFrom: uptime + .seconds(renewal(answer)), number: nextNumber)
      grants[key] = grant
      failures[key] = nil
      records[key.tenant] = TokenRecord(expiresAt: expiresAt)
      logger.info("token acquired", metadata: ["tenant": "\(key.tenant)"])
      return .success(grant)
    case .failure(let error):
      if error.cause != .cancelled { failures[key] = (error, uptime + Self.memory(of: error, at: dependencies.now())) }
      records[key.tenant, default: .never].note(error)
      logger.notice("no token", metadata: ["tenant": "\(key.tenant)", "cause": "\(error.causeName)"])
      return .failure(error)
    }
  }

  /// Seconds from now at which a token is renewed: between 2,100 s and 300 s before its end, or about when the service
  /// asks, so that thousands of tenants spread out.
  private func renewal(_ answer: TokenAnswer) -> TimeInterval {
    // A short-lived token is renewed in its second or third quarter.
    let latest = max(answer.expiresIn - 300, answer.expiresIn / 2)
    let earliest = max(answer.expiresIn - 2100, answer.expiresIn / 4)
    if let refreshIn = answer.refreshIn {
      return min(max(refreshIn, Self.soonestRenewal) * dependencies.random(0.9...1.1), latest)
    }
    return dependencies.random(earliest...latest)
  }

  private static func memory(of error: PartnerError, at now: Date) -> Duration {
    if let until = error.retryAt { return .seconds(max(0, until.timeIntervalSince(now))) }
    return switch error.cause {
    // Nothing was asked of the service, and the operator may have mended it by now.
    case .credentialUnreadable: .zero
    // A network comes back sooner than a service, and a failed connection costs the service nothing.
    case .unreachable, .deadlineExceeded, .answerIncomplete: .seconds(10)
    default: failureMemory
    }
  }
}

extension TokenRecord {
  /// Notes an attempt that gave no token; what is known of the expiry stays.
  mutating func note(_ error: PartnerError) {
    switch error.cause {
    case .cancelled: return
    case .throttled(let until):
      trouble = .throttled
      parkedUntil = until
    case .consent, .refused, .foreignToken, .claimsChallenge, .credentialUnreadable, .redirectRefused:
      trouble = .refused
    default: trouble = .failed
    }
    lastError = error.problem
  }
}
