import Testing

@testable import NcursesDriver

@Suite struct TerminalTypeTests {
  @Test(
    "H66: a terminal's type that is missing, dumb or no name is refused with what to do",
    arguments: [
      nil, "", "dumb", "unknown", "../../x", "a b", "x\u{1B}", String(repeating: "x", count: 65),
    ] as [String?])
  func refused(term: String?) {
    do {
      let candidates = try TerminalType.candidates(for: term)
      Issue.record("\(candidates)")
    } catch {
      #expect(error.description.contains("TERM=xterm-256color"))
      #expect(!error.description.unicodeScalars.contains("\u{1B}"))
    }
  }

  @Test(
    "P9: modern terminals fall back to what they understand",
    arguments: [
      ("xterm-256color", "xterm-256color"), ("xterm-kitty", "xterm-256color"), ("alacritty", "xterm-256color"),
      ("foot-extra", "xterm-256color"), ("mlterm", "xterm-256color"), ("tmux-direct", "screen-256color"),
      ("screen.xterm-256color", "screen-256color"),
    ])
  func fallbacks(term: String, fallback: String) throws {
    let candidates = try TerminalType.candidates(for: term)
    #expect(candidates.first == term)
    #expect(candidates.contains(fallback))
  }

  @Test(
    "P8: the Linux console is told by its name",
    arguments: [("linux", true), ("linux-16color", true), ("xterm", false)])
  func linuxConsole(term: String, isOne: Bool) {
    #expect(TerminalType.isLinuxConsole(term) == isOne)
    #expect(!TerminalType.isLinuxConsole(nil))
  }

  @Test("A type of no known family is tried as it is", arguments: ["vt100", "linux", "xterminator"])
  func asItIs(term: String) throws {
    #expect(try TerminalType.candidates(for: term) == [term])
  }
}
