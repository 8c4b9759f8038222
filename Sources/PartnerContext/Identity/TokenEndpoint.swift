import FoundationEssentials
import Logging
import PartnerModel
import Synchronization

/// Asks Entra ID for the app's token in one tenant.
///
/// Source: Entra ID v2.0, `POST /{tenant}/oauth2/v2.0/token`, client credentials grant.
struct TokenEndpoint: Sendable {
  var app: AppRegistration
  var transport: any HTTPTransport
  var dependencies: PartnerDependencies
  var credentials: CredentialKeeper
  var discovery: TenantDiscovery
  var budget: RequestBudget
  var retries: RetryBudget
  var logger: Logger

  /// What the first request needs, when it is on record already.
  struct Start {
    /// The first credential's.
    var proof: ClientProof
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
    ) { () async throws(PartnerError) in try await ask(tenant, priority, start, attempts) }
  }

  /// The first credential's proof, where it takes no time and does not fail.
  func proofAtHand(for tenant: TenantID) async -> ClientProof? {
    guard let source = app.credentials.first, CredentialKeeper.isAtHand(source) else { return nil }
    return try? await credentials.proof(source, for: tenant)
  }

  private func ask(
    _ tenant: TenantID, _ priority: RequestPriority, _ start: Start?, _ attempts: FailedAttempts
  ) async throws(PartnerError) -> TokenAnswer {
    var start = start
    var unreadable = PartnerError(.credentialUnreadable("the configuration names none"), tenant: tenant)
    // What the service refused tells more than a place where nothing was found, for example that of the old secret.
    var refusal: PartnerError?
    for source in app.credentials {
      let begun = start
      start = nil
      let proof: ClientProof
      do {
        proof = if let begun { begun.proof } else { try await credentials.proof(source, for: tenant) }
      } catch {
        unreadable = error
        unreadable.tenant = tenant
        unreadable.at = dependencies.now()
        guard case .credentialUnreadable = error.cause else { throw unreadable }
        continue
      }
      if let refusal = begun?.refusal { throw refusal }
      do {
        return try await ask(tenant, proof, priority, isOnRecord: begun != nil, attempts)
      } catch {
        guard case .consent(.credentialProblem) = error.cause, error.error == "invalid_client" else { throw error }
        await credentials.drop(proof, of: source, after: error)
        refusal = error
      }
    }
    throw refusal ?? unreadable
  }

  private func ask(
    _ tenant: TenantID, _ proof: ClientProof, _ priority: RequestPriority, isOnRecord: Bool, _ attempts: FailedAttempts
  ) async throws(PartnerError) -> TokenAnswer {
    let requestID = dependencies.newRequestID()
    let request = request(tenant, proof, requestID)
    var attempt = 1
    retries.countFirst(at: dependencies.uptime())
    while true {
      do {
        if attempt > 1 || !isOnRecord { try await budget.admitToken(tenant, priority, at: dependencies.now()) }
      } catch {
        // A repeat that may not leave says less than why there was to be one.
        throw attempt > 1 ? attempts.last ?? error : error
      }
      do {
        return try await once(tenant, request, requestID)
      } catch {
        attempts.note(error)
        guard error.isTransient(for: priority), attempt < RetryPolicy.standard.attempts,
          retries.mayRepeat(at: dependencies.uptime())
        else { throw await located(error, tenant) }
        let pause = RetryPolicy.standard.pause(after: attempt, random: dependencies.random)
        do { try await dependencies.sleep(.seconds(pause)) } catch { throw PartnerError(.cancelled, tenant: tenant) }
        attempt += 1
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

  private func request(_ tenant: TenantID, _ proof: ClientProof, _ requestID: String) -> TransportRequest {
    var form = "grant_type=client_credentials&client_id=\(escaped(app.clientID))"
    for (name, value) in proof.fields() { form += value.reveal { "&\(name)=\(escaped($0))" } }
    form += "&scope=\(escaped("\(app.endpoints.graphResource)/.default"))"
    return TransportRequest(
      method: "POST", origin: app.endpoints.authority, target: "/\(tenant.rawValue)/oauth2/v2.0/token",
      headers: [
        HeaderField("content-type", "application/x-www-form-urlencoded"), HeaderField("accept", "application/json"),
        HeaderField("user-agent", userAgent), HeaderField("client-request-id", requestID),
        HeaderField("return-client-request-id", "true"),
      ],
      body: .secret(Secret(form)))
  }

  private func once(
    _ tenant: TenantID, _ request: TransportRequest, _ requestID: String
  ) async throws(PartnerError) -> TokenAnswer {
    var limits = AnswerLimits.standard
    limits.bodyBytes = 262_144
    let answer: Answer
    let askedAt = dependencies.now()
    do {
      answer = try await transport.answer(to: request, limits: limits)
    } catch {
      throw PartnerError(error.cause, tenant: tenant, correlationID: requestID, at: dependencies.now())
    }
    func failure(_ cause: PartnerError.Cause) -> PartnerError {
      PartnerError(
        cause, tenant: tenant, code: answer.status == 200 ? nil : answer.status, correlationID: requestID,
        requestID: answer.requestID, at: dependencies.now())
    }
    if (300...399).contains(answer.status) { throw failure(.redirectRefused(to: answer.redirectTarget)) }
    guard answer.status == 200 else { throw await refusal(answer, tenant: tenant, otherwise: failure) }
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

  private func refusal(
    _ answer: Answer, tenant: TenantID, otherwise failure: (PartnerError.Cause) -> PartnerError
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
      } else if let state = refusal.consentState {
        .consent(state)
      } else {
        .refused(status: refusal.status, message: refusal.message)
      }
    return PartnerError(
      cause, tenant: tenant, error: refusal.error, suberror: refusal.suberror,
      code: refusal.isLoop ? PartnerError.loopCode : refusal.code ?? refusal.status,
      correlationID: refusal.correlationID ?? answer.value("client-request-id"),
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
