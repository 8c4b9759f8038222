import SafeText
import TerminalKit
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
    let styles = [Style.plain, Style(.red, .bold), Style(.standard, .reverse), Style(.cyan, .underline), Style(.blue)]
    try onTerminal(columns: 40, rows: 8) { driver, _, _ in
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
        for (index, line) in lines.enumerated() {
          #expect(readBack(row: index, columns: 40) == line.text)
          #expect(attributesBack(row: index, columns: 40) == attributes(of: line))
        }
      }
    }
  }
}
