import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private let good = PlayedHost.Reply.json(200, page([item("1")]))
private let bad = PlayedHost.Reply.json(503, #"{"error":{"code":"serviceNotAvailable","message":"busy"}}"#)

@Suite("R5: who keeps failing is left alone for a while")
struct BreakerTests {
  /// What one reading of the list came to; `nil` for a success.
  private func read(
    _ context: PartnerContext, _ tenant: TenantID = contoso, _ priority: RequestPriority = .background
  ) async -> PartnerError? {
    do {
      _ = try await context.changes(in: tenant, since: longAgo, priority: priority)
      return nil
    } catch {
      return error as? PartnerError
    }
  }

  private func host(_ graph: Switch, failing: TenantID? = nil) -> PlayedHost {
    PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      return failing.map { $0 == asked.tenant } ?? true ? graph.reply : good
    }
  }

  @Test("R5: after five failures in a row nothing is sent for 30 s, then one probe; 60 s, …, 10 min; a success forgets")
  func inARow() async throws {
    let clock = TestClock()
    let graph = Switch(bad)
    let host = host(graph)
    let context = host.context(clock)
    #expect(await read(context)?.cause == .outage(status: 503), "four attempts of one call are not five")
    // The fifth failure ends the repeats.
    #expect(await read(context)?.cause == .breakerOpen(until: clock.now + 30))
    #expect(host.graph.count == 5)
    for length in [30.0, 60, 120, 240, 480, 600, 600] {
      clock.advance(length - 0.5)
      let refused = await read(context)
      #expect(refused?.cause == .breakerOpen(until: clock.now + 0.5), "\(length)")
      #expect(refused?.code == 503 && refused?.summary.contains("HTTP 503") == true, "what failed last is told")
      clock.advance(0.5)
      host.forget()
      #expect(await read(context)?.cause == .breakerOpen(until: clock.now + min(length * 2, 600)))
      #expect(host.graph.count == 1, "a probe is one request")
    }
    graph.reply = good
    clock.advance(600)
    #expect(await read(context) == nil)
    graph.reply = bad
    clock.advance(61)
    #expect(await read(context)?.cause == .outage(status: 503), "it counts from none again")
  }

  @Test("R5: half of at least ten requests within a minute, however they alternate; older ones do not count")
  func half() async throws {
    let clock = TestClock()
    let count = Mutex(0)
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      return count.withLock { count in
        count += 1
        return count % 2 == 1 ? bad : good
      }
    }
    let context = host.context(clock)
    for _ in 0..<4 { #expect(await read(context) == nil) }
    clock.advance(61)
    for _ in 0..<4 { #expect(await read(context) == nil, "eight are too few to judge by") }
    // The ninth fails, is repeated, and the tenth answers: half of ten, seen at the next failure.
    #expect(await read(context) == nil)
    #expect(await read(context)?.cause == .breakerOpen(until: clock.now + 30))
  }

  @Test(
    "R5: with the tenth request of a minute half of them is enough, and less than half is not",
    arguments: [("gbgbgbgbgb", true), ("ggbgbgbgbgb", false), ("gbgbgbgb", false)])
  func border(replies: String, isOpen: Bool) async throws {
    let clock = TestClock()
    let left = Mutex(replies[...])
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      return left.withLock { $0.popFirst() } == "b" ? bad : good
    }
    let context = host.context(clock)
    var last: PartnerError?
    while left.withLock({ !$0.isEmpty }) { last = await read(context) }
    #expect(last?.cause == (isOpen ? .breakerOpen(until: clock.now + 30) : nil))
  }

  @Test(
    "R5: what the service refuses, a silence that it asks for and what is called off open nothing",
    arguments: [
      .json(404, "{}"), .json(403, "{}"), .json(400, "{}"), .json(409, "{}"),
      .json(429, "{}", [HeaderField("retry-after", "0")]), .json(503, "{}", [HeaderField("retry-after", "0")]),
      .fails(.cancelled), .fails(.unreachable(.tooManyOpenFiles)), .json(200, "no JSON"),
    ] as [PlayedHost.Reply])
  func harmless(reply: PlayedHost.Reply) async throws {
    let clock = TestClock()
    let graph = Switch(reply)
    let context = host(graph).context(clock)
    for _ in 0..<12 {
      #expect(await read(context) != nil)
      clock.advance(1)
    }
    graph.reply = good
    #expect(await read(context) == nil)
  }

  @Test(
    "R5: no connection, no whole answer and no answer in time count like a 5xx",
    arguments: [
      .fails(.unreachable(.connectionRefused(host: "h"))), .fails(.unreachable(.noAnswer(host: "h"))),
      .fails(.unreachable(.untrusted(host: "h", reason: "r"))), .fails(.answerIncomplete), .json(500, "{}"),
      .json(408, "{}"),
    ] as [PlayedHost.Reply])
  func harmful(reply: PlayedHost.Reply) async throws {
    let clock = TestClock()
    let context = host(Switch(reply)).context(clock)
    for _ in 0..<5 { _ = await read(context) }
    guard case .breakerOpen = await read(context)?.cause else { throw UnexpectedSuccess() }
  }

  @Test("F9, R5: an answer that does not come in time counts too")
  func inTime() async throws {
    let clock = TestClock()
    let limits = Mutex<[@Sendable () -> Void]>([])
    var dependencies = clock.dependencies
    dependencies.expire = { _, pass in
      limits.withLock { $0.append(pass) }
      return {}
    }
    let isSilent = Atomic(false)
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      guard isSilent.load(ordering: .relaxed) else { return good }
      // The newest limit is that of this request.
      limits.withLock { $0.last }?()
      return .silence
    }
    let context = host.context(clock, dependencies)
    #expect(await read(context) == nil, "there is a token")
    isSilent.store(true, ordering: .relaxed)
    host.forget()
    for _ in 0..<4 { #expect(await read(context)?.cause == .deadlineExceeded(seconds: 60)) }
    #expect(await read(context)?.cause == .breakerOpen(until: clock.now + 30))
    #expect(host.graph.count == 5)
  }

  @Test("F25, R5: a tenant that fails for ten minutes is told with its next probe, and costs no other one anything")
  func oneTenant() async throws {
    let clock = TestClock()
    let host = host(Switch(bad), failing: contoso)
    let context = host.context(clock)
    var told: [PartnerError] = []
    for _ in 0..<20 {
      if let failure = await read(context) { told.append(failure) }
      #expect(await read(context, fabrikam) == nil)
      clock.advance(30)
    }
    #expect(told.count == 20 && told.dropFirst().allSatisfy { $0.retryAt != nil && $0.causeName == "breakerOpen" })
    #expect(told.allSatisfy { $0.host == nil }, "it is the tenant's own")
    // Four, the fifth, and probes after 30, 60, 120 and 240 s.
    #expect(host.graph.count { $0.tenant == contoso } == 9)
    #expect(host.graph.count { $0.tenant == fabrikam } == 20)
    #expect(await context.checkConsent(in: contoso, required: []).token.lastError == nil, "its tokens are another host")
  }

  @Test("R5: the operator's read probes at once, and its failure makes nobody wait longer; it is told what happened")
  func operatorProbes() async throws {
    let clock = TestClock()
    let graph = Switch(bad)
    let host = host(graph)
    let context = host.context(clock)
    for _ in 0..<2 { _ = await read(context) }
    host.forget()
    clock.advance(10)
    #expect(await read(context, contoso, .foreground)?.cause == .outage(status: 503))
    #expect(host.graph.count == 1)
    #expect(await read(context)?.cause == .breakerOpen(until: clock.now + 20), "the time stays")
    graph.reply = good
    #expect(await read(context, contoso, .foreground) == nil)
    #expect(await read(context) == nil)
  }

  @Test("R5: one probe at a time; who comes meanwhile, be it the operator, is refused and looks again in 10 s")
  func oneProbe() async throws {
    let clock = TestClock()
    let gate = SharedFlight<Bool>()
    let isHeld = Mutex(false)
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      guard isHeld.withLock({ $0 }) else { return bad }
      _ = await gate.value()
      return good
    }
    let context = host.context(clock)
    for _ in 0..<2 { _ = await read(context) }
    isHeld.withLock { $0 = true }
    host.forget()
    clock.advance(31)
    async let probe = read(context)
    await wait { host.graph.count == 1 }
    for priority in [RequestPriority.background, .foreground] {
      #expect(await read(context, contoso, priority)?.cause == .breakerOpen(until: clock.now + 10))
    }
    gate.land(true)
    #expect(await probe == nil)
    #expect(host.graph.count == 1)
    #expect(await read(context) == nil)
  }

  @Test("R5: a probe that is called off leaves its place to the next")
  func probeCalledOff() async throws {
    let clock = TestClock()
    let graph = Switch(bad)
    let host = host(graph)
    let context = host.context(clock)
    for _ in 0..<2 { _ = await read(context) }
    graph.reply = .silence
    clock.advance(31)
    host.forget()
    let probe = Task { await read(context) }
    await wait { host.graph.count == 1 }
    probe.cancel()
    #expect(await probe.value?.cause == .cancelled)
    graph.reply = good
    #expect(await read(context) == nil)
  }

  @Test("R5, R9: a write that the breaker refuses was not announced, and nothing of it left")
  func write() async throws {
    let clock = TestClock()
    let host = host(Switch(bad))
    let context = host.context(clock)
    for _ in 0..<2 { _ = await read(context) }
    host.forget()
    let announced = Mutex(0)
    let error = try await failure {
      try await context.updateIncident(IncidentID("1"), in: contoso, with: IncidentUpdate(status: .resolved)) { _ in
        announced.withLock { $0 += 1 }
      }
    }
    #expect(error.cause == .breakerOpen(until: clock.now + 30))
    #expect(!error.mayHaveTakenEffect && announced.withLock { $0 } == 0 && host.asked.isEmpty)
  }

  @Test("R5: what the service is known to fail on by itself, an expansion of many alerts, opens nothing")
  func trial() async throws {
    let clock = TestClock()
    let host = PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      return asked.target.contains("expand") ? bad : .json(200, item("1"))
    }
    let context = host.context(clock)
    for _ in 0..<6 {
      let incident = try await context.getIncident(IncidentID("1"), in: contoso, withAlerts: true)
      #expect(incident.alerts == nil)
    }
  }

  @Test("R5: the token endpoint is another host: while it fails nothing is asked of it, and Graph is not to blame")
  func tokenEndpoint() async throws {
    let clock = TestClock()
    let tokens = Switch(bad)
    let host = PlayedHost { asked in
      guard asked.isToken else { return good }
      if case .json(503, _, _) = tokens.reply { return tokens.reply }
      return PlayedHost.token(asked)
    }
    let context = host.context(clock)
    #expect(await read(context)?.cause == .outage(status: 503))
    // A failure is remembered for a minute (T12).
    clock.advance(61)
    #expect(await read(context)?.cause == .breakerOpen(until: clock.now + 30))
    #expect(host.tokens.count == 5 && host.graph.isEmpty)
    clock.advance(29)
    #expect(await read(context)?.causeName == "breakerOpen")
    #expect(host.tokens.count == 5)
    tokens.reply = good
    clock.advance(1)
    #expect(await read(context) == nil)
  }
}

