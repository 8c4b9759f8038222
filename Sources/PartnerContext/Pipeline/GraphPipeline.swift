import FoundationEssentials
import Logging
import PartnerModel
import Synchronization

/// The one place where requests to Microsoft Graph are authorised, limited, repeated and judged.
struct GraphPipeline: Sendable {
  var app: AppRegistration
  var transport: any HTTPTransport
  var dependencies: PartnerDependencies
  var tokens: TokenStore
  var gate: RequestGate
  var budget: RequestBudget
  var retries: RetryBudget
  var breaker: Breaker
  var throttle: AppThrottle
  var logger: Logger
  var limits = AnswerLimits.standard

  typealias WillSend = @Sendable (_ requestID: String) async throws -> Void

  /// Sends `call` and returns its successful answer.
  ///
  /// A read is repeated after a failed connection, 408 and 5xx, and once when its answer broke off; a write only when provably nothing left, or with a
  /// renewed token after a 401. A 429, or a 503 that names a time, parks the tenant. A tenant that keeps failing is left
  /// alone for a while, and so are all when the service fails for many.
  /// - Parameters:
  ///   - limit: how long all attempts may take together; `nil` for what the priority allows.
  ///   - willSend: awaited right before the first byte can leave, with the request's id; when it throws, nothing is sent.
  func send(
    _ call: GraphCall, in tenant: TenantID, priority: RequestPriority, limit: Duration? = nil,
    willSend: @escaping WillSend = { _ in }
  ) async throws(PartnerError) -> Answer {
    let operation = GraphOperation(
      pipeline: self, call: call, tenant: tenant, priority: priority, willSend: willSend,
      requestID: dependencies.newRequestID())
    return try await gate.pass(tenant, priority) { () async throws(PartnerError) in
      let passage: Breaker.Passage
      do throws(PartnerError) {
        passage = try breaker.enter(
          tenant, mayHurry: priority == .foreground && !call.isWrite, isTrial: call.isTrial)
      } catch {
        throw operation.completed(error)
      }
      do throws(PartnerError) {
        let answer = try await withDeadline(
          limit ?? priority.deadline, tenant: tenant, dependencies: dependencies, attempts: operation.attempts
        ) { () async throws(PartnerError) in try await operation.run(passage) }
        breaker.leave(passage, after: nil)
        return answer
      } catch {
        if case .deadlineExceeded = error.cause, operation.isCutOff { operation.tell(error, of: passage) }
        let told = operation.told
        let refusal = breaker.leave(passage, after: told)
        // Nobody waits for what runs in the background: it is told when it goes on, and why. Who asked is told what
        // happened.
        guard priority == .background, var refusal, told?.showsFailingHost == true else {
          throw operation.completed(error)
        }
        refusal.failedAs = error.cause
        throw operation.completed(refusal)
      }
    }
  }
}

/// One call with all its attempts, which share a request id.
private final class GraphOperation: Sendable {
  private let pipeline: GraphPipeline
  private let call: GraphCall
  private let tenant: TenantID
  private let priority: RequestPriority
  private let willSend: GraphPipeline.WillSend
  private let requestID: String
  /// Whether the service may hold a request of this operation that it did not answer clearly.
  private let isOutcomeOpen = Mutex(false)
  /// How the last request ended: `nil` with an answer, `.cancelled` where there was none.
  private let lastEnd: Mutex<PartnerError?>
  /// Whether a request was given up while the service had it.
  private let isGivenUp = Mutex(false)
  let attempts = FailedAttempts()

  init(
    pipeline: GraphPipeline, call: GraphCall, tenant: TenantID, priority: RequestPriority,
    willSend: @escaping GraphPipeline.WillSend, requestID: String
  ) {
    self.pipeline = pipeline
    self.call = call
    self.tenant = tenant
    self.priority = priority
    self.willSend = willSend
    self.requestID = requestID
    lastEnd = Mutex(PartnerError(.cancelled, tenant: tenant))
  }

  private var dependencies: PartnerDependencies { pipeline.dependencies }

  var isCutOff: Bool { isGivenUp.withLock { $0 } }
  var told: PartnerError? { lastEnd.withLock { $0 } }

  /// Notes how a request ended: with a failure, or with an answer if there is none.
  func tell(_ failure: PartnerError?, of passage: Breaker.Passage) {
    lastEnd.withLock { $0 = failure }
    pipeline.breaker.note(failure, of: passage)
  }

