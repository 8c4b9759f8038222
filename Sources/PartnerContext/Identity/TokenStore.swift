import FoundationEssentials
import Logging
import PartnerModel
import Synchronization

/// The app's tokens in memory, one per tenant; never written anywhere (rule T5).
///
/// A lock and no actor: what is asked of it nearly always is a look into a table, for which nobody should be woken.
final class TokenStore: Sendable {
  struct Grant: Sendable {
    var token: Secret
    /// `nil` when the token does not tell.
    var roles: [AppRole]?
    /// When it was asked for: it knows of nothing that was granted later.
    var askedAt: Date
    /// The claims challenge that it was asked for with; `nil` for none.
    fileprivate var challenge: String?
    fileprivate var expiresAt: Date
    /// By the clock that nobody can set.
    fileprivate var usableUntil: Duration
    fileprivate var renewFrom: Duration
    /// Tells this grant from the one that replaces it.
    fileprivate var number: Int
    fileprivate var doubt: Doubt?
  }

  /// Why a token that still lives is replaced before its time.
  fileprivate enum Doubt {
    /// A newer token may hold more, or may be refused: the operator has it tried at once, a timer once in a while.
    case mayBeOutdated
    /// A newer token holds other roles: another process has seen it.
    case isOutdated
  }

  typealias Landing = Result<Grant, PartnerError>

  /// How a flight for a token ends.
  fileprivate enum Arrival {
    case landed(Landing)
    /// It never took off: who waited for it looks again.
    case calledOff
  }

  fileprivate typealias Flight = SharedFlight<Arrival>

  /// A flight that everybody waits for already, and that whoever holds this lets take off.
  struct Boarding {
    fileprivate var key: TokenKey
    fileprivate var flight: Flight
    fileprivate var showing: CredentialShowing
  }

  /// Seconds after which a token is renewed at the soonest, whatever the service asks for.
  private static let soonestRenewal: TimeInterval = 60
  /// Seconds before expiry at which a token is no longer sent.
  private static let margin: Duration = .seconds(30)
  /// How long a failure is remembered before the endpoint is asked again (rule T12).
  private static let failureMemory: Duration = .seconds(60)

  /// How often a timer asks for another token because the service missed a role in the last one.
  private static let doubtPace: Duration = .seconds(300)

  /// How long those who redeem the same sign-in are waited for.
  private static let patienceForTurn: Duration = .seconds(60)
  /// How long a person's refusal is told without being asked for again (rule T12).
  private static let personalMemory: Duration = .seconds(120)

  private let keys: TokenKeys
  /// The sign-in of whoever acts in some of the tenants.
  private let keeper: SignInKeeper?
  private let endpoint: TokenEndpoint
  private let dependencies: PartnerDependencies
  private let logger: Logger
  private let state = Mutex(State())

  fileprivate struct State {
    var grants: [TokenKey: Grant] = [:]
    var flights: [TokenKey: Flight] = [:]
    var failures: [TokenKey: (error: PartnerError, until: Duration)] = [:]
    var records: [TenantID: TokenRecord] = [:]
    /// What the last attempt was refused with, when it was about consent or a credential.
    var refusals: [TenantID: (error: PartnerError, askedAt: Date)] = [:]
    var lastAsked: [TokenKey: Duration] = [:]
    var nextNumber = 0
  }

  init(
    app: AppRegistration, people: PeopleAccess? = nil, endpoint: TokenEndpoint, dependencies: PartnerDependencies,
    logger: Logger
  ) {
    keys = TokenKeys(app: app, people: people?.tenants ?? [])
    keeper = people?.keeper
    self.endpoint = endpoint
    self.dependencies = dependencies
    self.logger = logger
  }

  /// What is known of the tenant's token; `nil` before the first attempt.
  func record(of tenant: TenantID) -> TokenRecord? { state.withLock { $0.records[tenant] } }

  /// What the newest attempt to get a token told; `nil` before the first.
  func testimony(of tenant: TenantID) -> TokenTestimony? {
    state.withLock { state in
      guard let record = state.records[tenant] else { return nil }
      let grant = state.grants[key(tenant)]
      return TokenTestimony(
        record: record, roles: grant?.roles, askedAt: grant?.askedAt,
        refusal: state.refusals[tenant]?.error, refusedAt: state.refusals[tenant]?.askedAt)
    }
  }

  /// The app roles in the tenant's current token; `nil` when there is none or it does not tell.
  func roles(in tenant: TenantID) -> [AppRole]? { state.withLock { $0.grants[key(tenant)]?.roles } }

  private func key(_ tenant: TenantID) -> TokenKey { keys.key(of: tenant) }

  /// What there is to do for who wants a token.
  private enum Way {
    case use(Grant)
    case fail(PartnerError)
    /// Wait for one under way; where that fails, the old one is as good as it was.
    case wait(Flight, otherwise: Grant?)
  }

