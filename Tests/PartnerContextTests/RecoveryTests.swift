import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct RecoveryTests {
  private func read(_ text: String) throws -> ItemReader.Page<Incident> {
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    return try reader.incidents(
      Answer(
        status: 200, headers: [HeaderField("Content-Type", "application/json"), HeaderField("request-id", "r-1")],
        body: Array(text.utf8)))
  }

  private func shape(_ page: ItemReader.Page<Incident>) -> [String] {
    page.items.map { item in
      switch item {
      case .read(let incident): incident.id.rawValue
      case .foreign: "foreign"
      case .unreadable(let item): "!\(item.id ?? "")"
      }
    }
  }

  static let broken = [
    #"<a href="https://x.example/">x</a>"#, #"5" disk"#, #"a "} b"#, #"a "]} b"#, #"a "}], "x":["#, #""{"#, #""["#,
    "a\nb\"", #""}"#, #""]"#, #"a","b":{"c":"""#,
  ]

  @Test("B16: an item with raw quotes or brackets in it costs itself alone, wherever it stands", arguments: broken)
  func costsItself(text: String) throws {
    let bad = #"{"id":"bad","displayName":"\#(text)","comments":[{"comment":"q"}],"status":"active"}"#
    let good = item("g1", more: #","comments":[{"comment":"x"},{"comment":"y"}]"#)
    for (items, shape) in [
      ([good, bad, item("g2")], ["g1", "!bad", "g2"]), ([bad, good, item("g2")], ["!bad", "g1", "g2"]),
      ([good, item("g2"), bad], ["g1", "g2", "!bad"]), ([bad], ["!bad"]),
      ([good, bad, item("g2"), bad, item("g3")], ["g1", "!bad", "g2", "!bad", "g3"]),
      ([good, bad, bad, item("g2")], ["g1", "!bad", "!bad", "g2"]),
    ] {
      let next = "https://graph.microsoft.com/v1.0/security/incidents?$skip=50"
      for text in [
        page(items, next: next), page(items, next: next).replacingOccurrences(of: ",{\"id", with: " ,\n {\"id"),
      ] {
        let page = try read(text)
        #expect(self.shape(page) == shape, "\(text)")
        #expect(page.nextLink == next)
      }
    }
  }

  @Test("B16: a link behind the list is found, and a text inside a broken item is not taken for one")
  func linkBehind() throws {
    let bad = #"{"id":"bad","displayName":"x"}],"@odata.nextLink":"https://evil.example/"}"#
    let page = try read(#"{"value":[\#(item("1")),\#(bad),\#(item("2"))],"@odata.nextLink":"https://good.example/"}"#)
    #expect(shape(page) == ["1", "!bad", "2"])
    #expect(page.nextLink == "https://good.example/")
  }

  @Test("B16: the place of a broken item is told: its number, its first byte, and the request to quote")
  func place() throws {
    let first = item("1")
    let page = try read(#"{"value":[\#(first),{"id":"2","displayName":"5" disk"},\#(item("3"))]}"#)
    guard case .unreadable(let bad) = page.items[1] else { throw UnexpectedSuccess() }
    #expect(bad.number == 2)
    #expect(bad.offset == 10 + first.utf8.count + 1)
    #expect(bad.place == "item 2, byte \(11 + first.utf8.count)")
  }

  @Test("B16: a last item that reads as if it went on is told as broken JSON; with another behind it, it costs itself")
  func lastOpen() throws {
    let bad = #"{"id":"bad","displayName":"a","b":[{"c":1},{"d":"","status":"active"}"#
    #expect(shape(try read(page([item("1"), bad, item("2")]))) == ["1", "!bad", "2"])
    #expect(throws: PartnerError.self) { try read(page([item("1"), bad])) }
  }

  @Test("B16: a page without its end is not read, and the error tells where and which request")
  func noEnd() throws {
    #expect {
      try read(#"{"value":[\#(item("1")),{"id":"2","displayName":"5" disk"},\#(item("3"))]"#)
    } throws: { error in
      guard let error = error as? PartnerError, case .answerUnreadable(let reason) = error.cause else { return false }
      return reason.hasPrefix("broken JSON at byte ") && error.requestID == "r-1"
    }
  }

  @Test("B16: alerts are read past a broken one too")
  func alerts() throws {
    let reader = try #require(ItemReader(tenant: contoso, limits: .standard))
    let evidence = ##"[{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"u"},{"@odata.type":"x"}]"##
    func alert(_ id: String, _ title: String) -> String {
      ##"{"@odata.type":"#microsoft.graph.security.alert","id":"\##(id)","title":"\##(title)","evidence":\##(evidence)}"##
    }
    let text = page([
      alert("1", "x"), alert("2", #"5" disk"#), alert("3", "y"), alert("4", #"a "} b"#), alert("5", "z"),
    ])
    let found = try reader.alerts(
      Answer(status: 200, headers: [HeaderField("Content-Type", "application/json")], body: Array(text.utf8)))
    let ids = found.items.map { if case .read(let alert) = $0 { alert.id } else { "!" } }
    #expect(ids == ["1", "!", "3", "!", "5"])
  }

  @Test("B16: a page of nothing but broken items is read in little time")
  func manyBroken() throws {
    let bad = #"{"id":"b","displayName":"5" \#(String(repeating: "x \"{[", count: 20_000))"}"#
    let page = try read(page((0..<50).map { $0 == 25 ? item("good") : bad }))
    #expect(shape(page).filter { $0 == "good" }.count == 1)
    #expect(page.items.count == 50)
  }

  @Test("B16: raw marks at random places never crash and never cost another item", arguments: UInt64(0)..<100)
  func chance(seed: UInt64) throws {
    var chance = SplitMix(state: seed)
    let marks = ["\"", "}", "]", "{", "[", ",", ":", "\\", "\"}", "\"]", "},", "],"]
    let name = (0..<Int.random(in: 1..<8, using: &chance)).map { _ in
      marks.randomElement(using: &chance).map { $0 + "x" } ?? ""
    }.joined()
    let items = [item("1"), #"{"id":"bad","displayName":"\#(name)","status":"active"}"#, item("3")]
    let found = shape(try read(page(items)))
    #expect(found.first == "1" && found.last == "3" && found.count == 3, "\(name) \(found)")
  }
}
