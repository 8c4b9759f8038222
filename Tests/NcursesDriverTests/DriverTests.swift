import CNcurses
import Glibc
import SafeText
import TerminalKit
import TerminalModel
import Testing

@testable import NcursesDriver

extension TerminalDriver {
  /// The keys that come, without their times.
  fileprivate func keys(until deadline: ContinuousClock.Instant) -> [[Key]] {
    wait(until: deadline).compactMap { input in
      if case .keys(let keys, _) = input { keys } else { nil }
    }
  }
}

/// ncurses has one screen at a time, so these run one after the other.
@Suite(.serialized) struct DriverTests {
  /// What is waited for has already happened; only a mistake makes this pass.
  private var soon: ContinuousClock.Instant { .now + .seconds(10) }

  func onTerminal<Result>(
    columns: Int = 80, rows: Int = 24, collects: Bool = true, options: TerminalOptions = TerminalOptions(),
    type: String = "xterm-256color", _ body: (TerminalDriver, PseudoTerminal, WakePipe) throws -> Result
  ) throws -> Result {
    let terminal = try PseudoTerminal(columns: columns, rows: rows, collects: collects)
    let wake = try WakePipe()
    return try withTerminal(options, type: type, wake: wake, input: terminal.slave, output: terminal.slave) { driver in
      try body(driver, terminal, wake)
    }
  }

  func row(_ text: SafeText, width: Int, _ style: Style = .plain) -> Line {
    var builder = LineBuilder(width: width)
    builder.add(text, style)
    return builder.line()
  }

