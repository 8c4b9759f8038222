import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private func refusal(_ message: String, code: String = "BadRequest") -> String {
  #"{"error":{"code":"\#(code)","message":"\#(message)"}}"#
}

/// Rows of the fault matrix at the client, with a service that is played and time that only the test moves.
@Suite("The fault matrix, at the client")
struct FaultMatrixTests {
  private func read(
    _ context: PartnerContext, _ tenant: TenantID = contoso, _ priority: RequestPriority = .foreground
  ) async throws -> [Incident] {
    try await context.changes(in: tenant, since: longAgo, priority: priority).pages.incidents
  }

  @Test(
    "F19, F20, F21, F22: a 429 parks for as long as it says, wherever it says it; garbage is 60 s, -5 is 0, 10^12 is 24 h",
    arguments: [
      ([("retry-after", "120")], "", 120), ([("retry-after", "soon")], "", 60), ([("retry-after", "-5")], "", 0),
      ([("retry-after", "1000000000000")], "", 86_400), ([("retry-after", "99999999999999999999")], "", 86_400),
      ([], "You have exceeded the rate. You may run this query again in 00:01:30.", 90), ([], "", 60),
      // The clock of the service is an hour behind ours: its own date tells how long it means.
      (
        [("date", "Mon, 21 Sep 2026 13:13:20 GMT"), ("retry-after", "Mon, 21 Sep 2026 13:15:20 GMT")], "", 120
      ),
    ] as [([(String, String)], String, Double)])
  func parked(headers: [(String, String)], words: String, seconds: Double) async throws {
    let clock = TestClock()
    let answer = Switch(.json(429, refusal(words), headers.map { HeaderField($0.0, $0.1) }))
    let host = PlayedHost { $0.isToken ? PlayedHost.token($0) : answer.reply }
    let context = host.context(clock)
    let error = try await failure { try await read(context) }
    #expect(error.cause == .throttled(until: clock.now + seconds))
    answer.reply = .json(200, page([item("1")]))
    if seconds > 0 {
      clock.advance(seconds - 0.1)
      _ = try await failure { try await read(context) }
      #expect(host.graph.count == 1, "0 calls to the tenant")
      clock.advance(0.1)
    }
    #expect(try await read(context).count == 1)
  }

  @Test("F23: a 429 for the whole app stops the background in all tenants; the operator goes on, one request a second")
  func throttledApp() async throws {
    let clock = TestClock()
    let answer = Switch(
      .json(
        429, refusal("busy"),
        [HeaderField("retry-after", "120"), HeaderField("x-ms-throttle-scope", "Application/ReadWrite/app/tenant")]))
    let host = PlayedHost { $0.isToken ? PlayedHost.token($0) : answer.reply }
    let context = host.context(clock)
    let first = try await failure { try await read(context, numbered(0)) }
    #expect(first.cause == .throttled(until: clock.now + 120) && first.host == "127.0.0.1")
    #expect(first.problem.cause == "appThrottled" && first.problem.retryAt == clock.now + 120)
    answer.reply = .json(200, page([item("1")]))
    host.forget()
    for number in 1..<20 {
      let error = try await failure { try await read(context, numbered(number), .background) }
      #expect(error.cause == .throttled(until: clock.now + 120) && error.host == "127.0.0.1")
    }
    #expect(host.asked.isEmpty, "not even for a token")
    for number in 1...4 { #expect(try await read(context, numbered(number)).count == 1) }
    #expect(clock.pauses == [.seconds(1), .seconds(2), .seconds(3)], "its clock stands: each waits for its turn")
    // Whoever would wait longer than an answer may take is told when instead.
    for number in 5...6 { _ = try await read(context, numbered(number)) }
    let late = try await failure { try await read(context, numbered(7)) }
    #expect(late.cause == .throttled(until: clock.now + 6))
    clock.advance(119)
    _ = try await failure { try await read(context, numbered(8), .background) }
    clock.advance(1)
    #expect(try await read(context, numbered(8), .background).count == 1)
  }

  @Test("F23: a 429 of another scope parks its own tenant alone", arguments: ["Tenant_Application/x", "Tenant/x", ""])
  func throttledTenant(scope: String) async throws {
    let clock = TestClock()
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      guard asked.tenant == contoso else { return .json(200, page([item("1")])) }
      return .json(429, "{}", [HeaderField("x-ms-throttle-scope", scope)])
    }
    let context = host.context(clock)
    #expect(try await failure { try await read(context) }.problem.cause == "throttled")
    #expect(try await read(context, fabrikam, .background).count == 1)
  }

