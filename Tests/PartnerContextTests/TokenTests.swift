import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// Token answers in their order; the last one repeats. Everything else gets an empty page.
private func serve<Result>(
  _ answers: [WireAnswer], graph: @escaping @Sendable (WireRequest) -> WireAnswer = { _ in .json(200, page([])) },
  _ body: (WireServer) async throws -> Result
) async throws -> Result {
  let count = Mutex(0)
  return try await WireServer.serve(tokens: false) { request in
    guard request.isToken else { return graph(request) }
    let index = count.withLock { count in
      count += 1
      return count - 1
    }
    return answers[min(index, answers.count - 1)]
  } _: { server in
    try await body(server)
  }
}

private func grant(_ number: Int = 0, expiresIn: String = "3600", more: String = "") -> WireAnswer {
  .json(200, tokenBody(unsignedToken(tenant: contoso.rawValue, number: number), expiresIn: expiresIn, more: more))
}

private func refusal(_ error: String, _ codes: [Int], status: Int = 400) -> WireAnswer {
  .json(
    status,
    #"{"error":"\#(error)","error_description":"AADSTS\#(codes.first ?? 0): Text. Trace ID: t\r\nCorrelation ID: c","error_codes":\#(codes),"trace_id":"trace-1","correlation_id":"correlation-1"}"#
  )
}

@Suite struct TokenTests {
  @Test("T1: tokens that differ in any part of their key never share an entry")
  func key() {
    let base = app(at: "http://127.0.0.1:1")
    var keys: Set = [TokenKey(tenant: contoso, app: base), TokenKey(tenant: fabrikam, app: base)]
    var other = base
    other.cloud = .gcc
    keys.insert(TokenKey(tenant: contoso, app: other))
    other = base
    other.clientID = "x"
    keys.insert(TokenKey(tenant: contoso, app: other))
    other = base
    other.endpoints.authority = Origin(scheme: "http", host: "127.0.0.1", port: 2)
    keys.insert(TokenKey(tenant: contoso, app: other))
    other = base
    other.endpoints.graphResource = "https://graph.microsoft.us"
    keys.insert(TokenKey(tenant: contoso, app: other))
    other = base
    other.credentials = [.secret(.file("/x"))]
    keys.insert(TokenKey(tenant: contoso, app: other))
    #expect(keys.count == 7)
    #expect(keys.contains(TokenKey(tenant: contoso, app: base)))
  }

  @Test("T2, invariant 5: the token URL names the tenant's GUID, and the secret stands in the body only, escaped")
  func request() async throws {
    let clock = TestClock()
    try await serve([grant()]) { server in
      try await withContext(server.baseURL, clock) { context in
        clock.set(environment: ["SECRET": "a&b=c +%ü"])
        _ = try await context.changes(in: contoso, since: longAgo)
        let token = try #require(server.requests.first)
        #expect(token.target == "/\(contoso)/oauth2/v2.0/token")
        #expect(token.body.contains("client_secret=a%26b%3Dc%20%2B%25%C3%BC&"))
        #expect(token.body.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"))
        #expect(token.headers["client-request-id"]?.count == 36)
        let graph = try #require(server.requests.last)
        #expect(graph.headers["authorization"] == "Bearer \(unsignedToken(tenant: contoso.rawValue))")
        #expect(graph.headers["prefer"] == "include-unknown-enum-members")
        #expect(graph.headers["accept"] == "application/json")
        #expect(graph.headers["user-agent"]?.hasPrefix("partner-console/") == true)
        #expect(graph.headers["cookie"] == nil)
      }
    }
  }

