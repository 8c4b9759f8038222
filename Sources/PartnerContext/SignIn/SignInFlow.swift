import FoundationEssentials
package import PartnerModel

extension PartnerContext {
  /// How long a person may take for it.
  private static let patience: Duration = .seconds(600)

  /// Signs a person in with a browser on this machine: authorization code with PKCE, and a redirect to a loopback address.
  ///
  /// - Parameters:
  ///   - expected: the UPN that may sign in; `nil` for any.
  ///   - open: gives the page to a browser; it answers at once.
  ///   - tell: called with the page before anybody is waited for, and again when it is known who took it.
  /// - Throws: `.signInFailed`; `.signInNeeded`, `.access`, `.consent` and what else the token endpoint says; `.cancelled`.
  ///
  /// Source: Entra ID v2.0, authorization code flow; RFC 7636; RFC 8252, section 7.3.
  package func signIn(
    at tenant: TenantID, expecting expected: String?, open: @Sendable (String) async -> BrowserOpening,
    tell: @Sendable (SignInProgress) -> Void
  ) async throws(PartnerError) -> SignInStanding {
    guard hasPeople, let keeper = people?.keeper else {
      throw PartnerError(.signInFailed(.notUsed), tenant: tenant)
    }
    let listener = try redirectListener()
    defer { listener.close() }
    let (state, nonce, verifier) = (OneTimeText.make(), OneTimeText.make(), Secret(OneTimeText.make(bytes: 32)))
    guard let challenge = AuthorizationRequest.challenge(for: verifier) else {
      throw PartnerError(.signInFailed(.listener("OpenSSL cannot make a SHA-256")), tenant: tenant)
    }
    let url = AuthorizationRequest(
      app: app, tenant: tenant, redirectURI: listener.redirectURI, state: state, nonce: nonce, challenge: challenge,
      loginHint: expected, claims: keeper.challenge(in: tenant)
    ).url
    tell(.link(url: url, openedBy: nil, reason: nil))
    let opening = await open(url)
    if opening != BrowserOpening() { tell(.link(url: url, openedBy: opening.openedBy, reason: opening.reason)) }
    let answer = try await listener.answer(state: state, within: Self.patience)
    do throws(PartnerError) {
      let code = try Self.code(in: answer, tenant: tenant)
      let token = try await personal(
        .code(code, verifier: verifier, redirectURI: listener.redirectURI), in: tenant)
      let standing = try await keep(token, in: tenant, nonce: nonce, expecting: expected, keeper)
      answer.finish(
        RedirectPage(
          title: "You are signed in", words: "\(standing.account) can act now. You can close this page and go back."))
      return standing
    } catch {
      answer.finish(
        RedirectPage(
          title: error.cause == .signInFailed(.declined) ? "The sign-in was declined" : "The sign-in came to nothing",
          words: "The console says why, and what to do. You can close this page."))
      throw error
    }
  }

  /// Signs a person in on any device, by a code that is typed there. Whoever is talked into typing a code gives their
  /// sign-in away, so it is used where there is no browser only.
  ///
  /// - Throws: as ``signIn(at:expecting:open:tell:)``.
  ///
  /// Source: Entra ID v2.0, device authorization grant; RFC 8628.
  package func signInWithDeviceCode(
    at tenant: TenantID, expecting expected: String?, tell: @Sendable (SignInProgress) -> Void
  ) async throws(PartnerError) -> SignInStanding {
    guard hasPeople, let keeper = people?.keeper else {
      throw PartnerError(.signInFailed(.notUsed), tenant: tenant)
    }
    let claims = keeper.challenge(in: tenant)
    let code = try await withDeadline(
      RequestPriority.foreground.deadline, tenant: tenant, dependencies: dependencies
    ) { [endpoint] () async throws(PartnerError) in try await endpoint.deviceCode(in: tenant, claims: claims) }
    let seconds = min(code.lifetime, Double(Self.patience.components.seconds))
    let end = dependencies.uptime() + .seconds(seconds)
    tell(.code(userCode: code.userCode, page: code.page, until: dependencies.now().addingTimeInterval(seconds)))
    var interval = code.interval
    var silence: Double = 0
    while true {
      let pause = min(.seconds(max(interval, silence)), end - dependencies.uptime())
      silence = 0
      do { try await dependencies.sleep(pause) } catch { throw PartnerError(.cancelled, tenant: tenant) }
      guard dependencies.uptime() < end else {
        throw PartnerError(.signInFailed(.unfinished(seconds: Int(seconds))), tenant: tenant)
      }
      do throws(PartnerError) {
        let token = try await personal(.device(code.code), in: tenant)
        return try await keep(token, in: tenant, nonce: nil, expecting: expected, keeper)
      } catch {
        switch error.error {
        case "authorization_pending": continue
        case "slow_down": interval += 5
        // A policy's refusal comes by the same word, with a number of its own.
        case "authorization_declined" where error.consentState == nil,
          "access_denied" where error.consentState == nil:
          throw error.with(.signInFailed(.declined))
        case "expired_token": throw error.with(.signInFailed(.unfinished(seconds: Int(seconds))))
        default:
          guard error.isTransient(for: .background) || error.isSilence else { throw error }
          // RFC 8628, section 3.5: who does not get through asks less often.
          interval = min(interval * 2, 60)
          // A time that the service names is never shortened (rule R2).
          silence = error.retryAt.map { $0.timeIntervalSince(dependencies.now()) } ?? 0
        }
      }
    }
  }

