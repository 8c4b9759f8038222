import PseudoTerminal

/// Keys, idling and memory of a console that shows the queue and has everything streamed in.
struct KeyBench {
  var console: Program
  var place: BenchPlace
  var size: WindowSize
  var keys: Int
  var commits: Int
  var idle: Duration

  private static let pageDown = "\u{1B}[6~"
  /// From here on a window has a preview beside the list.
  private static let previewColumns = 140

  /// - Parameters:
  ///   - withKeys: type.
  ///   - withMemory: tell the memory.
  func measure(withKeys: Bool, withMemory: Bool, into report: inout BenchReport) throws {
    var queue = console
    queue.arguments += ["--view", "queue"]
    let run = try ConsoleRun.start(queue, size)
    defer { run.quit() }
    _ = try run.time(toFirst: Customers.incidentWord)
    let painter = run.painter
    let first = painter.residentBytes
    if !run.terminal.quiet(for: .seconds(3), within: .seconds(180)) {
      report.notes.append("keys: the console was still writing 180 s after its start; figures include that")
    }
    if withMemory { memory(first: first, painter, ProcessRecord(run.terminal.process), into: &report) }
    guard withKeys else { return }
    measureIdle(run.terminal, painter, into: &report)
    try measureKeys(run.terminal, painter, into: &report)
  }

  private func memory(
    first: Int?, _ painter: ProcessRecord, _ guardian: ProcessRecord, into report: inout BenchReport
  ) {
    for (name, bytes) in [
      ("memory.firstFrame", first), ("memory.everythingLoaded", painter.residentBytes),
      ("memory.guardian", painter == guardian ? nil : guardian.residentBytes),
    ] {
      guard let bytes else { continue }
      let target = name == "memory.guardian" ? nil : Figure.Target(medianAtMost: 100)
      report.figures.append(Figure(name, unit: "MB", Samples([Double(bytes) / 1e6]), target: target))
    }
  }

  private func measureIdle(_ terminal: PseudoTerminal, _ painter: ProcessRecord, into report: inout BenchReport) {
    let before = painter.voluntarySwitches
    let end = ContinuousClock.now + idle
    var frames = 0
    while terminal.read(until: end) != nil { frames += 1 }
    guard let before, let after = painter.voluntarySwitches else { return }
    let rate = Double(after.increase(since: before)) / idle.seconds
    report.figures.append(Figure("idle.wakeups", unit: "1/s", Samples([rate]), target: .init(medianAtMost: 1)))
    report.figures.append(Figure("idle.writes", unit: "1/s", Samples([Double(frames) / idle.seconds])))
  }

  private func measureKeys(
    _ terminal: PseudoTerminal, _ painter: ProcessRecord, into report: inout BenchReport
  ) throws {
    let floor = try echo()
    let peer = try tig(into: &report)
    func tell(_ name: String, _ presses: KeyPresses, _ peer: KeyPresses?, _ target: Figure.Target, bytes: Double?) {
      report.figures.append(
        Figure(
          "keys.\(name)", unit: "ms", presses.times, target: target, floor: .init("cat echoes a byte", floor.times),
          peer: .init("tig, \(commits) commits", peer?.times)))
      report.figures.append(
        Figure(
          "keys.\(name).bytes", unit: "bytes", presses.bytes, target: bytes.map { .init(medianAtMost: $0) },
          floor: .init("cat echoes a byte", floor.bytes), peer: .init("tig, \(commits) commits", peer?.bytes)))
      report.figures.append(
        Figure(
          "keys.\(name).processor", unit: "ms", presses.processor, target: .init(medianAtMost: 0.8),
          floor: .init("cat echoes a byte", floor.processor),
          peer: .init("tig, \(commits) commits", peer?.processor)))
      if presses.unanswered > 0 {
        report.notes.append("keys.\(name): nothing was written for \(presses.unanswered) of \(keys) keys")
      }
    }
    func press(_ typed: [String]) throws -> KeyPresses {
      let presses = try KeyPresses.measure(typed, in: terminal, painter: painter)
      terminal.quiet(for: .milliseconds(200), within: .seconds(10))
      return presses
    }
    if size.columns >= Self.previewColumns {
      _ = try press(["p"])
      report.notes.append("keys: with the preview closed by p")
    }
    tell(
      "moving", try press(Array(repeating: "j", count: keys)), peer.moving,
      .init(medianAtMost: 1, p99AtMost: 8), bytes: 500)
    tell(
      "paging", try press(Array(repeating: Self.pageDown, count: keys)), peer.paging,
      .init(medianAtMost: 2, p99AtMost: 8), bytes: nil)
    tell("filter", try filter(press), nil, .init(p99AtMost: 16), bytes: nil)
  }

  /// Opens the filter, types a word letter by letter, takes the letters back, and leaves it, as often as it takes.
  private func filter(_ press: ([String]) throws -> KeyPresses) throws -> KeyPresses {
    let letters = "phishing".map(String.init)
    let round = letters + Array(repeating: "\u{7F}", count: letters.count)
    _ = try press(["/"])
    defer { _ = try? press(["\u{1B}"]) }
    return try press(Array((0...keys / round.count).flatMap { _ in round }.prefix(keys)))
  }

  private func echo() throws -> KeyPresses {
    let program = Program(
      "/bin/sh", ["-c", "stty raw -echo; printf ready; exec cat"], environment: place.environment)
    let run = try ConsoleRun.start(program, size)
    _ = try run.time(toFirst: "ready")
    run.terminal.quiet(for: .milliseconds(100), within: .seconds(5))
    defer { run.terminal.hangUp() }
    return try KeyPresses.measure(
      Array(repeating: "x", count: keys), in: run.terminal, painter: ProcessRecord(run.terminal.process))
  }

  private func tig(into report: inout BenchReport) throws -> (moving: KeyPresses?, paging: KeyPresses?) {
    guard commits > 0, let tig = place.installed("tig"), let git = place.installed("git") else {
      report.notes.append("keys: no peer, because tig or git is not installed or --commits is 0")
      return (nil, nil)
    }
    let repository = try CommitHistory.make(commits, git: git, in: place)
    let run = try ConsoleRun.start(Program(tig, environment: place.environment, folder: repository), size)
    defer { run.quit(typing: "Q") }
    let first = try run.time(toFirst: CommitHistory.word)
    report.figures.append(Figure("peer.tig.start", unit: "ms", Samples([first])))
    run.terminal.quiet(for: .seconds(2), within: .seconds(120))
    let painter = ProcessRecord(run.terminal.process)
    return (
      try KeyPresses.measure(Array(repeating: "j", count: keys), in: run.terminal, painter: painter),
      try KeyPresses.measure(Array(repeating: Self.pageDown, count: keys), in: run.terminal, painter: painter)
    )
  }
}
