import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// What a token service and a list under test answer: the roles of the tokens in their order, the last one repeating.
private final class ConsentingTenant: Sendable {
  private struct State {
    var roles: [[String]]
    var asked = 0
  }
  private let state: Mutex<State>

  init(_ roles: [String]...) { state = Mutex(State(roles: roles)) }

  var asked: Int { state.withLock { $0.asked } }

  static let reading = ["SecurityIncident.Read.All"]
  private static let refusal =
    #"{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: SecurityIncident.Read.All, SecurityIncident.ReadWrite.All, application roles: X."}}"#

  func answer(_ request: WireRequest) -> WireAnswer {
    if request.isToken {
      let (roles, number) = state.withLock { state in
        state.asked += 1
        return (state.roles[min(state.asked, state.roles.count) - 1], state.asked)
      }
      return .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue, roles: roles, number: number)))
    }
    let token = (request.headers["authorization"] ?? "").dropFirst("Bearer ".count)
    let roles = AccessTokenClaims(token: String(token))?.roles ?? []
    return roles.contains { $0.satisfies(.readIncidents) } ? .json(200, page([item("1")])) : .json(403, Self.refusal)
  }

  func serve(_ body: (PartnerContext, TestClock) async throws -> Void) async throws {
    try await WireServer.serve(tokens: false) {
      self.answer($0)
    } _: { server in
      let clock = TestClock()
      try await withContext(server.baseURL, clock) { context in try await body(context, clock) }
    }
  }
}

@Suite struct NewerTokenTests {
  private func read(_ context: PartnerContext, _ priority: RequestPriority = .foreground) async -> Bool {
    (try? await context.changes(in: contoso, since: longAgo, priority: priority)) != nil
  }

  @Test("B04: a 403 for a missing role makes the operator's next read ask for a new token at once, and only then")
  func atOnce() async throws {
    let tenant = ConsentingTenant(["SecurityAlert.Read.All"], ConsentingTenant.reading)
    try await tenant.serve { (context, _) async throws in
      #expect(await !read(context))
      #expect(tenant.asked == 1)
      #expect(await read(context))
      #expect(tenant.asked == 2)
      for _ in 0..<3 { #expect(await read(context)) }
      #expect(tenant.asked == 2)
    }
  }

  @Test(
    "B04: while consent is really missing there is one token for each read by hand, and by a timer one in 5 minutes")
  func noStorm() async throws {
    let tenant = ConsentingTenant(["SecurityAlert.Read.All"])
    try await tenant.serve { (context, clock) async throws in
      #expect(await !read(context))
      for count in 2...4 {
        #expect(await !read(context))
        #expect(tenant.asked == count)
      }
      for seconds in [30.0, 30, 120, 119] {
        clock.advance(seconds)
        #expect(await !read(context, .background))
        #expect(tenant.asked == 4)
      }
      clock.advance(1)
      #expect(await !read(context, .background))
      #expect(tenant.asked == 5)
    }
  }

  @Test("B04: what a check told is used by the reads of the same process")
  func sameProcess() async throws {
    let tenant = ConsentingTenant(["SecurityAlert.Read.All"], ConsentingTenant.reading)
    try await tenant.serve { (context, _) async throws in
      #expect(await !read(context, .background))
      let checked = await context.checkConsent(in: contoso, required: [.readIncidents])
      #expect(checked.consent?.state == .granted)
      #expect(await read(context, .background))
      #expect(tenant.asked == 2)
    }
  }

  @Test("B04: what another process was granted since is asked for at the next timed read, once")
  func otherProcess() async throws {
    let tenant = ConsentingTenant(["SecurityAlert.Read.All"], ConsentingTenant.reading)
    try await tenant.serve { (context, clock) async throws in
      #expect(await !read(context, .background))
      clock.advance(10)
      let granted = ConsentRecord.from(
        granted: [.readIncidents], required: [.readIncidents], tenant: contoso, at: clock.now)
      clock.advance(10)
      #expect(await !read(context, .background))
      #expect(tenant.asked == 1)
      await context.heed(granted, TokenRecord(toldAt: granted.checkedAt), of: contoso)
      #expect(await read(context, .background))
      #expect(tenant.asked == 2)
      // Its own newer token is not doubted for what was told before it.
      await context.heed(granted, TokenRecord(toldAt: granted.checkedAt), of: contoso)
      #expect(await read(context, .background))
      #expect(tenant.asked == 2)
    }
  }

  @Test("A refusal that another process met since has a good token tried anew, at most once in 5 minutes by a timer")
  func refusedElsewhere() async throws {
    let tenant = ConsentingTenant(ConsentingTenant.reading)
    try await tenant.serve { (context, clock) async throws in
      #expect(await read(context))
      clock.advance(10)
      let refused = ConsentRecord(state: .credentialProblem, checkedAt: clock.now)
      let token = TokenRecord(trouble: .refused, toldAt: clock.now)
      await context.heed(refused, token, of: contoso)
      #expect(await read(context, .background))
      #expect(tenant.asked == 1)
      clock.advance(290)
      #expect(await read(context, .background))
      #expect(tenant.asked == 2)
      #expect(await context.testimony(of: contoso)?.record.toldAt == clock.now, "it is told by the newer token")
      // What lies ahead was told by a clock that was wrong.
      let ahead = clock.now + 3 * 86_400
      await context.heed(
        ConsentRecord(state: .missing, checkedAt: ahead), TokenRecord(trouble: .refused, toldAt: ahead), of: contoso)
      #expect(await read(context))
      #expect(tenant.asked == 2)
    }
  }

  @Test(
    "A consent that was given, and a secret that was corrected, are met by the next read by hand, within any memory")
  func mended() async throws {
    let isMended = Mutex(false)
    try await WireServer.serve(tokens: false) { request in
      guard request.isToken else { return .json(200, page([])) }
      guard isMended.withLock({ $0 }) else {
        return .json(
          401, #"{"error":"invalid_client","error_description":"AADSTS7000229: No.","error_codes":[7000229]}"#)
      }
      return .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue)))
    } _: { server in
      let clock = TestClock()
      try await withContext(server.baseURL, clock) { context in
        #expect(await !read(context))
        #expect(await context.testimony(of: contoso)?.refusal?.cause == .consent(.missing))
        isMended.withLock { $0 = true }
        clock.advance(1)
        #expect(await !read(context, .background), "T12")
        #expect(await read(context))
        let testimony = try #require(await context.testimony(of: contoso))
        #expect(testimony.refusal == nil && testimony.record.trouble == nil && testimony.record.lastError == nil)
        #expect(testimony.roles?.isEmpty == false && testimony.askedAt == clock.now)
      }
    }
  }

  @Test("A token is dated by when it was asked for: one that came late knows of nothing granted meanwhile")
  func dated() async throws {
    let clock = TestClock()
    try await WireServer.serve(tokens: false) { request in
      guard request.isToken else { return .json(200, page([])) }
      clock.advance(12)
      return .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue)))
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let asked = clock.now
        let (consent, token) = await context.checkConsent(in: contoso, required: [])
        #expect(clock.now == asked + 12)
        #expect(consent?.checkedAt == asked && token.toldAt == asked)
      }
    }
  }
}
