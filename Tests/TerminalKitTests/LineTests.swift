import SafeText
import Testing

@testable import TerminalKit

@Suite struct LineTests {
  @Test("Fields are cut and padded to their columns, and the line to its width")
  func fields() {
    var builder = LineBuilder(width: 20)
    builder.add("Contoso Ltd", to: 8)
    builder.add("7", to: 4, .trailing, Style(.red, .bold))
    builder.skip(1)
    builder.add("東京データ")
    #expect(builder.column == 20)
    #expect(builder.line().text == "Contoso…   7 東京デ…")
    #expect(builder.line().annotated == "Contoso…⟦red bold:   7⟧ 東京デ…")
    #expect(builder.line().width == 20)
  }

  @Test(
    "A line is as wide as it was asked to be, whatever is added", arguments: [0, 1, 2, 3, 7, 80])
  func widths(width: Int) {
    var builder = LineBuilder(width: width)
    for text in ["東京", "abc", "e\u{301}\u{301}", "🙂", "\u{1B}[2J"] as [SafeText] {
      builder.add(text)
      builder.add(text, to: 3, .trailing)
      builder.add(builder.line())
    }
    builder.fill(to: 100)
    #expect(builder.line().width == width)
  }

  @Test("Marks stay with their character, also with a wide one")
  func marks() {
    var builder = LineBuilder(width: 6)
    builder.add("e\u{301}\u{302}東\u{303}x")
    let line = builder.line()
    #expect(line.cells.map(\.width) == [1, 2, 0, 1, 1, 1])
    #expect(line.cells[0].text.unicodeScalars.count == 3)
    #expect(line.cells[1].text.unicodeScalars.count == 2)
    #expect(Array(line.text.unicodeScalars) == Array("e\u{301}\u{302}東\u{303}x".unicodeScalars))
  }

  @Test("Cutting a line through a wide character leaves a blank")
  func cut() {
    var builder = LineBuilder(width: 4)
    builder.add("東京")
    #expect(builder.line().resized(to: 3).text == "東")
    #expect(builder.line().resized(to: 3).cells.map(\.width) == [2, 0, 1])
    #expect(builder.line().resized(to: 6).width == 6)
  }

  @Test("Restyling changes every cell and nothing else")
  func restyling() {
    var builder = LineBuilder(width: 4)
    builder.add("ab", Style(.cyan))
    let line = builder.line()
    #expect(line.adding(.reverse).annotated == "⟦cyan reverse:ab⟧⟦reverse:  ⟧")
    #expect(line.restyled(Style(.standard, .dim)).annotated == "⟦dim:ab  ⟧")
    builder.restyle(adding: .underline)
    #expect(builder.line().annotated == "⟦cyan underline:ab⟧")
  }

  @Test("Lines are equal by what they show")
  func equality() {
    func line(_ text: SafeText, _ style: Style) -> Line {
      var builder = LineBuilder(width: 8)
      builder.add(text, style)
      return builder.line()
    }
    #expect(line("a", .plain) == line("a", .plain))
    #expect(line("a", .plain) != line("b", .plain))
    #expect(line("a", .plain) != line("a", Style(.red)))
    #expect(line("\u{E9}", .plain) != line("e\u{301}", .plain))
  }

  @Test(
    "Two lines differ from the first to the last cell that is not the same, and no wide character is parted",
    arguments: [
      ("abcdef", "abcdef", nil), ("abcdef", "abXdef", 2..<3), ("abcdef", "aXcdYf", 1..<5), ("", "x", 0..<1),
      ("ab東cd", "ab京cd", 2..<4), ("ab東cd", "abxxcd", 2..<4), ("abxxcd", "ab東cd", 2..<4), ("ab東cd", "a東xcd", 1..<4),
      ("東京東京", "東京東x", 6..<8), ("e\u{301}x", "ex", 0..<1),
    ] as [(SafeText, SafeText, Range<Int>?)])
  func difference(before: SafeText, after: SafeText, range: Range<Int>?) {
    func line(_ text: SafeText) -> Line {
      var builder = LineBuilder(width: 8)
      builder.add(text)
      return builder.line()
    }
    #expect(line(after).difference(from: line(before)) == range)
    #expect(line(before).difference(from: line(after)) == range)
    #expect(line(before).difference(from: Line.blank(3)) == 0..<8)
  }

  @Test("A style keeps its colours and attributes", arguments: Color.allCases)
  func parts(color: Color) {
    for bits in UInt8(0)..<16 {
      let style = Style(color, on: .green, Style.Attributes(rawValue: bits))
      #expect(style.foreground == color && style.background == .green && style.attributes.rawValue == bits)
      #expect(Style(.cyan, on: color).background == color)
    }
  }

  @Test("A blank looks the same in any foreground, but not reversed, underlined or on another ground")
  func blanks() {
    #expect(Style(.red, .bold).looksAlikeOnBlanks(.plain) && Style.plain.looksAlikeOnBlanks(Style(.green, .dim)))
    for other in [Style(.standard, .reverse), Style(.standard, .underline), Style(.standard, on: .yellow)] {
      #expect(!other.looksAlikeOnBlanks(.plain) && !Style.plain.looksAlikeOnBlanks(other))
    }
  }

  @Test("A style is two bytes, a cell twenty-four")
  func sizes() {
    #expect(MemoryLayout<Style>.size == 2)
    #expect(MemoryLayout<Cell>.stride == 24)
  }
}

@Suite struct ScreenTests {
  private func line(_ text: SafeText, width: Int) -> Line {
    var builder = LineBuilder(width: width)
    builder.add(text)
    return builder.line()
  }

  @Test("A screen has exactly its rows and columns")
  func fits() {
    let size = Size(columns: 4, rows: 3)
    let screen = Screen(size: size, lines: [line("abcdef", width: 6), line("x", width: 1)])
    #expect(screen.text == "abcd\nx\n\n")
    #expect(screen.lines.allSatisfy { $0.width == 4 })
    #expect(Screen(size: size, lines: Array(repeating: line("a", width: 4), count: 9)).lines.count == 3)
    #expect(Screen(size: Size(columns: -1, rows: -1), lines: []).text == "")
  }

  @Test("A row of two columns is one line, and is made to fit as one")
  func besideEachOther() {
    let row = ScreenRow(line("ab", width: 3), beside: line("cd東", width: 4))
    #expect(row.width == 7 && row.line == line("ab cd東", width: 7))
    for (columns, text) in [(7, "ab cd東\n"), (6, "ab cd\n"), (2, "ab\n"), (9, "ab cd東\n")] {
      let screen = Screen(size: Size(columns: columns, rows: 1), rows: [row, row])
      #expect(screen.text == text && screen.lines[0].width == columns)
    }
  }

  @Test(
    "A cursor outside the window is hidden",
    arguments: [(0, 0, true), (3, 2, true), (4, 2, false), (3, 3, false), (-1, 0, false)])
  func cursor(column: Int, row: Int, isShown: Bool) {
    let screen = Screen(size: Size(columns: 4, rows: 3), lines: [], cursor: Position(column: column, row: row))
    #expect((screen.cursor != nil) == isShown)
    #expect(screen.annotated == (isShown ? "\n\n\ncursor \(column),\(row)\n" : "\n\n\n"))
  }
}
