import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

/// What the reader makes of pages that another parser reads too.
@Suite struct DecodingTests {
  @Test("Pages made at random are read as another parser reads them", arguments: UInt64(0)..<60)
  func equality(seed: UInt64) throws {
    var maker = PageMaker(chance: SplitMix(state: seed))
    let made = (0..<Int.random(in: 1..<12, using: &maker.chance)).map { maker.incident(number: $0) }
    let body = maker.object([
      ("@odata.context", maker.text()), ("value", maker.list(made.map(\.json))), ("x", maker.anything()),
    ])
    let read = try incidents(Array(body.utf8))
    #expect(read.count == made.count)
    for (incident, made) in zip(read, made) {
      #expect(incident == (try OtherParser.incident(made.json, evidence: made.evidence)))
    }
  }

  @Test("Words beyond those that are kept, and longer ones, are read all the same")
  func manyWords() throws {
    let words = (0..<2_500).map { "word \($0)" } + [String(repeating: "long ", count: 60), "word 4999", "wörd"]
    let list = words.map { "\"\($0)\"" }.joined(separator: ",")
    let read = try incidents(Array(page([item("1", more: #","customTags":[\#(list)]"#)]).utf8))
    #expect(read.first?.customTags == words)
    let single = try incidents(Array(page(words.map { item("1", more: #","customTags":["\#($0)"]"#) }).utf8))
    #expect(single.map(\.customTags) == words.map { [$0] })
  }

  @Test("B16: a backslash outside of quotes hides no other item")
  func strayBackslashes() throws {
    // Whoever takes a quote behind such a backslash for none finds two quotes fewer here, and one item of all.
    let bad = #"{"id":"bad","x":{"y":"2"781","z":1}}"#
    let worse = #"{"id":"worse","x":{"comment":"a \"q\" b","filePath":[]C:\\Windows"}}"#
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    let body = page([item("1"), bad, item("2", more: #","description":"a \"quoted\" word""#), worse, item("3")])
    let items = try reader.incidents(Answer(status: 200, headers: [], body: Array(body.utf8))).items
    let read = items.compactMap { item -> String? in
      if case .read(let incident) = item { incident.id.rawValue } else { nil }
    }
    #expect(read == ["1", "2", "3"])
    #expect(items.count == 5)
  }

  private func incidents(_ body: [UInt8]) throws -> [Incident] {
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    return try reader.incidents(Answer(status: 200, headers: [], body: body)).items.compactMap { item in
      if case .read(let incident) = item { incident } else { nil }
    }
  }
}