  private func personal(_ grant: TokenGrant, in tenant: TenantID) async throws(PartnerError) -> TokenAnswer {
    try await withDeadline(RequestPriority.foreground.deadline, tenant: tenant, dependencies: dependencies) {
      [endpoint] () async throws(PartnerError) in
      try await endpoint.ask(grant, for: tenant, priority: .foreground)
    }
  }

  /// Checks who it is, and keeps what the sign-in goes on by.
  private func keep(
    _ token: TokenAnswer, in tenant: TenantID, nonce: String?, expecting expected: String?, _ keeper: SignInKeeper
  ) async throws(PartnerError) -> SignInStanding {
    func failure(_ failure: SignInFailure) -> PartnerError {
      PartnerError(.signInFailed(failure), tenant: tenant, at: dependencies.now())
    }
    guard let idToken = token.idToken else { throw failure(.mismatched("there is no id token")) }
    guard let refreshToken = token.refreshToken else { throw failure(.mismatched("there is no refresh token")) }
    let person: PersonClaims
    do throws(PersonClaims.Mismatch) {
      person = try PersonClaims(
        idToken,
        .init(
          authority: app.endpoints.authority, clientID: app.clientID, tenant: tenant, nonce: nonce,
          now: dependencies.now()))
    } catch {
      throw failure(.mismatched(error.part))
    }
    if let expected, person.account.lowercased() != expected.lowercased() {
      throw failure(.otherAccount(person.account))
    }
    let standing = try await keeper.keep(
      KeptSignIn(
        account: person.account, objectID: person.objectID, tenant: tenant, signedInAt: dependencies.now(),
        token: refreshToken))
    tokens.forgetPeople()
    return standing
  }

  /// The code with which a browser came back.
  private static func code(in answer: RedirectAnswer, tenant: TenantID) throws(PartnerError) -> Secret {
    if answer.has("error") {
      let (error, words) = (answer.only("error") ?? "", answer.only("error_description") ?? "")
      let refusal = TokenRefusal(error: error, description: words)
      // 65004: whoever signed in did not accept what the app asks for.
      let cause: SignInFailure =
        error == "access_denied" && [nil, 65004].contains(refusal.code)
        ? .declined : .answered(error: refusal.error, words: refusal.message)
      throw PartnerError(.signInFailed(cause), tenant: tenant, error: refusal.error, code: refusal.code)
    }
    guard let code = answer.only("code"), !code.isEmpty else {
      throw PartnerError(.signInFailed(.mismatched("there is no code")), tenant: tenant)
    }
    return Secret(code)
  }

  /// Who is signed in with this registration; `nil` where nobody is.
  /// - Throws: `.signInFailed(.store)`.
  package func signInStanding() async throws(PartnerError) -> SignInStanding? { try await people?.keeper.standing() }

  /// Forgets the sign-in, wherever it rests, and the tokens that came by it.
  /// - Returns: who was signed in.
  /// - Throws: `.signInFailed(.store)` where something may be left.
  package func signOut() async throws(PartnerError) -> SignedOut {
    defer { tokens.forgetPeople() }
    return try await people?.keeper.signOut() ?? .nobody
  }
}

extension PartnerError {
  /// The same failure by another name.
  fileprivate func with(_ cause: Cause) -> PartnerError {
    var error = self
    error.cause = cause
    return error
  }

  fileprivate var consentState: ConsentState? { if case .consent(let state) = cause { state } else { nil } }

  /// Whether the service wants to be left alone for a while, or said nothing in time.
  fileprivate var isSilence: Bool {
    switch cause {
    case .throttled, .deadlineExceeded, .answerIncomplete: true
    default: false
    }
  }
}
