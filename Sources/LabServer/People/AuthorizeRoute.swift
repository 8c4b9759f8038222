import Synchronization

extension LabWorld {
  private static let sessionCookie = "lab-session"
  /// Seconds that a page waits for its person.
  static let pageLifetime: Int64 = 3600

  /// A sign-in whose page is open.
  struct SignInPage: Sendable {
    var request: AuthorizeRequest
    /// Who was chosen, once that is known.
    var upn: String?
    var ends: Moment
  }

  /// `GET /{tenant}/oauth2/v2.0/authorize`, and the first version's
  func authorize(_ request: LabRequest, _ tenantName: String, _ version: TokenVersion) -> Delivery {
    let room = room(tenantName)
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    room?.state.withLock { $0.requests["authorize", default: 0] += 1 }
    return faulted(room, route: "authorize", requestID: requestID) {
      guard request.method == "GET" else { return LabAnswer(status: 405) }
      do {
        return try self.authorizeAnswer(request, tenantName, version)
      } catch let refusal as TokenRefusal {
        return self.page(of: refusal)
      } catch {
        return LabAnswer(status: 500)
      }
    }
  }

  /// What is told on a page, since nothing may be sent back.
  func page(of refusal: TokenRefusal, back: ReturnAddress? = nil, flow: String? = nil, tenantName: String = "")
    -> LabAnswer
  {
    var page = HtmlPage("Sorry, but we are having trouble signing you in", status: back == nil ? 400 : 200)
    page.say("AADSTS\(refusal.code): \(refusal.text)")
    if let flow {
      page.form(
        "/\(percentEncoded(tenantName))/login", hidden: [("flow", flow)],
        buttons: [("action", "return", "Return to the app")])
    }
    return page.answer
  }

  /// The address of a request to a page, when the app's registration holds it.
  ///
  /// - Throws: what is to be told on a page: a wrong client or address, or none.
  func returnAddress(_ query: PageQuery, in room: TenantRoom?, _ tenantName: String) throws -> ReturnAddress {
    let client = try query.required("client_id")
    guard client.lowercased() == options.clientID.lowercased() else {
      throw TokenRefusal.appNotFound(client, in: room?.tenant.name ?? tenantName)
    }
    let redirect = try query.required("redirect_uri")
    guard isRegistered(redirect: redirect) else { throw TokenRefusal.redirectUnknown(redirect, of: client) }
    let mode = query["response_mode"]
    guard let known = ReturnAddress.Mode(rawValue: mode ?? "query") else {
      throw TokenRefusal.parameterInvalid("response_mode")
    }
    return ReturnAddress(redirect: redirect, mode: known, rawState: query.rawState)
  }

  private func authorizeAnswer(
    _ request: LabRequest, _ tenantName: String, _ version: TokenVersion
  ) throws -> LabAnswer {
    let room = ["common", "organizations"].contains(tenantName.lowercased()) ? nil : try tenant(named: tenantName)
    let query = try PageQuery(request.query)
    let back = try returnAddress(query, in: room, tenantName)
    let session = session(of: request)
    do {
      let asked = try AuthorizeRequest(query, version, tenantName: tenantName, room: room, back: back)
      if asked.prompt == ["admin_consent"] {
        return consentAnswer(
          ConsentRequest(
            form: .authorize(asked), back: back, tenantName: tenantName, room: room?.index, scope: asked.scope))
      }
      if asked.prompt == ["none"] {
        guard let session else { throw TokenRefusal.notSignedIn }
        return try finished(asked, session.upn, hasMFA: session.hasMFA)
      }
      let (mode, automatic) = people.withLock { ($0.signIn, $0.automatic) }
      switch mode {
      case .page: return signInPage(asked)
      case .decline: throw TokenRefusal.canceled
      case .auto:
        let hinted = asked.hint.flatMap { account($0) }?.user.upn
        guard let upn = automatic ?? hinted ?? people.withLock({ $0.accounts.first?.user.upn }) else {
          throw TokenRefusal.notSignedIn
        }
        return try finished(asked, upn, hasMFA: true)
      }
    } catch let refusal as TokenRefusal {
      return back.answer(refusal)
    }
  }

  private func session(of request: LabRequest) -> People.SignIn? {
    let cookies = (request.header("Cookie") ?? "").split(separator: ";").map { $0.drop { $0 == " " } }
    let prefix = "\(Self.sessionCookie)="
    guard let cookie = cookies.first(where: { $0.hasPrefix(prefix) }) else { return nil }
    return people.withLock { $0.sessions[String(cookie.dropFirst(prefix.utf8.count))] }
  }

  // MARK: Pages

  private func signInPage(_ asked: AuthorizeRequest) -> LabAnswer {
    let flow = randomText("", bytes: 24)
    let ends = limitNow() + Self.pageLifetime * Moment.second
    let users = people.withLock { people in
      people.signInPages[flow] = SignInPage(request: asked, ends: ends)
      return people.accounts.map(\.user)
    }
    var page = HtmlPage("Sign in")
    page.say("partner-console asks you to sign in\(asked.room.map { " to \(rooms[$0].tenant.name)" } ?? "").")
    page.form(
      "/\(percentEncoded(asked.tenantName))/login", hidden: [("flow", flow)],
      buttons: [("action", "signin", "Sign in"), ("action", "cancel", "Cancel")],
      fields: HtmlPage.choice("account", users.map { ($0.upn, "\($0.name), \($0.upn)") }, chosen: asked.hint))
    return page.answer
  }

