public import FoundationEssentials
public import Logging
public import PartnerModel
import SystemCrypto

/// Acts in customer tenants with one app registration: tokens, consent, incidents and alerts.
///
/// Every failure is a `PartnerError` with its tenant, cause and next action. No request follows a redirect, and no token
/// leaves for another place than the app's pinned endpoints. It is safe to share between tasks.
public final class PartnerContext: Sendable {
  public let app: AppRegistration
  let pipeline: GraphPipeline
  private let credentials: CredentialKeeper
  let tokens: TokenStore
  let endpoint: TokenEndpoint
  /// Where people act, and their sign-in; `nil` where nobody can have signed in.
  let people: PeopleAccess?
  private let board: CredentialBoard
  private let gate: RequestGate
  private let budget: RequestBudget
  let dependencies: PartnerDependencies

  /// Tells when a time is over, by the clock that limits its requests.
  package var expire: @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void {
    dependencies.expire
  }

  /// - Parameters:
  ///   - transport: a ``LiveTransport``, lent by ``LiveTransport/withTransport(for:dependencies:_:)``.
  ///   - ledger: keeps all processes of this user together below the published limits.
  public convenience init(
    app: AppRegistration, transport: any HTTPTransport, ledger: any RequestLedger = InMemoryRequestLedger(),
    dependencies: PartnerDependencies = .live, logger: Logger = Logger(label: "partner-context")
  ) {
    self.init(
      app: app, people: nil, transport: transport, ledger: ledger, dependencies: dependencies, logger: logger)
  }

  /// - Parameter people: where a person acts instead of the app.
  package init(
    app: AppRegistration, people: PeopleAccess?, transport: any HTTPTransport, ledger: any RequestLedger,
    dependencies: PartnerDependencies = .live, logger: Logger
  ) {
    self.app = app
    self.people = people
    self.dependencies = dependencies
    let retries = RetryBudget()
    budget = RequestBudget(app: app, ledger: ledger, logger: logger)
    gate = RequestGate()
    board = CredentialBoard(app.credentials)
    credentials = CredentialKeeper(app: app, transport: transport, dependencies: dependencies)
    endpoint = TokenEndpoint(
      app: app, transport: transport, dependencies: dependencies, credentials: credentials, board: board,
      discovery: TenantDiscovery(app: app, transport: transport, dependencies: dependencies),
      budget: budget, retries: retries,
      breaker: Breaker(host: app.endpoints.authority.host, dependencies: dependencies), logger: logger)
    tokens = TokenStore(app: app, people: people, endpoint: endpoint, dependencies: dependencies, logger: logger)
    pipeline = GraphPipeline(
      app: app, transport: transport, dependencies: dependencies, tokens: tokens, gate: gate, budget: budget,
      retries: retries, breaker: Breaker(host: app.endpoints.graph.host, dependencies: dependencies),
      throttle: AppThrottle(host: app.endpoints.graph.host, dependencies: dependencies), logger: logger)
  }

  /// Whether a person acts in some of its tenants.
  package var hasPeople: Bool { people.map { !$0.tenants.isEmpty } ?? false }

  // MARK: Consent and tokens

  /// Finds out by a fresh token what the tenant's admin has granted.
  ///
  /// - Returns: the consent, or `nil` when this attempt could not tell (unreachable, throttled, cancelled), so that what
  ///   was known stays; and the token's state, whose `lastError` then says why. A token whose roles cannot be read gives
  ///   an `unknown` consent, whose `error` says what to do.
  public func checkConsent(
    in tenant: TenantID, required: [AppRole], priority: RequestPriority = .foreground
  ) async -> (consent: ConsentRecord?, token: TokenRecord) {
    let probe = await probeConsent(in: tenant, required: required, priority: priority)
    return (probe.consent, probe.token)
  }

  /// The same, with why this attempt gave no token: our own count of tokens tells nothing of the tenant's.
  public func probeConsent(
    in tenant: TenantID, required: [AppRole], priority: RequestPriority = .foreground
  ) async -> (consent: ConsentRecord?, token: TokenRecord, failure: PartnerError?) {
    let began = dependencies.now()
    do {
      let grant = try await freshGrant(for: tenant, priority: priority)
      let record = tokens.record(of: tenant) ?? .never
      guard let roles = grant.roles else {
        // A token that cannot be decoded proves nothing about its roles.
        let problem = Problem(
          cause: ConsentState.unknown.rawValue, at: dependencies.now(),
          nextAction: "Read the tenant's incidents: the token does not tell what it allows, the service's answer does.")
        return (ConsentRecord(state: .unknown, checkedAt: grant.askedAt, error: problem), record, nil)
      }
      return (.from(granted: roles, required: required, tenant: tenant, at: grant.askedAt), record, nil)
    } catch {
      var record = tokens.record(of: tenant) ?? .never
      record.note(error, toldAt: max(began, record.toldAt ?? began))
      let checkedAt = record.toldAt ?? began
      guard case .consent(let state) = error.cause else {
        guard case .refused = error.cause else { return (nil, record, error) }
        return (ConsentRecord(state: .unknown, checkedAt: checkedAt, error: error.problem), record, error)
      }
      return (
        ConsentRecord(state: state, missing: required, checkedAt: checkedAt, error: error.problem), record, error
      )
    }
  }