@Suite("R5: a host that fails for many")
struct HostBreakerTests {
  private func read(_ context: PartnerContext, _ number: Int) async -> PartnerError? {
    do {
      _ = try await context.changes(in: numbered(number), since: longAgo, priority: .background)
      return nil
    } catch {
      return error as? PartnerError
    }
  }

  private func host(_ graph: Switch, failing: Set<Int>) -> PlayedHost {
    let tenants = Set(failing.map(numbered))
    return PlayedHost { asked in
      if asked.isToken { return PlayedHost.token(asked) }
      return tenants.contains(asked.tenant) ? graph.reply : good
    }
  }

  @Test(
    "R5: a fifth of the tenants that were asked, and five at least",
    arguments: [(5, 5, true), (25, 5, true), (26, 5, false), (4, 4, false), (50, 10, true), (51, 10, false)])
  func share(asked: Int, failing: Int, isOpen: Bool) async throws {
    let clock = TestClock()
    let context = host(Switch(bad), failing: Set(asked - failing..<asked)).context(clock)
    for number in 0..<asked { _ = await read(context, number) }
    let next = await read(context, asked)
    #expect(next?.cause == (isOpen ? .breakerOpen(until: clock.now + 30) : nil))
    #expect(next?.host == (isOpen ? "127.0.0.1" : nil))
  }

