import Foundation
import LabServer
import PartnerModel
import PartnerStore
import Synchronization
import Testing

@testable import PartnerContext
@testable import PartnerOperations

/// Rows of the fault matrix where stores and many tenants take part, against a lab, with time that the test moves.
@Suite("The fault matrix, over stores and tenants")
struct FaultMatrixTests {
  private static let claim = IncidentUpdate(status: .inProgress, assignment: .to(EngineFixture.upn))
  private static func answer(_ status: Int, _ body: String = "{}", _ headers: [String: String] = [:]) -> LabFault.Effect
  {
    .answer(status: status, headers: headers.merging(["Content-Type": "application/json"]) { $1 }, body: body)
  }

  private static func row(_ fixture: EngineFixture, _ index: Int = 0) async throws -> TenantOverview {
    try #require(await fixture.engine.overviews(of: [fixture.configuration.tenants[index]]).first)
  }

  private static func known(_ fixture: EngineFixture) throws -> Set<IncidentID> {
    Set(try fixture.engine.cache.incidents(of: fixture.first.id, includeClosed: true).map(\.key.id))
  }

  @Test(
    "F1, F2, F3, F4, F13, F14, F15, F17, R7: who cannot be reached is named with the reason; what was read stays",
    arguments: [
      (.nameNotFound(host: "graph.example"), "no such host: graph.example"),
      (.noAnswer(host: "graph.example"), "no answer from graph.example"),
      (.connectionRefused(host: "graph.example"), "graph.example refused"),
      (.untrusted(host: "graph.example", reason: "its certificate has expired"), "has expired"),
      (.untrusted(host: "graph.example", reason: "the issuer of its certificate is not trusted"), "issuer"),
      (.untrusted(host: "graph.example", reason: "its TLS version is too old"), "too old"),
      (.proxy(reason: "it asks for credentials (HTTP 407)"), "HTTP 407"),
    ] as [(PartnerError.Unreachable, String)])
  func unreachable(reason: PartnerError.Unreachable, words: String) async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      #expect(await fixture.engine.sync(fixture.first, priority: .background) == nil)
      let (before, rows) = (try await Self.row(fixture), try Self.known(fixture))
      fixture.way.failure = TransportFailure(.unreachable(reason), mayHaveLeft: false)
      fixture.clock.pass(1000)
      for _ in 0..<3 { #expect(await fixture.engine.sync(fixture.first, priority: .background) != nil) }
      let after = try await Self.row(fixture)
      #expect(after.sync.error?.summary?.contains(words) == true, "\(after.sync.error?.summary ?? "")")
      #expect(try Self.known(fixture) == rows && after.counts == before.counts)
      #expect(after.sync.lastSuccess == before.sync.lastSuccess, "its age goes on")
      // The operator mended it: their read is the probe, and nobody waits for the rest of the time.
      fixture.way.failure = nil
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      #expect(await fixture.engine.sync(fixture.first, priority: .background) == nil)
    }
  }

  @Test("F25, R5: a tenant that fails for ten minutes tells its next probe, and another one is read as ever")
  func oneTenantFails() async throws {
    try await EngineFixture.with { fixture in
      let (broken, healthy) = (fixture.first, fixture.configuration.tenants[1])
      fixture.clock.stand()
      for tenant in [broken, healthy] { await fixture.engine.sync(tenant, priority: .background) }
      fixture.lab.add(
        LabFault(Self.answer(503), tenant: broken.id.rawValue, route: "incidents.list", times: 0))
      for _ in 0..<2 { await fixture.engine.sync(broken, priority: .background) }
      let error = try #require(try await Self.row(fixture).sync.error)
      #expect(error.cause == "breakerOpen" && error.code == 503)
      let until = try #require(error.retryAt)
      #expect(abs(until.timeIntervalSince(fixture.clock.now) - 30) < 10)
      func asked() -> Int {
        fixture.lab.state().first { $0.id.lowercased() == broken.id.rawValue }?.requests["incidents.list"] ?? 0
      }
      let before = asked()
      for _ in 0..<20 {
        fixture.clock.pass(30)
        await fixture.engine.sync(broken, priority: .background)
        #expect(await fixture.engine.sync(healthy, priority: .background) == nil)
      }
      #expect((3...5).contains(asked() - before), "probes that come ever more rarely: \(asked() - before)")
      fixture.lab.clearFaults()
      fixture.clock.pass(600)
      #expect(await fixture.engine.sync(broken, priority: .background) == nil)
      #expect(try await Self.row(fixture).sync.error == nil)
    }
  }

  @Test("F26, R4, R5: 503 in every tenant is one cause with one time, few requests, and over for all with one probe")
  func everyTenantFails() async throws {
    try await EngineFixture.with(tenants: 20) { fixture in
      let tenants = fixture.configuration.tenants
      fixture.clock.stand()
      for tenant in tenants { await fixture.engine.sync(tenant, priority: .background) }
      fixture.lab.add(LabFault(Self.answer(503), route: "incidents.list", times: 0))
      fixture.clock.pass(61)
      fixture.way.forget()
      for _ in 0..<3 { for tenant in tenants { await fixture.engine.sync(tenant, priority: .background) } }
      #expect(fixture.way.counts.sent <= 5 + 10, "\(fixture.way.counts.sent)")
      let problems = await fixture.engine.overviews(of: tenants).compactMap(\.sync.error)
      #expect(problems.map(\.cause) == Array(repeating: "hostBreakerOpen", count: 20))
      #expect(Set(problems.map(\.summary)).count == 1, "one banner's worth")
      fixture.clock.pass(31)
      fixture.lab.clearFaults()
      for tenant in tenants { #expect(await fixture.engine.sync(tenant, priority: .background) == nil) }
    }
  }

  @Test("R5, R11: a write into a tenant that keeps failing is given up before anything is sent, and says so")
  func writeWhileOpen() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(Self.answer(503), tenant: fixture.first.id.rawValue, route: "*", times: 0))
      for _ in 0..<2 { await fixture.engine.sync(fixture.first, priority: .background) }
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed && fixture.updates == 0)
      #expect(write.problem?.nextAction.hasPrefix("Nothing was changed: do it again") == true)
      let kinds = try fixture.engine.journal.entries().map(\.entry.kind).filter(\.concernsWrite)
      #expect(kinds == [.intent, .abandoned])
    }
  }

  @Test("F23: a silence for the whole app parks no tenant for the operator, and is told as one cause")
  func appThrottled() async throws {
    try await EngineFixture.with(tenants: 3) { fixture in
      let tenants = fixture.configuration.tenants
      fixture.lab.add(
        LabFault(
          Self.answer(429, "{}", ["Retry-After": "120", "x-ms-throttle-scope": "Application/Read/a/b"]),
          tenant: fixture.first.id.rawValue, route: "incidents.list"))
      await fixture.engine.sync(fixture.first, priority: .background)
      await fixture.engine.sync(tenants[1], priority: .background)
      let row = try await Self.row(fixture, 1)
      #expect(row.sync.error?.cause == "appThrottled" && row.token.parkedUntil == nil)
      #expect(await fixture.engine.sync(tenants[2], priority: .foreground) == nil)
      fixture.clock.pass(121)
      #expect(await fixture.engine.sync(tenants[1], priority: .background) == nil)
    }
  }

  @Test("F28: a change of an incident that was merged meanwhile says into which, and nothing is sent")
  func mergedMeanwhile() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let merged =
        #"{"id":"\#(incident.key.id)","status":"redirected","redirectIncidentId":"4711","tenantId":"\#(fixture.first.id)"}"#
      fixture.lab.add(LabFault(Self.answer(200, merged), route: "incidents.get", times: 0))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed && fixture.updates == 0)
      #expect(write.problem?.cause == "merged" && write.problem?.summary == "merged into 4711")
      let read = try await fixture.engine.readIncident(incident.key, priority: .foreground)
      #expect(read.redirectIncidentID == IncidentID("4711"))
    }
  }

  @Test("F30: a change that the service calls wrong names the field, is not made, and is not sent again")
  func wrongField() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let body = #"{"error":{"code":"BadRequest","message":"Invalid value for property 'assignedTo'."}}"#
      fixture.lab.add(LabFault(Self.answer(400, body), route: "incidents.update", times: 0))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed && write.problem?.cause == "refused")
      #expect(write.problem?.summary?.contains("'assignedTo'") == true)
      #expect(try await fixture.engine.settleLeftovers().open == [])
    }
  }

  @Test("F40: a tenant that was deleted is not found by its GUID; its incidents and what was done in it stay")
  func deletedTenant() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      _ = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      let (rows, entries) = (try Self.known(fixture), try fixture.engine.journal.entries().count)
      #expect(fixture.lab.refuse(fixture.first.id.rawValue, code: 90_002))
      // The next program has no token of before.
      let next = try fixture.neighbour()
      #expect(await next.sync(fixture.first, priority: .foreground)?.cause == .consent(.tenantNotFound))
      let row = try await Self.row(fixture)
      #expect(row.consent.state == .tenantNotFound && row.id == fixture.first.id)
      #expect(try Self.known(fixture) == rows && row.counts != nil)
      #expect(try fixture.engine.journal.entries().count >= entries)
      #expect(try await fixture.engine.journal.writes(.one(incident.key.writeID(in: fixture))).isEmpty == false)
    }
  }

  @Test("F40: a tenant that was renamed is the same by its GUID: its history goes on under the new name")
  func renamedTenant() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let rows = try Self.known(fixture)
      let renamed = try fixture.neighbour {
        $0.tenants[0].name = "Another Name"
        $0.tenants[0].domain = "another.example"
      }
      let tenant = try #require(renamed.tenant(fixture.first.id))
      #expect(await renamed.sync(tenant, priority: .foreground) == nil)
      let row = try #require(await renamed.overviews(of: [tenant]).first)
      #expect(row.tenant.name == "Another Name" && row.sync.error == nil)
      #expect(try Self.known(fixture) == rows)
    }
  }

  @Test("F41, invariant 20: a token of another tenant makes the tenant red, is on record once, and Graph is not asked")
  func foreignToken() async throws {
    let graph = Mutex(0)
    try await PlayedEntra.with(["Contoso"], isPersonal: false) { request in
      if request.path == "token" { return PlayedEntra.token(PlayedEntra.id(2).rawValue) }
      graph.withLock { $0 += 1 }
      return (200, #"{"value":[]}"#)
    } _: { played in
      #expect(await played.engine.sync(played.tenants[0], priority: .foreground)?.cause == .foreignToken)
      let row = try await played.row(0)
      #expect(row.token.trouble == .refused && row.sync.error?.cause == "foreignToken")
      _ = await played.engine.sync(played.tenants[0], priority: .foreground)
      let entries = try played.engine.journal.entries().map(\.entry)
      #expect(entries.map(\.kind) == [.tokenFailed] && entries.first?.tenant == played.tenants[0].id)
      #expect(graph.withLock { $0 } == 0)
    }
  }

  @Test("F16, F27, F48: what is no answer of Graph leaves the rows as they were, and says how old they are")
  func noAnswerOfGraph() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let (before, rows) = (try await Self.row(fixture), try Self.known(fixture))
      for (status, body) in [(200, "<html>PORTAL</html>"), (502, "<html>PORTAL</html>"), (200, "{]"), (200, "[]")] {
        fixture.lab.add(LabFault(Self.answer(status, body), route: "incidents.list", times: status == 502 ? 4 : 1))
        #expect(await fixture.engine.sync(fixture.first, priority: .foreground) != nil)
        let row = try await Self.row(fixture)
        #expect(row.sync.error?.cause == (status == 502 ? "outage" : "answerUnreadable"))
        #expect(!"\(row)".contains("PORTAL"))
        #expect(try Self.known(fixture) == rows && row.sync.lastSuccess == before.sync.lastSuccess)
        fixture.lab.clearFaults()
      }
    }
  }

  @Test("F52: after eight hours asleep all are stale and due, and are read within what may be in flight, each once")
  func suspended() async throws {
    try await EngineFixture.with(tenants: 80, change: { $0.incidentsPerTenant = 1 }) { fixture in
      let tenants = fixture.configuration.tenants
      let refresh = AutoRefresh(
        engine: fixture.engine, sleep: { _ in try await Task.sleep(for: .seconds(3_600)) }, random: { 0.5 })
      // Alerts of a month are read before: what goes on with them is nobody's turn.
      _ = await fixture.engine.each(of: tenants) { await fixture.engine.sync($0, priority: .background) }
      await refresh.start()
      await fixture.wait { $0 == .syncProgressed(done: 80, of: 80) }
      fixture.forgetEvents()
      fixture.way.forget()
      fixture.clock.pass(8 * 3600)
      let rows = await fixture.engine.overviews(of: tenants)
      #expect(rows.allSatisfy { $0.syncState(at: fixture.clock.now, staleAfter: 900) == .stale }, "right ages")
      // The machine wakes: so does the loop.
      await refresh.watch(Array(tenants.prefix(10).map(\.id)))
      await fixture.wait { $0 == .syncProgressed(done: 80, of: 80) }
      await refresh.stop()
      // A token, what is open, what changed, and alerts each; nobody is read twice because two clocks say it is due.
      #expect(fixture.way.counts.sent == 320, "\(fixture.way.counts.sent)")
      #expect(fixture.way.counts.most <= 60 && fixture.way.counts.mostOfOne <= 2)
    }
  }
}

extension IncidentKey {
  /// The write that this process made for it.
  fileprivate func writeID(in fixture: EngineFixture) throws -> WriteID {
    let entries = try fixture.engine.journal.entries().map(\.entry)
    guard let id = entries.first(where: { $0.kind == .intent && $0.incident == self.id })?.write else {
      throw CocoaError(.fileNoSuchFile)
    }
    return id
  }
}
