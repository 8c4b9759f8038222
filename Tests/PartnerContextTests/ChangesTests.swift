import Foundation
import LabServer
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

/// Reads changes from a service whose pages come from `answer`, which is told the base URL.
private func reading<Result>(
  _ clock: TestClock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000)),
  _ answer: @escaping @Sendable (WireRequest, _ number: Int) -> String,
  _ body: (PartnerContext, WireServer) async throws -> Result
) async throws -> Result {
  let count = Mutex(0)
  return try await WireServer.serve { request in
    let number = count.withLock { count in
      count += 1
      return count
    }
    return .json(200, answer(request, number))
  } _: { server in
    try await withContext(server.baseURL, clock) { context in try await body(context, server) }
  }
}

private func link(_ request: WireRequest, _ query: String) -> String {
  "http://\(request.headers["host"] ?? "")/v1.0/security/incidents?\(query)"
}

private func at(_ seconds: Int) -> String {
  Timestamp(ticks: (1_788_250_000 + Int64(seconds)) * 10_000_000).description
}

@Suite struct ChangesTests {
  @Test("B01: the first question goes back by the history, the next by 15 minutes before the newest change")
  func questions() async throws {
    try await reading { _, _ in
      page([item("1", "2026-09-01T10:00:00.5Z")])
    } _: { context, server in
      let cursor = IncidentCursor(historyStart: time("2026-08-01T00:00:00Z"))
      let first = try await context.changes(in: contoso, since: cursor)
      #expect(first.cursor.watermark == time("2026-09-01T10:00:00.5Z"))
      let second = try await context.changes(in: contoso, since: first.cursor)
      #expect(second.pages.incidents.isEmpty)
      let filters = server.requests.filter { !$0.isToken }.map { unescaped($0.target) ?? "" }
      #expect(
        filters == [
          "/v1.0/security/incidents?$filter=lastUpdateDateTime ge 2026-08-01T00:00:00Z&$orderby=lastUpdateDateTime asc&$top=50",
          "/v1.0/security/incidents?$filter=lastUpdateDateTime ge 2026-09-01T09:45:00.5000000Z&$orderby=lastUpdateDateTime asc&$top=50",
        ])
    }
  }

  @Test("B01: an incident of the look-back comes again only when it changed")
  func overlap() async throws {
    try await reading { _, number in
      page([
        item("1", "2026-09-01T10:00:00Z"), item("2", number == 1 ? "2026-09-01T10:00:10Z" : "2026-09-01T10:00:20Z"),
      ])
    } _: { context, _ in
      let first = try await context.changes(in: contoso, since: longAgo)
      #expect(first.pages.incidents.map(\.id.rawValue) == ["1", "2"])
      let second = try await context.changes(in: contoso, since: first.cursor)
      #expect(second.pages.incidents.map(\.id.rawValue) == ["2"])
    }
  }

  @Test("F43: a link to another place is refused, the rows before it are kept, and no token follows")
  func unsafeLink() async throws {
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { elsewhere in
      let target = "\(elsewhere.baseURL)/v1.0/security/incidents"
      // All at one time, so that the link is needed.
      try await reading { _, _ in
        page((0..<50).map { item("\($0)", "2020-01-01T00:00:00Z") }, next: "\(target)?$skip=50")
      } _: { context, server in
        let kept = Mutex<[Incident]>([])
        let error = try await failure {
          try await context.readIncidentChanges(in: contoso, since: longAgo, priority: .foreground) { page in
            kept.withLock { $0 += page.incidents }
          }
        }
        #expect(error.cause == .unsafeLink(target))
        #expect(kept.withLock { $0.count } == 50)
        #expect(elsewhere.requests.isEmpty)
        #expect(server.requests.filter { !$0.isToken }.count == 1)
      }
    }
  }

  @Test("F43: a link that is no text is no end of the pages: its rows are kept, and that more was there is told")
  func linkOfWrongType() async throws {
    for (link, isTold) in [("5", true), (#"["x"]"#, true), ("false", true), ("{}", true), ("null", false)] {
      try await reading { _, _ in
        #"{"value":[\#(item("1", "2020-01-01T00:00:00Z"))],"@odata.nextLink":\#(link)}"#
      } _: { context, _ in
        let kept = Mutex<[Incident]>([])
        var error: PartnerError?
        do {
          _ = try await context.readIncidentChanges(in: contoso, since: longAgo, priority: .foreground) { page in
            kept.withLock { $0 += page.incidents }
          }
        } catch let failure as PartnerError {
          error = failure
        }
        #expect(error?.cause == (isTold ? .unsafeLink("an unreadable link") : nil), "\(link)")
        #expect(kept.withLock { $0.count } == 1)
      }
    }
  }

  @Test("A page may be empty and still lead on, and every page is asked for with all members of enumerations")
  func emptyPage() async throws {
    try await reading { request, number in
      switch number {
      case 1: page([], next: link(request, "$skip=0&page=2"))
      case 2: page([item("1", "2020-01-01T00:00:00Z")], next: link(request, "$skip=0&page=3"))
      case 3: page([], next: link(request, "$skip=0&page=4"))
      default: page([item("2", "2020-01-01T00:00:00Z")])
      }
    } _: { context, server in
      let changes = try await context.changes(in: contoso, since: longAgo)
      #expect(changes.pages.flatMap(\.incidents).map(\.id.rawValue) == ["1", "2"])
      let asked = server.requests.filter { !$0.isToken }
      #expect(asked.count == 4)
      #expect(asked.allSatisfy { $0.headers["prefer"] == "include-unknown-enum-members" })
    }
  }

  @Test("a full page without a link is no end: what shares its time is asked for by its place, to a page that is short")
  func fullPageWithoutLink() async throws {
    let list = PlayedList(entries: (0..<130).map { .init(id: "\($0)", updated: PlayedList.moment(5)) })
    let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      try await withContext(server.baseURL, clock) { context in
        let first = try await context.changes(in: contoso, since: longAgo)
        #expect(first.pages.flatMap(\.incidents).count == 130)
        let skips = server.requests.filter { !$0.isToken }.map {
          unescaped($0.target)?.components(separatedBy: "$skip=").dropFirst().first
        }
        #expect(skips == [nil, nil, "50", "100"])
        #expect(first.cursor.isComplete && first.cursor.probe == nil)
        // Where a read stopped among them, the next goes on.
        let kept = Mutex<[String]>([])
        _ = try? await context.readIncidentChanges(in: contoso, since: longAgo, priority: .foreground) { page in
          kept.withLock { $0.append(page.cursor.text) }
          throw PartnerError(.cancelled, tenant: contoso)
        }
        let text = try #require(kept.withLock { $0.first })
        let next = try await context.changes(in: contoso, since: try #require(IncidentCursor(text: text)))
        #expect(next.pages.flatMap(\.incidents).count == 80)
      }
    }
  }

  @Test("a service that gives the same full page whatever place is asked for is read once and left")
  func noPlaces() async throws {
    try await reading { _, _ in
      page((0..<50).map { item("\($0)", "2020-01-01T00:00:00Z") })
    } _: { context, server in
      let changes = try await context.changes(in: contoso, since: longAgo)
      #expect(changes.pages.flatMap(\.incidents).count == 50)
      #expect(server.requests.filter { !$0.isToken }.count == 2)
    }
  }

  @Test("F44: pages that lead back to themselves are told as a loop, and what they held is kept")
  func loop() async throws {
    try await reading { request, _ in
      page((0..<50).map { item("\($0)", "2020-01-01T00:00:00Z") }, next: link(request, "$skip=50"))
    } _: { context, server in
      let pages = Mutex<[IncidentPage]>([])
      let error = try await failure {
        try await context.readIncidentChanges(in: contoso, since: longAgo, priority: .foreground) { page in
          pages.withLock { $0.append(page) }
        }
      }
      #expect(error.cause == .pagingLoop)
      #expect(pages.withLock { $0.map(\.incidents.count) } == [50, 0])
      #expect(server.requests.filter { !$0.isToken }.count == 2)
    }
  }

  @Test("F46: a service that keeps no order is followed by its links; each incident comes once, none is missed")
  func reordered() async throws {
    try await reading { request, number in
      switch number {
      case 1: page((100..<150).reversed().map { item("\($0)", at($0)) }, next: link(request, "$skip=50"))
      case 2: page((50..<100).reversed().map { item("\($0)", at($0)) }, next: link(request, "$skip=100"))
      case 3: page((40..<60).reversed().map { item("\($0)", at($0)) })
      default: page([])
      }
    } _: { context, _ in
      let cursors = Mutex<[IncidentCursor]>([])
      let ids = Mutex<[String]>([])
      let end = try await context.readIncidentChanges(in: contoso, since: longAgo, priority: .foreground) { page in
        cursors.withLock { $0.append(page.cursor) }
        ids.withLock { $0 += page.incidents.map(\.id.rawValue) }
      }
      #expect(ids.withLock { $0.count } == 110)
      #expect(ids.withLock { Set($0).count } == 110)
      let watermarks = cursors.withLock { $0.map(\.watermark) }
      #expect(watermarks == [nil, nil, time(at(149))], "a cursor moves only when nothing older can follow")
      #expect(end.watermark == time(at(149)))
    }
  }

  /// Admits two requests, then none until it is refilled.
  private actor TwoAtATime: RequestLedger {
    private var left = 2
    func refill() { left = 2 }
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

  @Test("F46, R3: a service that keeps no order is read to its end, however often our share is used up before")
  func resumed() async throws {
    try await WireServer.serve { request in
      let skip = request.target.split(separator: "$skip=").dropFirst().first.flatMap { Int($0) } ?? 0
      let items = (250 - skip..<300 - skip).reversed().map { item("\($0)", at($0)) }
      return .json(200, page(items, next: skip < 250 ? link(request, "$skip=\(skip + 50)") : nil))
    } _: { server in
      let ledger = TwoAtATime()
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock, ledger: ledger) { context in
        let kept = Mutex(longAgo)
        let ids = Mutex<[String]>([])
        var reads = 0
        while reads < 5 {
          reads += 1
          let start = try #require(IncidentCursor(text: kept.withLock { $0.text }))
          do {
            let end = try await context.readIncidentChanges(in: contoso, since: start, priority: .foreground) { page in
              kept.withLock { $0 = page.cursor }
              ids.withLock { $0 += page.incidents.map(\.id.rawValue) }
            }
            kept.withLock { $0 = end }
            break
          } catch let error as PartnerError {
            guard case .budgetSpent = error.cause else { throw error }
            await ledger.refill()
          }
        }
        #expect(reads == 3)
        #expect(ids.withLock { $0.count } == 300)
        #expect(ids.withLock { Set($0).count } == 300)
        #expect(kept.withLock { $0.watermark?.ticks } == time(at(299)).ticks)
        #expect(kept.withLock { $0.continuation } == nil)
      }
    }
  }

  @Test("A link that the service does not take any more is given up, and the question asked anew")
  func expiredLink() async throws {
    let text = "2 2020-01-01T00:00:00Z -  /security/incidents?$skiptoken=gone"
    let cursor = try #require(IncidentCursor(text: text))
    try await WireServer.serve { request in
      request.target.contains("gone") ? .json(400, "{}") : .json(200, page([item("1")]))
    } _: { server in
      try await withContext(server.baseURL) { context in
        let read = try await context.changes(in: contoso, since: cursor)
        #expect(read.pages.incidents.map(\.id.rawValue) == ["1"])
        #expect(read.cursor.watermark == time("2026-09-01T10:00:00Z"))
        #expect(server.requests.filter { !$0.isToken }.count == 2)
      }
    }
  }

  @Test("After a full page the question is asked anew from the newest change, not by a deeper skip")
  func fresh() async throws {
    try await reading { request, number in
      number == 1
        ? page((0..<50).map { item("\($0)", at($0)) }, next: link(request, "$skip=50"))
        : page((49..<60).map { item("\($0)", at($0)) })
    } _: { context, server in
      let read = try await context.changes(in: contoso, since: longAgo)
      #expect(read.pages.incidents.map(\.id.rawValue) == (0..<60).map(String.init))
      let second = try #require(server.requests.last)
      #expect(!second.target.contains("skip"))
      #expect(unescaped(second.target)?.contains("ge \(at(49))&") == true)
    }
  }

  @Test(
    "F51, B17: a change in the future does not hide what changes until then", arguments: ["2077-12-31", "9999-12-31"])
  func future(day: String) async throws {
    try await reading { _, _ in
      page([item("1", "2026-09-01T10:00:00Z"), item("2", "\(day)T23:59:59Z")])
    } _: { context, _ in
      let read = try await context.changes(in: contoso, since: longAgo)
      #expect(read.pages.incidents.count == 2)
      #expect(read.cursor.watermark == time("2026-09-01T10:00:00Z"))
    }
  }

  @Test("A page that could not be kept comes again")
  func notKept() async throws {
    struct DiskFull: Error {}
    try await reading { _, _ in
      page([item("1")])
    } _: { context, _ in
      let error = try await failure {
        try await context.readIncidentChanges(in: contoso, since: longAgo, priority: .foreground) { _ in
          throw DiskFull()
        }
      }
      guard case .storage = error.cause else { throw error }
      #expect(try await context.changes(in: contoso, since: longAgo).pages.incidents.count == 1)
    }
  }

  @Test("F42, F47: foreign and unreadable items are counted, and the rest of the page arrives")
  func mixed() async throws {
    try await reading { _, _ in
      page([item("1"), item("2", more: #","tenantId":"\#(fabrikam)""#), #"{"x":1}"#, item("4")])
    } _: { context, _ in
      let read = try await context.changes(in: contoso, since: longAgo)
      #expect(read.pages.incidents.map(\.id.rawValue) == ["1", "4"])
      #expect(read.pages.first?.foreign == 1)
      #expect(read.pages.first?.unreadable.count == 1)
      #expect(read.pages.first?.problem?.cause == .foreignData)
    }
  }

  @Test("Invariant 18: more than a thousand pages are not followed")
  func endless() async throws {
    try await reading { request, number in
      page([item("\(number)", "2020-01-01T00:00:00Z")], next: link(request, "$skip=\(number)"))
    } _: { context, server in
      let clock = TestClock()
      // The limit of requests would stop it earlier, so it gets a ledger that admits all.
      struct Open: RequestLedger {
        func admit(
          app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
        ) async throws -> RequestAdmission { .admitted }
        func admitToken(
          app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
        ) async throws -> RequestAdmission {
          .admitted
        }
        func park(app: String, tenant: TenantID, until: Date, at now: Date) async throws {}
        func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) async throws {}
      }
      try await withContext(server.baseURL, clock, ledger: Open()) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        guard case .answerUnreadable = error.cause else { throw error }
        #expect(server.requests.filter { !$0.isToken }.count == 1000)
      }
    }
  }
}