  @Test("F11: a tenant that takes long costs the others nothing")
  func slowTenant() async throws {
    let clock = TestClock()
    let gate = SharedFlight<Bool>()
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      if asked.tenant == contoso { _ = await gate.value() }
      return .json(200, page([item("1")]))
    }
    let context = host.context(clock)
    async let slow = read(context)
    await wait { host.graph.contains { $0.tenant == contoso } }
    for number in 0..<40 { #expect(try await read(context, numbered(number), .background).count == 1) }
    gate.land(true)
    #expect(try await slow.count == 1)
  }

  @Test("F28: an incident that was merged says into which, and is no 404")
  func merged() async throws {
    let body = item("7", more: #","redirectIncidentId":"9""#).replacing(#""active""#, with: #""redirected""#)
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      return asked.target.hasSuffix("/7") ? .json(200, body) : .json(404, refusal("gone", code: "NotFound"))
    }
    let context = host.context(TestClock())
    let incident = try await context.getIncident(IncidentID("7"), in: contoso, withAlerts: false)
    #expect(incident.status == .redirected && incident.redirectIncidentID == IncidentID("9"))
    let error = try await failure { try await context.getIncident(IncidentID("8"), in: contoso, withAlerts: false) }
    #expect(error.cause == .notFound)
    #expect(host.graph.count == 2, "a 404 is not asked again")
  }

  @Test(
    "F29, F30: a write that is refused for what it holds is told in the service's words, sent once, and not in effect",
    arguments: [
      (409, .conflict("Property 'status' was changed")), (412, .conflict("Property 'status' was changed")),
      (400, .refused(status: 400, message: "Property 'status' was changed")),
    ] as [(Int, PartnerError.Cause)])
  func refusedWrite(status: Int, cause: PartnerError.Cause) async throws {
    let host = PlayedHost {
      $0.isToken ? PlayedHost.token($0) : .json(status, refusal("Property 'status' was changed"))
    }
    let context = host.context(TestClock())
    let error = try await failure {
      try await context.updateIncident(IncidentID("1"), in: contoso, with: IncidentUpdate(status: .resolved)) { _ in }
    }
    #expect(error.cause == cause && !error.mayHaveTakenEffect)
    #expect(error.summary.contains("'status'"), "the field is named")
    #expect(host.graph.count == 1)
  }

