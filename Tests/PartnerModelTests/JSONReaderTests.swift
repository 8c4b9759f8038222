import PartnerModel
import Testing

@Suite("Reading JSON with its places")
struct JSONReaderTests {
  @Test(
    "RFC 8259 is read",
    arguments: [
      "null", " true ", "false", "0", "-0", "-0.5e-10", "1E+2", "1e400", "1000000000000000000000000000000", "\"\"",
      "[]", "[ ]", "{}", "{ }", "[1,2]", "{\"a\":{\"b\":[null]}}", "\t\r\n[\r\n]\n",
      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
      "\"\u{7F}\"", "\"\u{2028}\"", "{\"\":0}", "{\"a\":1,\"A\":2}", "\u{FEFF}{}",
    ])
  func accepts(text: String) throws {
    _ = try JSONReader.read(text)
    _ = try JSONReader.read(text, .handwritten)
  }

  @Test(
    "H33, H36, H37: what is not JSON is refused",
    arguments: [
      "", " ", "nul", "nullx", "True", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+",
      "0x10", "'a'", "\"a", "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u+123\"",
      "\"\\", "\"\\u", "[", "]", "[1", "[1 2]", "[,1]", "[1,,2]", "{", "}", "{\"a\"}", "{\"a\":}", "{a:1}",
      "{\"a\":1 \"b\":2}",
      "{1:1}", "{,}", "[1]]", "{} {}", "1 2", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}", "\u{FEFF}\u{FEFF}{}",
      "\u{A0}1",
    ])
  func refuses(text: String) {
    #expect(throws: JSONReadError.self) { try JSONReader.read(text) }
    #expect(throws: JSONReadError.self) { try JSONReader.read(text, .handwritten) }
  }

  @Test("H36: a key that stands twice is refused, among few and among many", arguments: [2, 15, 16, 17, 18, 40])
  func twice(count: Int) throws {
    let keys = (1...count).map { "k\($0)" }
    func text(_ keys: [String]) -> String { "{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}" }
    #expect(try JSONReader.read(text(keys)).members?.map(\.key) == keys)
    for known in [1, count / 2 + 1, count] {
      #expect(throws: JSONReadError.self) { try JSONReader.read(text(keys + ["k\(known)"])) }
    }
  }

  @Test("H22, H24: what is no UTF-8 in a text is replaced, be it read as text or as bytes")
  func brokenBytes() throws {
    for bytes: [UInt8] in [[0xFF], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x41, 0xF0, 0x9F, 0x42]] {
      let document =
        Array("[\"a".utf8) + bytes + Array("\",\"\\n".utf8) + bytes + Array("\",\"".utf8) + bytes
        + Array("\\n\"]".utf8)
      let texts = try JSONReader.read(utf8: document).array?.map(\.string)
      let replaced = String(decoding: bytes, as: UTF8.self)
      #expect(texts == ["a" + replaced, "\n" + replaced, replaced + "\n"])
      #expect(try JSONReader.read(String(decoding: document, as: UTF8.self)).array?.map(\.string) == texts)
    }
  }

  @Test(
    "H37: comments and trailing commas are read only where people write",
    arguments: [
      "// a\n1", "1 // a", "1 /* a */", "/**/1", "/* * / ** */ 1", "[1,]", "[1, /* last */ ]", "{\"a\":1,}",
      "{ // a\n \"a\" /* b */ : /* c */ 1 /* d */ , // e\n}", "\"//\" // \"",
    ])
  func lenient(text: String) throws {
    _ = try JSONReader.read(text, .handwritten)
    #expect(throws: JSONReadError.self) { try JSONReader.read(text) }
  }

  @Test(
    "Leniency has its ends too", arguments: ["[,]", "{,}", "[1,,]", "/* a", "/", "1 /", "/ / 1", "# a\n1", "/*/ 1"])
  func stillRefused(text: String) {
    #expect(throws: JSONReadError.self) { try JSONReader.read(text, .handwritten) }
  }

  @Test("Each leniency is its own")
  func leniencies() throws {
    _ = try JSONReader.read("[1,]", .trailingCommas)
    _ = try JSONReader.read("[1] // a", .comments)
    #expect(throws: JSONReadError.self) { try JSONReader.read("[1,]", .comments) }
    #expect(throws: JSONReadError.self) { try JSONReader.read("[1] // a", .trailingCommas) }
  }

  @Test(
    "H34: 64 levels are read; 65 and 100,000 are refused without exhausting the stack", arguments: ["[", "{\"a\":"])
  func depth(open: String) throws {
    func nested(_ levels: Int) -> String {
      let close = open == "[" ? "]" : "}"
      return String(repeating: open, count: levels - 1) + "0" + String(repeating: close, count: levels - 1)
    }
    _ = try JSONReader.read(nested(64))
    for levels in [65, 513, 100_000] {
      #expect(throws: JSONReadError.self) { try JSONReader.read(nested(levels)) }
      #expect(throws: JSONReadError.self) { try JSONReader.read(String(repeating: open, count: levels)) }
    }
  }

  @Test(
    "Escapes are read, pairs are joined, and half a pair is replaced",
    arguments: [
      (#""\u0041\u00e7\u20AC""#, "Aç€"), (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00""#, "😀"),
      (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
      (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
      (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\u0000""#, "\u{0}"), (#""\/""#, "/"), ("\"İstanbul\"", "İstanbul"),
    ])
  func strings(text: String, expected: String) throws {
    let read = try #require(try JSONReader.read(text).string)
    #expect(Array(read.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test("H35: a number keeps its digits")
  func numbers() throws {
    for digits in ["1e400", "-0", "1.0", "1000000000000000000000000000000", "0.1234567890123456789"] {
      #expect(try JSONReader.read(digits).value == .number(digits))
    }
    #expect(try JSONReader.read("\"5\"").number == nil)
    #expect(try JSONReader.read("1e400").number == .infinity)
  }

  @Test(
    "A mistake is told with its line and column, counted in characters",
    arguments: [
      ("", 1, 1), ("x", 1, 1), ("[1,\n x]", 2, 2), ("{\"a\": 1\n\"b\": 2}", 2, 1), ("[1,\r\n\r\n  x]", 3, 3),
      ("[\"şğıİçöü\", x]", 1, 13), ("[\"東京😀\", x]", 1, 9), ("{\n\t\"a\": 1,\n\t\"a\": 2\n}", 3, 2), ("[\"a", 1, 2),
      ("[\"a\\x\"]", 1, 4), ("[\"a\u{1}\"]", 1, 4), ("\u{FEFF}x", 1, 1), ("[1] 2", 1, 5), ("\n\n/* a", 3, 1),
      ("[1,\n01]", 2, 1), ("[1.]", 1, 4), ("[1", 1, 3), ("[\n", 2, 1),
    ])
  func mistakes(text: String, line: Int, column: Int) throws {
    let error = try #require(throws: JSONReadError.self) { try JSONReader.read(text, .handwritten) }
    #expect(error.position == TextPosition(line: line, column: column))
    #expect(error.message.hasPrefix("expected "))
  }

  @Test("Every value and key knows its place", arguments: ["\n", "\r\n"])
  func places(lineEnd: String) throws {
    let text = ["{ // İ", "  \"ad\": \"Işık\", \"b\": [1,", "  null]", "}"].joined(separator: lineEnd)
    let root = try JSONReader.read(text, .handwritten)
    #expect(root.position == .start)
    #expect(root.members?.map(\.keyPosition) == [TextPosition(line: 2, column: 3), TextPosition(line: 2, column: 17)])
    #expect(root["ad"]?.position == TextPosition(line: 2, column: 9))
    #expect(root["b"]?.position == TextPosition(line: 2, column: 22))
    #expect(
      root["b"]?.array?.map(\.position) == [TextPosition(line: 2, column: 23), TextPosition(line: 3, column: 3)])
  }

  @Test("Accessors answer for their own kind only")
  func accessors() throws {
    let root = try JSONReader.read(#"{"s":"x","n":1.5,"b":true,"z":null,"a":[1],"o":{}}"#)
    #expect(root["s"]?.string == "x" && root["s"]?.number == nil && root["s"]?["x"] == nil)
    #expect(root["n"]?.number == 1.5 && root["n"]?.string == nil)
    #expect(root["b"]?.bool == true && root["n"]?.bool == nil)
    #expect(root["z"]?.isNull == true && root["b"]?.isNull == false)
    #expect(root["a"]?.array?.count == 1 && root["o"]?.array == nil)
    #expect(root["o"]?.members?.isEmpty == true && root["a"]?.members == nil)
    #expect(root["nothing"] == nil)
  }

  @Test("Cut-off and damaged text never traps", arguments: UInt64(0)..<100)
  func damaged(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    var scalars = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",{"b":null}],"ş":true,"c":{}} // c"#.unicodeScalars)
    for _ in 0..<Int.random(in: 1...4, using: &chance) {
      let place = Int.random(in: 0..<scalars.count, using: &chance)
      switch Int.random(in: 0...2, using: &chance) {
      case 0: scalars.removeSubrange(place...)
      case 1: scalars[place] = "\"\\{}[]:,u0/*-e\u{0}\u{1F600}".unicodeScalars.randomElement(using: &chance) ?? " "
      default: scalars.insert(contentsOf: scalars[..<place], at: place)
      }
      if scalars.isEmpty { scalars = ["0"] }
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    if let node = try? JSONReader.read(text, .handwritten) {
      #expect(try JSONReader.read(node.text()).text() == node.text(), "seed \(seed)")
    }
  }
}
