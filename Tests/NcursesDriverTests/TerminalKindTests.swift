import SafeText
import TerminalKit
import TerminalModel
import Testing

@testable import NcursesDriver

// Among those that run one after the other: ncurses has one screen at a time.
extension DriverTests {
  @Test("H70: without colours none is sent, in ASCII nothing else", arguments: [true, false])
  func plainTerminals(monochrome: Bool) throws {
    let options = TerminalOptions(monochrome: monochrome, signs: .ascii)
    try onTerminal(options: options) { driver, terminal, _ in
      _ = terminal.painted()
      driver.paint(Screen(size: driver.size, lines: [row("● Türkiye 東京", width: 80, Style(.red))]))
      let bytes = terminal.painted()
      #expect(bytes.allSatisfy { $0 < 0x80 })
      #expect(String(decoding: bytes, as: UTF8.self).contains("* Turkiye ????"))
      #expect(String(decoding: bytes, as: UTF8.self).contains("\u{1B}[38;5;163m") == !monochrome)
    }
  }

  @Test("P8: the Linux console gets signs that its fonts have, and its own colours")
  func linuxConsole() throws {
    let options = TerminalOptions(signs: TerminalType.signs(of: "linux"))
    try onTerminal(options: options, type: "linux") { driver, terminal, _ in
      _ = terminal.painted()
      driver.paint(Screen(size: driver.size, lines: [row("◐ ○ ✖ ◌ Türkiye Ναυς 東", width: 80, Style(.yellow))]))
      let bytes = String(decoding: terminal.painted(), as: UTF8.self)
      #expect(bytes.contains("~ o x . Türkiye Ναυς ??"))
      #expect(bytes.contains("\u{1B}[33m"))
    }
  }

  @Test(
    "P12: what is dim is grey where there are greys, since many terminals show no dim letters",
    arguments: [true, false])
  func dim(isFixed: Bool) throws {
    try onTerminal(type: isFixed ? "xterm-256color" : "xterm") { driver, terminal, _ in
      _ = terminal.painted()
      driver.paint(Screen(size: driver.size, lines: [row("old", width: 80, Style(.standard, .dim))]))
      let bytes = String(decoding: terminal.painted(), as: UTF8.self)
      #expect(bytes.contains("\u{1B}[38;5;243mold") == isFixed)
      #expect(bytes.contains("2mold") == !isFixed)
    }
  }

  @Test("P5: the page is cleared before the terminal is given back: not every terminal has a second screen")
  func cleared() throws {
    try onTerminal(columns: 20, rows: 4) { driver, terminal, _ in
      driver.paint(Screen(size: driver.size, lines: (0..<4).map { row("Contoso \($0)", width: 20) }))
      var seen = SmallTerminal(columns: 20, rows: 4)
      seen.feed(terminal.painted())
      #expect(seen.line(at: 3).contains("Contoso 3"))
      driver.giveUp()
      let bytes = terminal.painted()
      seen.feed(bytes)
      for row in 0..<4 { #expect(!seen.line(at: row).contains("Contoso")) }
      // The shell goes on below all that was.
      #expect(seen.cursor == [0, 3])
      let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\u{1B}[?1049l")
      #expect(parts.first?.contains("\u{1B}[2J") == true && parts.last?.contains("\u{1B}[2J") == false)
      // Somebody else has the terminal: what he painted stays, too.
      driver.leave()
      #expect(!String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[2J"))
      driver.keep()
      seen.feed(terminal.painted())
      #expect(seen.line(at: 3).contains("Contoso 3"))
    }
  }

  @Test("P6: the keypad's mode is set again when the terminal comes back")
  func keypadMode() throws {
    try onTerminal { driver, terminal, _ in
      let on = "\u{1B}[?1h\u{1B}="
      driver.paint(Screen(size: driver.size, lines: []))
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains(on))
      driver.giveUp()
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains("\u{1B}[?1l\u{1B}>"))
      driver.keep()
      #expect(String(decoding: terminal.painted(), as: UTF8.self).contains(on))
    }
  }

  @Test(
    "Terminals with few colours or a missing entry work",
    arguments: ["xterm", "vt100", "linux", "screen-256color", "tmux-direct", "xterm-kitty", "alacritty", "foot"])
  func types(type: String) throws {
    try onTerminal(type: type) { driver, terminal, _ in
      let lines = Color.allCases.flatMap { foreground in
        Color.allCases.prefix(2).map { row("x", width: 80, Style(foreground, on: $0)) }
      }
      driver.paint(Screen(size: driver.size, lines: lines))
      #expect(terminal.painted().contains(0x78))
    }
  }
}
