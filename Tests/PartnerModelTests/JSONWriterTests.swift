import Foundation
import PartnerModel
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
  @Test(
    "What JSON requires and what could steer a terminal is escaped; letters stay",
    arguments: [
      ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#), ("\u{1B}[2J\u{0}\u{8}", #""\u001b[2J\u0000\u0008""#),
      ("\u{7F}\u{85}\u{9B}", #""\u007f\u0085\u009b""#), ("\u{202E}abc\u{2066}", #""\u202eabc\u2066""#),
      ("\u{200B}\u{200D}\u{FEFF}", #""\u200b\u200d\ufeff""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
      ("\u{E0041}", #""\udb40\udc41""#), ("\u{E000}", #""\ue000""#), ("İıŞğ 東京 😀", "\"İıŞğ 東京 😀\""),
      ("e\u{301}", "\"e\u{301}\""), ("a/b", #""a/b""#), ("", #""""#),
    ])
  func strings(text: String, expected: String) {
    let written = JSONNode.string(text).text()
    #expect(Array(written.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test("Pretty is indented by two, keys as given; plain is one line")
  func shapes() {
    let node = JSONNode.object([
      "z": .number(1), "a": .strings(["x", "y"]), "e": .array([]), "o": .object([:]), "n": .string(nil),
      "m": .number(nil), "b": .bool(false),
    ])
    #expect(node.text(isPretty: false) == #"{"z":1,"a":["x","y"],"e":[],"o":{},"n":null,"m":null,"b":false}"#)
    #expect(
      node.text() == """
        {
          "z": 1,
          "a": [
            "x",
            "y"
          ],
          "e": [],
          "o": {},
          "n": null,
          "m": null,
          "b": false
        }
        """)
  }

  @Test("What is written reads back the same, here and in Foundation", arguments: UInt64(0)..<100)
  func roundTrip(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let node = Self.anyNode(depth: 0, using: &chance)
    for isPretty in [true, false] {
      let text = node.text(isPretty: isPretty)
      let back = try JSONReader.read(text)
      #expect(back.text(isPretty: isPretty) == text, "seed \(seed)")
      #expect(Self.isSame(back, node), "seed \(seed)")
      _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }
  }

  private static func isSame(_ left: JSONNode, _ right: JSONNode) -> Bool {
    switch (left.value, right.value) {
    case (.array(let one), .array(let other)):
      one.count == other.count && zip(one, other).allSatisfy { isSame($0, $1) }
    case (.object(let one), .object(let other)):
      one.count == other.count && zip(one, other).allSatisfy { $0.key == $1.key && isSame($0.value, $1.value) }
    case (.string(let one), .string(let other)): Array(one.unicodeScalars) == Array(other.unicodeScalars)
    default: left.value == right.value
    }
  }

  private static func anyNode(depth: Int, using chance: inout Chance) -> JSONNode {
    switch Int.random(in: 0...(depth < 4 ? 6 : 4), using: &chance) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &chance))
    case 2: return .number(Int.random(in: -1_000_000...1_000_000, using: &chance))
    case 3: return JSONNode(.number("-12.5e3"))
    case 4: return .string(anyText(using: &chance))
    case 5:
      return .array(
        (0..<Int.random(in: 0...4, using: &chance)).map { _ in anyNode(depth: depth + 1, using: &chance) })
    default:
      let members = (0..<Int.random(in: 0...4, using: &chance)).map { index in
        JSONNode.Member(
          key: "\(index)" + anyText(using: &chance), keyPosition: .start,
          value: anyNode(depth: depth + 1, using: &chance))
      }
      return JSONNode(.object(members))
    }
  }

  private static func anyText(using chance: inout Chance) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0...8, using: &chance) {
      let limit: UInt32 = Bool.random(using: &chance) ? 0x100 : 0x110000
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &chance)) {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
