import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerContext
@testable import PartnerOperations
@testable import PartnerStore

@Suite("Reading a tenant's alerts, and all that is open")
struct AlertSyncTests {
  @discardableResult
  private static func sync(_ fixture: EngineFixture, _ priority: RequestPriority = .foreground) async -> PartnerError? {
    await fixture.engine.sync(fixture.first, priority: priority)
  }

  private static func row(_ fixture: EngineFixture) async throws -> TenantOverview {
    try #require(await fixture.engine.overviews(of: [fixture.first]).first)
  }

  private static let list = ["Content-Type": "application/json"]

  @Test("alerts of new incidents are there without anybody opening one, and are those of the incident's own reading")
  func read() async throws {
    try await EngineFixture.with { fixture in
      #expect(await Self.sync(fixture) == nil)
      fixture.lab.tick(seconds: 60, newIncidents: 4, tenant: fixture.first.id.rawValue)
      fixture.forgetEvents()
      #expect(await Self.sync(fixture) == nil)
      let news = Set(fixture.toldIncidents.map(\.key))
      #expect(news.count == 4)
      for key in news {
        let kept = try #require(await fixture.engine.storedIncident(key))
        let alerts = try #require(kept.incident.alerts, "read with the tenant's list")
        #expect(!alerts.isEmpty && kept.summary.alertCount == alerts.count)
        let own = try await fixture.engine.readIncident(key)
        #expect(Set(own.alerts ?? []) == Set(alerts))
      }
      #expect(try await Self.row(fixture).sync.alerts?.error == nil)
    }
  }

  @Test("F31: alerts that are refused are recorded by themselves, and asked for again after ten minutes, not before")
  func refused() async throws {
    try await EngineFixture.with { fixture in
      fixture.clock.stand()
      fixture.lab.add(LabFault(.answer(status: 403, headers: [:], body: ""), route: "alerts.list"))
      #expect(await Self.sync(fixture, .background) == nil)
      let row = try await Self.row(fixture)
      #expect(row.syncState(at: fixture.clock.now, staleAfter: 900) == .ok && row.sync.problem == nil)
      #expect(row.sync.alerts?.error != nil && row.sync.alerts?.lastSuccess == nil)
      let first = try #require(row.sync.alerts?.lastAttempt)
      fixture.clock.pass(300)
      #expect(await Self.sync(fixture, .background) == nil)
      let second = try await Self.row(fixture).sync.alerts?.lastAttempt
      #expect(second == first)
      fixture.clock.pass(400)
      fixture.lab.clearFaults()
      #expect(await Self.sync(fixture, .background) == nil)
      let alerts = try await Self.row(fixture).sync.alerts
      #expect(alerts?.error == nil && alerts?.lastSuccess != nil && alerts?.coversFrom != nil)
    }
  }

  @Test("alerts are asked for in every second turn where no incident changed, at once where one did or somebody asks")
  func quiet() async throws {
    try await EngineFixture.with { (fixture) throws in
      fixture.clock.stand()
      /// Seconds since then.
      func lastRead() async throws -> Int? {
        let last = try await Self.row(fixture).sync.alerts?.lastAttempt
        return last.map { Int(fixture.clock.now.timeIntervalSince($0).rounded()) }
      }
      #expect(await Self.sync(fixture, .background) == nil)
      #expect(try await Self.row(fixture).sync.alerts?.coversFrom != nil)
      fixture.clock.pass(300)
      #expect(await Self.sync(fixture, .background) == nil)
      #expect(try await lastRead() == 300)
      #expect(await Self.sync(fixture, .foreground) == nil)
      #expect(try await lastRead() == 0)
      fixture.clock.pass(300)
      fixture.lab.tick(newIncidents: 0, edits: 1, tenant: fixture.first.id.rawValue)
      #expect(await Self.sync(fixture, .background) == nil)
      #expect(try await lastRead() == 0)
      fixture.clock.pass(300)
      #expect(await Self.sync(fixture, .background) == nil)
      #expect(try await lastRead() == 300)
      fixture.clock.pass(300)
      #expect(await Self.sync(fixture, .background) == nil)
      #expect(try await lastRead() == 0)
    }
  }