  /// The flight for a token that has to be had before anything can be sent, and that nobody asks for yet; with the
  /// proof that it needs. `nil` where there is a token, or none to be had, or no proof at hand.
  ///
  /// Whoever gets it lets it take off with ``grant(for:priority:boarding:refusal:)``, or calls it off.
  func board(for tenant: TenantID, priority: RequestPriority) async -> Boarding? {
    let key = key(tenant)
    guard key.principal == .application, isMissing(key, priority),
      let showing = await endpoint.showingAtHand(for: tenant)
    else { return nil }
    let uptime = dependencies.uptime()
    return state.withLock { state in
      guard state.isMissing(key, priority, at: uptime) else { return nil }
      let flight = Flight()
      state.flights[key] = flight
      return Boarding(key: key, flight: flight, showing: showing)
    }
  }

  private func isMissing(_ key: TokenKey, _ priority: RequestPriority) -> Bool {
    let uptime = dependencies.uptime()
    return state.withLock { $0.isMissing(key, priority, at: uptime) }
  }

  /// Nothing is asked for after all.
  func callOff(_ boarding: Boarding) {
    state.withLock { if $0.flights[boarding.key] === boarding.flight { $0.flights[boarding.key] = nil } }
    boarding.flight.land(.calledOff)
  }

  /// A token that can be sent now.
  ///
  /// It is renewed at its own random moment, and the old one is used meanwhile, be it that the endpoint fails or says
  /// nothing at all (rule T3).
  /// - Parameters:
  ///   - boarding: the flight that takes off now; its first request is on record.
  ///   - refusal: why that request may not leave.
  func grant(
    for tenant: TenantID, priority: RequestPriority, boarding: Boarding? = nil, refusal: PartnerError? = nil
  ) async throws(PartnerError) -> Grant {
    if let boarding {
      let uptime = dependencies.uptime()
      state.withLock { $0.lastAsked[boarding.key] = uptime }
      let start = TokenEndpoint.Start(showing: boarding.showing, refusal: refusal)
      fly(boarding.flight, boarding.key, priority, from: start)
    }
    var own = boarding?.flight
    while true {
      let way = own.map { .wait($0, otherwise: nil) } ?? way(to: key(tenant), priority)
      own = nil
      switch way {
      case .use(let grant): return grant
      case .fail(let failure): throw failure
      case .wait(let flight, let current):
        guard let arrival = await flight.value() else { throw PartnerError(.cancelled, tenant: tenant) }
        guard case .landed(let landing) = arrival else { continue }
        if case .failure = landing, let current { return current }
        return try landing.get()
      }
    }
  }

  private func way(to key: TokenKey, _ priority: RequestPriority) -> Way {
    let uptime = dependencies.uptime()
    return state.withLock { state in
      let current = state.grants[key].flatMap { uptime < $0.usableUntil ? $0 : nil }
      let remembered = state.failures[key].flatMap { uptime < $0.until ? $0.error : nil }
      // What a person can mend may be mended by now: who asks for it is not told an old refusal.
      let failure = priority == .foreground && remembered?.isMendable == true ? nil : remembered
      if let current, let doubt = current.doubt, failure == nil,
        Self.mayReplace(doubt, priority, since: state.lastAsked[key], at: uptime)
      {
        return .wait(state.flights[key] ?? takeOff(key, priority, &state), otherwise: current)
      }
      if let current, uptime < current.renewFrom { return .use(current) }
      if let current {
        if remembered == nil, state.flights[key] == nil { _ = takeOff(key, priority, &state) }
        return .use(current)
      }
      if let failure { return .fail(failure) }
      return .wait(state.flights[key] ?? takeOff(key, priority, &state), otherwise: nil)
    }
  }

  private static func mayReplace(
    _ doubt: Doubt, _ priority: RequestPriority, since lastAsked: Duration?, at uptime: Duration
  ) -> Bool {
    if priority == .foreground || doubt == .isOutdated { return true }
    return lastAsked.map { uptime - $0 >= doubtPace } ?? true
  }

  /// A token that was asked for after this call began, because an older one keeps the roles it was made with.
  func freshGrant(for tenant: TenantID, priority: RequestPriority) async throws(PartnerError) -> Grant {
    let key = key(tenant)
    while true {
      let (flight, isOwn) = state.withLock { state in
        state.flights[key].map { ($0, false) } ?? (takeOff(key, priority, &state), true)
      }
      guard let arrival = await flight.value() else { throw PartnerError(.cancelled, tenant: tenant) }
      if isOwn, case .landed(let landing) = arrival { return try landing.get() }
      state.withLock { if $0.flights[key] === flight { $0.flights[key] = nil } }
    }
  }

