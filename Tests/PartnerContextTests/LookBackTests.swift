import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// A list of incidents that keeps the order and the filter that are asked for, as Graph does.
final class ListedIncidents: Sendable {
  struct Entry {
    var id: String
    var updated: String
    /// Shown from this list request on.
    var from = 1
  }

  private let entries: [Entry]
  private let count = Mutex(0)
  private let warnings: @Sendable (_ request: Int) -> String?

  init(_ entries: [Entry], warnings: @escaping @Sendable (_ request: Int) -> String? = { _ in nil }) {
    self.entries = entries.sorted { $0.updated < $1.updated }
    self.warnings = warnings
  }

  func answer(_ request: WireRequest) -> WireAnswer {
    let number = count.withLock { count in
      count += 1
      return count
    }
    let query = unescaped(request.target) ?? ""
    let start = query.split(separator: "ge ").dropFirst().first.map { String($0.prefix { $0 != "&" }) } ?? ""
    let found = entries.filter { entry in
      entry.from <= number && Timestamp(entry.updated).map { $0 >= time(start) } ?? false
    }
    let next = found.count > 50 ? "http://\(request.headers["host"] ?? "")/v1.0/security/incidents?$skip=50" : nil
    let body = page(found.prefix(50).map { item($0.id, $0.updated) }, next: next)
    guard let warning = warnings(number) else { return .json(200, body) }
    return .json(206, body, headers: [("Warning", warning)])
  }
}

@Suite struct LookBackTests {
  private let noon = time("2026-09-01T12:00:00Z")

  private func before(_ seconds: Int64) -> String {
    Timestamp(ticks: noon.ticks - seconds * 10_000_000).description
  }

  private func asked(_ server: WireServer) -> Int { server.requests.count { !$0.isToken } }

  @Test(
    "B01: what becomes visible up to 15 minutes late is in the very next read, once, and a quiet read asks one page",
    arguments: [130, 500, 899] as [Int64])
  func late(by seconds: Int64) async throws {
    let list = ListedIncidents([
      .init(id: "101", updated: before(0)), .init(id: "102", updated: before(seconds), from: 2),
    ])
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL) { context in
        var cursor = longAgo
        var ids: [[String]] = []
        for _ in 0..<3 {
          let read = try await context.changes(in: contoso, since: cursor)
          ids.append(read.pages.incidents.map(\.id.rawValue))
          cursor = try #require(IncidentCursor(text: read.cursor.text))
        }
        #expect(ids == [["101"], ["102"], []])
        #expect(asked(server) == 3)
      }
    }
  }

  @Test("B01: a late one is in the very next read also where more than a thousand changes came in five minutes")
  func lateInAStorm() async throws {
    let storm = (0..<1_100).map { number in
      let updated = Timestamp(ticks: noon.ticks - Int64(number) * 2_727_272, fractionDigits: 7)
      return ListedIncidents.Entry(id: "\(1_000 + number)", updated: updated.description)
    }
    // The first read asks 23 pages.
    let list = ListedIncidents(storm + [.init(id: "102", updated: before(500), from: 24)])
    let clock = TestClock(now: noon.date)
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let first = try await context.changes(in: contoso, since: longAgo)
        #expect(first.pages.incidents.count == 1_100)
        #expect(asked(server) == 23)
        clock.advance(61)
        let second = try await context.changes(
          in: contoso, since: try #require(IncidentCursor(text: first.cursor.text)))
        #expect(second.pages.incidents.map(\.id.rawValue) == ["102"])
        clock.advance(61)
        let third = try await context.changes(in: contoso, since: second.cursor)
        #expect(third.pages.incidents.isEmpty)
      }
    }
  }

  @Test(
    "B01: what comes up to a day late is read within ten minutes, once; only then does a read go back that far",
    arguments: [1_000, 3_600, 86_000] as [Int64])
  func veryLate(by seconds: Int64) async throws {
    let list = ListedIncidents([
      .init(id: "101", updated: before(0)), .init(id: "102", updated: before(seconds), from: 2),
    ])
    let clock = TestClock(now: noon.date)
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        var cursor = longAgo
        var ids: [[String]] = []
        for _ in 0..<4 {
          let read = try await context.changes(in: contoso, since: cursor)
          ids.append(read.pages.incidents.map(\.id.rawValue))
          cursor = read.cursor
          clock.advance(300)
        }
        #expect(ids == [["101"], [], ["102"], []])
        #expect(asked(server) == 4)
      }
    }
  }

  @Test("B01, R3: a look-back that our share does not last for goes on where it stood, and is not begun again")
  func interrupted() async throws {
    let list = ListedIncidents((0..<200).map { .init(id: "\($0)", updated: before(Int64(800 - $0 * 4))) })
    actor Ledger: RequestLedger {
      var left = 100
      func set(_ count: Int) { left = count }
      func admit(
        app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
      ) -> RequestAdmission {
        guard left > 0 else { return .spent(until: now + 60) }
        left -= 1
        return .admitted
      }
      func admitToken(
        app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
      ) -> RequestAdmission { .admitted }
      func park(app: String, tenant: TenantID, until: Date, at now: Date) {}
      func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) {}
    }
    let ledger = Ledger()
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, TestClock(now: noon.date), ledger: ledger) { context in
        let kept = Mutex(try await context.changes(in: contoso, since: longAgo).cursor)
        let first = asked(server)
        for _ in 0..<4 {
          await ledger.set(1)
          let start = kept.withLock { $0 }
          let error = try await failure {
            try await context.readIncidentChanges(in: contoso, since: start, priority: .foreground) { page in
              kept.withLock { $0 = page.cursor }
            }
          }
          guard case .budgetSpent = error.cause else { throw error }
        }
        await ledger.set(1)
        let end = try await context.changes(in: contoso, since: kept.withLock { $0 })
        #expect(end.cursor.pass == nil)
        #expect(asked(server) == first + 5)
      }
    }
  }
}
