import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct TokenLimitTests {
  private static let loop =
    #"{"error":"invalid_grant","error_description":"AADSTS50196: A loop.","error_codes":[50196],"trace_id":"t"}"#

  @Test(
    "B54: the 16th token in five minutes is not asked for, whoever asks; the wait is no failure of the tenant's token")
  func limit() async throws {
    let ledger = InMemoryRequestLedger()
    let clock = TestClock()
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      for number in 0..<15 {
        // A process of its own each time: a token is never kept.
        try await withContext(server.baseURL, clock, ledger: ledger) { context in
          _ = try await context.changes(in: contoso, since: longAgo)
        }
        clock.advance(number == 0 ? 10 : 1)
      }
      try await withContext(server.baseURL, clock, ledger: ledger) { context in
        let free = clock.now + 300 - 24
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .tokensSpent(until: free))
        #expect(server.requests.filter(\.isToken).count == 15)
        let probe = await context.probeConsent(in: contoso, required: [])
        #expect(probe.consent == nil && probe.failure?.cause == .tokensSpent(until: free))
        #expect(probe.token.trouble == nil && probe.token.lastError == nil)
        _ = try await context.changes(in: fabrikam, since: longAgo)
        clock.advance(276)
        _ = try await context.changes(in: contoso, since: longAgo)
        #expect(server.requests.filter(\.isToken).count == 17)
      }
    }
  }

  @Test("B54: the share of a person scales the tokens too, and a limit in the middle of repeats tells the real failure")
  func shareAndRepeats() async throws {
    let clock = TestClock()
    try await WireServer.serve(tokens: false) { _ in
      .json(500, "{}")
    } _: { server in
      var app = app(at: server.baseURL)
      app.budgetShare = 0.2
      clock.set(environment: ["SECRET": "s"])
      try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
        let context = PartnerContext(app: app, transport: transport, dependencies: clock.dependencies)
        let first = await context.probeConsent(in: contoso, required: [])
        #expect(first.failure?.cause == .outage(status: 500))
        #expect(server.requests.count == 3)
        let second = await context.probeConsent(in: contoso, required: [])
        #expect(second.failure?.cause == .tokensSpent(until: clock.now + 300))
        #expect(second.token.trouble == .failed, "what was known stays told")
        #expect(server.requests.count == 3)
      }
    }
  }

  @Test(
    "B54: after a loop was told nobody asks that tenant's token endpoint for two minutes, and each is told until when")
  func loop() async throws {
    let ledger = InMemoryRequestLedger()
    let clock = TestClock()
    try await WireServer.serve(tokens: false) { request in
      request.isToken ? .json(400, Self.loop) : .json(200, page([]))
    } _: { server in
      let end = clock.now + 120
      for _ in 0..<3 {
        try await withContext(server.baseURL, clock, ledger: ledger) { context in
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          #expect(error.cause == .throttled(until: end))
          #expect(error.code == 50_196 && error.summary.contains("asked too often, again at"))
          #expect(await context.tokenRecord(of: contoso)?.state(at: clock.now) == .throttled)
        }
        clock.advance(30)
      }
      #expect(server.requests.count == 1)
      clock.advance(30)
      try await withContext(server.baseURL, clock, ledger: ledger) { context in
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
      }
      #expect(server.requests.count == 2)
    }
  }

  /// Counts what it is asked, and holds who needs a token first until the door opens; then their request is parked.
  private actor HeldLedger: RequestLedger {
    let door = SharedFlight<Bool>()
    private(set) var held = 0
    private(set) var tokens = 0
    private let until: Date?

    init(parkedUntil: Date? = nil) { until = parkedUntil }

    func admit(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> RequestAdmission { .admitted }

    func admitToken(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> RequestAdmission {
      tokens += 1
      return .admitted
    }

    func admitWithToken(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> (request: RequestAdmission, token: RequestAdmission?) {
      held += 1
      _ = await door.value()
      if let until { return (.parked(until: until), nil) }
      tokens += 1
      return (.admitted, .admitted)
    }

    func park(app: String, tenant: TenantID, until: Date, at now: Date) async throws {}
    func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) async throws {}
  }

  @Test("B54, T4: many who need a tenant's first token at once have one counted, and one asked for")
  func oneForMany() async throws {
    let ledger = HeldLedger()
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      try await withContext(server.baseURL, ledger: ledger) { context in
        async let first = context.changes(in: contoso, since: longAgo)
        await wait { await ledger.held == 1 }
        async let second = context.changes(in: contoso, since: longAgo)
        for _ in 0..<1_000 { await Task.yield() }
        ledger.door.land(true)
        _ = try await (first, second)
        #expect(await ledger.tokens == 1)
        #expect(server.requests.filter(\.isToken).count == 1)
        #expect(server.requests.count == 3)
      }
    }
  }

  @Test("F19, T4: a request that may not leave asks for no token; who waited for that token asks for one")
  func calledOff() async throws {
    let clock = TestClock()
    let ledger = HeldLedger(parkedUntil: clock.now + 60)
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      try await withContext(server.baseURL, clock, ledger: ledger) { context in
        async let refused = failure { try await context.changes(in: contoso, since: longAgo) }
        await wait { await ledger.held == 1 }
        async let consent = context.checkConsent(in: contoso, required: [.readIncidents])
        for _ in 0..<1_000 { await Task.yield() }
        #expect(server.requests.isEmpty)
        ledger.door.land(true)
        let error = try await refused
        #expect(error.cause == .throttled(until: clock.now + 60))
        #expect(await consent.consent?.state == .granted)
        #expect(await ledger.tokens == 1)
        #expect(server.requests.count == 1)
      }
    }
  }
}
