import Foundation
import GRDB
import LabServer
import PartnerModel
import PartnerOperations
import PartnerStore
import Testing

@Suite("Reading a tenant's incidents")
struct TenantSyncTests {
  @discardableResult
  private static func sync(_ fixture: EngineFixture) async -> PartnerError? {
    await fixture.engine.sync(fixture.first, priority: .foreground)
  }

  private static func row(_ fixture: EngineFixture) async -> TenantOverview? {
    await fixture.engine.overviews(of: [fixture.first]).first
  }

  private static func known(_ fixture: EngineFixture) throws -> Set<IncidentID> {
    Set(try fixture.engine.cache.incidents(of: fixture.first.id, includeClosed: true).map(\.key.id))
  }

  /// A connection beside the program's own.
  private static func change(_ fixture: EngineFixture, _ sql: String) throws {
    let queue = try DatabaseQueue(path: fixture.engine.cache.path)
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
  }

  private static let full = "CREATE TRIGGER full BEFORE INSERT ON incidents BEGIN SELECT RAISE(ABORT, 'full'); END"
  private static let refusal = LabFault(.answer(status: 403, headers: [:], body: ""), route: "incidents.list")

  @Test("F46: a read begins a little before the last one ended, and tells each change once")
  func overlapTellsEachOnce() async throws {
    try await EngineFixture.with { fixture in
      #expect(await Self.sync(fixture) == nil)
      let first = try Self.known(fixture)
      // Each once, and once more at most, with how many alerts it has.
      let told = Dictionary(grouping: fixture.toldIncidents, by: \.key.id)
      #expect(Set(told.keys) == first && !first.isEmpty)
      for (id, versions) in told {
        #expect(versions.count == Set(versions).count && versions.count <= 2, "\(id)")
        #expect(versions.dropLast().allSatisfy { $0.alertCount == nil } && versions.last?.alertCount != nil, "\(id)")
      }
      fixture.forgetEvents()
      #expect(await Self.sync(fixture) == nil)
      #expect(fixture.toldIncidents == [])
      fixture.lab.tick(seconds: 1, newIncidents: 3, tenant: fixture.first.id.rawValue)
      #expect(await Self.sync(fixture) == nil)
      let news = try Self.known(fixture).subtracting(first)
      #expect(news.count == 3)
      #expect(fixture.toldIncidents.map(\.key.id).sorted() == news.sorted())
      #expect(await Self.row(fixture)?.syncState(at: fixture.clock.now, staleAfter: 900) == .ok)
    }
  }

