import Foundation
import PartnerModel
import PartnerStore
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
      #expect(try commits(fixture) == before + 2, "the request, and how the tenant stands")
      // The service finds the token too old by now.
      fixture.clock.pass(7_200)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      let after = try commits(fixture)
      #expect(after == before + 5, "the refused request, the next together with its token, and how the tenant stands")
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
      var keeper = PageKeeper(
        engine: fixture.engine, tenant: tenant, historyStart: fixture.clock.now - 86_400, holdsPages: true)
      for (number, expected) in Self.pages.enumerated() {
        fixture.clock.pass(expected.after)
        let incident = Incident(tenant: tenant.id, id: IncidentID("\(number)"))
        await keeper.take(
          IncidentPage(
            tenant: tenant.id, incidents: [incident], unreadable: [], foreign: 0, unchanged: [], leftOut: [],
            cursor: IncidentCursor(history: 86_400, before: fixture.clock.now), isLast: expected.isLast))
        let kept = try await fixture.engine.cache.incidents(of: tenant.id, includeClosed: true)
        #expect(kept.count == expected.kept, "page \(number)")
      }
      #expect(fixture.toldIncidents.count == 9)
      #expect(keeper.held.count == 2)
    }
  }
}
