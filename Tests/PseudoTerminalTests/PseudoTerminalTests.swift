import Foundation
import Glibc
import PseudoTerminal
import Testing

@Suite("A program in a terminal of its own")
struct PseudoTerminalTests {
  private static let environment = ["PATH": "/usr/bin:/bin", "TERM": "dumb"]
  private static let patience = Duration.seconds(20)

  private func shell(_ script: String, folder: String? = nil, columns: Int = 80, rows: Int = 24) throws
    -> PseudoTerminal
  {
    try PseudoTerminal(
      running: Program("/bin/sh", ["-c", script], environment: Self.environment, folder: folder), columns: columns,
      rows: rows)
  }

  @Test("What is typed reaches the program, and what it writes comes back with its time")
  func echo() throws {
    let terminal = try PseudoTerminal(
      running: Program("/bin/cat", environment: Self.environment), columns: 80, rows: 24)
    try terminal.write("incident\n")
    // Once from the terminal's echo, once from the program.
    let seen = try terminal.readUntil(contains: "incident\r\nincident\r\n", within: Self.patience)
    #expect(seen >= terminal.startedAt)
    #expect(terminal.transcript == Array("incident\r\nincident\r\n".utf8))
    #expect(terminal.arrivals.map(\.range.count).reduce(0, +) == terminal.transcript.count)
    try terminal.write([0x04])
    #expect(try terminal.waitForExit(within: Self.patience) == .status(0))
  }

  @Test("The program leads a session of its own in a terminal of the size that was asked for, and follows a resize")
  func size() throws {
    let terminal = try shell(
      "tty -s && stty size; trap 'stty size; exit 3' WINCH; echo ready; read x; read x", columns: 101, rows: 37)
    try terminal.readUntil(contains: "37 101", within: Self.patience)
    try terminal.readUntil(contains: "ready", within: Self.patience)
    #expect(getsid(terminal.process) == terminal.process)
    try terminal.resize(columns: 60, rows: 15)
    try terminal.write("\n\n")
    try terminal.readUntil(contains: "15 60", within: Self.patience)
    #expect(try terminal.waitForExit(within: Self.patience) == .status(3))
  }

  @Test("Only the environment and the folder that were named reach the program")
  func surroundings() throws {
    let terminal = try shell("pwd; env | sort; echo over", folder: "/usr")
    try terminal.readUntil(contains: "over\r\n", within: Self.patience)
    let lines = String(decoding: terminal.transcript, as: UTF8.self).split(separator: "\r\n").map(String.init)
    #expect(lines.first == "/usr")
    #expect(lines.contains("TERM=dumb"))
    #expect(!lines.contains { $0.hasPrefix("HOME=") })
  }

  @Test("A program that is killed tells the signal; one that goes on is no end")
  func signals() throws {
    let terminal = try shell("echo ready; exec sleep 1000")
    try terminal.readUntil(contains: "ready", within: Self.patience)
    #expect(throws: PseudoTerminalError.stillRunning(within: .zero)) { try terminal.waitForExit(within: .zero) }
    terminal.send(signal: SIGTERM)
    #expect(try terminal.waitForExit(within: Self.patience) == .signal(SIGTERM))
  }

  @Test("A hangup ends the program, and nothing can be typed any more")
  func hangup() throws {
    let terminal = try shell("echo ready; exec sleep 1000")
    try terminal.readUntil(contains: "ready", within: Self.patience)
    terminal.hangUp()
    #expect(try terminal.waitForExit(within: Self.patience) == .signal(SIGHUP))
    #expect(throws: PseudoTerminalError.self) { try terminal.write("x") }
  }

  @Test("What never comes is told with the end of what did; the search begins where it is told to")
  func notSeen() throws {
    let terminal = try shell("printf 'one\\033[m'; exit 0")
    #expect(throws: PseudoTerminalError.notSeen("“two”", tail: "one\\u{1B}[m")) {
      try terminal.readUntil(contains: "two", within: Self.patience)
    }
    #expect(throws: PseudoTerminalError.self) {
      try terminal.readUntil(contains: "one", from: 1, within: Self.patience)
    }
    #expect(terminal.quiet(for: .seconds(1), within: .zero))
    #expect(try terminal.waitForExit(within: Self.patience) == .status(0))
  }

  @Test("What has come over several reads is found across their border")
  func border() throws {
    let terminal = try PseudoTerminal(
      running: Program("/bin/sh", ["-c", "stty raw -echo; echo ready; exec cat"], environment: Self.environment),
      columns: 80, rows: 24)
    try terminal.readUntil(contains: "ready", within: Self.patience)
    let start = terminal.transcript.count
    var typed = ""
    for letter in "abcdef" {
      try terminal.write(String(letter))
      typed.append(letter)
      try terminal.readUntil(contains: typed, from: start, within: Self.patience)
    }
    #expect(terminal.arrivals.count >= 6)
  }

  @Test("The system's record of a process: its children, time, sleeps and memory")
  func record() throws {
    let terminal = try shell("sleep 1000 & echo ready; read x; kill $!; exit 4")
    try terminal.readUntil(contains: "ready", within: Self.patience)
    let record = ProcessRecord(terminal.process)
    let children = record.children
    #expect(children.count == 1)
    #expect(children.allSatisfy { getsid($0) == terminal.process })
    #expect((record.processorTime?.total ?? 0) > 0)
    #expect((record.residentBytes ?? 0) > 100_000)
    #expect(record.voluntarySwitches != nil)
    try terminal.write("\n")
    #expect(try terminal.waitForExit(within: Self.patience) == .status(4))
    #expect(ProcessRecord(terminal.process).processorTime == nil)
  }

  @Test("A thread that ended takes nothing away from what the others did, and a new one counts whole")
  func threads() {
    let before = ThreadCounts(["1": 10, "2": 500])
    let after = ThreadCounts(["1": 13, "3": 4])
    #expect(after.increase(since: before) == 7)
    #expect(before.total == 510)
  }

  @Test("A program that is not there is refused")
  func missing() {
    #expect(throws: PseudoTerminalError.self) {
      _ = try PseudoTerminal(running: Program("/nowhere/program"), columns: 80, rows: 24)
    }
  }

  @Test("What a program started belongs to its family, and its memory at most is no less than what it has")
  func family() throws {
    let terminal = try shell("/bin/sh -c 'sleep 1000 & echo ready; wait' & wait")
    try terminal.readUntil(contains: "ready", within: Self.patience)
    let program = ProcessRecord(terminal.process)
    #expect(program.family.first == program)
    #expect(program.family.count == 3)
    let (resident, peak) = (try #require(program.residentBytes), try #require(program.peakResidentBytes))
    #expect(peak >= resident && resident > 0)
    for child in program.family.dropFirst() { kill(child.process, SIGKILL) }
  }

  @Test("A field of a status file is found by its whole name")
  func statusField() {
    let status = "Name:\tVmHWM\nVmHWMs:\t  1 kB\nVmHWM:\t   18432 kB\nVmRSS:\t   9000 kB\n"
    #expect(ProcessRecord.field("VmHWM", status) == 18432)
    #expect(ProcessRecord.field("VmPeak", status) == nil)
    #expect(ProcessRecord.field("Name", status) == nil)
  }
}