  /// Forgets a token that the service did not accept, unless it was replaced meanwhile.
  func discard(_ grant: Grant, of tenant: TenantID) {
    let key = key(tenant)
    state.withLock { if $0.grants[key]?.number == grant.number { $0.grants[key] = nil } }
  }

  /// The service misses a role in this token: the next who may asks for another.
  func doubt(_ grant: Grant, of tenant: TenantID) {
    let key = key(tenant)
    state.withLock { state in
      if state.grants[key]?.number == grant.number, grant.doubt == nil { state.grants[key]?.doubt = .mayBeOutdated }
    }
  }

  /// Notes what is kept of the tenant: another process may have asked since.
  ///
  /// A token that is older than a consent with other roles is replaced at the next use, one that is older than a refusal
  /// as soon as somebody asks; a refusal of ours that is older than a token is forgotten.
  func heed(_ consent: ConsentRecord, _ token: TokenRecord, of tenant: TenantID) {
    let key = key(tenant)
    let now = dependencies.now()
    state.withLock { $0.heed(consent, token, key, at: now) }
  }

  /// Notes that the tenant is not asked before `until`.
  func noteParking(of tenant: TenantID, until: Date) { state.withLock { $0.records[tenant]?.parkedUntil = until } }

  private func takeOff(_ key: TokenKey, _ priority: RequestPriority, _ state: inout State) -> Flight {
    let flight = Flight()
    state.flights[key] = flight
    state.lastAsked[key] = dependencies.uptime()
    fly(flight, key, priority, from: nil)
    return flight
  }

  /// In a task of its own: whoever asked first may leave while others still wait.
  private func fly(_ flight: Flight, _ key: TokenKey, _ priority: RequestPriority, from start: TokenEndpoint.Start?) {
    let askedAt = dependencies.now()
    ask(key, priority, from: start) { [self] answer in
      // Somebody else signed in meanwhile: whoever waits asks by that.
      guard let landing = landed(answer, key: key, askedAt: askedAt, of: flight) else { return flight.land(.calledOff) }
      flight.land(.landed(landing))
    }
  }

  private func ask(
    _ key: TokenKey, _ priority: RequestPriority, from start: TokenEndpoint.Start?,
    ended: @escaping @Sendable (Result<TokenAnswer, PartnerError>) -> Void
  ) {
    guard key.principal == .person, let keeper else {
      return endpoint.ask(for: key.tenant, priority: priority, from: start, ended: ended)
    }
    let attempts = FailedAttempts()
    // Others redeem the same sign-in first, one after the other: their time is not the service's silence.
    startWithDeadline(
      Self.patienceForTurn + priority.deadline, tenant: key.tenant, dependencies: dependencies, attempts: attempts,
      ended: ended
    ) { [endpoint] () async throws(PartnerError) in
      do throws(PartnerError) {
        return try await keeper.redeem(for: key.tenant, priority: priority, through: endpoint, attempts: attempts)
      } catch {
        var error = error
        error.tenant = key.tenant
        throw error
      }
    }
  }

  /// Whether a person acts in the tenant.
  func isPersonal(_ tenant: TenantID) -> Bool { key(tenant).principal == .person }

  /// A service asks for more than the token says (rule T10): the next one is asked for with that.
  /// - Returns: whether it is worth another try: what a token lacks that was asked for with it, only a person can give.
  func meet(_ claims: String, in tenant: TenantID, by grant: Grant) -> Bool {
    guard isPersonal(tenant), let keeper else { return false }
    keeper.note(challenge: claims, in: tenant)
    return grant.challenge != claims
  }

  /// What was asked for only a person can give: another token is not asked for meanwhile (rule T12).
  func noteUnmet(_ error: PartnerError, in tenant: TenantID) {
    keeper?.noteUnmet(error, in: tenant, until: dependencies.uptime() + Self.personalMemory)
  }

  /// Somebody signed in or out: what came by the sign-in before is not used any more.
  func forgetPeople() {
    state.withLock { state in
      state.grants = state.grants.filter { $0.key.principal != .person }
      state.failures = state.failures.filter { $0.key.principal != .person }
      // What is under way was asked for by the sign-in before.
      state.flights = state.flights.filter { $0.key.principal != .person }
    }
  }

