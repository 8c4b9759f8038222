import SafeText
import TerminalKit
import TerminalModel
import Testing

@testable import NcursesDriver

// Among those that run one after the other: ncurses has one screen at a time.
extension DriverTests {
  /// The columns in which a line shows the same in every terminal: those outside of words that hold contested letters.
  private func certainColumns(of line: Line) -> [Int] {
    var columns: [Int] = []
    var word: [Int] = []
    for (column, cell) in line.cells.enumerated() {
      let isLetter = cell.width == 0 || cell.base.value >= 0x900 && !(0x2000..<0x2E80).contains(cell.base.value)
      if isLetter { word.append(column) }
      if !isLetter || column == line.width - 1 {
        if !word.contains(where: { line.cells[$0].isContested }) { columns += word }
        word = []
      }
      if !isLetter { columns.append(column) }
    }
    return columns
  }

  @Test(
    "P1: a frame painted over others is that painted on nothing, digits in their columns, however a terminal counts",
    arguments: TerminalWidths.allCases,
    UInt64(1)..<4)
  func contested(widths: TerminalWidths, seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func chance(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let names: [SafeText] = [
      "क्षितिज सुरक्षा प्रा. लि.", "বাংলা ব্যাংক", "Circled ㉈", "Contoso Ltd", "شركة الأمن", "東京データ", "தமிழ்", "a😀🇩🇪b", "ក្រុមហ៊ុន",
    ]
    let styles = [Style.plain, Style(.red, .bold), Style(.standard, .reverse), Style(.cyan, .underline)]
    func anyLine(_ width: Int) -> Line {
      var builder = LineBuilder(width: width)
      builder.add(names[chance(names.count)], to: min(12 + chance(3) * 4, width), .leading, styles[chance(4)])
      while builder.remaining > 0, chance(5) > 0 {
        builder.add(
          chance(6) == 0 ? names[chance(names.count)] : SafeText("\(chance(1000))"), to: 6, .trailing, styles[chance(4)]
        )
      }
      return builder.line()
    }
    try onTerminal(columns: 44, rows: 20) { driver, terminal, _ in
      var seen = SmallTerminal(columns: 44, rows: 20, widths: widths)
      var list = (0..<60).map { _ in anyLine(30) }
      var side = (0..<20).map { _ in anyLine(14) }
      var (top, cursor) = (0, 3)
      for step in 0..<120 {
        switch chance(9) {
        case 0...2: top = min(max(top + chance(7) - 3, 0), 40)
        case 3: side[chance(20)] = anyLine(14)
        case 4: list.swapAt(top + chance(20), chance(60))
        case 5: list.sort { $0.text < $1.text }
        case 6: list[top + chance(20)] = anyLine(30)
        case 7 where chance(3) == 0:
          driver.giveUp()
          driver.keep()
        default: cursor = chance(20)
        }
        var rows = (0..<20).map { ScreenRow(list[top + $0], beside: side[$0]) }
        rows[cursor] = ScreenRow(list[top + cursor].adding(.reverse), beside: side[cursor])
        let isTyping = chance(8) == 0
        let screen = Screen(
          size: driver.size, rows: rows, cursor: isTyping ? Position(column: 2, row: 19) : nil,
          rest: Position(column: 0, row: cursor))
        driver.paint(screen)
        seen.feed(terminal.painted())
        for (index, line) in screen.lines.enumerated() {
          let shown = seen.picture[index]
          for column in certainColumns(of: line) where line.cells[column].width > 0 && !line.cells[column].isBlank {
            #expect(shown[column].hasSuffix(line.cells[column].text), "step \(step), \(line.text): \(shown.joined())")
          }
          if widths == .library { #expect(seen.shows(line, at: index), "step \(step), \(line.text)") }
        }
        #expect(seen.cursor == (isTyping ? [2, 19] : [0, cursor]), "step \(step)")
        driver.redraw()
        driver.paint(screen)
        var anew = SmallTerminal(columns: 44, rows: 20, widths: widths)
        anew.feed(terminal.painted())
        #expect(seen.picture == anew.picture, "step \(step)")
        // On with what differences made, half of the time.
        if chance(2) == 0 { seen = anew }
      }
      #expect(seen.unknown == [])
    }
  }

  @Test(
    "P1: the selected row is reverse over its whole width, whatever its letters take",
    arguments: TerminalWidths.allCases)
  func ground(widths: TerminalWidths) throws {
    let names: [SafeText] = ["क्षितिज सुरक्षा", "বাংলা ব্যাংক", "Circled ㉈", "🙂🙂", "Contoso"]
    try onTerminal(columns: 40, rows: 4) { driver, terminal, _ in
      var seen = SmallTerminal(columns: 40, rows: 4, widths: widths)
      for name in names {
        for _ in 0..<2 {
          let line = row(name + " 12", width: 40).restyled(Style(.standard, .reverse))
          driver.paint(Screen(size: driver.size, lines: [line]))
          seen.feed(terminal.painted())
          #expect(seen.picture[0].allSatisfy { $0.hasPrefix("reverse") }, "\(seen.picture[0])")
          driver.redraw()
        }
      }
    }
  }

  @Test("P1: an ordinary frame costs what it cost; in ASCII nothing is contested")
  func ordinaryRows() throws {
    func bytes(_ name: SafeText, _ signs: Signs) throws -> Int {
      try onTerminal(options: TerminalOptions(signs: signs)) { driver, terminal, _ in
        func screen(_ text: SafeText) -> Screen {
          Screen(size: driver.size, lines: [row(name + " " + text, width: 80)])
        }
        driver.paint(screen("1"))
        _ = terminal.painted()
        driver.paint(screen("2"))
        return terminal.painted().count
      }
    }
    #expect(try bytes("Contoso", .all) < 12)
    #expect(try bytes("বাংলা", .ascii) < 12)
    #expect(try bytes("বাংলা", .all) > 30)
  }
}
