import Foundation
import Logging
import PartnerModel
import Testing

@testable import PartnerContext

/// Our grants against an authorization server that is not ours.
@Suite(
  "Another authorization server", .timeLimit(.minutes(2)),
  .enabled(if: Glewlwyd.obstacle == nil, "\(Glewlwyd.obstacle ?? "")"))
struct OtherServerTests {
  private static let scopes = ["https://graph.microsoft.com/.default", "offline_access", "openid", "profile"]

  private func use(
    _ body: (Glewlwyd, PartnerContext, RedirectListener) async throws -> Void
  ) async throws {
    let listener = try RedirectListener(expire: TestClock().dependencies.expire)
    defer { listener.close() }
    try await Glewlwyd.with(
      clientID: "11111111-2222-3333-4444-555555555555", redirects: [listener.redirectURI], scopes: Self.scopes
    ) { other in
      let app = app(at: other.authority, credentials: [])
      try await LiveTransport.withTransport(for: app, dependencies: .live) { transport in
        let context = PartnerContext(
          app: app, people: nil, transport: transport, ledger: InMemoryRequestLedger(), dependencies: .live,
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await body(other, context, listener)
      }
    }
  }

  @Test("T8: a code with PKCE comes back over our listener, and is redeemed; what it left behind is redeemed once")
  func code() async throws {
    try await use { other, context, listener in
      let (state, verifier) = (OneTimeText.make(), Secret(OneTimeText.make(bytes: 32)))
      let url = AuthorizationRequest(
        app: context.app, tenant: contoso, redirectURI: listener.redirectURI, state: state, nonce: OneTimeText.make(),
        challenge: try #require(AuthorizationRequest.challenge(for: verifier)), loginHint: "ann", claims: nil
      ).url
      let location = try #require(try await other.follow(url), "the other server refused our request")
      async let answer = listener.answer(state: state, within: .seconds(60))
      // A browser asks for the root where an address has no path.
      async let page = Person.get(location.replacing("\(listener.redirectURI)?", with: "\(listener.redirectURI)/?"))
      let answered = try await answer
      answered.finish(RedirectPage(title: "Done", words: ""))
      #expect(try await page.contains("<h1>Done</h1>"))
      let code = Secret(try #require(answered.only("code")))

      func ask(_ grant: TokenGrant) async throws -> TokenAnswer {
        try await context.endpoint.ask(grant, for: contoso, priority: .foreground)
      }
      let wrong = try await failure {
        try await ask(.code(code, verifier: Secret(OneTimeText.make(bytes: 32)), redirectURI: listener.redirectURI))
      }
      #expect(wrong.error == "invalid_code", "\(wrong)")
      let first = try await ask(.code(code, verifier: verifier, redirectURI: listener.redirectURI))
      #expect(first.expiresIn > 0)
      #expect(first.idToken != nil)
      let left = try #require(first.refreshToken)
      let second = try await ask(.refresh(left, claims: nil))
      let next = try #require(second.refreshToken)
      #expect(next.fingerprint != left.fingerprint)
      #expect(try await ask(.refresh(next, claims: nil)).refreshToken != nil)
      let replayed = try await failure { try await ask(.refresh(left, claims: nil)) }
      #expect(replayed.cause == .answerUnreadable("HTTP 400 without an error body"), "\(replayed)")
    }
  }

  @Test("T8: a device's code is polled for at the other server's pace until it was entered there")
  func device() async throws {
    try await use { other, context, _ in
      let code = try await context.endpoint.deviceCode(in: contoso, claims: nil)
      #expect(code.interval == 1)
      let pending = try await failure {
        try await context.endpoint.ask(.device(code.code), for: contoso, priority: .foreground)
      }
      #expect(["authorization_pending", "slow_down"].contains(pending.error))
      try await other.enter(userCode: code.userCode)
      let clock = ContinuousClock()
      let deadline = clock.now + .seconds(30)
      while true {
        do throws(PartnerError) {
          let answer = try await context.endpoint.ask(.device(code.code), for: contoso, priority: .foreground)
          #expect(answer.refreshToken != nil)
          return
        } catch {
          guard ["authorization_pending", "slow_down"].contains(error.error), clock.now < deadline else { throw error }
          try await clock.sleep(for: .seconds(1.2))
        }
      }
    }
  }
}
