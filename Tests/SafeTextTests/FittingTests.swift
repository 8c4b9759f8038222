import Testing

@testable import SafeText

@Suite struct FittingTests {
  @Test(
    "Clipping ends with … and never splits a wide character",
    arguments: [
      ("Contoso", 7, "Contoso"), ("Contoso", 6, "Conto…"), ("Contoso", 1, "…"), ("Contoso", 0, ""), ("Contoso", -3, ""),
      ("東京都", 6, "東京都"), ("東京都", 5, "東京…"), ("東京都", 4, "東…"), ("東京都", 2, "…"),
      ("ae\u{301}\u{302}b", 2, "a…"), ("e\u{301}bc", 2, "e\u{301}…"), ("🙂🙂", 3, "🙂…"),
    ])
  func clipping(text: String, columns: Int, clipped: String) {
    #expect(Array(SafeText(text).clipped(to: columns).text.unicodeScalars) == Array(clipped.unicodeScalars))
  }

  @Test(
    "Padding adds blanks on the far side",
    arguments: [
      ("ab", 4, Alignment.leading, "ab  "), ("ab", 4, .trailing, "  ab"), ("東", 3, .trailing, " 東"),
      ("abcd", 2, .leading, "abcd"), ("", 2, .leading, "  "),
    ])
  func padding(text: String, width: Int, alignment: Alignment, padded: String) {
    #expect(SafeText(text).padded(to: width, alignment: alignment).text == padded)
  }

  @Test(
    "Paragraphs honour newlines, wrap words and cut long ones",
    arguments: [
      ("one two three", 7, ["one two", "three"]), ("one\ntwo", 10, ["one", "two"]), ("a\r\nb", 4, ["a", "b"]),
      ("a\n\nb", 4, ["a", "", "b"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
      ("ab abcdefgh x", 4, ["ab", "abcd", "efgh", "x"]),
      ("東京都庁", 5, ["東京", "都庁"]), ("東", 1, ["?"]), ("a東b", 1, ["a", "?", "b"]), ("", 5, []), ("x", 0, []),
      ("a\tb", 9, ["a   b"]), ("  indented", 20, ["  indented"]), ("a     b", 3, ["a", "b"]),
      ("a\u{1B}[2J", 20, ["a<1B>[2J"]),
      ("a\rb", 10, ["a<0D>b"]), ("end   ", 10, ["end"]), ("\n", 5, ["", ""]),
    ])
  func paragraphs(text: String, width: Int, lines: [String]) {
    #expect(SafeText.paragraphs(text, width: width).map(\.text) == lines)
  }

  @Test("Clipped, padded and wrapped text never overflows and stays harmless", arguments: UInt64(0)..<400)
  func neverOverflows(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let hostile = anyText(using: &chance)
    let width = Int.random(in: 1...40, using: &chance)
    let text = SafeText(hostile)
    let clipped = text.clipped(to: width)
    #expect(clipped.columns <= width)
    #expect(terminalColumns(clipped.text) == clipped.columns)
    #expect(!marks(in: clipped.text).atStart)
    #expect(text.fitted(to: width, alignment: .trailing).columns == width)
    for line in SafeText.paragraphs(hostile, width: width) + text.wrapped(to: width) {
      #expect(line.columns <= width)
      #expect(terminalColumns(line.text) == line.columns)
      #expect(marks(in: line.text).longest <= SafeText.maximumMarks)
    }
  }

  @Test("Wrapping loses nothing but blanks", arguments: UInt64(0)..<200)
  func losesNothing(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let text = SafeText(anyText(using: &chance))
    let width = Int.random(in: 2...20, using: &chance)
    let wrapped = text.wrapped(to: width).map(\.text).joined()
    #expect(wrapped.unicodeScalars.filter { $0 != " " } == text.text.unicodeScalars.filter { $0 != " " })
  }

  @Test(
    "ASCII twins are as wide as what they stand for",
    arguments: [
      ("● granted", "* granted"), ("◐○✖◌⟳▌↑", "~ox.%|^"), ("Türkiye A.Ş. ıİ", "Turkiye A.S. iI"), ("東x", "??x"),
      ("e\u{301}", "e"), ("a…–·", "a~-."), ("plain", "plain"),
    ])
  func ascii(text: String, twin: String) {
    let safe = SafeText(text)
    #expect(safe.asciiOnly.text == twin)
    #expect(safe.asciiOnly.columns == safe.columns)
  }
}
