import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

/// What comes again as it was is not built, and is judged as strictly as what is.
@Suite struct KnownIncidentTests {
  private static let moment = "2026-09-01T10:00:00Z"

  private func items(
    _ body: String, known: [String: Int64]
  ) throws -> [ItemReader.Item<ItemReader.Listed<Incident>>] {
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    return try reader.incidents(Answer(status: 200, headers: [], body: Array(body.utf8)), known: known).items
  }

  private func words(_ items: [ItemReader.Item<ItemReader.Listed<Incident>>]) -> [String] {
    items.map { item in
      switch item {
      case .read(.whole(let incident)): "whole \(incident.id)"
      case .read(.known(let id, _)): "known \(id)"
      case .foreign: "foreign"
      case .unreadable: "unreadable"
      }
    }
  }

  @Test(
    "B01, F42, F47, H33: only an incident of this tenant that is in order and comes again as it was is not built",
    arguments: [
      ("known 1", item("1", moment)),
      ("known 1", item("1", "2026-09-01T12:00:00.000+02:00")),
      ("known 1", item("1", moment, more: #","tenantId":"\#(contoso)""#)),
      ("known 1", item("1", moment, more: #","comments":[{"comment":"c","createdDateTime":"\#(moment)"}]"#)),
      ("known 1", item("1", moment, more: #","alerts":[{"id":"2","tenantId":"\#(fabrikam)"}]"#)),
      ("whole 1", item("1", "2026-09-01T10:00:00.0000001Z")),
      ("whole 1", item("1", "soon")),
      ("whole 1", #"{"id":"1"}"#),
      ("whole 1", #"{"id":"1","alerts":[{"id":"a","lastUpdateDateTime":"\#(moment)"}]}"#),
      ("whole 2", item("2", moment)),
      ("whole 2", item("2", moment, more: #","alerts":[{"id":"1"}]"#)),
      ("foreign", item("1", moment, more: #","tenantId":"\#(fabrikam)""#)),
      ("unreadable", item("1", moment, more: #","tenantId":"\#(contoso)","tenantId":"\#(contoso)""#)),
      ("unreadable", item("1", moment, more: #","id":"1""#)),
      ("unreadable", item("1", moment, more: #","description":"\ud800""#)),
      ("unreadable", item("1", moment, more: #","comments":[{"comment":"\ud800"}]"#)),
      ("unreadable", item("1", moment, more: #","x":}"#)),
      ("unreadable", #"{"displayName":"x","lastUpdateDateTime":"\#(moment)"}"#),
    ])
  func judged(expected: String, text: String) throws {
    let items = try items(page([text]), known: ["1": time(Self.moment).ticks])
    #expect(words(items) == [expected])
    guard case .read(.known(_, let updatedAt))? = items.first else { return }
    #expect(updatedAt.ticks == time(Self.moment).ticks)
  }

  @Test("B01: an incident that stands on one page with several changes is built wherever it may be the newest")
  func severalChanges() throws {
    let (older, newer) = (item("1", "2026-09-01T09:59:00Z"), item("1", "2026-09-01T10:01:00Z"))
    let same = item("1", Self.moment)
    let known = ["1": time(Self.moment).ticks]
    #expect(words(try items(page([older, same]), known: known)) == ["whole 1", "whole 1"])
    #expect(words(try items(page([same, newer]), known: known)) == ["known 1", "whole 1"])
    #expect(words(try items(page([same, same]), known: known)) == ["known 1", "known 1"])
  }

  @Test("Pages made at random are the same, be their incidents known or not", arguments: UInt64(0)..<40)
  func equality(seed: UInt64) throws {
    var maker = PageMaker(chance: SplitMix(state: seed))
    let made = (0..<Int.random(in: 1..<12, using: &maker.chance)).map { maker.incident(number: $0) }
    let body = page(made.map(\.json))
    var known: [String: Int64] = [:]
    var expected: [String] = []
    for item in try items(body, known: [:]) {
      guard case .read(.whole(let incident)) = item else { continue }
      known[incident.id.rawValue] = incident.updatedAt?.ticks
      expected.append("\(incident.updatedAt == nil ? "whole" : "known") \(incident.id)")
    }
    #expect(expected.count == made.count)
    #expect(words(try items(body, known: known)) == expected)
  }
}
