import CNcurses
import Glibc
import SafeText
import TerminalKit
import Testing

@testable import NcursesDriver

extension DriverTests {
  /// A terminal that is lent to other programs. A part of the other suite: ncurses has one screen at a time.
  @Suite(.serialized) struct GuestTests {
    private var soon: ContinuousClock.Instant { .now + .seconds(10) }

    private func onTerminal(_ body: (TerminalDriver, PseudoTerminal, WakePipe) throws -> Void) throws {
      let terminal = try PseudoTerminal(columns: 80, rows: 24)
      let wake = try WakePipe()
      try withTerminal(
        TerminalOptions(), type: "xterm-256color", wake: wake, input: terminal.slave, output: terminal.slave
      ) { driver in
        driver.paint(screen(driver))
        _ = terminal.painted()
        try body(driver, terminal, wake)
      }
    }

    private func screen(_ driver: TerminalDriver) -> Screen {
      var builder = LineBuilder(width: driver.size.columns)
      builder.add("Contoso Ltd")
      return Screen(size: driver.size, lines: [builder.line()])
    }

    private func shell(_ line: String) -> TerminalGuest {
      TerminalGuest(path: "/bin/sh", arguments: ["-c", line], environment: ["PATH=/usr/bin:/bin", "NAME=value"])
    }

    /// What comes until the program has ended.
    private func untilReturned(_ driver: TerminalDriver) -> [TerminalInput] {
      var inputs: [TerminalInput] = []
      let end = soon
      while ContinuousClock.now < end, !inputs.contains(where: { if case .returned = $0 { true } else { false } }) {
        inputs += driver.wait(until: end)
      }
      return inputs
    }

    private func modes(_ terminal: PseudoTerminal) -> tcflag_t {
      var modes = termios()
      tcgetattr(terminal.slave, &modes)
      return modes.c_lflag & tcflag_t(ICANON | ECHO | ISIG)
    }

    @Test("A program gets the terminal as it was found, its input, and nothing else; then all is painted again")
    func lent() throws {
      try onTerminal { driver, terminal, _ in
        #expect(modes(terminal) == 0)
        #expect(
          driver.lend(to: shell("stty -a; echo fds $(ls /proc/self/fd | wc -l) $NAME$HOME; read word; echo got $word"))
            == nil)
        terminal.type("hello\n")
        let inputs = untilReturned(driver)
        #expect(inputs == [.resumed, .returned(.exited(0))])
        let text = String(decoding: terminal.painted(), as: UTF8.self)
        for part in [
          "\u{1B}[?2004l", "\u{1B}[8h", "\u{1B}[?1049l", "isig icanon", "fds 4 value", "got hello", "\u{1B}[?1049h",
          "Contoso Ltd",
        ] {
          #expect(text.contains(part), "\(part) in \(text.debugDescription)")
        }
        let again = text.split(separator: "got hello").last ?? ""
        #expect(again.contains("\u{1B}[?2004h"))
        let isOrdered = again.firstRange(of: "\u{1B}[8l").map { again[$0.upperBound...].contains("\u{1B}[2J") }
        #expect(isOrdered == true, "P2: the order of letters is asked for before lines are there")
        #expect(modes(terminal) == 0)
        driver.paint(screen(driver))
        #expect(terminal.painted() == [])
      }
    }

    @Test("While it is lent nothing is painted and no key is read; what was typed too late is dropped")
    func quiet() throws {
      try onTerminal { driver, terminal, wake in
        #expect(driver.lend(to: shell("read word; read more; exit 3")) == nil)
        _ = terminal.painted()
        wake.wake()
        #expect(driver.wait(until: soon) == [.woken])
        driver.redraw()
        driver.paint(Screen(size: driver.size, lines: []))
        #expect(terminal.painted() == [])
        kill(getpid(), SIGINT)
        terminal.type("a\n")
        #expect(driver.wait(until: .now + .milliseconds(50)) == [], "Ctrl-C is the program's")
        terminal.type("b\nqqq")
        #expect(untilReturned(driver) == [.resumed, .returned(.exited(3))])
        #expect(driver.wait(until: .now + .milliseconds(50)) == [])
        terminal.type("j")
        guard case .keys(let keys, _)? = driver.wait(until: soon).first else { throw CancellationError() }
        #expect(keys == [.character("j")])
      }
    }

    @Test("F68: a window that changed meanwhile has its new size afterwards")
    func resized() throws {
      try onTerminal { driver, terminal, _ in
        #expect(driver.lend(to: shell("read word")) == nil)
        try terminal.resize(columns: 100, rows: 30)
        kill(getpid(), SIGWINCH)
        #expect(driver.wait(until: .now + .milliseconds(50)) == [])
        terminal.type("\n")
        #expect(
          untilReturned(driver) == [.resumed, .resized(Size(columns: 100, rows: 30)), .returned(.exited(0))])
      }
    }

    @Test(
      "SIGTERM is told, and the terminal is given back although the program would stay",
      arguments: ["", "trap '' HUP; "])
    func terminated(before: String) throws {
      let terminal = try PseudoTerminal(columns: 80, rows: 24)
      var found = termios()
      tcgetattr(terminal.slave, &found)
      try withTerminal(
        TerminalOptions(), type: "xterm-256color", wake: try WakePipe(), input: terminal.slave, output: terminal.slave
      ) { driver in
        #expect(
          driver.lend(to: shell(before + "stty raw -echo; printf '\\033[?1049hready'; while :; do read x; done")) == nil
        )
        var text = ""
        while !text.hasSuffix("ready") { text += String(decoding: terminal.painted(), as: UTF8.self) }
        kill(getpid(), SIGTERM)
        #expect(driver.wait(until: soon) == [.terminate])
      }
      var after = termios()
      tcgetattr(terminal.slave, &after)
      #expect(after.c_lflag == found.c_lflag && after.c_oflag == found.c_oflag && after.c_iflag == found.c_iflag)
      let end = String(decoding: terminal.painted(), as: UTF8.self)
      #expect(end.contains("\u{1B}[?2004l") && end.contains("\u{1B}[8h") && end.contains("\u{1B}[?1049l"))
      #expect(waitpid(-1, nil, WNOHANG) <= 0, "the program is gone")
    }

    @Test("A program that cannot be started is told, and the console goes on")
    func refused() throws {
      try onTerminal { driver, terminal, _ in
        let reason = driver.lend(to: TerminalGuest(path: "/nowhere/ed", arguments: [], environment: []))
        #expect(reason == "No such file or directory")
        driver.paint(screen(driver))
        terminal.type("j")
        guard case .keys? = driver.wait(until: soon).first else { throw CancellationError() }
        #expect(modes(terminal) == 0)
      }
    }

    @Test("One that is killed is told by its signal, and a second one is not started beside it")
    func killed() throws {
      try onTerminal { driver, _, _ in
        #expect(driver.lend(to: shell("while :; do read x; done")) == nil)
        #expect(driver.lend(to: shell("true")) == "the terminal is not free")
        if let guest = driver.guest { kill(guest, SIGKILL) }
        #expect(untilReturned(driver) == [.resumed, .returned(.killed(SIGKILL))])
      }
    }
  }
}
