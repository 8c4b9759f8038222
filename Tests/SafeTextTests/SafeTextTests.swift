import Testing

@testable import SafeText

@Suite struct SafeTextTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let id: String
    let hostile: String
    let shown: String
    let columns: Int
    var testDescription: String { id }
  }

  static let rows: [Row] = [
    Row(id: "H1 OSC title", hostile: "\u{1B}]0;x\u{7}", shown: "<1B>]0;x<07>", columns: 12),
    Row(id: "H2 clear screen", hostile: "\u{1B}[2J", shown: "<1B>[2J", columns: 7),
    Row(id: "H3 OSC 52", hostile: "\u{1B}]52;c;aGk=\u{1B}\\", shown: "<1B>]52;c;aGk=<1B>\\", columns: 19),
    Row(id: "H4 OSC 8", hostile: "\u{1B}]8;;http://x\u{7}", shown: "<1B>]8;;http://x<07>", columns: 20),
    Row(id: "H5 DCS", hostile: "\u{1B}Pq\u{1B}\\", shown: "<1B>Pq<1B>\\", columns: 11),
    Row(id: "H6 queries", hostile: "\u{1B}[6n\u{1B}[c\u{1B}[>q", shown: "<1B>[6n<1B>[c<1B>[>q", columns: 20),
    Row(id: "H7 C1", hostile: "\u{9B}31m", shown: "<9B>31m", columns: 7),
    Row(id: "H9 unterminated OSC", hostile: "\u{1B}]2;", shown: "<1B>]2;", columns: 7),
    Row(id: "H10 movements", hostile: "a\r\u{8}\t\u{B}\u{C}b", shown: "a<0D><08><09><0B><0C>b", columns: 22),
    Row(id: "H10 CR LF", hostile: "\r\n", shown: "<0D><0A>", columns: 8),
    Row(id: "H12 NUL", hostile: "a\u{0}b", shown: "a<00>b", columns: 6),
    Row(id: "H13 DEL", hostile: "\u{7F}", shown: "<7F>", columns: 4),
    Row(id: "H14 bidi override", hostile: "exe\u{202E}fdp", shown: "exe<202E>fdp", columns: 12),
    Row(
      id: "H15 isolates", hostile: "\u{2066}a\u{2067}\u{2068}\u{2069}", shown: "<2066>a<2067><2068><2069>", columns: 25),
    Row(
      id: "H16 only zero-width", hostile: "\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}",
      shown: "<200B><200C><200D><2060><FEFF>", columns: 30),
    Row(id: "H17 tags", hostile: "\u{E0041}\u{E007F}", shown: "<E0041><E007F>", columns: 14),
    Row(id: "H18 line separators", hostile: "\u{2028}\u{2029}\u{85}", shown: "<2028><2029><85>", columns: 16),
    Row(
      id: "H19 199 marks", hostile: "a" + String(repeating: "\u{301}", count: 199),
      shown: "a\u{301}\u{301}\u{301}\u{301}<+195>", columns: 7),
    Row(id: "H19 a mark at the start", hostile: "\u{301}a", shown: "\u{25CC}\u{301}a", columns: 2),
    Row(
      id: "H19 a mark after a token", hostile: "\u{202E}\u{301}", shown: "<202E>\u{25CC}\u{301}", columns: 7),
    Row(id: "H20 joined emoji", hostile: "👩\u{200D}💻", shown: "👩<200D>💻", columns: 10),
    Row(id: "H20 VS15, VS16", hostile: "⚠\u{FE0F}⚠\u{FE0E}", shown: "⚠<FE0F>⚠<FE0E>", columns: 14),
    Row(
      id: "H23 noncharacters", hostile: String(decoding: [0xFFFE, 0xFDD0] as [UInt16], as: UTF16.self),
      shown: "<FFFE><FDD0>", columns: 12),
    Row(id: "private use", hostile: "\u{E0B0}", shown: "<E0B0>", columns: 6),
    Row(id: "soft hyphen", hostile: "a\u{AD}b", shown: "a<AD>b", columns: 6),
    Row(id: "blank Hangul letter", hostile: "\u{3164}", shown: "<3164>", columns: 6),
    Row(
      id: "H24 invalid UTF-8", hostile: String(decoding: [0x61, 0xC0, 0x80, 0xFF], as: UTF8.self),
      shown: "a\u{FFFD}\u{FFFD}\u{FFFD}", columns: 4),
    Row(id: "H25 homoglyphs are letters", hostile: "раypal", shown: "раypal", columns: 6),
    Row(id: "H26 empty", hostile: "", shown: "", columns: 0),
    Row(id: "H26 blanks", hostile: "   ", shown: "   ", columns: 3),
    Row(id: "H27 format", hostile: "%s%n", shown: "%s%n", columns: 4),
    Row(id: "H28 quotes", hostile: "'; DROP", shown: "'; DROP", columns: 7),
    Row(id: "H29 paths and flags", hostile: "../.. -rf", shown: "../.. -rf", columns: 9),
    Row(id: "H30 formula", hostile: "=1+1＝", shown: "=1+1＝", columns: 6),
    Row(id: "H31 Arabic", hostile: "مرحبا", shown: "مرحبا", columns: 5),
    Row(id: "H31 Hebrew", hostile: "שלום", shown: "שלום", columns: 4),
    Row(id: "H32 NFC", hostile: "\u{E9}", shown: "\u{E9}", columns: 1),
    Row(id: "H32 NFD", hostile: "e\u{301}", shown: "e\u{301}", columns: 1),
    Row(id: "Turkish", hostile: "Türkiye A.Ş. ıİ", shown: "Türkiye A.Ş. ıİ", columns: 15),
    Row(id: "CJK", hostile: "東京", shown: "東京", columns: 4),
    Row(id: "Korean in letters", hostile: "\u{1112}\u{1161}\u{11AB}", shown: "\u{1112}\u{1161}\u{11AB}", columns: 2),
  ]

  @Test("Hostile text is shown, not obeyed", arguments: rows)
  func table(row: Row) {
    let text = SafeText(row.hostile)
    #expect(Array(text.text.unicodeScalars) == Array(row.shown.unicodeScalars))
    #expect(text.columns == row.columns)
  }

  @Test("H8: an ESC split over two fields stays visible when they are joined")
  func splitEscape() {
    #expect((SafeText("\u{1B}") + SafeText("[2J")).text == "<1B>[2J")
    #expect((SafeText("e") + SafeText("\u{301}")).columns == 2)
  }

  @Test("H11: 10,000 newlines are one line")
  func newlines() {
    let text = SafeText(String(repeating: "\n", count: 10_000))
    #expect(text.columns == 40_000)
    #expect(text.clipped(to: 9).text == "<0A><0A>…")
  }

  @Test("H22: a lone surrogate cannot be made; the scalar that stands for it is shown")
  func surrogate() {
    let text = SafeText(String(decoding: [0xD800, 0x61] as [UInt16], as: UTF16.self))
    #expect(text.text == "\u{FFFD}a")
  }

  @Test("H26: a word of 1 MiB is clipped and wrapped")
  func longWord() {
    let word = String(repeating: "x", count: 1 << 20)
    #expect(SafeText(word).clipped(to: 5).text == "xxxx…")
    #expect(SafeText.paragraphs(word, width: 1024).count == 1024)
  }

  @Test("Invariant 10: of all 1,114,112 code points only allow-listed ones come through, with the width they have")
  func everyScalar() {
    var wrong: [String] = []
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = SafeText(String(scalar))
      if terminalColumns(text.text) != text.columns || text.columns < 1 || marks(in: text.text).atStart {
        wrong.append(String(value, radix: 16))
      }
      let digits = String(value, radix: 16, uppercase: true)
      let zeros = String(repeating: "0", count: max(0, (value < 256 ? 2 : 4) - digits.count))
      let expected = ScalarClass(scalar).isHidden ? "<\(zeros)\(digits)>" : String(scalar)
      let base: Unicode.Scalar? = ScalarClass(scalar).isMark ? "\u{25CC}" : nil
      if !text.text.unicodeScalars.elementsEqual((base.map { [$0] } ?? []) + Array(expected.unicodeScalars)) {
        wrong.append(digits)
      }
    }
    #expect(wrong == [])
  }

  @Test("Any text is harmless, measured right and stays as it is the second time", arguments: UInt64(0)..<400)
  func anything(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let text = SafeText(anyText(using: &chance))
    #expect(terminalColumns(text.text) == text.columns)
    #expect(marks(in: text.text).longest <= SafeText.maximumMarks)
    #expect(!marks(in: text.text).atStart)
    #expect(SafeText(text.text) == text)
  }

  @Test("Literals and interpolations go through the same door")
  func literals() {
    let name = "x\u{1B}"
    let text: SafeText = "● \(name) \(3)"
    #expect(text.text == "● x<1B> 3")
    #expect([SafeText("a"), "b"].joined(separator: ", ").columns == 4)
  }
}
