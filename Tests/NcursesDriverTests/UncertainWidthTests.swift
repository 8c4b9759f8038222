import Glibc
import SafeText
import TerminalKit
import TerminalModel
import Testing

@testable import NcursesDriver

/// How many columns terminals give to what they disagree on.
enum OtherWidths: String, CaseIterable {
  case none, one, two

  func width(of scalar: Unicode.Scalar) -> Int {
    let usual = displayWidth(of: scalar)
    if terminalsAgree(onWidthOf: scalar) || usual == 0 { return usual }
    switch self {
    case .none: return scalar.properties.generalCategory == .spacingMark ? 0 : usual
    case .one: return 1
    case .two: return 2
    }
  }
}

// Among those that run one after the other: ncurses has one screen at a time.
extension DriverTests {
  static let names: [SafeText] = [
    "क्षितिज सुरक्षा प्रा. लि.", "বাংলা ব্যাংক", "Circled ㉈", "شركة الأمان", "Contoso Ltd", "東京データ株式会社", "မြန်မာ ဘဏ်", "aा7", "🙂 Smile Ltd",
  ]

  @Test(
    "P1: where a terminal gives letters other widths no cell is left over, and none stands elsewhere",
    arguments: OtherWidths.allCases, UInt64(1)..<5)
  func uncertainWidths(widths: OtherWidths, seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func chance(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    func tenant(_ width: Int, _ style: Style = .plain) -> Line {
      var builder = LineBuilder(width: width)
      builder.skip(1)
      builder.add(Self.names[chance(Self.names.count)], to: 12 + chance(8), .leading, style)
      builder.add(SafeText("\(chance(1000)) "), Style(.red, .bold))
      builder.add(SafeText("\(chance(1000)) h"), to: 8, .trailing)
      return builder.line()
    }
    try onTerminal(columns: 46, rows: 10) { driver, terminal, _ in
      var seen = SmallTerminal(columns: 46, rows: 10, width: widths.width)
      var list = (0..<40).map { _ in tenant(34) }
      var side = (0..<10).map { _ in tenant(12) }
      var top = 0
      for step in 0..<120 {
        switch chance(10) {
        case 0...2: top = min(max(top + chance(5) - 2, 0), 30)
        case 3: list[top + chance(10)] = tenant(34)
        case 4: side[chance(10)] = tenant(12)
        case 5: for index in list.indices { list.swapAt(index, chance(40)) }
        case 6: driver.redraw()
        case 7 where chance(3) == 0:
          driver.giveUp()
          driver.keep()
        default: break
        }
        let cursor = chance(10)
        var rows = (0..<10).map { ScreenRow(list[top + $0], beside: side[$0]) }
        rows[cursor] = ScreenRow(list[top + cursor].adding(.reverse), beside: side[cursor])
        driver.paint(Screen(size: driver.size, rows: rows, rest: Position(column: 0, row: cursor)))
        seen.feed(terminal.painted())
        for (index, row) in rows.enumerated() {
          let isShown = seen.showsWhatIsCertain(row.line, at: index)
          #expect(isShown, "step \(step), row \(index): \(seen.line(at: index)) for \(row.line.annotated)")
        }
        #expect(seen.cursor == [0, cursor], "step \(step)")
        if chance(6) == 0 {
          let before = seen.picture
          driver.redraw()
          driver.paint(Screen(size: driver.size, rows: rows, rest: Position(column: 0, row: cursor)))
          seen.feed(terminal.painted())
          #expect(seen.picture == before, "step \(step)")
        }
      }
      #expect(seen.unknown == [])
    }
  }

  @Test("P1: a letter is never shown as anything else, and rows without such letters are written as ever")
  func lettersStay() throws {
    try onTerminal(columns: 40, rows: 4) { driver, terminal, _ in
      driver.paint(Screen(size: driver.size, lines: [row("Contoso 12", width: 40)]))
      _ = terminal.painted()
      driver.paint(Screen(size: driver.size, lines: [row("Contoso 13", width: 40)]))
      #expect(terminal.painted().count < 20)
      driver.paint(Screen(size: driver.size, lines: [row("बैंक 12", width: 40)]))
      let bytes = String(decoding: terminal.painted(), as: UTF8.self)
      let letters = bytes.unicodeScalars.filter { $0.value > 0x7F }
      #expect(String(String.UnicodeScalarView(letters)) == "बैंक")
    }
  }

  @Test("P1: a vowel sign that a terminal drew on the letter before it goes with its row")
  func signOnLetter() throws {
    try onTerminal(columns: 40, rows: 4) { driver, terminal, _ in
      var seen = SmallTerminal(columns: 40, rows: 4, width: OtherWidths.none.width)
      for name: SafeText in ["Contoso", "aा7", "ab7"] {
        let line = row(name, width: 40)
        driver.paint(Screen(size: driver.size, lines: [line]))
        seen.feed(terminal.painted())
        #expect(seen.showsWhatIsCertain(line, at: 0))
      }
      #expect(seen.picture[0].hasPrefix("ab7 "))
    }
  }

  @Test("P2: letters are drawn in the order in which they are sent, as long as the console has the terminal")
  func order() throws {
    try onTerminal { driver, terminal, _ in
      driver.paint(Screen(size: driver.size, lines: []))
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[8l"))
      driver.giveUp()
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[8h"))
      driver.keep()
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[8l"))
      driver.close()
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[8h"))
    }
  }

  @Test("P2: no control of writing directions ever gets out")
  func noDirections() throws {
    let controls = Array(0x202A...0x202E) + Array(0x2066...0x2069) + [0x200E, 0x200F, 0x061C]
    let scalars = controls.compactMap { Unicode.Scalar(UInt32($0)) }
    try onTerminal { driver, terminal, _ in
      let lines = scalars.map { row(SafeText("شركة\($0)2"), width: 80) }
      driver.paint(Screen(size: driver.size, lines: lines))
      let sent = Set(String(decoding: terminal.painted(), as: UTF8.self).unicodeScalars)
      #expect(sent.contains("ش") && sent.isDisjoint(with: scalars))
    }
  }
}
