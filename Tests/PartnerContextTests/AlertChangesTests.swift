import Foundation
import LabServer
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// Alerts are read as incidents are: by what changed.
@Suite struct AlertChangesTests {
  private let from = ChangeCursor(historyStart: time("2020-01-01T00:00:00Z"), list: .alerts)

  private func read(
    _ context: PartnerContext, _ cursor: ChangeCursor
  ) async throws -> (pages: [AlertPage], cursor: ChangeCursor) {
    let pages = Mutex<[AlertPage]>([])
    let end = try await context.readAlertChanges(in: contoso, since: cursor, priority: .background) { page in
      pages.withLock { $0.append(page) }
    }
    return (pages.withLock { $0 }, end)
  }

  private func serving<Result>(
    _ answer: @escaping @Sendable (WireRequest) -> WireAnswer,
    _ body: (PartnerContext, WireServer) async throws -> Result
  ) async throws -> Result {
    try await WireServer.serve(answer) { server in
      try await withContext(server.baseURL, TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))) { context in
        try await body(context, server)
      }
    }
  }

  @Test("the lab's alerts come with incident and evidence, and each again only when it changed")
  func lab() async throws {
    let clock = TestClock()
    try await withLabServer(labOptions(.granted, .granted, clock: clock)) { lab in
      try await withContext(lab.baseURL, clock) { context in
        let first = try await read(context, from)
        let alerts = first.pages.flatMap(\.alerts)
        #expect(!alerts.isEmpty && Set(alerts.map(\.id)).count == alerts.count)
        #expect(alerts.allSatisfy { $0.incidentID != nil } && alerts.contains { !$0.evidence.isEmpty })
        let incident = try #require(alerts.first?.incidentID)
        let whole = try await context.getIncident(incident, in: contoso, withAlerts: true)
        #expect(Set(whole.alerts?.map(\.id) ?? []) == Set(alerts.filter { $0.incidentID == incident }.map(\.id)))
        #expect(first.cursor.isComplete)
        let again = try await read(context, try #require(ChangeCursor(text: first.cursor.text, list: .alerts)))
        #expect(again.pages.allSatisfy { $0.alerts.isEmpty })
      }
    }
  }

  @Test("B01: alerts are asked for 200 at a time by their change time, and 15 minutes back")
  func questions() async throws {
    let list = PlayedList(entries: PlayedList.minutes(450))
    try await serving {
      list.answer($0)
    } _: { context, server in
      let first = try await read(context, from)
      #expect(first.pages.map(\.alerts.count) == [200, 199, 51], "the item at the edge comes once")
      let second = try await read(context, first.cursor)
      #expect(second.pages.allSatisfy { $0.alerts.isEmpty })
      let asked = server.requests.filter { !$0.isToken }.map { unescaped($0.target) ?? "" }
      let path = "/v1.0/security/alerts_v2?$filter=lastUpdateDateTime ge "
      #expect(asked[0] == "\(path)2020-01-01T00:00:00Z&$orderby=lastUpdateDateTime asc&$top=200")
      #expect(
        asked.last
          == "\(path)\(PlayedList.moment(449 - 15).dropLast()).0000000Z&$orderby=lastUpdateDateTime asc&$top=200")
    }
  }

  @Test("a first reading may end after some of its pages, and goes on there; later ones are read to their end")
  func historyByTurns() async throws {
    let list = PlayedList(entries: PlayedList.minutes(900))
    try await serving {
      list.answer($0)
    } _: { context, server in
      var (cursor, turns, ids) = (from, [Int](), [String]())
      while !cursor.isComplete, turns.count < 9 {
        let pages = Mutex<[AlertPage]>([])
        cursor = try await context.readAlertChanges(
          in: contoso, since: cursor, priority: .background, pagesOfHistory: 2
        ) { page in pages.withLock { $0.append(page) } }
        let read = pages.withLock { $0 }
        turns.append(read.count)
        ids += read.flatMap(\.alerts).map(\.id)
        #expect(read.map(\.isLast) == read.indices.map { $0 == read.count - 1 })
        cursor = try #require(ChangeCursor(text: cursor.text, list: .alerts))
      }
      #expect(turns == [2, 2, 1] && ids.count == 900 && Set(ids).count == 900)
      let quiet = server.requests.count
      let end = try await context.readAlertChanges(in: contoso, since: cursor, priority: .background, pagesOfHistory: 1)
      { _ in }
      #expect(end.isComplete && server.requests.count > quiet)
    }
  }

  @Test(
    "F42, F47, B03: of alerts, too, a foreign one is thrown away, a bad one costs itself, and a partial answer is told")
  func gaps() async throws {
    let other = #","tenantId":"\#(fabrikam)""#
    try await serving { request in
      let body = page([item("1"), item("2", more: other), #"{"id":"3","title":"\ud800"}"#, item("4")])
      return .raw(
        "HTTP/1.1 206 X\r\nContent-Type: application/json\r\nWarning: 199 - \"Microsoft/MDO/504/9\"\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      )
    } _: { context, _ in
      let (pages, cursor) = try await read(context, from)
      #expect(pages.flatMap(\.alerts).map(\.id) == ["1", "4"])
      #expect(pages.first?.foreign == 1 && pages.first?.unreadable.map(\.id) == ["3"])
      #expect(pages.first?.leftOut.map(\.status) == [504])
      #expect(cursor.leftOut == pages.first?.leftOut)
    }
  }

  @Test(
    "F43, F44: links of a list of alerts lead to it alone, and not round in a circle",
    arguments: ["/v1.0/security/incidents?$skip=9", "/v1.0/security/alerts_v2?$skip=9", "//evil.example/x?y"])
  func links(path: String) async throws {
    try await serving { request in
      let host = "http://\(request.headers["host"] ?? "")"
      let link = path.hasPrefix("//") ? "http:\(path)" : host + path
      return .json(200, page((0..<200).map { item("\($0)", "2020-01-01T00:00:00Z") }, next: link))
    } _: { context, server in
      let kept = Mutex(0)
      let error = try await failure {
        try await context.readAlertChanges(in: contoso, since: from, priority: .background) { page in
          kept.withLock { $0 += page.alerts.count }
        }
      }
      if path.contains("alerts_v2") {
        #expect(error.cause == .pagingLoop)
      } else {
        guard case .unsafeLink = error.cause else { throw error }
      }
      #expect(kept.withLock { $0 } == 200)
      #expect(server.requests.allSatisfy { $0.isToken || $0.target.contains("/security/alerts_v2") })
    }
  }
}