  @Test(
    "B03: a page that the service itself calls partial marks the tenant partial and names the product, until a read is whole"
  )
  func partialPage() async throws {
    try await EngineFixture.with { fixture in
      #expect(await Self.sync(fixture) == nil)
      let partial = LabFault.Effect.answer(
        status: 206, headers: ["Content-Type": "application/json", "Warning": "199 - \"Microsoft/WDATP/401/228\""],
        body: #"{"value":[]}"#)
      fixture.lab.add(LabFault(partial, route: "incidents.list"))
      #expect(await Self.sync(fixture) == nil)
      let row = try #require(await Self.row(fixture))
      #expect(row.syncState(at: fixture.clock.now, staleAfter: 900) == .partial)
      #expect(row.sync.leftOut?.error == "WDATP")
      #expect(row.sync.leftOut?.code == 401)
      #expect(row.sync.unreadable == 0, "no incident is counted that nobody saw")
      #expect(row.sync.error == nil)
      #expect(await Self.sync(fixture) == nil)
      #expect(await Self.row(fixture)?.syncState(at: fixture.clock.now, staleAfter: 900) == .ok)
      #expect(await Self.row(fixture)?.sync.leftOut == nil)
    }
  }

  @Test("B16: where an item could not be read is kept with the tenant, until all can be read")
  func placeOfUnreadable() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      #expect(await Self.sync(fixture) == nil)
      let page = #"{"value":[{"id":"1","status":"active"},{"id":"2","displayName":"5" disk"}]}"#
      fixture.lab.add(
        LabFault(
          .answer(status: 200, headers: ["Content-Type": "application/json", "request-id": "r-7"], body: page),
          route: "incidents.list"))
      #expect(await Self.sync(fixture) == nil)
      let item = await Self.row(fixture)?.sync.unreadableItem
      #expect(item?.error == "item 2, byte 39")
      #expect(item?.requestID == "r-7")
      #expect(await Self.row(fixture)?.sync.problem == item)
    }
  }

  @Test("F42: an item of another tenant is left out, and the tenant's answer is not whole")
  func foreignItem() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      #expect(await Self.sync(fixture) == nil)
      let page = #"{"value":[{"id":"901","status":"active","tenantId":"99999999-2222-3333-4444-555555555555"}]}"#
      fixture.lab.add(
        LabFault(
          .answer(status: 200, headers: ["Content-Type": "application/json", "request-id": "r-8"], body: page),
          route: "incidents.list"))
      #expect(await Self.sync(fixture) == nil)
      let sync = try #require(await Self.row(fixture)?.sync)
      #expect(sync.unreadable == 1 && !sync.isWhole)
      #expect(sync.unreadableItem?.error == "1 of another tenant, left out")
      #expect(sync.unreadableItem?.requestID == "r-8")
      #expect(try !Self.known(fixture).contains(IncidentID("901")))
    }
  }

  @Test("What was read before a page failed is kept, and is not yet known as a whole; the next read goes on there")
  func pagesBeforeAFailureStay() async throws {
    try await EngineFixture.with(tenants: 1, change: { $0.incidentsPerTenant = 240 }) { fixture in
      fixture.lab.add(LabFault(.delay(milliseconds: 0), route: "incidents.list"))
      fixture.lab.add(Self.refusal)
      #expect(await Self.sync(fixture)?.causeName == "refused")
      // All that is open comes first.
      let known = try Self.known(fixture)
      #expect(known.count == 50)
      #expect(try await fixture.engine.incidents(of: [fixture.first], includeClosed: false).count == 50)
      let failed = try #require(await Self.row(fixture))
      #expect(failed.sync.error?.cause == "refused")
      #expect(failed.sync.lastSuccess == nil)
      #expect(failed.counts == nil)
      #expect(await Self.sync(fixture) == nil)
      #expect(try Self.known(fixture).count == 240)
      #expect(await Self.row(fixture)?.counts != nil)
    }
  }

  @Test("F57: a page that cannot be stored is shown all the same, is no success, and is read again")
  func unstoredPageIsReadAgain() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      try Self.change(fixture, Self.full)
      #expect(await Self.sync(fixture)?.causeName == "storage")
      let told = Set(fixture.toldIncidents.map(\.key.id))
      #expect(!told.isEmpty)
      #expect(try Self.known(fixture).isEmpty)
      #expect(await Self.row(fixture)?.sync.lastSuccess == nil)
      #expect(await Self.row(fixture)?.sync.error?.cause == "storage")
      try Self.change(fixture, "DROP TRIGGER full")
      #expect(await Self.sync(fixture) == nil)
      #expect(try Self.known(fixture) == told)
    }
  }

  @Test("F57: while nothing of a tenant can be stored its row is told as it is known, and the pause is said once")
  func rowIsToldFromMemory() async throws {
    try await EngineFixture.with(tenants: 2) { fixture in
      try Self.change(
        fixture, "CREATE TRIGGER full BEFORE INSERT ON tenants BEGIN SELECT RAISE(ABORT, 'full'); END")
      for tenant in fixture.configuration.tenants { await fixture.engine.sync(tenant, priority: .foreground) }
      let rows = fixture.events.compactMap { if case .tenantChanged(let row) = $0 { row } else { nil } }
      #expect(rows.map(\.id) == fixture.configuration.tenants.map(\.id))
      #expect(rows.allSatisfy { $0.consent.state == .granted && $0.sync.error?.cause == "storage" })
      #expect(fixture.warnings.count == 1)
      #expect(fixture.warnings.first?.hasPrefix("cache paused") == true)
      try Self.change(fixture, "DROP TRIGGER full")
      await Self.sync(fixture)
      #expect(fixture.warnings.last == "the cache is kept again")
    }
  }

  @Test("A cache that cannot be read tells no row instead of a blank one, and the incidents all the same")
  func unreadableCacheTellsNoRow() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      fixture.engine.cache.close()
      await Self.sync(fixture)
      #expect(!fixture.toldIncidents.isEmpty)
      #expect(!fixture.events.contains { if case .tenantChanged = $0 { true } else { false } })
      #expect(!fixture.warnings.isEmpty)
    }
  }

  @Test("R7, F3: a tenant that cannot be reached keeps its rows and its last success")
  func unreachableKeepsRows() async throws {
    try await EngineFixture.with { fixture in
      #expect(await Self.sync(fixture) == nil)
      let before = try #require(await Self.row(fixture))
      let rows = try Self.known(fixture)
      fixture.lab.add(LabFault(.resetBefore, route: "incidents.list", times: 0))
      // On a machine that is busy the deadline may end the attempts; the tenant cannot be reached either way.
      let failure = try #require(await Self.sync(fixture)?.causeName)
      #expect(["unreachable", "deadlineExceeded"].contains(failure))
      let after = try #require(await Self.row(fixture))
      #expect(try Self.known(fixture) == rows)
      #expect(after.counts == before.counts && after.consent == before.consent)
      #expect(after.sync.lastSuccess == before.sync.lastSuccess)
      #expect(after.sync.error?.cause == failure)
    }
  }

  @Test("A refused consent is stored with the tenant, and its withdrawal put on record")
  func consentRefusalIsRecorded() async throws {
    try await EngineFixture.with { fixture in
      #expect(await Self.sync(fixture) == nil)
      #expect(await Self.row(fixture)?.consent.state == .granted)
      fixture.lab.changeConsent(of: fixture.first.id.rawValue, .revoke)
      let neighbour = try fixture.neighbour()
      #expect(await neighbour.sync(fixture.first, priority: .foreground)?.cause == .consent(.missing))
      let row = try #require(await Self.row(fixture))
      #expect(row.consent.state == .missing)
      #expect(row.sync.error?.cause == "missing")
      let entry = try #require(try fixture.engine.journal.entries().last?.entry)
      #expect(entry.kind == .consentChanged)
      #expect(entry.tenant == fixture.first.id)
      #expect(
        entry.detail
          == "granted to missing; lost SecurityAlert.Read.All, SecurityIncident.ReadWrite.All, ThreatHunting.Read.All")
    }
  }

  @Test("R3: our own share is used up: no failure, not complete either; waiting reads to the end")
  func ownShareIsNoFailure() async throws {
    try await EngineFixture.with(
      tenants: 1, change: { $0.incidentsPerTenant = 120 }, configure: { $0.app.budgetShare = 0.025 }
    ) { fixture in
      let failure = await fixture.engine.sync(fixture.first, priority: .background)
      #expect(failure?.causeName == "budgetSpent")
      let row = try #require(await Self.row(fixture))
      #expect(row.sync.error == nil)
      #expect(row.syncState(at: fixture.clock.now, staleAfter: 900) == .never)
      #expect(row.counts == nil)
      let ended = await fixture.engine.syncToEnd(fixture.first, priority: .foreground) { [clock = fixture.clock] in
        clock.pass(Double($0.components.seconds) + 1)
      }
      #expect(ended == nil)
      #expect(try Self.known(fixture).count == 120)
      #expect(await Self.row(fixture)?.counts != nil)
    }
  }

  @Test("F47: an item that cannot be read counts until it is read")
  func unreadableItemCountsUntilRead() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      #expect(await Self.sync(fixture) == nil)
      let incident = try #require(
        try await fixture.engine.cache.incidents(of: fixture.first.id, includeClosed: true).first)
      let page = #"{"value":[{"id":"\#(incident.key.id)","displayName":"\uD800","status":"active"}]}"#
      let answer = LabFault(
        .answer(status: 200, headers: ["Content-Type": "application/json"], body: page), route: "incidents.list")
      for _ in 0..<2 {
        fixture.lab.add(answer)
        #expect(await Self.sync(fixture) == nil)
        #expect(await Self.row(fixture)?.sync.unreadable == 1)
      }
      #expect(await Self.sync(fixture) == nil)
      #expect(await Self.row(fixture)?.syncState(at: fixture.clock.now, staleAfter: 900) == .partial)
      _ = try await fixture.engine.readIncident(incident.key)
      #expect(await Self.row(fixture)?.sync.unreadable == 0)
      #expect(await Self.row(fixture)?.syncState(at: fixture.clock.now, staleAfter: 900) == .ok)
    }
  }
}
