import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite("Whether the list still gives an incident")
struct PresenceTests {
  private static let noon = time("2026-09-01T12:00:00Z")

  private static func at(_ seconds: Int64) -> String {
    Timestamp(ticks: noon.ticks + seconds * 10_000_000).description
  }

  /// What is told of the incident 201, last changed at noon, and how many pages were asked.
  private func told(
    _ answer: @escaping @Sendable (WireRequest, _ number: Int) -> WireAnswer
  ) async throws -> (isListed: Bool?, asked: Int) {
    let count = Mutex(0)
    return try await WireServer.serve { request in
      let number = count.withLock { count in
        count += 1
        return count
      }
      return answer(request, number)
    } _: { server in
      try await withContext(server.baseURL) { context in
        let isListed = try await context.lists(
          IncidentID("201"), changedAt: Self.noon, in: contoso, priority: .foreground)
        return (isListed, server.requests.count { !$0.isToken })
      }
    }
  }

  private static func others(_ count: Int) -> [ListedIncidents.Entry] {
    (0..<count).map { .init(id: "\(1_000 + $0)", updated: at(Int64($0) + 1)) }
  }

  @Test("B02: one that changed since stands further on in the list, and is found there", arguments: [10, 50, 130])
  func movedOn(others: Int) async throws {
    let list = ListedIncidents(Self.others(others) + [.init(id: "201", updated: Self.at(9_000))])
    #expect(try await told { request, _ in list.answer(request) }.isListed == true)
  }

  @Test(
    "B02: it is not listed only when the list was read to its end; of a list that goes on and on nobody knows",
    arguments: [(0, false, 1), (49, false, 1), (130, false, 3), (2_000, nil, 10)] as [(Int, Bool?, Int)])
  func end(others: Int, isListed: Bool?, pages: Int) async throws {
    let list = ListedIncidents(Self.others(others))
    let (found, asked) = try await told { request, _ in list.answer(request) }
    #expect(found == isListed)
    #expect(asked == pages)
  }

  @Test("B02: a page of one single change time is followed by the service's link; without one nobody knows")
  func oneTime() async throws {
    for (hasLink, expected) in [(true, false), (false, nil)] as [(Bool, Bool?)] {
      let (found, asked) = try await told { request, number in
        let link = "http://\(request.headers["host"] ?? "")/v1.0/security/incidents?$skiptoken=1"
        return number == 1
          ? .json(200, page((0..<50).map { item("\($0)", Self.at(0)) }, next: hasLink ? link : nil))
          : .json(200, page([]))
      }
      #expect(found == expected)
      #expect(asked == (hasLink ? 2 : 1))
    }
  }

  @Test("B02, F46: a list out of its order, in part, or with what cannot be read does not say that it is gone")
  func unsure() async throws {
    let ordered = page([item("1", Self.at(5)), item("2", Self.at(9))])
    #expect(try await told { _, _ in .json(200, ordered) }.isListed == false)
    let turned = page([item("1", Self.at(9)), item("2", Self.at(5))])
    #expect(try await told { _, _ in .json(200, turned) }.isListed == nil)
    #expect(try await told { _, _ in .json(200, page([item("1", Self.at(-5))])) }.isListed == nil)
    #expect(
      try await told { _, _ in .json(206, ordered, headers: [("Warning", #"199 - "a/b/403/1""#)]) }.isListed == nil)
    #expect(try await told { _, _ in .json(200, page([#"{"id":7}"#])) }.isListed == nil)
  }
}