  @Test("incidents that cannot be read leave the alerts unasked, and what is known of them as it is")
  func incidentsFail() async throws {
    try await EngineFixture.with { fixture in
      #expect(await Self.sync(fixture) == nil)
      let before = try await Self.row(fixture).sync.alerts
      fixture.lab.add(LabFault(.answer(status: 403, headers: [:], body: ""), route: "incidents.list"))
      #expect(await Self.sync(fixture) != nil)
      let after = try await Self.row(fixture).sync.alerts
      #expect(before != nil && after == before)
    }
  }

  @Test(
    "what is open here and not in the whole list of what is open is looked at by itself, and goes when it is denied")
  func retention() async throws {
    try await EngineFixture.with { fixture in
      fixture.clock.stand()
      let incident = try await fixture.unassigned()
      let open = try await fixture.engine.incidents(of: [fixture.first], includeClosed: false)
      let answer = LabFault.Effect.answer(status: 200, headers: Self.list, body: #"{"value":[]}"#)
      // The service has nothing any more: neither in its lists nor by itself.
      fixture.lab.add(LabFault(answer, route: "incidents.list", times: 9_999))
      fixture.lab.add(
        LabFault(.answer(status: 404, headers: [:], body: AbsenceTests.bodies[0]), route: "incidents.get", times: 9_999)
      )
      var rounds = 0
      while !(try await fixture.engine.incidents(of: [fixture.first], includeClosed: false).isEmpty), rounds < 60 {
        rounds += 1
        fixture.clock.pass(rounds == 1 ? 30_000 : 3_600)
        #expect(await Self.sync(fixture) == nil)
      }
      #expect(rounds > 1, "not by one list alone")
      #expect(await fixture.engine.storedIncident(incident.key) == nil)
      #expect(try await fixture.engine.incidents(of: [fixture.first], includeClosed: false).isEmpty)
      let gone = fixture.toldIncidents.filter { $0.status == .gone }.map(\.key)
      #expect(Set(gone) == Set(open.map(\.key)) && gone.count == open.count)
      #expect(try await Self.row(fixture).counts?.open == 0)
    }
  }

  @Test("a list that lacks what is there takes nothing away: it is looked at by itself, and stays")
  func wrongList() async throws {
    try await EngineFixture.with { fixture in
      fixture.clock.stand()
      #expect(await Self.sync(fixture) == nil)
      let open = try await fixture.engine.incidents(of: [fixture.first], includeClosed: false)
      for _ in 0..<4 {
        fixture.clock.pass(30_000)
        fixture.lab.add(
          LabFault(
            .answer(status: 200, headers: Self.list, body: #"{"value":[]}"#), route: "incidents.list", times: 1))
        #expect(await Self.sync(fixture) == nil)
        for _ in 0..<8 {
          fixture.clock.pass(301)
          #expect(await Self.sync(fixture) == nil)
        }
      }
      #expect(try await fixture.engine.incidents(of: [fixture.first], includeClosed: false) == open)
      #expect(fixture.toldIncidents.allSatisfy { $0.status != .gone })
    }
  }

  @Test(
    "the first reading of the alerts goes back as far as that of the incidents, in a first turn of its own where many wait"
  )
  func history() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      fixture.clock.stand()
      let wanted = Timestamp(fixture.clock.now - fixture.configuration.refresh.history)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground, alerts: .afterOthers) == nil)
      #expect(try await Self.row(fixture).sync.alerts == nil, "others wait for their incidents")
      #expect(fixture.engine.hasMoreAlerts(of: fixture.first.id))
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground, alerts: .afterOthers) == nil)
      #expect(!fixture.engine.hasMoreAlerts(of: fixture.first.id))
      #expect(try await Self.row(fixture).sync.alerts?.coversFrom == wanted)
      let all = try await fixture.engine.incidents(of: [fixture.first], includeClosed: true)
      let old = all.filter { ($0.createdAt?.date).map { $0 < fixture.clock.now - 2 * 86_400 } ?? false }
      #expect(!old.isEmpty && old.allSatisfy { $0.alertCount != nil })
    }
  }

  @Test("an alert that could not be read stays missing until the whole history is read again, after a day")
  func unreadableStays() async throws {
    try await EngineFixture.with(tenants: 1) { (fixture) throws in
      fixture.clock.stand()
      func unreadable() async throws -> Int? { try await Self.row(fixture).sync.alerts?.unreadable }
      fixture.lab.add(
        LabFault(
          .answer(status: 200, headers: Self.list, body: #"{"value":[{"id":7}]}"#), route: "alerts.list", times: 1))
      #expect(await Self.sync(fixture) == nil)
      #expect(try await unreadable() == 1)
      fixture.clock.pass(700)
      #expect(await Self.sync(fixture) == nil)
      #expect(try await unreadable() == 1)
      fixture.clock.pass(90_000)
      #expect(await Self.sync(fixture) == nil)
      #expect(try await unreadable() == 0)
    }
  }

  @Test("who reads and ends reads all alerts that are wanted, be they more than one turn takes")
  func historyAtOnce() async throws {
    try await EngineFixture.with(tenants: 1, change: { $0.incidentsPerTenant = 600 }) { (fixture) throws in
      fixture.clock.stand()
      let wanted = Timestamp(fixture.clock.now - fixture.configuration.refresh.history)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      #expect(fixture.engine.hasMoreAlerts(of: fixture.first.id))
      #expect(await fixture.engine.syncToEnd(fixture.first, priority: .foreground) == nil)
      #expect(!fixture.engine.hasMoreAlerts(of: fixture.first.id))
      #expect(try await Self.row(fixture).sync.alerts?.coversFrom == wanted)
    }
  }

  @Test("alerts that were read back a day by an earlier version are read back as far as is wanted")
  func deeper() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      fixture.clock.stand()
      #expect(await Self.sync(fixture) == nil)
      let day = ChangeCursor(history: 86_400, before: fixture.clock.now, list: .alerts)
      _ = try await fixture.engine.cache.change(fixture.first, alertCursor: day.text, at: fixture.clock.now) { row, _ in
        row.sync.alerts?.coversFrom = day.historyStart
      }
      #expect(await Self.sync(fixture) == nil)
      let wanted = Timestamp(fixture.clock.now - fixture.configuration.refresh.history)
      #expect(try await Self.row(fixture).sync.alerts?.coversFrom == wanted)
    }
  }

  @Test("closed incidents that are older than the history leave the store with their alerts, open ones stay")
  func forgotten() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      fixture.clock.stand()
      #expect(await Self.sync(fixture) == nil)
      let old = Timestamp(fixture.clock.now - 400 * 86_400)
      let rows = [IncidentStatus.resolved, .active].map { status in
        var incident = Incident(
          tenant: fixture.first.id, id: IncidentID("9999\(status.wire)"), status: status, createdAt: old, updatedAt: old
        )
        incident.alerts = [Alert(id: "al-\(status.wire)", updatedAt: old, incidentID: incident.id)]
        return incident
      }
      for incident in rows { try await fixture.engine.cache.save(incident, readAt: fixture.clock.now) }
      let before = try await fixture.engine.cache.incidents(of: fixture.first.id, includeClosed: true).count
      fixture.clock.pass(30_000)
      #expect(await Self.sync(fixture) == nil)
      #expect(await fixture.engine.storedIncident(rows[0].key) == nil)
      #expect(await fixture.engine.storedIncident(rows[1].key)?.incident.alerts?.count == 1)
      let after = try await fixture.engine.cache.incidents(of: fixture.first.id, includeClosed: true).count
      #expect(after == before - 1)
      let alerts = try fixture.engine.cache.read { db in try AlertRows.load(of: rows[0].key, db) }
      #expect(alerts.isEmpty, "no alert is left of one that is not kept")
    }
  }
}