  private func freshGrant(
    for tenant: TenantID, priority: RequestPriority
  ) async throws(PartnerError) -> TokenStore.Grant {
    do {
      try await budget.admit(tenant, priority, at: dependencies.now())
    } catch {
      // Our share counts requests to Graph; only the service's own silence keeps us from the token endpoint.
      if case .throttled = error.cause { throw error }
    }
    return try await gate.pass(tenant, priority) { () async throws(PartnerError) in
      try await tokens.freshGrant(for: tenant, priority: priority)
    }
  }

  /// The state of the tenant's token after the last operation, for keeping; never the token. `nil` before the first.
  public func tokenRecord(of tenant: TenantID) async -> TokenRecord? { tokens.record(of: tenant) }

  /// What the newest attempts to get the tenant's token told; `nil` before the first.
  public func testimony(of tenant: TenantID) async -> TokenTestimony? { tokens.testimony(of: tenant) }

  /// Notes what is kept of the tenant before it is asked: another process may have got a newer token, or was refused
  /// one. What an older token tells never outlives what a newer one did.
  public func heed(_ consent: ConsentRecord, _ token: TokenRecord, of tenant: TenantID) async {
    tokens.heed(consent, token, of: tenant)
  }

  /// The app roles in the tenant's current token; `nil` when there is none or it does not tell.
  public func grantedRoles(in tenant: TenantID) async -> [AppRole]? { tokens.roles(in: tenant) }

  // MARK: Credentials

  /// What is known of the app's credentials, in the order in which they are tried; it concerns every tenant.
  public func credentialStandings() -> [CredentialStanding] { board.standings }

  /// Reads the app's certificates in files, so that ``credentialStandings()`` tells when they end before a token is asked
  /// for (rule T6). Where a password is printed by a program, that is left to the first token.
  public func lookAtCertificates() async {
    for (index, source) in app.credentials.enumerated() {
      do throws(PartnerError) {
        guard let facts = try await credentials.facts(of: source) else { continue }
        board.noteFacts(index, validUntil: facts.notAfter, thumbprint: facts.thumbprint)
      } catch {
        guard case .credentialUnreadable(let reason) = error.cause else { continue }
        board.noteUnreadable(index, reason: reason, at: dependencies.now())
      }
    }
  }

  /// The standings now, and again whenever one has changed in more than the time at which it last served. Who is slow
  /// gets the newest; the stream ends with this context.
  public func credentialChanges() -> AsyncStream<[CredentialStanding]> { board.changes() }

  // MARK: Browsers

  /// Listens on this machine for a browser that comes back from Entra ID.
  /// - Throws: `.signInFailed(.listener)`.
  package func redirectListener() throws(PartnerError) -> RedirectListener {
    try RedirectListener(expire: dependencies.expire)
  }

  // MARK: Incidents

  /// Reads the incidents that changed since `cursor`, page by page, oldest change first.
  ///
  /// It also looks back, for what the service shows late; what comes again unchanged is left out. When a product answers
  /// again that was left out for a while, what it lacked is read once more, and then an incident may come unchanged.
  ///
  /// - Parameters:
  ///   - openEvery: seconds after which all incidents that are open are read again, before anything else, as old as they
  ///     may be; `nil` for never. The pages of that reading carry their `openPart`.
  ///   - onPage: keeps a page together with its `cursor`; when it throws, reading ends and the page comes again the next
  ///     time. What was kept before a failure stays kept.
  /// - Returns: the cursor for the next read.
  /// - Throws: among others `.throttled` and `.budgetSpent` with the time until which to wait, `.unsafeLink` and
  ///   `.pagingLoop` for pages that cannot be followed.
  ///
  /// Source: Microsoft Graph v1.0, `GET /security/incidents`.
  public func readIncidentChanges(
    in tenant: TenantID, since cursor: IncidentCursor, priority: RequestPriority, openEvery: TimeInterval? = nil,
    onPage: (IncidentPage) async throws -> Void
  ) async throws(PartnerError) -> IncidentCursor {
    var changes = ListChanges<Incident>(
      pipeline: pipeline, tenant: tenant, priority: priority, cursor: cursor, openEvery: openEvery)
    return try await changes.read(onPage: onPage)
  }

