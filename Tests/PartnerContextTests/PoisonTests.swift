import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// Pages that the service fails to give because of what is in them.
@Suite struct PoisonTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var entries = PlayedList.minutes(120)
    var poison: Set<String>
    var failure = WireAnswer.json(500, "{}")
    /// Reads until all is there; each but the last fails.
    var reads: Int
    var testDescription: String { name }
  }

  private static let large = WireAnswer.raw("HTTP/1.1 200 X\r\nContent-Length: 1073741824\r\n\r\n{")
  private static let broken = WireAnswer.raw("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{\"value\":")

  static let cases = [
    Case(name: "in a later page", poison: ["77"], reads: 1),
    Case(name: "the last of all", poison: ["119"], reads: 1),
    Case(name: "the first of all", poison: ["0"], reads: 4), Case(name: "in the first page", poison: ["23"], reads: 2),
    Case(name: "three in a row", poison: ["70", "71", "72"], reads: 1),
    Case(name: "one in each page", poison: ["60", "99"], reads: 1),
    Case(name: "too large", poison: ["0"], failure: large, reads: 1),
    Case(name: "too large and not JSON", poison: ["61"], failure: broken, reads: 1),
    Case(
      name: "among many of one time",
      entries: (0..<90).map { .init(id: String(format: "%03d", $0), updated: PlayedList.moment(0)) }
        + PlayedList.minutes(30, from: 200),
      poison: ["031"], reads: 2),
  ]

  @Test(
    "a page that fails for good is read around the one item that fails, and what stands behind it comes",
    arguments: cases)
  func passed(_ played: Case) async throws {
    let list = PlayedList(entries: played.entries, poison: played.poison, failure: played.failure)
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock) { context in
        var (cursor, ids, unreadable, reads) = (longAgo, Set<String>(), [UnreadableItem](), 0)
        while reads < 9 {
          reads += 1
          // Each read begins with what was kept of the one before, as in a new process.
          let begun = try #require(IncidentCursor(text: cursor.text))
          do {
            cursor = try await context.readIncidentChanges(in: contoso, since: begun, priority: .background) { page in
              cursor = page.cursor
              ids.formUnion(page.incidents.map(\.id.rawValue))
              unreadable += page.unreadable
            }
            break
          } catch {
            #expect(ids.isDisjoint(with: played.poison))
            switch (error as? PartnerError)?.cause {
            case .budgetSpent: clock.advance(61)
            // Where nothing at all was answered yet, it cannot be told from a service that is down.
            case .breakerOpen:
              clock.advance(600)
              continue
            default: continue
            }
            // It goes on where it stood.
            reads -= 1
          }
        }
        #expect(ids == Set(played.entries.map(\.id)).subtracting(played.poison))
        #expect(unreadable.count == played.poison.count)
        #expect(unreadable.allSatisfy { $0.place.contains("of what changed since") })
        #expect(reads == played.reads)
        #expect(cursor.probe == nil && cursor.pass == nil && cursor.isComplete)
        #expect(server.requests.filter { !$0.isToken }.count < 80)
      }
    }
  }

  @Test("F25: a service that is down is asked no more than before, and nothing is stepped over when it comes back")
  func outage() async throws {
    let isDown = Mutex(true)
    let list = PlayedList(entries: PlayedList.minutes(120))
    try await WireServer.serve { request in
      isDown.withLock { $0 } ? .json(500, "{}") : list.answer(request)
    } _: { server in
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock) { context in
        for comesBackAfter in 1..<9 {
          isDown.withLock { $0 = true }
          var (cursor, ids, lost) = (longAgo, Set<String>(), 0)
          func read() async throws {
            cursor = try await context.readIncidentChanges(in: contoso, since: cursor, priority: .background) { page in
              cursor = page.cursor
              ids.formUnion(page.incidents.map(\.id.rawValue))
              lost += page.unreadable.count
            }
          }
          for number in 0..<comesBackAfter {
            let before = server.requests.filter { !$0.isToken }.count
            let error = try await failure { try await read() }
            // A breaker that is open by then asks even less.
            if case .breakerOpen = error.cause {} else { #expect(error.cause == .outage(status: 500)) }
            #expect(server.requests.filter { !$0.isToken }.count - before <= 4, "read \(number)")
            clock.advance(120)
          }
          isDown.withLock { $0 = false }
          clock.advance(600)
          try await read()
          #expect(ids.count == 120 && lost == 0, "back after \(comesBackAfter)")
          clock.advance(3_600)
        }
      }
    }
  }
}