  func run(_ passage: Breaker.Passage) async throws(PartnerError) -> Answer {
    var attempt = 1
    var isRenewed = false
    var isAnnounced = false
    var broken = 0
    pipeline.retries.countFirst(at: dependencies.uptime())
    while true {
      try await pipeline.throttle.admit(tenant, priority)
      let grant = try await admitted()
      if !isAnnounced {
        try await announce()
        isAnnounced = true
      }
      var failure: PartnerError
      switch await exchange(grant) {
      case .success(let answer) where answer.status == 401:
        tell(nil, of: passage)
        let error = refusal(answer, grant)
        let challenge = pipeline.tokens.isPersonal(tenant) ? ClaimsChallenge(answer)?.claims : nil
        let isNews = challenge.map { pipeline.tokens.meet($0, in: tenant, by: grant) } ?? true
        guard !isRenewed, isNews else { throw challenge == nil ? error : unmet(error, isAnswered: !isNews) }
        isRenewed = true
        pipeline.tokens.discard(grant, of: tenant)
        continue
      case .success(let answer) where (200...299).contains(answer.status):
        tell(nil, of: passage)
        return answer
      case .success(let answer):
        failure = refusal(answer, grant)
        // Its admin may have consented since the token was made: an older one keeps the roles it was made with.
        if case .appRoleMissing = failure.cause { pipeline.tokens.doubt(grant, of: tenant) }
        if case .throttled(let until) = failure.cause {
          await pipeline.budget.park(tenant, until: until, at: dependencies.now())
          pipeline.tokens.noteParking(of: tenant, until: until)
          if answer.throttlesApp { failure = pipeline.throttle.note(failure, until: until) }
        }
      case .failure(let error):
        failure = error
      }
      attempts.note(failure)
      tell(failure, of: passage)
      let mayRepeat = call.isWrite ? !isOutcomeOpen.withLock { $0 } : true
      let isBroken = failure.cause == .answerIncomplete
      if isBroken { broken += 1 }
      let isWorthIt = isBroken ? broken <= RetryPolicy.repeatsOfBroken : failure.isTransient(for: priority)
      guard isWorthIt, mayRepeat, attempt < call.retry.attempts, !pipeline.breaker.isOpen(for: passage),
        pipeline.retries.mayRepeat(at: dependencies.uptime())
      else { throw failure }
      pipeline.logger.debug(
        "attempt failed, trying again",
        metadata: ["tenant": "\(tenant)", "request-id": "\(requestID)", "cause": "\(failure.causeName)"])
      let pause = call.retry.pause(after: attempt, random: dependencies.random)
      do {
        try await dependencies.sleep(.seconds(pause))
      } catch {
        throw PartnerError(.cancelled, tenant: tenant)
      }
      attempt += 1
    }
  }

  /// What a token got by the same sign-in does not give, only a new sign-in can (rule T10).
  /// - Parameter isAnswered: whether the token had been asked for with these claims; else the next one may do.
  private func unmet(_ error: PartnerError, isAnswered: Bool) -> PartnerError {
    var error = error
    error.cause = .signInNeeded(.more)
    if isAnswered { pipeline.tokens.noteUnmet(error, in: tenant) }
    return error
  }

  /// A token for a request that is on record.
  private func admitted() async throws(PartnerError) -> TokenStore.Grant {
    let (tokens, budget) = (pipeline.tokens, pipeline.budget)
    guard let boarding = await tokens.board(for: tenant, priority: priority) else {
      try await budget.admit(tenant, priority, at: dependencies.now())
      return try await tokens.grant(for: tenant, priority: priority)
    }
    let refusal: PartnerError?
    do {
      refusal = try await budget.admitWithToken(tenant, priority, at: dependencies.now())
    } catch {
      tokens.callOff(boarding)
      throw error
    }
    return try await tokens.grant(for: tenant, priority: priority, boarding: boarding, refusal: refusal)
  }

  /// Adds what every failure of this operation tells, also one that came from outside of it.
  func completed(_ error: PartnerError) -> PartnerError {
    var error = error
    error.tenant = tenant
    error.correlationID = error.correlationID ?? requestID
    error.at = error.at ?? dependencies.now()
    error.mayHaveTakenEffect = call.isWrite && isOutcomeOpen.withLock { $0 }
    pipeline.logger.notice(
      "request failed",
      metadata: ["tenant": "\(tenant)", "request-id": "\(requestID)", "cause": "\(error.causeName)"])
    return error
  }

  private func announce() async throws(PartnerError) {
    do {
      try await willSend(requestID)
    } catch let error as PartnerError {
      throw error
    } catch is CancellationError {
      throw PartnerError(.cancelled, tenant: tenant)
    } catch {
      throw PartnerError(.storage("\(error)"), tenant: tenant)
    }
    guard !Task.isCancelled else { throw PartnerError(.cancelled, tenant: tenant) }
  }

  private func exchange(_ grant: TokenStore.Grant) async -> Result<Answer, PartnerError> {
    isOutcomeOpen.withLock { $0 = true }
    do {
      let answer = try await pipeline.transport.answer(to: request(grant), limits: pipeline.limits)
      // A clear refusal is an outcome. What a failing service did with a write is not known, nor one that sends us on,
      // which may be what it answers after the work; and a success only counts when it reaches the caller.
      if (400..<500).contains(answer.status), answer.status != 408 { isOutcomeOpen.withLock { $0 = false } }
      return .success(answer)
    } catch {
      if !error.mayHaveLeft { isOutcomeOpen.withLock { $0 = false } }
      if error.cause == .cancelled { isGivenUp.withLock { $0 = true } }
      return .failure(PartnerError(error.cause, tenant: tenant, correlationID: requestID, at: dependencies.now()))
    }
  }

  private func request(_ grant: TokenStore.Grant) -> TransportRequest {
    var headers = [
      HeaderField("accept", "application/json"), HeaderField("prefer", "include-unknown-enum-members"),
      HeaderField("client-request-id", requestID), HeaderField("return-client-request-id", "true"),
      HeaderField("user-agent", userAgent),
    ]
    if call.body != nil { headers.append(HeaderField("content-type", "application/json")) }
    return TransportRequest(
      method: call.method, origin: pipeline.app.endpoints.graph, target: GraphCall.version + call.target,
      headers: headers, authorization: grant.token, body: call.body.map { .plain($0) })
  }

  private func refusal(_ answer: Answer, _ grant: TokenStore.Grant) -> PartnerError {
    GraphRefusal(answer).error(
      for: call, roles: grant.roles, isPersonal: pipeline.tokens.isPersonal(tenant), in: tenant, requestID: requestID,
      at: dependencies.now())
  }
}
