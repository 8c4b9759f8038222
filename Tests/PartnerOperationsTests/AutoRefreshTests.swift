import Foundation
import LabServer
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization
import Testing

@testable import PartnerContext

@Suite("Reading by itself, and what others stored")
struct AutoRefreshTests {
  private static func rows(_ fixture: EngineFixture) -> [TenantOverview] {
    fixture.events.compactMap { if case .tenantChanged(let row) = $0 { row } else { nil } }
  }

  private static func waitForTheEnd(_ fixture: EngineFixture, of count: Int) async {
    await fixture.wait { $0 == .syncProgressed(done: count, of: count) }
  }

  @Test("Every tenant but the excluded ones is read once, then it sleeps; what the operator asks for is read at once")
  func readsThenSleeps() async throws {
    try await EngineFixture.with(tenants: 3, configure: { $0.tenants[2].isExcluded = true }) { fixture in
      let ends = Mutex(0)
      let refresh = AutoRefresh(
        engine: fixture.engine, sleep: { _ in try await Task.sleep(for: .seconds(3_600)) }, random: { 0.5 },
        onRead: { ends.withLock { $0 += 1 } })
      await refresh.start()
      await Self.waitForTheEnd(fixture, of: 2)
      #expect(Set(Self.rows(fixture).map(\.id)) == Set(fixture.configuration.tenants.prefix(2).map(\.id)))
      fixture.forgetEvents()
      await refresh.hurry([fixture.first.id])
      await Self.waitForTheEnd(fixture, of: 1)
      #expect(Set(Self.rows(fixture).map(\.id)) == [fixture.first.id])
      await refresh.stop()
      #expect(ends.withLock { $0 } >= 2)
      fixture.forgetEvents()
      await refresh.hurry([fixture.first.id])
      #expect(fixture.events == [])
    }
  }

  @Test(
    "R5: after an outage of the host one wish of the operator reads all tenants, not the probe's alone",
    .timeLimit(.minutes(2)))
  func wishAfterOutage() async throws {
    try await EngineFixture.with(tenants: 8) { fixture in
      let refresh = AutoRefresh(
        engine: fixture.engine, sleep: { _ in try await Task.sleep(for: .seconds(3_600)) }, random: { 0.5 })
      let all = fixture.configuration.tenants.map(\.id)
      await refresh.start()
      await Self.waitForTheEnd(fixture, of: 8)
      fixture.way.failure = TransportFailure(
        .unreachable(.connectionRefused(host: "graph.example")), mayHaveLeft: false)
      for _ in 0..<2 {
        fixture.forgetEvents()
        await refresh.hurry(all)
        await Self.waitForTheEnd(fixture, of: 8)
      }
      #expect(Self.rows(fixture).contains { $0.sync.error?.cause == "hostBreakerOpen" })
      fixture.way.failure = nil
      fixture.clock.pass(1)
      fixture.forgetEvents()
      let asked = fixture.clock.now
      await refresh.hurry(all)
      await fixture.wait { if case .syncProgressed(let done, let total) = $0 { done == total } else { false } }
      let read = Self.rows(fixture).filter { $0.sync.lastSuccess ?? .distantPast >= asked }
      #expect(Set(read.map(\.id)) == Set(all))
      await refresh.stop()
    }
  }

  @Test("What is under way has ended when stopping returns")
  func stopEndsWhatIsUnderWay() async throws {
    try await EngineFixture.with(tenants: 2) { fixture in
      fixture.lab.add(LabFault(.delay(milliseconds: 3_000), route: "incidents.list", times: 0))
      let refresh = AutoRefresh(
        engine: fixture.engine, sleep: { _ in try await Task.sleep(for: .seconds(3_600)) }, random: { 0.5 })
      await refresh.start()
      await fixture.wait { if case .syncing(let tenants) = $0 { tenants.count == 2 } else { false } }
      await refresh.stop()
      #expect(fixture.events.last == .syncProgressed(done: 2, of: 2))
      // A read that was cancelled is no attempt.
      #expect(await fixture.engine.overviews(of: [fixture.first]).first?.sync == .never)
    }
  }

  @Test("What another process stored is told once: rows, incidents and writes")
  func othersAreFollowed() async throws {
    try await EngineFixture.with { fixture in
      let watch = StoreWatch(engine: fixture.engine)
      await watch.look()
      #expect(fixture.events == [])
      let other = try fixture.neighbour()
      await other.sync(fixture.first, priority: .foreground)
      #expect(await watch.look() == false)
      #expect(Self.rows(fixture).map(\.id) == [fixture.first.id])
      let known = try await fixture.engine.cache.incidents(of: fixture.first.id, includeClosed: true).map(\.key)
      #expect(fixture.toldIncidents.map(\.key).sorted() == known.sorted())
      fixture.forgetEvents()
      await watch.look()
      #expect(fixture.events == [])

      let write = IncidentWrite(
        id: WriteID("theirs@1"), key: try #require(known.first), update: IncidentUpdate(status: .inProgress),
        state: .queued, operatorUPN: nil, intendedAt: fixture.clock.now)
      try await other.journal.intend(write)
      #expect(await watch.look() == true)
      try await other.journal.record(write.id, .sent, at: fixture.clock.now)
      #expect(await watch.look() == true)
      #expect(await watch.look() == false)
      try await other.journal.record(write.id, .confirmed, at: fixture.clock.now)
      #expect(await watch.look() == false)
      #expect(fixture.writeStates == [.queued, .sent, .confirmed])
    }
  }

  @Test("What this process stored and told itself is not told again because another one was at work too")
  func ownRowsAreNotToldAgain() async throws {
    try await EngineFixture.with { fixture in
      let watch = StoreWatch(engine: fixture.engine)
      await watch.look()
      await fixture.engine.sync(fixture.first, priority: .foreground)
      fixture.forgetEvents()
      await watch.look()
      #expect(fixture.events == [])
      let second = fixture.configuration.tenants[1]
      try await fixture.neighbour().sync(second, priority: .foreground)
      await watch.look()
      #expect(Self.rows(fixture).map(\.id) == [second.id])
    }
  }
}
