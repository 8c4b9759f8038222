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
}