  /// `POST /{tenant}/login`: what a person does on the pages of a sign-in.
  func login(_ request: LabRequest, _ tenantName: String) -> LabAnswer {
    guard request.method == "POST" else { return LabAnswer(status: 405) }
    guard let form = try? TokenForm(request), let flow = form["flow"], let open = openSignIn(flow) else {
      var page = HtmlPage("This sign-in is over", status: 400)
      page.say("It was finished already, or waited too long. Start again from the app.")
      return page.answer
    }
    let asked = open.request
    let room = asked.room.map { rooms[$0] }
    do {
      switch form["action"] {
      case "signin":
        guard let upn = form["account"], let account = people.withLock({ $0.account(upn) }) else {
          return signInPage(asked)
        }
        let target = try room ?? userTenant(named: asked.tenantName, of: account.user.upn)
        guard needsMFA(account, in: target) else { return end(flow, asked, account.user.upn, hasMFA: false) }
        people.withLock { $0.signInPages[flow]?.upn = account.user.upn }
        return secondFactorPage(flow, asked, account, in: target)
      case "approve":
        guard let upn = open.upn else { return signInPage(asked) }
        return end(flow, asked, upn, hasMFA: true)
      case "deny": throw TokenRefusal.secondFactorFailed
      case "return":
        guard let upn = open.upn else { throw TokenRefusal.canceled }
        return try finished(asked, upn, hasMFA: true)
      default: throw TokenRefusal.canceled
      }
    } catch let refusal as TokenRefusal {
      close(flow)
      return asked.back.answer(refusal)
    } catch {
      return LabAnswer(status: 500)
    }
  }

  private func openSignIn(_ flow: String) -> SignInPage? {
    let now = limitNow()
    return people.withLock { people in
      guard let open = people.signInPages[flow], now < open.ends else { return nil }
      return open
    }
  }

  private func close(_ flow: String) { people.withLock { $0.signInPages[flow] = nil } }

  private func secondFactorPage(
    _ flow: String, _ asked: AuthorizeRequest, _ account: People.Account, in room: TenantRoom
  ) -> LabAnswer {
    var page = HtmlPage("Approve the sign-in")
    page.say("\(room.tenant.name) asks \(account.user.upn) for a second factor.")
    page.form(
      "/\(percentEncoded(asked.tenantName))/login", hidden: [("flow", flow)],
      buttons: [("action", "approve", "Approve"), ("action", "deny", "Deny")])
    return page.answer
  }

  /// Sends the browser back with a code, or shows why not, with a way back.
  private func end(_ flow: String, _ asked: AuthorizeRequest, _ upn: String, hasMFA: Bool) -> LabAnswer {
    do {
      var answer = try finished(asked, upn, hasMFA: hasMFA)
      close(flow)
      guard let account = account(upn) else { return answer }
      let cookie = randomText("", bytes: 24)
      people.withLock {
        $0.sessions[cookie] = People.SignIn(
          upn: upn, hasMFA: hasMFA, generation: account.revocations, scope: "", claims: .none)
      }
      answer.headers.append(("Set-Cookie", "\(Self.sessionCookie)=\(cookie); Path=/; HttpOnly; SameSite=Lax"))
      return answer
    } catch let refusal as TokenRefusal {
      people.withLock { $0.signInPages[flow]?.upn = upn }
      return page(of: refusal, back: asked.back, flow: flow, tenantName: asked.tenantName)
    } catch {
      return LabAnswer(status: 500)
    }
  }

  // MARK: Codes

  /// The redirect with a code for whoever has signed in.
  ///
  /// - Throws: why the person is not let in.
  func finished(_ asked: AuthorizeRequest, _ upn: String, hasMFA: Bool) throws -> LabAnswer {
    guard let account = account(upn) else { throw TokenRefusal.notSignedIn }
    let room = try asked.room.map { rooms[$0] } ?? userTenant(named: asked.tenantName, of: upn)
    let standing = try standing(of: account, in: room)
    if let code = room.state.withLock({ $0.access.refusal }) { throw refusal(code, of: upn, in: room) }
    if needsMFA(account, in: room), !hasMFA {
      var refusal = refusal(50076, of: upn, in: room)
      refusal.error = "interaction_required"
      throw refusal
    }
    let scope = try AskedScope(asked.scope, in: room.tenant.name)
    _ = try permissions(scope, in: room, for: standing.way, upn: upn)
    return newCode(asked, of: account, in: room, hasMFA: hasMFA && needsMFA(account, in: room))
  }

  func newCode(_ asked: AuthorizeRequest, of account: People.Account, in room: TenantRoom, hasMFA: Bool) -> LabAnswer {
    let code = randomText("1.AX", bytes: 48)
    let signIn = People.SignIn(
      upn: account.user.upn, hasMFA: hasMFA, generation: account.revocations,
      scope: asked.scope, claims: asked.claims, nonce: asked.nonce)
    let ends = limitNow() + Self.codeLifetime * Moment.second
    people.withLock {
      $0.codes[code] = People.Code(
        signIn: signIn, tenantName: asked.tenantName.lowercased(), room: room.index, redirect: asked.back.redirect,
        challenge: asked.challenge, isHashed: asked.isHashed, ends: ends)
    }
    return asked.back.answer([("code", code)] + asked.more + [("session_state", UUIDText.random())])
  }
}
