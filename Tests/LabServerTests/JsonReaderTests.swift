import Testing

@testable import LabServer

@Suite struct JsonReaderTests {
  @Test(
    "H33 to H38: what is not quite JSON is not JSON",
    arguments: [
      "", " ", #"{"a":1,"a":2}"#, #"{"a":1,}"#, "[1,]", "[,1]", "[1] 2", "{} {}", #"{"a" 1}"#, "{a:1}", #"{"a":}"#,
      "'a'",
      "01", "+1", ".5", "1.", "1e", "-", "1e999", "NaN", "nul", "truex", #""\ud800""#, #""\udc00\ud800""#, #""\x41""#,
      #""\u12g4""#, "\"a\nb\"", "\"open", "\u{FEFF}{}", "// no\n{}", "[1", #"{"a":1"#,
      String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    ])
  func refused(_ text: String) {
    #expect(JsonValue.parse(Array(text.utf8)) == nil)
  }

  @Test("Bytes that are not UTF-8 are not JSON")
  func badBytes() {
    #expect(JsonValue.parse([0x22, 0xC0, 0x80, 0x22]) == nil)
  }

  @Test("What is JSON is read whole")
  func whole() {
    let text = #" {"a" : [1, -0.5e+1, true, false, null, "\u00e9\ud83d\ude00\n\/"], "b":{}, "c":[ ] } "#
    let expected = JsonValue.object([
      "a": .array([.number(1), .number(-5), .bool(true), .bool(false), .null, .string("é😀\n/")]),
      "b": .object([:]), "c": .array([]),
    ])
    #expect(JsonValue.parse(Array(text.utf8)) == expected)
  }
}
