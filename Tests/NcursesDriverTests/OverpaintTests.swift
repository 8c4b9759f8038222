import Glibc
import SafeText
import TerminalKit
import TerminalModel
import Testing

@testable import NcursesDriver

// Among those that run one after the other: ncurses has one screen at a time.
extension DriverTests {
  @Test("What is painted over another screen is that screen, whatever stood there", arguments: UInt64(1)..<6)
  func overpainted(seed: UInt64) throws {
    var state = seed
    func chance(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let parts: [SafeText] = ["a", "word", "東", "データ", " ", "   ", "e\u{301}", "é", "│", "x東x"]
    let styles = [
      Style.plain, Style(.red, .bold), Style(.standard, .reverse), Style(.cyan, .underline), Style(.standard, .dim),
    ]
    try onTerminal(columns: 40, rows: 8) { driver, terminal, _ in
      var seen = SmallTerminal(columns: 40, rows: 8)
      var lines = (0..<8).map { _ in row("", width: 40) }
      for _ in 0..<120 {
        var builder = LineBuilder(width: 40)
        // Often the beginning stays, or the end does.
        let old = lines[chance(8)]
        if chance(2) == 0 { builder.add(old.resized(to: chance(40))) }
        for _ in 0..<chance(9) { builder.add(parts[chance(parts.count)], styles[chance(styles.count)]) }
        if chance(2) == 0 { builder.add(old) }
        lines[chance(8)] = builder.line()
        driver.paint(Screen(size: driver.size, lines: lines))
        seen.feed(terminal.painted())
        for (index, line) in lines.enumerated() {
          let isShown = seen.shows(line, at: index)
          #expect(isShown, "\(seen.line(at: index)) for \(line.annotated)")
        }
      }
      #expect(seen.unknown == [])
      // ncurses knows it too.
      driver.giveUp()
      driver.keep()
      for (index, line) in lines.enumerated() {
        #expect(readBack(row: index, columns: 40) == line.text)
        #expect(attributesBack(row: index, columns: 40) == attributes(of: line))
      }
    }
  }

  @Test(
    "A frame of two columns that is painted over others is the frame painted on nothing: moved on, resized, covered",
    arguments: UInt64(1)..<9)
  func twoColumns(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func chance(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let parts: [SafeText] = ["a", "word", "東", "データ", " ", "   ", "e\u{301}", "│", "x東x", "long enough to be cut"]
    let styles = [
      Style.plain, Style(.red, .bold), Style(.standard, .reverse), Style(.cyan, .underline), Style(.standard, .dim),
    ]
    func anyLine(_ width: Int) -> Line {
      var builder = LineBuilder(width: width)
      for _ in 0..<chance(7) { builder.add(parts[chance(parts.count)], styles[chance(styles.count)]) }
      return builder.line()
    }
    try onTerminal(columns: 44, rows: 12) { driver, terminal, _ in
      var seen = SmallTerminal(columns: 44, rows: 12)
      var columns = (main: 30, side: 14)
      var list = (0..<60).map { _ in anyLine(columns.main) }
      var side = (0..<12).map { _ in anyLine(columns.side) }
      var top = 0
      for step in 0..<150 {
        switch chance(12) {
        case 0...3: top = min(max(top + chance(5) - 2, 0), 40)
        case 4, 5: side[chance(12)] = anyLine(columns.side)
        case 6: list[top + chance(12)] = anyLine(columns.main)
        case 7: side = (0..<12).map { _ in anyLine(columns.side) }
        case 8: driver.redraw()
        case 10 where chance(3) == 0:
          // Somebody else has the terminal.
          driver.giveUp()
          seen = SmallTerminal(columns: driver.size.columns, rows: 12)
          driver.keep()
        case 9 where chance(3) == 0:
          // The line between the columns goes elsewhere, in a window of the same size or another.
          let width = [44, 44, 37, 60][chance(4)]
          columns.main = 10 + chance(width - 20)
          columns.side = width - columns.main
          list = (0..<60).map { _ in anyLine(columns.main) }
          side = (0..<12).map { _ in anyLine(columns.side) }
          if width != driver.size.columns {
            try terminal.resize(columns: width, rows: 12)
            kill(getpid(), SIGWINCH)
            #expect(!driver.wait(until: .now + .seconds(10)).isEmpty)
            _ = terminal.painted()
            seen = SmallTerminal(columns: width, rows: 12)
          }
        default: break
        }
        let width = columns.main + columns.side
        var rows = (0..<12).map { ScreenRow(list[top + $0], beside: side[$0]) }
        let cursor = chance(12)
        rows[cursor] = ScreenRow(list[top + cursor].restyled(Style(.standard, .reverse)), beside: side[cursor])
        // A head, or something that lies on all of it.
        rows[0] = ScreenRow(list[0].resized(to: width))
        if chance(9) == 0 { for row in 0..<chance(12) { rows[row] = ScreenRow(anyLine(width)) } }
        driver.paint(Screen(size: driver.size, rows: rows, rest: Position(column: 0, row: cursor)))
        seen.feed(terminal.painted())
        for (index, row) in rows.enumerated() {
          let isShown = seen.shows(row.line, at: index)
          #expect(isShown, "step \(step), row \(index): \(seen.line(at: index)) for \(row.line.annotated)")
        }
        #expect(seen.cursor == [0, cursor], "step \(step)")
      }
      #expect(seen.unknown == [])
    }
  }
}