  /// Gets one incident. A merged one comes as it is, with `status` redirected.
  ///
  /// - Parameter withAlerts: also its alerts with their evidence; `alerts` stays `nil` when the service fails to expand
  ///   them, takes too long for it, or gives more than an answer may weigh, as for incidents with very many. Those that
  ///   the expansion leaves out are read too, within bounds; what stays missing is in `alertGaps`.
  ///
  /// Source: Microsoft Graph v1.0, `GET /security/incidents/{id}`.
  public func getIncident(
    _ id: IncidentID, in tenant: TenantID, withAlerts: Bool, priority: RequestPriority = .foreground
  ) async throws(PartnerError) -> Incident {
    guard let path = GraphCall.path(of: id) else { throw PartnerError(.notFound, tenant: tenant) }
    let call = GraphCall(target: path)
    var limit = priority.deadline
    if withAlerts {
      var expanded = call
      expanded.target += GraphCall.query(["$expand": "alerts"])
      expanded.retry = .brief
      expanded.isTrial = true
      // The incident alone needs little; it gets what the expansion leaves, and at least a third.
      let start = dependencies.uptime()
      do {
        let answer = try await pipeline.send(expanded, in: tenant, priority: priority, limit: priority.deadline * 2 / 3)
        let read = try read(answer, id, tenant)
        let alerts = IncidentAlerts(pipeline: pipeline, tenant: tenant, priority: priority, id: id)
        return try await alerts.completed(
          read.incident, link: read.expanded.alertsLink, count: read.expanded.alertsCount, leftOut: answer.leftOut)
      } catch {
        guard error.concernsExpansion else { throw error }
      }
      limit = max(priority.deadline - (dependencies.uptime() - start), priority.deadline / 3)
    }
    do {
      return try read(try await pipeline.send(call, in: tenant, priority: priority, limit: limit), id, tenant).incident
    } catch {
      guard case .answerTooLarge(let limit) = error.cause else { throw error }
      var error = error
      error.cause = .incidentTooLarge(limit: limit)
      throw error
    }
  }

  /// Changes an incident, and returns it as the service now has it.
  ///
  /// It is sent once. It goes out again by itself only when the connection failed before a byte left, or with a renewed
  /// token after a 401.
  /// - Parameters:
  ///   - tags: those that the incident has by a fresh reading, where the update adds or removes some.
  ///   - willSend: awaited right before the first byte can leave, with the `client-request-id` that the service will know
  ///     the request by: make the intent durable there. When it throws, nothing is sent.
  /// - Throws: with `mayHaveTakenEffect` set when only reading tells whether the change is in effect; `.throttled` after
  ///   a 429, when it is not.
  ///
  /// Source: Microsoft Graph v1.0, `PATCH /security/incidents/{id}`.
  public func updateIncident(
    _ id: IncidentID, in tenant: TenantID, with update: IncidentUpdate, tags: [String] = [],
    priority: RequestPriority = .foreground, willSend: @escaping WillSend
  ) async throws(PartnerError) -> Incident {
    guard let request = ActionRequest(.update(update), on: id, tags: tags) else {
      throw PartnerError(.notFound, tenant: tenant)
    }
    let answer = try await pipeline.send(request.call, in: tenant, priority: priority, willSend: willSend)
    do {
      return try read(answer, id, tenant).incident
    } catch {
      var error = error
      error.mayHaveTakenEffect = true
      throw error
    }
  }

  private func read(
    _ answer: Answer, _ id: IncidentID, _ tenant: TenantID
  ) throws(PartnerError) -> (incident: Incident, expanded: ItemReader.Expanded) {
    func failure(_ cause: PartnerError.Cause) -> PartnerError { self.failure(cause, answer, tenant) }
    guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else { throw failure(.storage("no memory")) }
    let expanded: ItemReader.Expanded
    do { expanded = try reader.incident(answer) } catch { throw failure(error.cause) }
    switch expanded.item {
    case .read(let incident):
      guard incident.id == id else { throw failure(.answerUnreadable("another incident than the one asked for")) }
      return (incident, expanded)
    case .foreign: throw failure(.foreignData)
    case .unreadable(let item): throw failure(.answerUnreadable(item.reason))
    }
  }

  // MARK: Alerts

  /// Reads the alerts that changed since `cursor`, as ``readIncidentChanges(in:since:priority:openEvery:onPage:)`` reads
  /// incidents. Each names its incident, and brings its evidence.
  ///
  /// Source: Microsoft Graph v1.0, `GET /security/alerts_v2`.
  public func readAlertChanges(
    in tenant: TenantID, since cursor: ChangeCursor, priority: RequestPriority, pagesOfHistory: Int = .max,
    onPage: (AlertPage) async throws -> Void
  ) async throws(PartnerError) -> ChangeCursor {
    var changes = ListChanges<Alert>(pipeline: pipeline, tenant: tenant, priority: priority, cursor: cursor)
    changes.pagesOfHistory = pagesOfHistory
    return try await changes.read(onPage: onPage)
  }
}

extension PartnerError {
  /// Whether the same incident without its alerts may well be had.
  fileprivate var concernsExpansion: Bool {
    switch cause {
    case .outage, .answerTooLarge, .answerIncomplete, .deadlineExceeded: true
    default: false
    }
  }
}

extension PartnerContext: CustomReflectable {
  /// Names the app alone; what is inside holds tokens.
  public var customMirror: Mirror { Mirror(self, children: ["clientID": app.clientID]) }
}
