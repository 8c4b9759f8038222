import Foundation
import LabServer
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite("A person signs in", .timeLimit(.minutes(3)))
struct SignInTests {
  static let secret: [CredentialSource] = [.secret(.environment("SECRET"))]
  static let required = everyRole.map { AppRole($0) }

  @Test(
    "Code and PKCE, then a token for each customer's tenant by the one refresh token",
    arguments: [[], secret])
  func code(credentials: [CredentialSource]) async throws {
    try await PersonRig.use(credentials: credentials) { rig in
      let steps = Steps()
      let (standing, page) = try await rig.signIn(steps)
      let anna = try #require(rig.lab.people.first)
      #expect(standing.account == anna)
      #expect(standing.tenant == home)
      #expect(page.contains("<h1>You are signed in</h1>"))
      #expect(page.contains(anna))
      guard case .link(let url, nil, nil) = steps.all.first, case .link(_, "a person", nil) = steps.all.last else {
        Issue.record("\(steps.all)")
        return
      }
      #expect(url.hasPrefix("\(rig.lab.baseURL)/\(home)/oauth2/v2.0/authorize?"))
      for tenant in [contoso, fabrikam] {
        let (consent, token) = await rig.context.checkConsent(in: tenant, required: Self.required)
        #expect(consent?.state == .granted, "\(token)")
        #expect(token.facts?.credential == "sign-in of \(anna)")
        #expect(token.facts?.roles == [])
        #expect(token.facts?.scopes.isEmpty == false)
        let read = try await rig.context.changes(
          in: tenant, since: IncidentCursor(history: 86_400 * 30, before: rig.clock.now))
        #expect(!read.pages.incidents.isEmpty)
      }
    }
  }

  @Test("T8: the link holds a state of 128 bits, a challenge and no secret; another sign-in has others")
  func link() async throws {
    try await PersonRig.use { rig in
      var items: [[String: String]] = []
      for _ in 0..<2 {
        let steps = Steps()
        _ = try await rig.signIn(expecting: nil, steps)
        guard case .link(let url, _, _) = steps.all.first else { return }
        let parts = try #require(URLComponents(string: url)?.queryItems)
        items.append(Dictionary(parts.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 }))
      }
      for item in items {
        #expect(item["code_challenge_method"] == "S256")
        #expect(item["code_challenge"]?.utf8.count == 43)
        #expect(item["state"]?.utf8.count == 22)
        #expect(item["redirect_uri"]?.hasPrefix("http://localhost:") == true)
        #expect(item["response_mode"] == "query")
        #expect(item["client_secret"] == nil && item["code_verifier"] == nil)
      }
      for name in ["state", "nonce", "code_challenge"] { #expect(items[0][name] != items[1][name]) }
    }
  }

  @Test("Who declines in the browser, and who never comes back, is told; nothing is kept")
  func declined() async throws {
    try await PersonRig.use { rig in
      rig.lab.answer(signIn: .decline)
      let error = try await failure { try await rig.signIn() }
      #expect(error.cause == .signInFailed(.declined) || error.code == 65_004, "\(error)")
      #expect(try await rig.context.signInStanding() == nil)
      rig.clock.set(expiring: .seconds(600))
      rig.clock.expiry.land(true)
      let late = try await failure {
        try await rig.context.signIn(at: home, expecting: nil, open: { _ in BrowserOpening() }, tell: { _ in })
      }
      #expect(late.cause == .signInFailed(.unfinished(seconds: 600)))
    }
  }

  @Test("Another account than the operator's is not taken, and the page says that nothing came of it")
  func otherAccount() async throws {
    try await PersonRig.use { rig in
      let error = try await failure { try await rig.signIn(expecting: "ben@partner.example") }
      guard case .signInFailed(.otherAccount) = error.cause else {
        Issue.record("\(error)")
        return
      }
      #expect(try await rig.context.signInStanding() == nil)
    }
  }