  @Test(
    "T3: a token is renewed between 2,100 s and 300 s before its end, or about when the service asks",
    arguments: [
      (1.0, "", 3299.0, 3301.0), (0.0, "", 1499, 1501), (0.5, "", 2399, 2401),
      (1.0, #","refresh_in":1000"#, 1099, 1101), (0.0, #","refresh_in":"1000""#, 899, 901),
      (1.0, #","refresh_in":3600"#, 3299, 3301), (1.0, #","refresh_in":0"#, 65, 67),
      (0.5, #","refresh_in":"soon""#, 2399, 2401), (0.5, #","refresh_in":null"#, 2399, 2401),
      (0.5, #","refresh_in":[1000]"#, 2399, 2401), (0.5, #","refresh_in":-5"#, 2399, 2401),
    ])
  func renewal(chance: Double, more: String, before: Double, after: Double) async throws {
    let clock = TestClock()
    clock.set(chance: chance)
    try await serve([grant(1, more: more), grant(2)]) { server in
      try await withContext(server.baseURL, clock) { context in
        func read() async throws { _ = try await context.changes(in: contoso, since: longAgo) }
        try await read()
        let first = await context.tokenRecord(of: contoso)
        clock.advance(before)
        try await read()
        clock.advance(after - before)
        try await read()
        await wait { await context.tokenRecord(of: contoso) != first }
        #expect(await context.tokenRecord(of: contoso)?.expiresAt == clock.now + 3600, "renewed now, not before")
        #expect(server.requests.filter(\.isToken).count == 2)
      }
    }
  }

  @Test("F34, T3: while the endpoint fails the old token is used until 30 s before its end; F35: then there is none")
  func oldToken() async throws {
    let clock = TestClock()
    try await serve([grant(), .json(503, "{}")]) { server in
      try await withContext(server.baseURL, clock) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        clock.advance(3400)
        _ = try await context.changes(in: contoso, since: longAgo)
        await wait { await context.tokenRecord(of: contoso)?.trouble == .failed }
        #expect(await context.tokenRecord(of: contoso)?.state(at: clock.now) == .failed)
        let asked = server.requests.filter(\.isToken).count
        #expect(asked == 5)
        _ = try await context.changes(in: contoso, since: longAgo)
        #expect(server.requests.filter(\.isToken).count == asked, "T12: not asked again at once")
        clock.advance(171)
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .outage(status: 503))
        #expect(error.tenant == contoso)
      }
    }
  }

  @Test("F34, T3: a renewal that gets no answer at all holds nobody up while the old token is good")
  func silentEndpoint() async throws {
    let clock = TestClock()
    try await serve([grant(), .hang("")]) { server in
      try await withContext(server.baseURL, clock) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        clock.advance(3400)
        for _ in 0..<3 { _ = try await context.changes(in: contoso, since: longAgo) }
        await wait { server.requests.filter(\.isToken).count == 2 }
        let graph = server.requests.filter { !$0.isToken }
        #expect(graph.count == 4)
        #expect(Set(graph.map { $0.headers["authorization"] }).count == 1)
      }
    }
  }

  @Test("T4: many who need a token at once ask for it once")
  func singleFlight() async throws {
    try await serve([grant()]) { server in
      try await withContext(server.baseURL) { context in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<20 {
            group.addTask { _ = try await context.changes(in: contoso, since: longAgo) }
          }
          try await group.waitForAll()
        }
        #expect(server.requests.filter(\.isToken).count == 1)
      }
    }
  }

  @Test("T4: a waiter that is cancelled leaves, and the others still get the token")
  func cancelledWaiter() async throws {
    let flight = SharedFlight<Int>()
    let leaving = Task { await flight.value() }
    let staying = Task { await flight.value() }
    leaving.cancel()
    #expect(await leaving.value == nil)
    flight.land(7)
    #expect(await staying.value == 7)
    #expect(await flight.value() == 7)
  }

