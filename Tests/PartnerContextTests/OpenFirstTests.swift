import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

/// All that is open is read before what changed.
@Suite struct OpenFirstTests {
  private let day: TimeInterval = 86_400

  /// Two hundred incidents over a year, every third of them open.
  private static let entries = (0..<200).map { number in
    PlayedList.Entry(
      id: "\(number)", updated: Timestamp(ticks: (1_788_250_000 - Int64(number) * 150_000) * 10_000_000).description,
      isOpen: number % 3 == 0)
  }

  private func read(
    _ context: PartnerContext, _ cursor: IncidentCursor
  ) async throws -> (pages: [IncidentPage], cursor: IncidentCursor) {
    var pages: [IncidentPage] = []
    let end = try await context.readIncidentChanges(
      in: contoso, since: cursor, priority: .background, openEvery: 21_600
    ) { page in pages.append(page) }
    return (pages, end)
  }

  @Test("the first read gives all that is open, however old, then what changed in the history; each once")
  func first() async throws {
    let list = PlayedList(entries: Self.entries)
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock) { context in
        let cursor = IncidentCursor(history: 30 * day, before: clock.now)
        let (all, end) = try await read(context, cursor)
        let ids = all.flatMap { $0.incidents.map(\.id.rawValue) }
        let open = Set(Self.entries.filter(\.isOpen).map(\.id))
        let recent = Self.entries.filter { (Timestamp($0.updated) ?? cursor.historyStart) >= cursor.historyStart }
        #expect(Set(ids) == open.union(recent.map(\.id)) && ids.count == Set(ids).count)
        #expect(Set(ids.prefix(open.count)) == open, "the open ones come first")
        #expect(all.map(\.openPart) == [.init(isFirst: true, isLast: false), .init(isFirst: false, isLast: true), nil])
        #expect(all.map(\.readFrom) == [nil, nil, cursor.historyStart])
        #expect(end.watermark == Timestamp(Self.entries[0].updated) && end.isComplete)
      }
    }
  }

  @Test("where the service refuses the question for what is open, what changed is read all the same")
  func refused() async throws {
    let list = PlayedList(entries: Self.entries)
    try await WireServer.serve { request in
      request.target.contains("resolved")
        ? .json(400, #"{"error":{"code":"BadRequest","message":"No."}}"#) : list.answer(request)
    } _: { server in
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock) { context in
        let cursor = IncidentCursor(history: 30 * day, before: clock.now)
        let (all, end) = try await read(context, cursor)
        #expect(!all.flatMap(\.incidents).isEmpty && all.allSatisfy { $0.openPart == nil })
        #expect(end.watermark == Timestamp(Self.entries[0].updated) && end.isComplete)
      }
    }
  }

  @Test("what is open is read again after six hours, not before")
  func again() async throws {
    let list = PlayedList(entries: Self.entries)
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock) { context in
        var cursor = IncidentCursor(history: 30 * day, before: clock.now)
        for (passed, isDue) in [(0, true), (3_600, false), (21_000, true), (21_500, false), (200, true)] {
          clock.advance(TimeInterval(passed))
          let (pages, end) = try await read(context, try #require(IncidentCursor(text: cursor.text)))
          cursor = end
          #expect(pages.contains { $0.openPart != nil } == isDue, "after \(passed)")
        }
      }
    }
  }

  @Test("B01: a read that stops in the middle of what is open goes on there, and says that its beginning was before")
  func goesOn() async throws {
    let list = PlayedList(entries: Self.entries)
    try await WireServer.serve {
      list.answer($0)
    } _: { server in
      let clock = TestClock(now: Date(timeIntervalSince1970: 1_788_300_000))
      try await withContext(server.baseURL, clock) { context in
        struct Stop: Error {}
        var kept = IncidentCursor(history: 30 * day, before: clock.now)
        var (ids, parts) = ([String](), [IncidentPage.OpenPart?]())
        for _ in 0..<9 {
          do {
            _ = try await context.readIncidentChanges(
              in: contoso, since: kept, priority: .background, openEvery: 21_600
            ) { page in
              if kept.text == page.cursor.text { throw Stop() }
              kept = page.cursor
              ids += page.incidents.map(\.id.rawValue)
              parts.append(page.openPart)
              throw Stop()
            }
          } catch {
            guard case .storage = (error as? PartnerError)?.cause else { throw error }
          }
          kept = try #require(IncidentCursor(text: kept.text))
        }
        #expect(Set(ids).isSuperset(of: Self.entries.filter(\.isOpen).map(\.id)))
        #expect(ids.count == Set(ids).count)
        #expect(parts.prefix(2) == [.init(isFirst: true, isLast: false), .init(isFirst: false, isLast: true)])
      }
    }
  }
}
