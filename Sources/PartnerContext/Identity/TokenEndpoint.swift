import FoundationEssentials
import Logging
import PartnerModel
import Synchronization

/// Asks Entra ID for a token in one tenant: the app's, or a person's.
///
/// Source: Entra ID v2.0, `POST /{tenant}/oauth2/v2.0/token`.
struct TokenEndpoint: Sendable {
  var app: AppRegistration
  var transport: any HTTPTransport
  var dependencies: PartnerDependencies
  var credentials: CredentialKeeper
  var board: CredentialBoard
  var discovery: TenantDiscovery
  var budget: RequestBudget
  var retries: RetryBudget
  var breaker: Breaker
  var logger: Logger

  /// What the first request needs, when it is on record already.
  struct Start {
    /// The first credential's.
    var showing: CredentialShowing
    /// Why it may not leave.
    var refusal: PartnerError?
  }

  /// Seconds for which nobody of this user asks, after Entra ID saw the same request too often.
  private static let calm: TimeInterval = 120

  /// Tries the app's credentials in their order; the next only when the service does not accept one.
  /// - Parameters:
  ///   - start: `nil` when nothing is on record yet.
  ///   - ended: told once: the token, or any way in which there is no token of exactly this tenant.
  func ask(
    for tenant: TenantID, priority: RequestPriority, from start: Start?,
    ended: @escaping @Sendable (Result<TokenAnswer, PartnerError>) -> Void
  ) {
    let attempts = FailedAttempts()
    startWithDeadline(
      priority.deadline, tenant: tenant, dependencies: dependencies, attempts: attempts, ended: ended
    ) { () async throws(PartnerError) in try await ask(.client, tenant, priority, start, attempts) }
  }

  /// Asks for what a person's sign-in gives; within whose limit is the caller's affair.
  func ask(
    _ grant: TokenGrant, for tenant: TenantID, priority: RequestPriority, attempts: FailedAttempts = FailedAttempts()
  ) async throws(PartnerError) -> TokenAnswer {
    try await ask(grant, tenant, priority, nil, attempts)
  }

  /// The first credential's proof, where it takes no time and does not fail.
  func showingAtHand(for tenant: TenantID) async -> CredentialShowing? {
    guard let source = app.credentials.first, CredentialKeeper.isAtHand(source), !board.isHeld(0) else { return nil }
    return try? await credentials.showing(source, for: tenant, through: self)
  }

  private func ask(
    _ grant: TokenGrant, _ tenant: TenantID, _ priority: RequestPriority, _ start: Start?, _ attempts: FailedAttempts
  ) async throws(PartnerError) -> TokenAnswer {
    if app.isPublicClient {
      guard grant.isPersonal else {
        throw PartnerError(
          .credentialUnreadable("the app has none, so only people act through it"), tenant: tenant,
          at: dependencies.now())
      }
      return try await ask(grant, tenant, nil, priority, isOnRecord: false, attempts)
    }
    var start = start
    var unreadable = PartnerError(.credentialUnreadable("the configuration names none"), tenant: tenant)
    // What the service refused tells more than a place where nothing was found, for example that of the old secret.
    var refusal: PartnerError?
    var queue = app.credentials.enumerated().map { ($0, $1) }
    // Those that are left alone while another one serves, until that one fails.
    var spared: [(Int, CredentialSource)] = []
    var place = 0
    while place < queue.count {
      let (index, source) = queue[place]
      place += 1
      let begun = start
      start = nil
      // What takes a program or a request is not had for a credential that is not asked with.
      var showing = begun?.showing
      let shown: CredentialShowing
      var probe: SharedFlight<Bool>?
      defer { if let probe { board.end(probe, of: index) } }
      do {
        if showing == nil, CredentialKeeper.isAtHand(source) {
          showing = try await credentials.showing(source, for: tenant, through: self)
        }
        if begun == nil {
          switch try await board.admit(index, tenant, priority, showing, at: dependencies.uptime) {
          case .open: break
          case .probe(let flight): probe = flight
          case .held(let error, let isSpared):
            refusal = error
            if isSpared { spared.append((index, source)) }
            continue
          }
        }
        shown = if let showing { showing } else { try await credentials.showing(source, for: tenant, through: self) }
      } catch {
        unreadable = error
        unreadable.tenant = tenant
        unreadable.at = dependencies.now()
        guard case .credentialUnreadable(let reason) = error.cause else { throw unreadable }
        board.noteUnreadable(index, reason: reason, at: dependencies.now())
        queue += spared
        spared = []
        continue
      }
      if let refusal = begun?.refusal { throw refusal }
      board.noteFacts(index, validUntil: shown.validUntil, thumbprint: shown.thumbprint)
      do {
        var answer = try await ask(grant, tenant, (source, shown), priority, isOnRecord: begun != nil, attempts)
        answer.credential = index
        board.noteServed(index, at: dependencies.now())
        return answer
      } catch {
        guard error.concernsCredential else {
          guard error.mayConcernCredential else { throw error }
          // The next one is tried, and this one is not held: nobody knows what the number means.
          refusal = error
          continue
        }
        await credentials.drop(shown, of: source, after: error)
        board.noteRefused(index, error, shown, for: tenant, priority, isProbe: probe != nil, at: dependencies.uptime())
        refusal = error
        queue += spared
        spared = []
      }
    }
    throw refusal ?? unreadable
  }