  @Test("A way back that is registered for a public client is told as that, and says nothing of the app's credential")
  func publicRedirect() async throws {
    try await PersonRig.use(credentials: Self.secret, people: [contoso]) {
      $0.isPublicClient = true
    } _: { rig in
      let error = try await failure { try await rig.signIn() }
      #expect(error.cause == .signInFailed(.publicRedirect), "\(error)")
      #expect(error.nextAction.contains("platform Web"))
      for standing in rig.context.credentialStandings() {
        if case .refused = standing.state { Issue.record("the credential is called refused") }
      }
    }
  }

  @Test("Without a sign-in nobody is asked, and each tenant says what to do")
  func nobody() async throws {
    try await PersonRig.use { rig in
      let (consent, token) = await rig.context.checkConsent(in: contoso, required: Self.required)
      #expect(consent == nil)
      #expect(token.state(at: rig.clock.now) == .signInNeeded)
      #expect(token.lastError?.nextAction.contains("token sign-in") == true)
      #expect(rig.lab.requests(to: "token") == 0)
    }
  }

  @Test("T4: each refresh token is redeemed once, however many tenants want one at once")
  func rotation() async throws {
    let folder = NSTemporaryDirectory() + "sign-in-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tenants = (0..<40).map { tenant(String(format: "cccccccc-0000-4000-8000-%012d", $0)) }
    try await PersonRig.use(folder: folder, people: tenants) {
      $0.tenants += tenants.enumerated().map {
        LabTenant(id: $1.rawValue, name: "Tenant \($0)", domain: "many\($0).onmicrosoft.com", scenario: .granted)
      }
    } _: { rig in
      _ = try await rig.signIn()
      let before = try await rig.store.read()?.fingerprint
      await withTaskGroup(of: ConsentState?.self) { group in
        for tenant in tenants {
          group.addTask { await rig.context.checkConsent(in: tenant, required: Self.required).consent?.state }
        }
        for await state in group { #expect(state == .granted) }
      }
      // The lab would tell `refreshTokenReused` when it closes.
      #expect(try await rig.store.read()?.fingerprint != before)
    }
  }

  @Test("F36: a sign-in that was revoked is told once for all tenants, until somebody signs in again")
  func revoked() async throws {
    try await PersonRig.use { rig in
      let (standing, _) = try await rig.signIn()
      rig.lab.revokeSignIns(of: standing.account)
      let first = try await failure { try await rig.context.readNothing(in: contoso) }
      #expect(first.cause == .signInNeeded(.ended))
      #expect(first.code == 50_173)
      let asked = rig.lab.requests(to: "token")
      let second = try await failure { try await rig.context.readNothing(in: fabrikam) }
      #expect(second.cause == .signInNeeded(.ended))
      #expect(second.tenant == fabrikam)
      #expect(rig.lab.requests(to: "token") == asked, "the other tenant asked nobody")
      _ = try await rig.signIn()
      #expect(await rig.context.checkConsent(in: fabrikam, required: Self.required).consent?.state == .granted)
    }
  }

  @Test(
    "What keeps a person out of one tenant is told apart, and keeps nobody out of the others",
    arguments: [
      (LabAccess.noRelation, PartnerError.Cause.access(.noRelation), 50_020),
      (.relationExpired, .access(.noRelation), 50_020), (.notInGroup, .access(.noRelation), 50_020),
      (.notConsented, .consent(.missing), 0), (.blockedByPolicy, .consent(.blocked), 500_213),
    ])
  func refused(access: LabAccess, cause: PartnerError.Cause, code: Int) async throws {
    try await PersonRig.use { rig in
      rig.lab.change(access: access, to: contoso.rawValue)
      _ = try await rig.signIn()
      let error = try await failure { try await rig.context.readNothing(in: contoso) }
      #expect(error.cause == cause, "\(error)")
      if code != 0 { #expect(error.code == code) }
      #expect(await rig.context.checkConsent(in: fabrikam, required: Self.required).consent?.state == .granted)
    }
  }

  @Test(
    "An account that is refused itself, disabled or at risk, is not told to sign in again",
    arguments: [50_057, 530_034])
  func refusedAccount(code: Int) async throws {
    try await PersonRig.use { rig in
      _ = try await rig.signIn()
      rig.lab.change(signInTo: contoso.rawValue, refusal: code)
      let error = try await failure { try await rig.context.readNothing(in: contoso) }
      #expect(error.causeName == "refused" && error.code == code, "\(error)")
      #expect(error.nextAction == RefusalTable.meaning(of: code)?.nextAction)
    }
  }

  @Test("A tenant that wants a second factor is signed in to by itself")
  func secondFactor() async throws {
    try await PersonRig.use { rig in
      _ = try await rig.signIn()
      rig.lab.change(signInTo: contoso.rawValue, needsMFA: true)
      let error = try await failure { try await rig.context.readNothing(in: contoso) }
      #expect(error.cause == .signInNeeded(.more))
      #expect(error.code == 50_076)
      #expect(await rig.context.checkConsent(in: fabrikam, required: Self.required).consent?.state == .granted)
      _ = try await rig.signIn(at: contoso)
      #expect(await rig.context.checkConsent(in: contoso, required: Self.required).consent?.state == .granted)
    }
  }

  @Test(
    "T10, F33: a claims challenge is answered once by the same sign-in, then only by a person",
    arguments: [false, true])
  func challenge(needsPerson: Bool) async throws {
    try await PersonRig.use { rig in
      _ = try await rig.signIn()
      let claims = #"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#
      #expect(rig.lab.challenge(contoso.rawValue, claims: claims, byPerson: needsPerson))
      let before = rig.lab.requests(to: "token")
      guard needsPerson else {
        try await rig.context.readNothing(in: contoso)
        #expect(rig.lab.requests(to: "token") == before + 2)
        return
      }
      let error = try await failure { try await rig.context.readNothing(in: contoso) }
      #expect(error.cause == .signInNeeded(.more), "\(error)")
      #expect(rig.lab.requests(to: "token") <= before + 2)
      let steps = Steps()
      _ = try await rig.signIn(at: contoso, steps)
      guard case .link(let url, _, _) = steps.all.first else { return }
      #expect(url.contains("acrs"), "the sign-in asks for what the service wanted")
      try await rig.context.readNothing(in: contoso)
    }
  }

  @Test("T10, T12: a challenge that a token with its claims does not meet is not answered by one token after the other")
  func unmet() async throws {
    let (clock, store) = (TestClock(), SignInMemory())
    let tokens = Mutex(0)
    let signIn = KeptSignIn(account: "a@b", objectID: "o", tenant: home, signedInAt: clock.now, token: Secret("r-0"))
    try await store.write(signIn.text)
    try await PersonRig.wire(clock, store: store) { request in
      guard request.isToken else {
        return .json(
          401, #"{"error":{"code":"InvalidAuthenticationToken"}}"#,
          headers: [("WWW-Authenticate", #"Bearer error="insufficient_claims", claims="eyJhIjp7fX0=""#)])
      }
      let number = tokens.withLock { count in
        count += 1
        return count
      }
      return .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue), more: #","refresh_token":"r-\#(number)""#))
    } _: { context in
      for _ in 0..<3 {
        let error = try await failure { try await context.readNothing(in: contoso) }
        #expect(error.cause == .signInNeeded(.more))
      }
    }
    #expect(tokens.withLock { $0 } == 2)
  }

  @Test("Signing out leaves nothing, and tokens that came by the sign-in are not used any more")
  func signOut() async throws {
    try await PersonRig.use { rig in
      let (standing, _) = try await rig.signIn()
      try await rig.context.readNothing(in: contoso)
      #expect(try await rig.context.signOut() == .account(standing))
      #expect(try await rig.store.read() == nil)
      #expect(try await failure { try await rig.context.readNothing(in: contoso) }.cause == .signInNeeded(.nobody))
      #expect(try await rig.context.signOut() == .nobody)
    }
  }
}

extension PartnerContext {
  /// A read of little, which needs a token.
  func readNothing(in tenant: TenantID) async throws {
    _ = try await readIncidentChanges(
      in: tenant, since: IncidentCursor(history: 3600, before: Date(timeIntervalSince1970: 1_790_000_000)),
      priority: .foreground
    ) { _ in }
  }
}

extension LabServer {
  /// How often an operation of any tenant was asked for.
  func requests(to route: String) -> Int { state().reduce(0) { $0 + ($1.requests[route] ?? 0) } }
}