  @Test("F32: a token that ends between two pages is renewed, and the pages go on where they were")
  func expiredBetweenPages() async throws {
    let count = Mutex((graph: 0, tokens: 0))
    let host = PlayedHost { asked in
      count.withLock { count in
        if asked.isToken {
          count.tokens += 1
          return PlayedHost.token(asked, number: count.tokens)
        }
        count.graph += 1
        switch count.graph {
        case 1: return .json(200, page((10..<60).map { item("\($0)", "2026-09-01T10:00:\($0)Z") }))
        case 2: return .json(401, refusal("Lifetime validation failed", code: "InvalidAuthenticationToken"))
        default: return .json(200, page((59..<65).map { item("\($0)", "2026-09-01T10:01:\($0 - 49)Z") }))
        }
      }
    }
    let context = host.context(TestClock())
    #expect(try await read(context).map(\.id.rawValue).contains("64"))
    #expect(host.tokens.count == 2)
    let asked = host.graph
    #expect(
      asked[1].target == asked[2].target && asked[1].target != asked[0].target, "the first page is not read again")
    #expect(asked[1].authorization != asked[2].authorization)
  }

  @Test("F7, R9: a comment whose answer is lost is sent once, and whether it is there is open")
  func lostComment() async throws {
    let clock = TestClock()
    try await WireServer.serve { _ in
      .reset
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let call = GraphCall(
          method: "POST", target: "\(GraphCall.incidents)/1/comments", body: #"{"comment":"seen"}"#)
        let error = try await failure { try await context.pipeline.send(call, in: contoso, priority: .foreground) }
        #expect(error.mayHaveTakenEffect)
        #expect(server.requests.filter { !$0.isToken }.map(\.method) == ["POST"])
        #expect(clock.pauses.isEmpty)
      }
    }
  }

  @Test("F40: a tenant that is gone is told as not found by its GUID, once; Graph is not asked")
  func deleted() async throws {
    let clock = TestClock()
    let body =
      #"{"error":"invalid_request","error_description":"AADSTS90002: Tenant not found.","error_codes":[90002]}"#
    let host = PlayedHost { $0.isToken && $0.tenant == contoso ? .json(400, body) : PlayedHost.token($0) }
    let context = host.context(clock)
    for _ in 0..<3 {
      let error = try await failure { try await read(context, contoso, .background) }
      #expect(error.cause == .consent(.tenantNotFound) && error.tenant == contoso)
    }
    #expect(host.graph.isEmpty)
    #expect(host.tokens.map(\.tenant) == [contoso], "no loop")
  }

  @Test("F41: a token of another tenant is thrown away, and nothing is asked with it")
  func foreignToken() async throws {
    let host = PlayedHost { asked in
      asked.isToken
        ? .json(200, tokenBody(unsignedToken(tenant: fabrikam.rawValue))) : .json(200, page([item("1")]))
    }
    let context = host.context(TestClock())
    let error = try await failure { try await read(context) }
    #expect(error.cause == .foreignToken && error.tenant == contoso)
    #expect(host.graph.isEmpty, "the call is not made")
    #expect(await context.tokenRecord(of: contoso)?.trouble == .refused)
    #expect(try await read(context, fabrikam).count == 1)
  }

  @Test("F48: what is no JSON is unreadable, and is not asked again at once", arguments: ["<x", "{", "[]", ""])
  func noJSON(body: String) async throws {
    let host = PlayedHost { $0.isToken ? PlayedHost.token($0) : .json(200, body) }
    let context = host.context(TestClock())
    let error = try await failure { try await read(context) }
    guard case .answerUnreadable = error.cause else { throw error }
    #expect(host.graph.count == 1)
  }

  @Test("F49: unknown words, nulls and new fields are read as they came, and a change sends none of them back")
  func unknownWords() async throws {
    let odd = item("1", more: #","classification":"maybe","determination":null,"newField":{"a":[1]}"#)
      .replacing(#""active""#, with: #""hibernating""#)
    let sent = Mutex<[String]>([])
    try await WireServer.serve { request in
      if request.method == "PATCH" { sent.withLock { $0.append(request.body) } }
      return .json(200, odd)
    } _: { server in
      try await withContext(server.baseURL) { context in
        let incident = try await context.getIncident(IncidentID("1"), in: contoso, withAlerts: false)
        #expect(incident.status.wire == "hibernating" && incident.classification?.wire == "maybe")
        #expect(incident.determination == nil)
        _ = try await context.updateIncident(
          IncidentID("1"), in: contoso, with: IncidentUpdate(assignment: .to("anna@partner.example"))
        ) { _ in }
      }
    }
    #expect(sent.withLock { $0 } == [#"{"assignedTo":"anna@partner.example"}"#])
  }

  @Test(
    "F51: a clock that is set by a day ends no token and no wait early, and makes none longer than it was",
    arguments: [86_400.0, -86_400])
  func clockSet(seconds: Double) async throws {
    let clock = TestClock()
    let host = PlayedHost { $0.isToken ? PlayedHost.token($0) : .json(200, page([item("1")])) }
    let context = host.context(clock)
    _ = try await read(context)
    clock.setClock(by: seconds)
    _ = try await read(context)
    #expect(host.tokens.count == 1, "its life is counted by a clock that nobody can set")
  }

  @Test("F52: after eight hours asleep no old token is sent, and no more requests are in flight than ever")
  func suspended() async throws {
    let clock = TestClock()
    let host = PlayedHost { asked in
      await Task.yield()
      return asked.isToken ? PlayedHost.token(asked) : .json(200, page([item("1")]))
    }
    let context = host.context(clock)
    func readAll() async throws -> Int {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<300 {
          group.addTask { try await read(context, numbered(number), .background).count }
        }
        return try await group.reduce(0, +)
      }
    }
    #expect(try await readAll() == 300)
    clock.advance(8 * 3600)
    host.forget()
    #expect(try await readAll() == 300)
    #expect(host.tokens.count == 300 && host.graph.count == 300, "no 401 was needed to find out")
    #expect(host.mostInFlight <= 60)
  }

  @Test("F52: what was open or parked before eight hours of sleep is over after it")
  func suspendedInTrouble() async throws {
    let clock = TestClock()
    let answer = Switch(.json(503, "{}"))
    let host = PlayedHost { $0.isToken ? PlayedHost.token($0) : answer.reply }
    let context = host.context(clock)
    for _ in 0..<2 { _ = try await failure { try await read(context, contoso, .background) } }
    answer.reply = .json(429, "{}", [HeaderField("retry-after", "600")])
    _ = try await failure { try await read(context, fabrikam, .background) }
    answer.reply = .json(200, page([item("1")]))
    clock.advance(8 * 3600)
    for tenant in [contoso, fabrikam] { #expect(try await read(context, tenant, .background).count == 1) }
  }
}