  /// A row of the terminal as ncurses has it.
  func readBack(row: Int, columns: Int) -> String {
    var text = String.UnicodeScalarView()
    guard let window = console_window() else { return "" }
    var column = 0
    while column < columns {
      var cell = cchar_t()
      mvwin_wch(window, Int32(row), Int32(column), &cell)
      var scalars = [wchar_t](repeating: 0, count: 6)
      var attributes: attr_t = 0
      var pair: Int16 = 0
      getcchar(&cell, &scalars, &attributes, &pair, nil)
      let shown = scalars.prefix { $0 != 0 }.compactMap { Unicode.Scalar(UInt32(bitPattern: $0)) }
      text.append(contentsOf: shown)
      column += shown.first.map { max(displayWidth(of: $0), 1) } ?? 1
    }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// The attributes of a row's cells as ncurses has them, without those that a blank does not show.
  func attributesBack(row: Int, columns: Int) -> [attr_t] {
    guard let window = console_window() else { return [] }
    return (0..<columns).map { column in
      var cell = cchar_t()
      mvwin_wch(window, Int32(row), Int32(column), &cell)
      let isBlank = cell.chars.0 == 0x20
      return cell.attr & console_attributes(isBlank ? 0 : 1, isBlank ? 0 : 1, 1, 1)
    }
  }

  func attributes(of line: Line) -> [attr_t] {
    let hasGreys = console_colors() >= 256
    return line.cells.map { cell in
      let (style, isBlank) = (cell.style.attributes, cell.isBlank)
      return console_attributes(
        style.contains(.bold) && !isBlank ? 1 : 0, style.contains(.dim) && !isBlank && !hasGreys ? 1 : 0,
        style.contains(.reverse) ? 1 : 0, style.contains(.underline) ? 1 : 0)
    }
  }

  static let hostile: [String] = [
    "\u{1B}]0;x\u{7}\u{1B}[2J\u{1B}]52;c;aGk=\u{1B}\\", "\u{9B}31m\u{85}\u{90}", "a\r\u{8}\t\u{B}\u{C}b\n\n",
    "\u{202E}evil\u{2066}", "\u{200B}\u{200D}\u{FEFF}", "\u{E0041}\u{E007F}",
    "a" + String(repeating: "\u{301}", count: 199),
    "\u{301}\u{302}", "👩\u{200D}💻⚠\u{FE0F}", "東京データ株式会社", "مرحبا שלום", "Türkiye A.Ş. ıİ", "\u{1112}\u{1161}\u{11AB}",
    "\u{FFFD}\u{E0B0}", "%s%n", "\u{0}\u{7F}",
  ]

  @Test("Invariant 10: hostile text puts nothing but text and ncurses' own sequences on the terminal")
  func harmlessBytes() throws {
    let (bytes, rows) = try onTerminal { driver, terminal, _ in
      var lines = DriverTests.hostile.map { row(SafeText($0), width: 80, Style(.red, .bold)) }
      driver.paint(Screen(size: driver.size, lines: lines))
      lines.reverse()
      driver.paint(Screen(size: driver.size, lines: lines, cursor: Position(column: 3, row: 3)))
      let bytes = terminal.painted()
      var seen = SmallTerminal(columns: 80, rows: 24)
      seen.feed(bytes)
      return (bytes, (0..<lines.count).map { seen.text(at: $0) })
    }
    #expect(offences(in: bytes) == [])
    #expect(bytes.count > 900)
    for (hostile, shown) in zip(DriverTests.hostile.reversed(), rows) {
      let expected = row(SafeText(hostile), width: 80).text
      #expect(Array(shown.unicodeScalars).starts(with: expected.unicodeScalars))
    }
  }

  @Test(
    "The oracle sees what must not come out",
    arguments: ["\u{1B}]0;x\u{7}", "\u{9B}", "\u{202E}", "\u{1B}[6n", "\u{1B}P", "\t", "\u{1B}[?1000h", "\u{1B}c"])
  func oracle(text: String) {
    #expect(offences(in: Array(text.utf8)) != [])
    #expect(offences(in: Array("\u{1B}[1;1Hok\u{1B}[31m".utf8)) == [])
  }

  @Test("Every code point that a cell can hold has the width that ncurses gives it")
  func everyScalar() throws {
    // One for which all is left to ncurses.
    try onTerminal(columns: 400, rows: 50, type: "vt100") { driver, _, _ in
      var wrong: [String] = []
      var lines: [Line] = []
      var texts: [String] = []
      func check() {
        driver.paint(Screen(size: driver.size, lines: lines))
        for (index, text) in texts.enumerated() where readBack(row: index, columns: 400) != text { wrong.append(text) }
        lines = []
        texts = []
      }
      var value: UInt32 = 0
      while value < 0x110000 {
        // One row holds some two hundred scalars and an end mark; most code points are tokens and need not be painted.
        var builder = LineBuilder(width: 400)
        while value < 0x110000, builder.remaining > 10 {
          // Contested ones never reach ncurses.
          if let scalar = Unicode.Scalar(value), displayWidth(of: scalar) > 0, !ScalarClass(scalar).isContested {
            let text = SafeText(String(scalar))
            if text.columns <= 2 { builder.add(text) }
          }
          value += 1
        }
        builder.add("|")
        lines.append(builder.line())
        texts.append(builder.line().text)
        if lines.count == 50 { check() }
      }
      check()
      #expect(wrong == [])
    }
  }

  @Test("Moving the selection at 200x50 writes at most 500 bytes, painting the same screen none")
  func thrift() throws {
    try onTerminal(columns: 200, rows: 50) { driver, terminal, _ in
      let plain = (0..<50).map {
        row("\($0) Contoso Ltd  Multi-stage incident: initial access  active  anna", width: 200)
      }
      func screen(_ selection: Int) -> Screen {
        var lines = plain
        lines[selection] = lines[selection].adding(.reverse)
        return Screen(size: driver.size, lines: lines)
      }
      driver.paint(screen(10))
      #expect(terminal.painted().count > 1000)
      driver.paint(screen(11))
      #expect((1...500).contains(terminal.painted().count))
      driver.paint(screen(11))
      #expect(terminal.painted() == [])
    }
  }

  @Test("A list that moves on is moved on the terminal: at most 500 bytes a row at 200x50, and every row is right")
  func movedOn() throws {
    try onTerminal(columns: 200, rows: 50) { driver, terminal, _ in
      let list = (0..<90).map { number in
        var builder = LineBuilder(width: 200)
        let tenant = number % 3 == 0 ? "東京データ株式会社" : "Contoso Ltd"
        for field in ["\(number)", tenant, "Multi-stage incident: first access", "active", "anna"] {
          builder.add(SafeText(field), to: 36, .leading, Style(.standard, number % 2 == 0 ? .dim : .bold))
          builder.skip(1)
        }
        return builder.line()
      }
      func screen(top: Int, selected: Int) -> Screen {
        var lines = [row("head", width: 200)] + list[top..<top + 47] + [row("", width: 200), row("foot", width: 200)]
        lines[selected - top + 1] = list[selected].restyled(Style(.standard, .reverse))
        return Screen(size: driver.size, lines: lines)
      }
      var seen = SmallTerminal(columns: 200, rows: 50)
      func paint(_ screen: Screen) -> Int {
        driver.paint(screen)
        let bytes = terminal.painted()
        seen.feed(bytes)
        for (index, line) in screen.lines.enumerated() {
          let isShown = seen.shows(line, at: index)
          #expect(isShown, "\(seen.line(at: index)) for \(line.annotated)")
        }
        return bytes.count
      }
      #expect(paint(screen(top: 0, selected: 46)) > 1000)
      for top in 1...20 { #expect((1...500).contains(paint(screen(top: top, selected: top + 46)))) }
      for top in (10...19).reversed() { #expect((1...500).contains(paint(screen(top: top, selected: top)))) }
      // Further than a window holds, with nothing in common; and half a window.
      for top in [40, 0, 23, 43, 20] { #expect(paint(screen(top: top, selected: top + 5)) > 0) }
    }
  }

  @Test(
    "Blanks cost little: between words of different styles, and at the end of a row where colours do not clear",
    arguments: ["xterm-256color", "tmux-256color", "screen-256color"])
  func blanks(type: String) throws {
    try onTerminal(columns: 200, rows: 50, type: type) { driver, terminal, _ in
      let lines = (0..<50).map { number in
        var builder = LineBuilder(width: 200)
        for style in [Style(.standard, .dim), Style(.red, .bold), Style(.yellow)] {
          builder.add(SafeText("\(number)"), to: 8, .leading, style)
          builder.skip(1)
        }
        return builder.line()
      }
      driver.paint(Screen(size: driver.size, lines: lines))
      // Without sharing 4,890 in an xterm; with the last word's colour to the end of the row 10,000 where that does not clear.
      #expect(terminal.painted().count < 4_300)
      for (index, line) in lines.enumerated() {
        #expect(readBack(row: index, columns: 200) == line.text)
        #expect(attributesBack(row: index, columns: 200) == attributes(of: line))
      }
    }
  }

  @Test("Bracketed paste is on while the console has the terminal, and everything is put back")
  func givenBack() throws {
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    var before = termios()
    var during = termios()
    var after = termios()
    tcgetattr(terminal.slave, &before)
    try withTerminal(
      TerminalOptions(), type: "xterm-256color", wake: try WakePipe(), input: terminal.slave, output: terminal.slave
    ) { driver in
      driver.paint(Screen(size: driver.size, lines: []))
      tcgetattr(terminal.slave, &during)
      let start = String(decoding: terminal.painted(), as: UTF8.self)
      #expect(start.contains("\u{1B}[?2004h") && start.contains("\u{1B}[8l"))
      #expect(start.split(separator: "\u{1B}[?1049h", omittingEmptySubsequences: false).count == 2)
    }
    tcgetattr(terminal.slave, &after)
    let end = String(decoding: terminal.painted(), as: UTF8.self)
    #expect(end.contains("\u{1B}[?2004l") && end.contains("\u{1B}[8h"))
    #expect(end.contains("\u{1B}[?1049l"))
    #expect(during.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0)
    let flags = { (mode: termios) in [mode.c_lflag, mode.c_iflag, mode.c_oflag, mode.c_cflag] }
    #expect(flags(after) == flags(before))
  }

  @Test("The terminal is given back when the body throws")
  func givenBackOnError() throws {
    struct Stop: Error {}
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    #expect(throws: Stop.self) {
      try withTerminal(
        TerminalOptions(), type: "xterm-256color", wake: try WakePipe(), input: terminal.slave, output: terminal.slave
      ) { _ in throw Stop() }
    }
    #expect(String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[?2004l"))
  }

  @Test("Keys, the wake pipe and signals arrive; Ctrl-C is a key; a lone ESC is one")
  func inputs() throws {
    try onTerminal { driver, terminal, wake in
      terminal.type("j\u{1B}[B")
      #expect(driver.keys(until: soon) == [[.character("j"), .down]])
      terminal.type("\u{1B}")
      #expect(driver.keys(until: soon) == [[.escape]])
      terminal.type("\u{3}")
      #expect(driver.keys(until: soon) == [[.control("c")]])
      wake.wake()
      #expect(driver.wait(until: soon) == [.woken])
      #expect(driver.wait(until: .now) == [])
      kill(getpid(), SIGTERM)
      #expect(driver.wait(until: soon) == [.terminate])
      kill(getpid(), SIGINT)
      #expect(driver.wait(until: soon) == [.interrupt])
    }
  }

  @Test("H72: a paste is one input, and Ctrl-C ends one that has no end")
  func paste() throws {
    try onTerminal { driver, terminal, _ in
      terminal.type("\u{1B}[200~q\rq\u{1B}[201~")
      #expect(driver.keys(until: soon) == [[.paste("q\rq")]])
      // Typed at once, these would still belong to the paste; a pause ends it.
      #expect(driver.wait(until: .now + .milliseconds(80)) == [])
      terminal.type("\u{1B}[200~never")
      #expect(driver.wait(until: .now) == [])
      terminal.type("\u{3}")
      #expect(driver.keys(until: soon) == [[.control("c")]])
    }
  }

  @Test("Readings carry their time; keys that waited while a frame was made are as old as that may make them")
  func times() throws {
    try onTerminal { driver, terminal, _ in
      func time() throws -> Int {
        for case .keys(_, let time) in driver.wait(until: soon) { return time }
        throw CancellationError()
      }
      terminal.type("a")
      let first = try time()
      #expect(driver.wait(until: .now + .milliseconds(40)) == [])
      terminal.type("b")
      let second = try time()
      #expect(second - first >= 40 && second - first < 10_000)
      poll(nil, 0, 40)
      terminal.type("c")
      #expect(try time() - second < 40, "it may have been typed right behind the other")
    }
  }

  @Test("B07: the rest of a sequence is waited for as long as was asked")
  func escapeDelay() throws {
    try onTerminal(options: TerminalOptions(escapeDelay: .seconds(5))) { driver, terminal, _ in
      terminal.type("\u{1B}")
      #expect(driver.wait(until: .now + .milliseconds(120)) == [])
      terminal.type("[B")
      #expect(driver.keys(until: soon) == [[.down]])
    }
  }

  @Test("B40: the cursor rests where the screen says, hidden, and costs nothing where it does not move")
  func restingCursor() throws {
    try onTerminal { driver, terminal, _ in
      var seen = SmallTerminal(columns: 80, rows: 24)
      func screen(_ row: Int, _ cursor: Position? = nil) -> Screen {
        Screen(
          size: driver.size, lines: [self.row("Contoso", width: 80), self.row("x", width: 80)], cursor: cursor,
          rest: Position(column: 0, row: row))
      }
      driver.paint(screen(5))
      seen.feed(terminal.painted())
      for row in [6, 7, 3, 23] {
        driver.paint(screen(row))
        let bytes = terminal.painted()
        #expect((1...10).contains(bytes.count), "\(bytes)")
        seen.feed(bytes)
        #expect(seen.cursor == [0, row])
      }
      driver.paint(screen(23))
      #expect(terminal.painted() == [])
      driver.paint(screen(23, Position(column: 4, row: 1)))
      seen.feed(terminal.painted())
      #expect(seen.cursor == [4, 1])
    }
  }

  @Test(
    "F68, H70: windows of any size are followed and painted",
    arguments: [(1, 1), (2, 1), (1, 60), (500, 500), (3, 2), (0, 0), (1, 500), (65_535, 1)])
  func sizes(columns: Int, rows: Int) throws {
    try onTerminal { driver, terminal, _ in
      let lines = DriverTests.hostile.map { row(SafeText($0), width: 80) }
      driver.paint(Screen(size: driver.size, lines: lines))
      try terminal.resize(columns: columns, rows: rows)
      kill(getpid(), SIGWINCH)
      let expected = columns == 0 ? Size(columns: 80, rows: 24) : Size(columns: min(columns, 1000), rows: rows)
      if columns != 0 { #expect(driver.wait(until: soon) == [.resized(expected)]) }
      #expect(driver.size == expected)
      driver.paint(Screen(size: driver.size, lines: lines))
      driver.paint(Screen(size: Size(columns: 7, rows: 900), lines: lines))
      let bytes = terminal.painted()
      #expect(offences(in: bytes) == [], "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }

  @Test("F68: a window that grows and shrinks back between two frames shows the frame again")
  func thereAndBack() throws {
    try onTerminal { driver, terminal, _ in
      let screen = Screen(size: driver.size, lines: [row("Contoso", width: 80)])
      driver.paint(screen)
      for columns in [90, 80] {
        try terminal.resize(columns: columns, rows: 24)
        kill(getpid(), SIGWINCH)
        #expect(driver.wait(until: soon) == [.resized(Size(columns: columns, rows: 24))])
      }
      driver.paint(screen)
      #expect(readBack(row: 0, columns: 80) == "Contoso")
    }
  }

  @Test("H70: a window that starts at any size is painted", arguments: [(1, 1), (0, 0), (400, 300), (65_535, 2)])
  func startSizes(columns: Int, rows: Int) throws {
    try onTerminal(columns: columns, rows: rows) { driver, terminal, _ in
      driver.paint(Screen(size: driver.size, lines: [row("東京", width: driver.size.columns)]))
      let bytes = terminal.painted()
      #expect(offences(in: bytes) == [], "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }

  @Test("F65: a closed window is a hangup, once, and then costs nothing")
  func hangup() throws {
    try onTerminal(collects: false) { driver, terminal, wake in
      terminal.hangUp()
      #expect(driver.wait(until: soon) == [.hangup])
      driver.paint(Screen(size: driver.size, lines: [row("x", width: 80)]))
      #expect(driver.wait(until: .now) == [])
      wake.wake()
      #expect(driver.wait(until: soon) == [.woken])
    }
  }
}
