import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Leaving the console", .serialized)
struct LeavingTests {
  /// What ends the alternate screen, by xterm's terminfo.
  private static let screenBack = Array("\u{1B}[?1049l".utf8)

  private func opened(_ place: Workplace, environment: [String: String] = [:]) throws -> PseudoTerminal {
    let terminal = try place.console(environment: environment)
    try terminal.readUntil(contains: "TENANT", within: Workplace.patience)
    return terminal
  }

  private func isGivenBack(_ terminal: PseudoTerminal) -> Bool {
    terminal.transcript.indices.contains { start in terminal.transcript[start...].starts(with: Self.screenBack) }
  }

  /// Whether this process or a zombie of it is still there.
  private func lives(_ process: pid_t) -> Bool { kill(process, 0) == 0 }

  @Test("q leaves with 0, Ctrl-C with 130, and both give the terminal back")
  func keys() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        for (key, status) in [("q", Int32(0)), ("\u{03}", 130)] {
          let terminal = try opened(place)
          try terminal.write(key)
          #expect(try terminal.waitForExit(within: Workplace.patience) == .status(status))
          #expect(isGivenBack(terminal))
        }
      }
    }
  }

  @Test("P5: behind the console's screen nothing moves the shell's cursor, whatever was painted")
  func shellsCursor() async throws {
    try await Workplace.with(tenants: 3) { place in
      try await onThread {
        let terminal = try opened(place)
        try terminal.type("", until: "ok 3")
        // Rows that are written without ncurses, then pages that are left to it.
        for key in ["j", "?", "\u{1B}", "j", "?", "\u{1B}"] {
          try terminal.write(key)
          _ = terminal.quiet(for: .milliseconds(200), within: .seconds(5))
        }
        try terminal.quit()
        let end = String(decoding: terminal.transcript.suffix(60), as: UTF8.self)
        let behind = try #require(end.firstRange(of: "\u{1B}[?1049l")).upperBound
        #expect(!end[behind...].contains("H"), "\(end.debugDescription)")
      }
    }
  }

  @Test("F66: SIGTERM and SIGINT end it orderly, whoever gets them", arguments: [SIGTERM, SIGINT])
  func terminated(signal: Int32) async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        for toChild in [false, true] {
          let terminal = try opened(place)
          let child = try #require(ProcessRecord(terminal.process).children.first)
          kill(toChild ? child : terminal.process, signal)
          #expect(try terminal.waitForExit(within: Workplace.patience) == .status(128 + signal))
          #expect(isGivenBack(terminal))
        }
      }
    }
  }

  @Test("F65: a lost connection ends console and guardian")
  func hungUp() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let terminal = try opened(place)
        let child = try #require(ProcessRecord(terminal.process).children.first)
        terminal.hangUp()
        _ = try terminal.waitForExit(within: Workplace.patience)
        #expect(!lives(child))
      }
    }
  }

  @Test("F69, D5: after a kill -9 and after a trap the guardian gives the terminal back and says it in one line")
  func crashed() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        for signal in [SIGKILL, SIGILL] {
          // What the runtime would do about it by itself, where nobody says otherwise.
          let terminal = try opened(place, environment: ["SWIFT_BACKTRACE": "enable=yes,interactive=no"])
          let child = try #require(ProcessRecord(terminal.process).children.first)
          kill(child, signal)
          #expect(try terminal.waitForExit(within: Workplace.patience) == .status(128 + signal))
          #expect(isGivenBack(terminal))
          #expect(terminal.tail.contains("[8h"), "P2")
          let last = String(decoding: terminal.transcript.suffix(400), as: UTF8.self)
          #expect(last.contains("partner-console ended unexpectedly (signal \(signal))"))
          #expect(!String(decoding: terminal.transcript, as: UTF8.self).contains("***"), "\(terminal.tail)")
        }
      }
      let reports = place.home.appending(path: "state/partner-console/crash-reports").path
      let files = try FileManager.default.contentsOfDirectory(atPath: reports)
      #expect(files.count == 2)
      for file in files {
        let path = reports + "/" + file
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try !String(contentsOfFile: path, encoding: .utf8).contains(place.secret))
      }
    }
  }

  @Test(
    "H66: a terminal that cannot be painted on is told in words, and nothing is changed in it",
    arguments: ["dumb", "", "../../etc/passwd", "no-such-terminal"])
  func unusable(type: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let terminal = try place.console(environment: ["TERM": type])
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(2))
        let text = String(decoding: terminal.transcript, as: UTF8.self)
        #expect(text.contains("partner-console:") && !text.contains("\u{1B}"), "\(text)")
        #expect(type != "dumb" || text.contains("use the commands"))
      }
    }
  }

  @Test("B50: descriptions that the environment names are not followed, which is said, and what is used instead")
  func unfollowed() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let unknown = try place.console(
          environment: ["TERM": "copper-direct", "TERMINFO": "/opt/ti", "TERMINFO_DIRS": "/opt/ti"])
        #expect(try unknown.waitForExit(within: Workplace.patience) == .status(2))
        let text = String(decoding: unknown.transcript, as: UTF8.self)
        #expect(text.contains("TERMINFO and TERMINFO_DIRS are not followed.") && !text.contains("\u{1B}"), "\(text)")
        let substitute = try place.console(columns: 140, environment: ["TERM": "ghostty-new", "TERMINFO": "/opt/ti"])
        try substitute.readUntil(
          contains:
            "TERM=ghostty-new is not known on this machine: xterm-256color is used instead. TERMINFO is not followed.",
          within: Workplace.patience)
        try substitute.write("q")
        #expect(try substitute.waitForExit(within: Workplace.patience) == .status(0))
      }
    }
  }

  @Test("H74: with standard output in a file the console does not open, and no escape byte gets there")
  func notATerminal() async throws {
    try await Workplace.with(tenants: 1) { place in
      let outcome = try await place.run("ui")
      #expect(outcome.status == 2)
      #expect(outcome.output == "" && outcome.words.contains("terminal"))
    }
  }
}
