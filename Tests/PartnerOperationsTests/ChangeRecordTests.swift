import Foundation
import Glibc
import LabServer
import PartnerModel
import Testing

@testable import PartnerOperations
@testable import PartnerStore

@Suite("Changes that were observed go on record, each once", .serialized)
struct ChangeRecordTests {
  private func recorded(_ fixture: EngineFixture) throws -> [RecordedEntry] {
    try fixture.engine.journal.entries().filter { $0.entry.kind == .incidentChanged }
  }

  /// An engine as the next process has it.
  private func next(_ fixture: EngineFixture, _ journal: Journal? = nil) -> PartnerEngine {
    PartnerEngine(
      configuration: fixture.configuration, journal: journal ?? fixture.engine.journal, cache: fixture.engine.cache,
      mainContext: fixture.engine.mainContext, contexts: [:], now: fixture.engine.now, newID: fixture.engine.newID,
      report: { _ in })
  }

  @Test(
    "F53: a process that is killed after a change was kept and before it is on record loses none: the next tells it")
  func killed() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      _ = try await fixture.unassigned()
      let before = try await fixture.engine.incidents(of: [fixture.first], includeClosed: true)
      fixture.lab.tick(seconds: 60, newIncidents: 0, edits: 5)
      let state = URL(filePath: fixture.engine.journal.path).deletingLastPathComponent()
      let plan = ChildPlan(
        state: state.path, lab: fixture.lab.baseURL,
        secret: state.deletingLastPathComponent().appending(path: "secret").path, upn: EngineFixture.upn,
        incidents: [fixture.first.id.rawValue: "1"], deed: .sync, dies: .beforeRecord)
      await #expect(processExitsWith: .signal(SIGKILL)) { [plan = plan as ChildPlan] in
        try await WriteChild(plan).run()
      }
      let kept = try await fixture.engine.incidents(of: [fixture.first], includeClosed: true)
      let changed = Set(kept.map(\.key)).filter { key in
        kept.first { $0.key == key }?.status != before.first { $0.key == key }?.status
          || kept.first { $0.key == key }?.assignedTo != before.first { $0.key == key }?.assignedTo
      }
      #expect(try !changed.isEmpty && recorded(fixture).isEmpty, "kept, and not on record")
      await next(fixture).sync(fixture.first, priority: .foreground)
      let entries = try recorded(fixture)
      #expect(Set(entries.compactMap(\.entry.incident)).isSuperset(of: changed.map(\.id)))
      for key in changed { #expect(try await fixture.engine.history(of: key).changes.count == 1) }
      #expect(try recorded(fixture) == entries)
      #expect(try await fixture.engine.journal.verify().isIntact)
    }
  }

  @Test("F53: one that is killed when they are on record and not forgotten yet leaves some that are not told again")
  func toldAgain() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      let incident = try await fixture.unassigned()
      var other = try #require(await fixture.engine.storedIncident(incident.key)).incident
      (other.status, other.updatedAt) = (.inProgress, Timestamp(Date() + 60))
      _ = try await fixture.engine.cache.save(other, readAt: fixture.clock.now)
      other.assignedTo = "ben@partner.example"
      _ = try await fixture.engine.cache.save(other, readAt: fixture.clock.now)
      let left = try await fixture.engine.cache.unrecordedChanges(limit: 10)
      #expect(left.count == 2)
      // The first is on record, and the process ended.
      try await fixture.engine.journal.record(observed: left.prefix(1).compactMap(\.entry))
      let history = try await fixture.engine.history(of: incident.key)
      #expect(history.changes.map { $0.changes.map(\.field) } == [[.status], [.assignedTo]])
      #expect(try await fixture.engine.cache.unrecordedChanges(limit: 10).isEmpty)
      try await fixture.engine.journal.record(observed: left.compactMap(\.entry))
      #expect(try recorded(fixture).count == 2)
    }
  }

  @Test("F56: what changed while the journal could not be written goes on record when it can be again")
  func later() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      _ = try await fixture.unassigned()
      let folder = fixture.engine.journal.folder
      #expect(throws: StoreError.self) {
        try fixture.engine.journal.read { _ in throw StoreError.corrupt(path: "", reason: "torn") }
      }
      fixture.lab.tick(seconds: 60, newIncidents: 0, edits: 5)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      #expect(try recorded(fixture).isEmpty && fixture.warnings.contains { $0.contains("not put on record") })
      let left = try await fixture.engine.cache.unrecordedChanges(limit: 100)
      _ = try await next(fixture, Journal.open(in: folder)).record(of: nil, limit: 1)
      #expect(try !left.isEmpty && recorded(fixture).map(\.entry) == left.compactMap(\.entry))
    }
  }
}