  /// - Returns: `nil` where a person's flight was forgotten on its way; nothing is noted then.
  private func landed(
    _ answer: Result<TokenAnswer, PartnerError>, key: TokenKey, askedAt: Date, of flight: Flight
  ) -> Landing? {
    let (uptime, now) = (dependencies.uptime(), dependencies.now())
    switch answer {
    case .success(let answer):
      let expiresAt = now.addingTimeInterval(answer.expiresIn)
      let renewFrom = uptime + .seconds(renewal(answer))
      let grant = state.withLock { state -> Grant? in
        guard state.end(flight, key) else { return nil }
        state.nextNumber += 1
        let grant = Grant(
          token: answer.token, roles: answer.permissions(of: endpoint.app.endpoints.graphResource),
          askedAt: answer.askedAt, challenge: answer.challenge, expiresAt: expiresAt,
          usableUntil: uptime + .seconds(answer.expiresIn) - Self.margin, renewFrom: renewFrom,
          number: state.nextNumber)
        state.grants[key] = grant
        state.failures[key] = nil
        state.refusals[key.tenant] = nil
        state.records[key.tenant] = TokenRecord(
          expiresAt: expiresAt, toldAt: answer.askedAt,
          facts: answer.facts(
            credential: answer.account.map { "sign-in of \($0)" }
              ?? endpoint.board.standing(answer.credential)?.label))
        return grant
      }
      guard let grant else { return nil }
      logger.info("token acquired", metadata: ["tenant": "\(key.tenant)"])
      return .success(grant)
    case .failure(let error):
      let isHeard = state.withLock { state in
        guard state.end(flight, key) else { return false }
        if error.cause != .cancelled {
          state.failures[key] = (error, uptime + Self.memory(of: error, at: now))
        }
        if error.isMendable { state.refusals[key.tenant] = (error, askedAt) }
        var record = state.records[key.tenant] ?? .never
        record.note(error, toldAt: askedAt)
        // An attempt that was not made tells nothing, not even that there is no token.
        if record.toldAt != nil { state.records[key.tenant] = record }
        return true
      }
      guard isHeard else { return nil }
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
    // The shared count knows, also what others asked meanwhile.
    if case .tokensSpent = error.cause { return .zero }
    // The board remembers it for all tenants, and knows when another one got a token.
    if error.concernsCredential { return .zero }
    if let until = error.retryAt { return .seconds(max(0, until.timeIntervalSince(now))) }
    return switch error.cause {
    // Nothing was asked of the service, and the operator may have mended it by now.
    case .credentialUnreadable, .signInNeeded(.nobody), .signInFailed: .zero
    case .signInNeeded, .access: personalMemory
    // A network comes back sooner than a service, and a failed connection costs the service nothing.
    case .unreachable, .deadlineExceeded, .answerIncomplete: .seconds(10)
    default: failureMemory
    }
  }
}

extension TokenStore.State {
  /// Takes a flight from those under way.
  /// - Returns: whether what it brings counts: a person's is forgotten with the sign-in that it was asked for by.
  fileprivate mutating func end(_ flight: TokenStore.Flight, _ key: TokenKey) -> Bool {
    guard flights[key] === flight else { return key.principal == .application }
    flights[key] = nil
    return true
  }

  /// Whether there is no token to be sent, no failure that is remembered, and nobody who asks.
  fileprivate func isMissing(_ key: TokenKey, _ priority: RequestPriority, at uptime: Duration) -> Bool {
    if let grant = grants[key], uptime < grant.usableUntil { return false }
    if flights[key] != nil { return false }
    guard let failure = failures[key], uptime < failure.until else { return true }
    return priority == .foreground && failure.error.isMendable
  }

  fileprivate mutating func heed(_ consent: ConsentRecord, _ token: TokenRecord, _ key: TokenKey, at now: Date) {
    let own = records[key.tenant]?.toldAt
    /// Whether it was told after `moment`, by somebody else.
    func isNews(_ told: Date?, since moment: Date) -> Bool {
      guard let told, !ClockStep.hasUndone(told, at: now) else { return false }
      // What is kept is rounded.
      return told.timeIntervalSince(moment) > 0.001 && own.map { abs(told.timeIntervalSince($0)) > 0.001 } ?? true
    }
    let provesToken = [.granted, .partial, .notGranted].contains(consent.state)
    if let own, failures[key]?.error.isMendable == true, provesToken, isNews(consent.checkedAt, since: own) {
      failures[key] = nil
    }
    guard var grant = grants[key] else { return }
    let isRefused = token.trouble != nil && token.trouble != .throttled && isNews(token.toldAt, since: grant.askedAt)
    let isConsentNews = isNews(consent.checkedAt, since: grant.askedAt)
    if isConsentNews, provesToken, let roles = grant.roles, Set(roles) != Set(consent.granted) {
      grant.doubt = .isOutdated
    } else if isRefused || isConsentNews && !provesToken {
      grant.doubt = grant.doubt ?? .mayBeOutdated
    }
    grants[key] = grant
  }
}

extension PartnerError {
  /// Refused for something that somebody can mend at any moment: a consent, a credential.
  fileprivate var isMendable: Bool {
    switch cause {
    case .consent, .refused, .credentialUnreadable, .signInNeeded, .access, .signInFailed: true
    default: false
    }
  }
}