  @Test(
    "F41, invariant 5: a token of another tenant, or of what is no tenant, is thrown away and nothing is sent with it",
    arguments: [unsignedToken(tenant: fabrikam.rawValue), unsignedToken(tenant: ""), "e30.eyJ0aWQiOjV9.x"])
  func foreignToken(token: String) async throws {
    try await serve([.json(200, tokenBody(token))]) { server in
      try await withContext(server.baseURL) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .foreignToken)
        #expect(server.requests.allSatisfy { $0.isToken })
        #expect(await context.grantedRoles(in: contoso) == nil)
      }
    }
  }

  @Test("Invariant 5: a token that cannot be decoded is used, but proves no consent")
  func opaqueToken() async throws {
    try await serve([.json(200, tokenBody("opaque"))]) { server in
      try await withContext(server.baseURL) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        #expect(server.requests.last?.headers["authorization"] == "Bearer opaque")
        let (consent, token) = await context.checkConsent(in: contoso, required: [.readIncidents])
        #expect(consent?.state == .unknown)
        #expect(consent?.error?.nextAction.isEmpty == false)
        #expect(token.expiresAt != nil)
      }
    }
  }

  @Test(
    "Times in the answer may be numbers or text; what is no bearer token is refused",
    arguments: [
      (tokenBody("t", expiresIn: "3600"), true), (tokenBody("t", expiresIn: #""3600""#), true),
      (tokenBody("t", expiresIn: "0"), false), (tokenBody("t", expiresIn: "-1"), false),
      (tokenBody("t", expiresIn: #""soon""#), false), (tokenBody("t", expiresIn: "1e300"), true),
      (tokenBody("t", expiresIn: "null"), true), (tokenBody(""), false),
      (tokenBody("a b"), false), (#"{"token_type":"mac","expires_in":1,"access_token":"t"}"#, false), ("", false),
      ("[]", false), ("<html>", false), ("{}", false),
    ])
  func answers(body: String, isToken: Bool) throws {
    let answer = Answer(status: 200, headers: [], body: Array(body.utf8))
    #expect(((try? TokenAnswer(answer, askedAt: labEpoch)) != nil) == isToken)
  }

  @Test(
    "A token whose answer names no lifetime is used for 600 s, by the clock that stands still for no one",
    arguments: ["", #","expires_in":null"#])
  func unnamedLifetime(member: String) async throws {
    let clock = TestClock()
    let body = #"{"token_type":"Bearer","access_token":"\#(unsignedToken(tenant: contoso.rawValue))"\#(member)}"#
    try await serve([.json(200, body), .json(503, "{}")]) { server in
      try await withContext(server.baseURL, clock) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        #expect(await context.tokenRecord(of: contoso)?.expiresAt == clock.now + 600)
        clock.advance(569)
        _ = try await context.changes(in: contoso, since: longAgo)
        clock.advance(2)
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .outage(status: 503))
      }
    }
  }

  @Test(
    "Only 200 brings a token: with another status it is told what came, and nothing is sent with it",
    arguments: [400, 201, 202, 206, 401, 403])
  func tokenBesideStatus(status: Int) async throws {
    let body = tokenBody(unsignedToken(tenant: contoso.rawValue))
    try await serve([.json(status, body)]) { server in
      try await withContext(server.baseURL) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .answerUnreadable("HTTP \(status) without an error body"))
        #expect(server.requests.filter { !$0.isToken }.isEmpty)
      }
    }
  }

  @Test("Numbers of errors that come as texts tell the state of consent too")
  func codesAsTexts() async throws {
    for codes in [#"["700016"]"#, #"["AADSTS700016"]"#] {
      let body = #"{"error":"unauthorized_client","error_description":"x","error_codes":\#(codes),"access_token":"t"}"#
      try await serve([.json(400, body)]) { server in
        try await withContext(server.baseURL) { context in
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          #expect(error.cause == .consent(.missing))
        }
      }
    }
  }

  @Test(
    "T11: the state of consent from the numbers; an unknown number falls back to honest text",
    arguments: [
      ("unauthorized_client", [700_016], .consent(.missing)), ("invalid_client", [7_000_229], .consent(.missing)),
      ("unauthorized_client", [7_000_112], .consent(.disabled)), ("access_denied", [53_003], .consent(.blocked)),
      ("invalid_client", [650_052], .consent(.unlicensed)), ("invalid_resource", [650_057], .consent(.appProblem)),
      ("invalid_resource", [500_011], .consent(.unlicensed)), ("invalid_resource", [65_005], .consent(.appProblem)),
      ("invalid_request", [90_002], .consent(.tenantNotFound)), ("invalid_grant", [501_051], .consent(.notGranted)),
      ("invalid_client", [7_000_222], .consent(.credentialProblem)),
      ("invalid_request", [50_000, 90_038], .consent(.tenantNotFound)),
      ("invalid_client", [500_014], .consent(.disabled)),
      ("invalid_grant", [123_456], .refused(status: 400, message: "AADSTS123456: Text.")),
      ("temporarily_unavailable", [90_055], .outage(status: 400)),
    ] as [(String, [Int], PartnerError.Cause)])
  func refusals(error: String, codes: [Int], cause: PartnerError.Cause) async throws {
    try await serve([refusal(error, codes)]) { server in
      try await withContext(server.baseURL) { context in
        let failed = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(failed.cause == cause)
        #expect(failed.error == error)
        #expect(failed.code == codes.last)
        #expect(failed.requestID == "trace-1")
        #expect(failed.correlationID == "correlation-1")
        #expect(!failed.nextAction.isEmpty)
        var asked: Int { server.requests.count(where: \.isToken) }
        let first = asked
        #expect(first == (error == "temporarily_unavailable" ? 4 : 1))
        _ = try await failure { try await context.changes(in: contoso, since: longAgo, priority: .background) }
        #expect(asked == first, "T12: a refusal is remembered")
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(
          asked == (error == "temporarily_unavailable" ? first : first + 1),
          "what a person can mend is tried at once for who asks")
      }
    }
  }

  @Test("While rolling over, the old secret is tried when the new one is not accepted yet")
  func rollOver() async throws {
    try await serve([refusal("invalid_client", [7_000_215], status: 401), grant()]) { server in
      let credentials: [CredentialSource] = [.secret(.environment("SECRET")), .secret(.environment("OLD"))]
      try await withContext(server.baseURL, credentials: credentials) { context in
        _ = try await context.changes(in: contoso, since: longAgo)
        #expect(server.requests[0].body.contains("client_secret=lab-secret&"))
        #expect(server.requests[1].body.contains("client_secret=old-secret&"))
        let standings = context.credentialStandings()
        guard case .refused(let problem) = standings[0].state else { throw UnexpectedSuccess() }
        #expect(problem.code == 7_000_215 && problem.at == labEpoch)
        #expect(standings[1].state == .served(at: labEpoch))
        #expect(standings.map(\.label) == ["secret in $SECRET", "secret in $OLD"])
        #expect(await context.testimony(of: contoso)?.record.facts?.credential == "secret in $OLD")
        for await told in context.credentialChanges() {
          #expect(told == standings)
          break
        }
      }
    }
  }

  @Test("A credential that cannot be read is skipped for the next; a consent problem is not the credential's")
  func otherCredential() async throws {
    try await serve([refusal("invalid_client", [7_000_229], status: 401)]) { server in
      let credentials: [CredentialSource] = [
        .secret(.environment("NOT_SET")), .secret(.environment("OLD")), .secret(.environment("SECRET")),
      ]
      try await withContext(server.baseURL, credentials: credentials) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .consent(.missing))
        #expect(server.requests.count == 1)
      }
    }
  }

  @Test("What the service says of the new secret is told, not that the old one's place is empty")
  func refusedThenAbsent() async throws {
    try await serve([refusal("invalid_client", [7_000_222], status: 401)]) { server in
      let credentials: [CredentialSource] = [.secret(.environment("SECRET")), .secret(.file("/nonexistent/old"))]
      try await withContext(server.baseURL, credentials: credentials) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(error.cause == .consent(.credentialProblem))
        #expect(error.code == 7_000_222)
      }
    }
  }

  @Test("A check tells why this attempt failed, not an earlier one")
  func latestError() async throws {
    let ledger = InMemoryRequestLedger()
    let clock = TestClock()
    try await serve([.json(500, "{}")]) { server in
      try await withContext(server.baseURL, clock, ledger: ledger) { context in
        let first = await context.checkConsent(in: contoso, required: [])
        #expect(first.token.lastError?.cause == "outage")
        await ledger.park(app: context.app.clientID, tenant: contoso, until: clock.now + 120, at: clock.now)
        let second = await context.checkConsent(in: contoso, required: [])
        #expect(second.token.lastError?.cause == "throttled")
        #expect(second.token.state(at: clock.now) == .throttled)
      }
    }
  }

  @Test("A check that cannot tell leaves the consent as it was, and says why in the token's state")
  func undecided() async throws {
    try await serve([.json(429, "{}", headers: [("Retry-After", "120")])]) { server in
      let clock = TestClock()
      try await withContext(server.baseURL, clock) { context in
        let (consent, token) = await context.checkConsent(in: contoso, required: [.readIncidents])
        #expect(consent == nil)
        #expect(token.state(at: clock.now) == .throttled)
        #expect(token.parkedUntil == clock.now + 120)
        #expect(token.lastError?.cause == "throttled")
        _ = await context.checkConsent(in: contoso, required: [.readIncidents])
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(server.requests.count == 1, "F19: nothing is asked of a parked tenant")
        clock.advance(121)
        _ = await context.checkConsent(in: contoso, required: [.readIncidents])
        #expect(server.requests.count == 2)
      }
    }
  }

  @Test("T12: a mended credential works at once, a network that came back after 10 s, a service after 60 s")
  func memory() async throws {
    let clock = TestClock()
    try await serve([
      .reset, .reset, .reset, .reset, .json(500, "{}"), .json(500, "{}"), .json(500, "{}"), .json(500, "{}"), grant(),
    ]) { server in
      try await withContext(server.baseURL, clock) { context in
        func asked(after seconds: Double) async throws -> Int {
          clock.advance(seconds)
          _ = try? await context.changes(in: contoso, since: longAgo)
          return server.requests.filter { $0.isToken }.count
        }
        clock.set(environment: [:])
        let counts = [
          try await asked(after: 0),
          try await {
            clock.set(environment: ["SECRET": "s"])
            return try await asked(after: 0)
          }(),
          try await asked(after: 9), try await asked(after: 2), try await asked(after: 59), try await asked(after: 2),
        ]
        #expect(counts == [0, 4, 4, 5, 5, 6])
      }
    }
  }
}