  /// - Parameter credential: what the app shows; `nil` for a public client.
  private func ask(
    _ grant: TokenGrant, _ tenant: TenantID, _ credential: (source: CredentialSource, shown: CredentialShowing)?,
    _ priority: RequestPriority, isOnRecord: Bool, _ attempts: FailedAttempts
  ) async throws(PartnerError) -> TokenAnswer {
    let passage = try breaker.enter(tenant, mayHurry: priority == .foreground)
    // How the last request ended.
    var told: PartnerError? = PartnerError(.cancelled, tenant: tenant)
    do throws(PartnerError) {
      let answer = try await ask(grant, tenant, credential, priority, isOnRecord: isOnRecord, attempts, passage, &told)
      breaker.leave(passage, after: nil)
      return answer
    } catch {
      // Only the time that an answer may take cuts off what may be repeated: nobody else can.
      if error.cause == .cancelled, told?.cause == .cancelled, grant.isRepeatable {
        told = PartnerError(.deadlineExceeded(seconds: Int(priority.deadline.components.seconds)), tenant: tenant)
        breaker.note(told, of: passage)
      }
      let refusal = breaker.leave(passage, after: told)
      guard priority == .background, let refusal, told?.showsFailingHost == true else { throw error }
      throw refusal
    }
  }

  /// The same, once it was let through.
  /// - Parameter told: how the last request ended; `.cancelled` for none, and for one that was given up.
  private func ask(
    _ grant: TokenGrant, _ tenant: TenantID, _ credential: (source: CredentialSource, shown: CredentialShowing)?,
    _ priority: RequestPriority, isOnRecord: Bool, _ attempts: FailedAttempts, _ passage: Breaker.Passage,
    _ told: inout PartnerError?
  ) async throws(PartnerError) -> TokenAnswer {
    let requestID = dependencies.newRequestID()
    var request = request(grant, tenant, credential?.shown.proof, requestID)
    var attempt = 1
    retries.countFirst(at: dependencies.uptime())
    while true {
      do {
        if grant.isCounted, attempt > 1 || !isOnRecord {
          try await budget.admitToken(tenant, priority, at: dependencies.now())
        }
      } catch {
        // A repeat that may not leave says less than why there was to be one.
        throw attempt > 1 ? attempts.last ?? error : error
      }
      do {
        let answer = try await once(grant, tenant, request, requestID)
        breaker.note(nil, of: passage)
        return answer
      } catch {
        attempts.note(error)
        told = error
        breaker.note(error, of: passage)
        guard grant.isRepeatable, error.isTransient(for: priority), attempt < RetryPolicy.standard.attempts,
          !breaker.isOpen(for: passage), retries.mayRepeat(at: dependencies.uptime())
        else { throw await located(error, tenant) }
        let pause = RetryPolicy.standard.pause(after: attempt, random: dependencies.random)
        do { try await dependencies.sleep(.seconds(pause)) } catch { throw PartnerError(.cancelled, tenant: tenant) }
        attempt += 1
        // What was signed for one request is not shown again: it may have arrived.
        if let credential, credential.shown.thumbprint != nil {
          let anew = try await credentials.showing(credential.source, for: tenant, through: self)
          request = self.request(grant, tenant, anew.proof, requestID)
        }
      }
    }
  }

  /// The same with the cloud of a tenant that is not in this one, where it can be found out.
  private func located(_ error: PartnerError, _ tenant: TenantID) async -> PartnerError {
    guard case .consent(.tenantNotFound) = error.cause else { return error }
    var error = error
    error.homeCloud = await discovery.homeCloud(of: tenant)
    return error
  }

  /// - Parameter resource: what the token is for; `nil` for Microsoft Graph.
  private func request(
    _ grant: TokenGrant, _ tenant: TenantID, _ proof: ClientProof?, _ requestID: String, resource: String? = nil
  ) -> TransportRequest {
    let form = WipedBytes(capacity: 512)
    form.append("grant_type=\(escaped(grant.type))&client_id=\(escaped(app.clientID))")
    for (name, value) in proof?.fields() ?? [] {
      form.append("&\(name)=")
      value.withBytes { appendEscaped($0, to: form) }
    }
    grant.append(to: form, resource: resource ?? app.endpoints.graphResource)
    return post(form, to: Self.path(of: tenant), requestID)
  }

  /// A form for the authority.
  func post(_ form: WipedBytes, to target: String, _ requestID: String) -> TransportRequest {
    TransportRequest(
      method: "POST", origin: app.endpoints.authority, target: target,
      headers: [
        HeaderField("content-type", "application/x-www-form-urlencoded"), HeaderField("accept", "application/json"),
        HeaderField("user-agent", userAgent), HeaderField("client-request-id", requestID),
        HeaderField("return-client-request-id", "true"),
      ],
      body: .secret(form.withBytes { Secret(copying: $0) }))
  }

