import Foundation
import PartnerModel
import PartnerStore
import Synchronization
import Testing

@testable import PartnerContext
@testable import PartnerOperations

@Suite struct RefreshCostTests {
  /// How many transactions the log of the cache holds: frames of it that say how large the file is after them.
  private func commits(_ fixture: EngineFixture) throws -> Int {
    let log = try Data(contentsOf: URL(filePath: fixture.engine.cache.path + "-wal"))
    guard log.count > 32 else { return 0 }
    func number(_ offset: Int) -> UInt32 {
      log[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let frame = 24 + Int(number(8))
    // Of an earlier round of the log are frames with other salts.
    return stride(from: 32, to: log.count - 23, by: frame).prefix { number($0 + 8) == number(16) }
      .count { number($0 + 4) != 0 }
  }

  @Test("a refresh that finds nothing new costs a transaction for its outcome, and one for each request on the log")
  func quiet() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      for _ in 0..<2 { #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil) }
      let before = try commits(fixture)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      #expect(try commits(fixture) == before + 3, "incidents, alerts, and how the tenant stands")
      // The token is too old by now.
      fixture.clock.pass(7_200)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      let after = try commits(fixture)
      #expect(after == before + 6, "incidents together with their token, alerts, and how the tenant stands")
    }
  }

  /// Each page comes some seconds after the one before; what is kept then.
  private static let pages: [(after: TimeInterval, isLast: Bool, kept: Int)] = [
    (0, false, 0), (0, false, 0), (0, false, 0), (0, false, 4), (0, false, 4), (0.9, false, 4), (0.2, false, 7),
    (0, false, 7), (-3600, false, 9), (0, false, 9), (5, true, 9),
  ]

  @Test("pages are kept four at a time, none waits for the next longer than a second, and the last for the read's end")
  func pagesTogether() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      fixture.clock.stand()
      let tenant = fixture.first
      let keeper = PageKeeper(
        engine: fixture.engine, tenant: tenant, historyStart: fixture.clock.now - 86_400, holdsPages: true,
        expire: { _, _ in {} })
      for (number, expected) in Self.pages.enumerated() {
        fixture.clock.pass(expected.after)
        let incident = Incident(tenant: tenant.id, id: IncidentID("\(number)"))
        await keeper.take(
          IncidentPage(
            tenant: tenant.id, items: [incident], cursor: IncidentCursor(history: 86_400, before: fixture.clock.now),
            isLast: expected.isLast))
        let kept = try await fixture.engine.cache.incidents(of: tenant.id, includeClosed: true)
        #expect(kept.count == expected.kept, "page \(number)")
      }
      #expect(fixture.toldIncidents.count == 9)
      #expect(keeper.held.count == 2)
    }
  }

  @Test("F9: pages are kept and told after a second while the next one hangs, and no page is kept twice")
  func nextPageHangs() async throws {
    try await EngineFixture.with(tenants: 1) { fixture in
      fixture.clock.stand()
      let tenant = fixture.first
      let waits = Mutex<[(limit: Duration, pass: @Sendable () -> Void)]>([])
      let keeper = PageKeeper(
        engine: fixture.engine, tenant: tenant, historyStart: fixture.clock.now - 86_400, holdsPages: true,
        expire: { limit, pass in
          waits.withLock { $0.append((limit, pass)) }
          return {}
        })
      func take(_ id: String) async {
        await keeper.take(
          IncidentPage(
            tenant: tenant.id, items: [Incident(tenant: tenant.id, id: IncidentID(id))],
            cursor: IncidentCursor(history: 86_400, before: fixture.clock.now)))
      }
      await take("1")
      fixture.clock.pass(0.25)
      await take("2")
      #expect(waits.withLock { $0.map(\.limit) } == [.seconds(1), .seconds(0.75)])
      // The first page's wait has ended when the second came.
      waits.withLock { $0[0] }.pass()
      await keeper.settle()
      #expect(keeper.held.count == 2)
      await take("3")
      waits.withLock { $0[2] }.pass()
      await fixture.wait { if case .incidentsChanged = $0 { true } else { false } }
      await keeper.settle()
      #expect(fixture.toldIncidents.map(\.key.id.rawValue).sorted() == ["1", "2", "3"])
      let kept = try await fixture.engine.cache.incidents(of: tenant.id, includeClosed: true)
      #expect(kept.count == 3)
      #expect(keeper.held.isEmpty)
      #expect(keeper.outcome.listed.count == 3)
    }
  }
}
