import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

private let endpoint = #"199 - "Microsoft/WDATP/401/228""#

@Suite struct LeftOutTests {
  @Test(
    "B03: the header names the products that did not answer",
    arguments: [
      (endpoint, [LeftOutProduct(name: "WDATP", status: 401)]),
      (
        #"199 - "Microsoft/Office 365 Security and Compliance/403/602", 199 - "Microsoft/MCAS/504/1""#,
        [
          LeftOutProduct(name: "Office 365 Security and Compliance", status: 403),
          LeftOutProduct(name: "MCAS", status: 504),
        ]
      ),
      (#"199 - "A/B/C/500/1""#, [LeftOutProduct(name: "B/C", status: 500)]),
      (
        #"199 - "something is missing" "Tue, 01 Sep 2026 10:00:00 GMT""#, [LeftOutProduct(name: "something is missing")]
      ),
      (#"299 - "Deprecated/API/1/2""#, []), (#"199 - ""#, [LeftOutProduct(name: nil)]),
      (#"199 - "Microsoft//x/y""#, [LeftOutProduct(name: nil)]), ("", []), ("199", []),
    ] as [(String, [LeftOutProduct])])
  func header(text: String, products: [LeftOutProduct]) {
    #expect(WarningHeader.products(text) == products)
  }

  @Test("B03: a 206 that names nobody leaves out something without a name; a warning alone counts like a 206")
  func unnamed() {
    func answer(_ status: Int, _ warning: String?) -> Answer {
      Answer(status: status, headers: warning.map { [HeaderField("Warning", $0)] } ?? [], body: [])
    }
    #expect(answer(206, nil).leftOut == [LeftOutProduct(name: nil)])
    #expect(answer(200, "199 - x").leftOut == [LeftOutProduct(name: nil)])
    #expect(answer(200, endpoint).leftOut == [LeftOutProduct(name: "WDATP", status: 401)])
    #expect(answer(200, #"299 - "a/b/c/d""#).leftOut == [])
    #expect(LeftOutProduct(name: "WDATP", status: 401).summary == "Defender for Endpoint (WDATP) did not answer (401)")
    #expect(LeftOutProduct(name: "New", status: nil).summary == "New did not answer")
  }

  private static func entry(_ number: Int) -> ListedIncidents.Entry {
    .init(id: "\(number)", updated: Timestamp(ticks: (1_788_000_000 + Int64(number) * 3_600) * 10_000_000).description)
  }

  @Test("B03: a tenant that answers 206 for good is read to its newest incident, and then asks one page")
  func forGood() async throws {
    let list = ListedIncidents((0..<120).map(Self.entry)) { _ in endpoint }
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, TestClock(now: Date(timeIntervalSince1970: 1_788_500_000))) { context in
        let first = try await context.changes(in: contoso, since: longAgo)
        #expect(first.pages.incidents.count == 120)
        #expect(first.pages.allSatisfy { $0.problem?.cause == .answerPartial })
        #expect(first.cursor.leftOut == [LeftOutProduct(name: "WDATP", status: 401)])
        let asked = server.requests.count
        let second = try await context.changes(
          in: contoso, since: try #require(IncidentCursor(text: first.cursor.text)))
        #expect(second.pages.incidents.isEmpty)
        #expect(server.requests.count == asked + 1)
        #expect(second.cursor.leftOut == [LeftOutProduct(name: "WDATP", status: 401)])
      }
    }
  }

  @Test("B03: links are followed over answers of 206 too, in several reads")
  func links() async throws {
    try await WireServer.serve { request in
      let skip = request.target.split(separator: "$skip=").dropFirst().first.flatMap { Int($0) } ?? 0
      let items = (0..<50).map { item("\(skip + $0)", "2026-09-01T10:00:00Z") }
      let next = skip < 100 ? "http://\(request.headers["host"] ?? "")/v1.0/security/incidents?$skip=\(skip + 50)" : nil
      return .json(206, page(items, next: next), headers: [("Warning", endpoint)])
    } _: { server in
      try await withContext(server.baseURL) { context in
        let cursors = Mutex<[IncidentCursor]>([])
        let cursor = IncidentCursor(historyStart: time("2026-09-01T10:00:00Z"))
        _ = try await context.readIncidentChanges(in: contoso, since: cursor, priority: .foreground) { page in
          cursors.withLock { $0.append(page.cursor) }
        }
        #expect(
          cursors.withLock { $0.map(\.continuation) } == [
            "/security/incidents?$skip=50", "/security/incidents?$skip=100", nil,
          ])
        #expect(cursors.withLock { $0.last?.watermark } == time("2026-09-01T10:00:00Z"))
      }
    }
  }

  @Test("B03: when the product answers again, what it had lacked is read once, and no more")
  func answersAgain() async throws {
    // The product's own incidents are older than what was read meanwhile.
    let isBack = Mutex(false)
    let old = Self.entry(0)
    let others = (60..<100).map(Self.entry)
    try await WireServer.serve { request in
      let isBack = isBack.withLock { $0 }
      let list = ListedIncidents((isBack ? [old] : []) + others) { _ in isBack ? nil : endpoint }
      return list.answer(request)
    } _: { server in
      try await withContext(server.baseURL, TestClock(now: Date(timeIntervalSince1970: 1_788_500_000))) { context in
        let first = try await context.changes(in: contoso, since: longAgo)
        #expect(first.pages.incidents.count == 40)
        isBack.withLock { $0 = true }
        var asked = server.requests.count
        let second = try await context.changes(in: contoso, since: first.cursor)
        #expect(second.pages.incidents.map(\.id.rawValue).contains("0"))
        #expect(second.cursor.leftOut == [])
        #expect(server.requests.count == asked + 2)
        asked = server.requests.count
        let third = try await context.changes(in: contoso, since: second.cursor)
        #expect(third.pages.incidents.isEmpty)
        #expect(server.requests.count == asked + 1)
      }
    }
  }

  @Test("B03, R3: a product that comes and goes has the history read again once an hour at most")
  func comesAndGoes() async throws {
    let list = ListedIncidents((0..<120).map(Self.entry)) { number in number % 2 == 1 ? endpoint : nil }
    let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_500_000))
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        var cursor = longAgo
        for _ in 0..<20 {
          cursor = try await context.changes(in: contoso, since: cursor).cursor
          clock.advance(30)
        }
        // 3 pages of history, 20 quiet ones, and one reading of the history again, of 3 pages or 4.
        #expect(server.requests.count { !$0.isToken } <= 3 + 20 + 4)
        #expect(cursor.leftOut.map(\.name) == ["WDATP"], "what it lacked is not known to have been read")
      }
    }
  }

  @Test("B03: a single answer in part costs nothing: the next read is whole, and covers it by itself")
  func once() async throws {
    let list = ListedIncidents([Self.entry(0), Self.entry(1)]) { number in number == 2 ? endpoint : nil }
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, TestClock(now: Date(timeIntervalSince1970: 1_788_500_000))) { context in
        var cursor = longAgo
        var leftOut: [Int] = []
        for _ in 0..<3 {
          cursor = try await context.changes(in: contoso, since: cursor).cursor
          leftOut.append(cursor.leftOut.count)
        }
        #expect(leftOut == [0, 1, 0])
        #expect(server.requests.count { !$0.isToken } == 3)
      }
    }
  }
}

@Suite struct LeftOutProblemTests {
  @Test(
    "B03: what is kept of products that did not answer tells them again",
    arguments: [
      [LeftOutProduct(name: "WDATP", status: 401)], [LeftOutProduct(name: nil, status: 500)],
      [LeftOutProduct(name: "a"), LeftOutProduct(name: "b c")],
    ])
  func problem(products: [LeftOutProduct]) throws {
    let problem = try #require(products.problem(requestID: "r", at: Date(timeIntervalSince1970: 0)))
    #expect([LeftOutProduct](problem) == products)
    #expect([LeftOutProduct]().problem(requestID: nil, at: Date(timeIntervalSince1970: 0)) == nil)
  }
}
