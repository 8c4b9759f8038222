import Foundation
import PartnerModel
import Testing

@Suite("Text as searches compare it")
struct TextFoldTests {
  @Test(
    "H32: case, diacritics, dotted and dotless i, width and composition do not matter",
    arguments: [
      ("İSTANBUL", "istanbul"), ("ISTANBUL", "istanbul"), ("ıstanbul", "istanbul"), ("istanbul", "istanbul"),
      ("I\u{307}stanbul", "istanbul"), ("IŞIK ĞÜÇ ÖÇ", "isik guc oc"), ("ışık ğüç öç", "isik guc oc"),
      ("s\u{327}", "s"), ("ş", "s"), ("MÜLLER & SÖHNE", "muller & sohne"), ("Straße", "strasse"),
      ("STRASSE", "strasse"), ("ẞ", "ss"),
      ("Æsir Œuvre Þór", "aesir oeuvre thor"), ("Łódź", "lodz"), ("Świetlik", "swietlik"), ("Ángström", "angstrom"),
      ("\u{212B}", "a"), ("\u{212A}", "k"), ("Ｃｏｎｔｏｓｏ１", "contoso1"), ("ΝΉΣΟΣ", "νησοσ"), ("νήσος", "νησοσ"),
      ("ЙОД Ёлка", "иод елка"), ("東京データ", "東京テ\u{3099}ータ"), ("한", "\u{1112}\u{1161}\u{11AB}"),
      ("가", "\u{1100}\u{1161}"), ("", ""), ("abc-123 %s%n", "abc-123 %s%n"),
    ])
  func folds(text: String, expected: String) {
    #expect(Array(text.foldedForSearch.utf8) == Array(expected.utf8))
  }

  @Test(
    "H32: a word in composed and in decomposed form folds to the same bytes, for every character with a decomposition")
  func composition() {
    var different: [String] = []
    for value in UInt32(0x80)...0x2_FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let composed = String(scalar)
      let decomposed = composed.decomposedStringWithCanonicalMapping
      guard Array(decomposed.utf8) != Array(composed.utf8) else { continue }
      if Array(composed.foldedForSearch.utf8) != Array(decomposed.foldedForSearch.utf8) {
        different.append(String(value, radix: 16) + " " + composed)
      }
    }
    #expect(different.isEmpty, "\(different.count): \(different.joined(separator: ", "))")
  }

  @Test("Folding twice changes nothing more")
  func twice() {
    var different: [String] = []
    for value in UInt32(0)...0x1_FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let once = String(scalar).foldedForSearch
      if Array(once.foldedForSearch.utf8) != Array(once.utf8) {
        different.append(String(value, radix: 16) + " " + String(scalar))
      }
    }
    #expect(different.isEmpty, "\(different.count): \(different.joined(separator: ", "))")
  }

  @Test("Small and capital letters of the scripts in use fold alike")
  func cases() {
    for value in Array(UInt32(0x41)...0x24F) + Array(0x370...0x52F) + Array(0x1E00...0x1EFF) + Array(0xFF21...0xFF5A) {
      guard let scalar = Unicode.Scalar(value), scalar.properties.isUppercase else { continue }
      let small = scalar.properties.lowercaseMapping
      #expect(String(scalar).foldedForSearch == small.foldedForSearch, "\(String(value, radix: 16)) \(scalar)")
    }
  }
}