  @Test("R5: tenants that failed more than a minute ago do not count")
  func lately() async throws {
    let clock = TestClock()
    let context = host(Switch(bad), failing: Set(0..<8)).context(clock)
    for number in 0..<8 {
      _ = await read(context, number)
      clock.advance(15)
    }
    #expect(await read(context, 8) == nil)
  }

  @Test("F26, R4, R5: 503 in all of 300 tenants is one cause and one probe; the end of it is the end for all")
  func allTenants() async throws {
    let clock = TestClock()
    let graph = Switch(bad)
    let host = host(graph, failing: Set(0..<300))
    let context = host.context(clock)
    var told: [PartnerError] = []
    for number in 0..<300 { if let failure = await read(context, number) { told.append(failure) } }
    #expect(told.count == 300)
    #expect(told.dropFirst(4).allSatisfy { $0.causeName == "hostBreakerOpen" && $0.host == "127.0.0.1" })
    #expect(Set(told.dropFirst(5).map(\.summary)).count == 1, "one banner instead of 300 reasons")
    // R4: no more than ten repeats beside the first attempts, and R5: five tenants are enough to know.
    #expect(host.graph.count <= 5 + 10)
    for length in [30.0, 60] {
      clock.advance(length)
      host.forget()
      for number in 0..<300 { #expect(await read(context, number)?.causeName == "hostBreakerOpen") }
      #expect(host.graph.count == 1, "one probe for the host")
    }
    graph.reply = good
    clock.advance(120)
    for number in 0..<300 { #expect(await read(context, number) == nil) }
  }

  @Test("R5: while the host fails no tenant of its own is blamed: after the probe's success all are asked at once")
  func forgets() async throws {
    let clock = TestClock()
    let graph = Switch(bad)
    let context = host(graph, failing: Set(0..<6)).context(clock)
    for _ in 0..<3 { for number in 0..<6 { _ = await read(context, number) } }
    for _ in 0..<4 {
      clock.advance(600)
      _ = await read(context, 0)
    }
    graph.reply = good
    clock.advance(600)
    for number in 0..<6 { #expect(await read(context, number) == nil) }
  }

  @Test("R4, R5: many at once find out together; what was under way is not repeated once the host is known to fail")
  func together() async throws {
    let clock = TestClock()
    let host = host(Switch(bad), failing: Set(0..<200))
    let context = host.context(clock)
    let failures = await withTaskGroup(of: PartnerError?.self) { group in
      for number in 0..<200 { group.addTask { await read(context, number) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(failures.count { $0 != nil } == 200)
    // At most those that are in flight at a time, the five by which it is known, and the repeats of R4.
    #expect(host.graph.count <= 60 + 5 + 10, "\(host.graph.count)")
    #expect(await read(context, 201)?.causeName == "hostBreakerOpen")
  }
}