  static func path(of tenant: TenantID) -> String { "/\(tenant.rawValue)/oauth2/v2.0/token" }

  /// A token for another resource than Microsoft Graph, asked for once; who calls keeps it and repeats.
  func token(
    for resource: String, in tenant: TenantID, _ proof: ClientProof
  ) async throws(PartnerError) -> TokenAnswer {
    try await budget.admitToken(tenant, .foreground, at: dependencies.now())
    let requestID = dependencies.newRequestID()
    return try await once(
      .client, tenant, request(.client, tenant, proof, requestID, resource: resource), requestID)
  }

  private func once(
    _ grant: TokenGrant, _ tenant: TenantID, _ request: TransportRequest, _ requestID: String
  ) async throws(PartnerError) -> TokenAnswer {
    let answer: Answer
    let askedAt = dependencies.now()
    do {
      answer = try await transport.answer(to: request, limits: .identity)
    } catch {
      throw PartnerError(error.cause, tenant: tenant, correlationID: requestID, at: dependencies.now())
    }
    func failure(_ cause: PartnerError.Cause) -> PartnerError {
      PartnerError(
        cause, tenant: tenant, code: answer.status == 200 ? nil : answer.status, correlationID: requestID,
        requestID: answer.requestID, at: dependencies.now())
    }
    if (300...399).contains(answer.status) { throw failure(.redirectRefused(to: answer.redirectTarget)) }
    guard answer.status == 200 else { throw await refusal(of: grant, answer, tenant: tenant, otherwise: failure) }
    do throws(PartnerError) {
      let token = try TokenAnswer(answer, askedAt: askedAt)
      if let claimed = token.claims?.tenant, TenantID(claimed) != tenant {
        logger.error("token of another tenant discarded", metadata: ["tenant": "\(tenant)"])
        throw failure(.foreignToken)
      }
      return token
    } catch {
      throw failure(error.cause)
    }
  }

  /// What the authority's refusal means.
  func refusal(
    of grant: TokenGrant, _ answer: Answer, tenant: TenantID, otherwise failure: (PartnerError.Cause) -> PartnerError
  ) async -> PartnerError {
    let now = dependencies.now()
    let parkedUntil = answer.status == 429 || answer.status == 503 ? answer.parkingEnd(at: now) : nil
    if let parkedUntil { await budget.park(tenant, until: parkedUntil, at: now) }
    guard let refusal = TokenRefusal(answer) else {
      if let parkedUntil { return failure(.throttled(until: parkedUntil)) }
      if answer.status >= 500 || answer.status == 408 { return failure(.outage(status: answer.status)) }
      return failure(.answerUnreadable(answer.isWebPage ? "a web page" : "HTTP \(answer.status) without an error body"))
    }
    // Whoever asks on makes it longer, and none of our processes has to.
    let loopEnd =
      refusal.isLoop ? now.addingTimeInterval(max(RetryAfter.seconds(answer, now: now) ?? 0, Self.calm)) : nil
    if let loopEnd { await budget.parkTokens(tenant, until: loopEnd, at: now) }
    let cause: PartnerError.Cause =
      if let parkedUntil = loopEnd ?? parkedUntil {
        .throttled(until: parkedUntil)
      } else if refusal.course == .retry {
        .outage(status: refusal.status)
      } else if grant.isPersonal, let cause = refusal.personalCause {
        cause
      } else if let state = refusal.consentState {
        .consent(state)
      } else {
        .refused(status: refusal.status, message: refusal.message)
      }
    return PartnerError(
      cause, tenant: tenant, error: refusal.error, suberror: refusal.suberror,
      code: refusal.isLoop ? PartnerError.loopCode : refusal.code ?? refusal.status,
      correlationID: refusal.correlationID ?? Answer.id(answer.value("client-request-id")),
      requestID: refusal.traceID, at: now, message: refusal.ownWords)
  }
}

extension PartnerError {
  /// Whether a read is worth another attempt at once (rule R1).
  ///
  /// A host that says nothing costs 5 s each time, and a person who waits is told so after the first.
  func isTransient(for priority: RequestPriority) -> Bool {
    switch cause {
    case .unreachable(.connectionRefused), .unreachable(.connectionLost), .unreachable(.nameNotFound), .outage: true
    case .unreachable(.noAnswer): priority == .background
    default: false
    }
  }
}

extension Answer {
  /// When the service says it answered.
  var serverNow: Date? { values("date").lazy.compactMap(HTTPDate.read).first }

  /// Until when a 429 or a 503 asks for silence; `nil` for a 503 that names no time.
  func parkingEnd(at now: Date) -> Date? {
    let seconds = RetryAfter.seconds(self, now: now) ?? (status == 429 ? RetryAfter.unnamed : nil)
    return seconds.map { now.addingTimeInterval($0) }
  }

  /// Where a redirect wanted to lead, as far as it can be told safely.
  var redirectTarget: String {
    values("location").first.flatMap { Origin.split($0)?.origin.description } ?? "an unreadable place"
  }
}
