import BenchFigures
import PseudoTerminal

/// Keys of a console that shows the queue, each beside tig doing the same: with the preview open, as it is by default,
/// and closed; inside the window, where it scrolls, and by pages. No figure is a mean of two of them.
struct KeyBench {
  var console: Program
  var place: BenchPlace
  var size: WindowSize
  var keys: Int
  var commits: Int

  /// Ours and the peer take turns, so that a noisy moment hurts both.
  private static let turns = 5
  /// From here on a window has a preview beside the list.
  private static let previewColumns = 140

  func measure(into report: inout BenchReport) throws {
    let run = try ConsoleRun.start(console, size)
    defer { run.quit() }
    _ = try run.time(toFirst: Customers.incidentWord)
    if !run.settle() { report.notes.append("keys: the console was still busy five minutes after its start") }
    let tig = try tig(into: &report)
    defer { tig?.quit(typing: "Q") }
    let echo = try echo()
    report.figures.append(Figure("keys.floor.latency", unit: "ms", echo.times))
    report.figures.append(Figure("keys.floor.latency", unit: "ms", echo.times, .p99))
    let hasPreview = size.columns >= Self.previewColumns
    if !hasPreview {
      report.leaveOut("keys.preview", because: "there is a preview from --columns \(Self.previewColumns) on")
    }
    for state in hasPreview ? ["preview", "closed"] : ["closed"] {
      if hasPreview, state == "closed" { try settle(run, ["p"]) }
      for movement in Movement.allCases {
        try measure(movement, "keys.\(state).\(movement)", run, tig, into: &report)
      }
    }
  }

  private func measure(
    _ movement: Movement, _ name: String, _ run: ConsoleRun, _ tig: ConsoleRun?, into report: inout BenchReport
  ) throws {
    var (own, peer) = (KeyPresses(), KeyPresses())
    for _ in 0..<Self.turns {
      let typed = movement.keys(max(1, keys / Self.turns), rows: size.rows)
      for (index, program) in [run, tig].enumerated() {
        guard let program else { continue }
        try settle(program, movement.approach(rows: size.rows))
        if index == 0 { try own.type(typed, in: program) } else { try peer.type(typed, in: program) }
      }
    }
    let what = "tig doing the same"
    let isInside = movement == .inside
    report.figures.append(
      Figure(
        "\(name).processor", unit: "ms", own.processor, beside: .init(.peer, what, peer.processor),
        target: .ratioAtMost(isInside ? 2 : 1)))
    report.figures.append(
      Figure(
        "\(name).bytes", unit: "bytes", own.bytes, beside: .init(.peer, what, peer.bytes),
        target: isInside ? .atMost(500) : nil))
    report.figures.append(
      Figure("\(name).latency", unit: "ms", own.times, beside: .init(.peer, what, peer.times)))
    report.figures.append(
      Figure(
        "\(name).latency", unit: "ms", own.times, .p99, beside: .init(.peer, what, peer.times), target: .atMost(8)))
    for (who, presses) in [("ours", own), ("tig", peer)] where presses.unanswered > 0 {
      report.notes.append(
        "\(name): \(who) wrote nothing for \(presses.unanswered) of \(presses.bytes.count) keys")
    }
  }

  private func settle(_ run: ConsoleRun, _ keys: [String]) throws {
    var ignored = KeyPresses()
    try ignored.type(keys, in: run, pause: .milliseconds(10))
    run.terminal.quiet(for: .milliseconds(200), within: .seconds(10))
  }

  private func echo() throws -> KeyPresses {
    let program = Program(
      "/bin/sh", ["-c", "stty raw -echo; printf ready; exec cat"], environment: place.environment)
    let run = try ConsoleRun.start(program, size)
    _ = try run.time(toFirst: "ready")
    run.terminal.quiet(for: .milliseconds(100), within: .seconds(5))
    defer { run.terminal.hangUp() }
    var presses = KeyPresses()
    try presses.type(Array(repeating: "x", count: min(keys, 100)), in: run)
    return presses
  }

  private func tig(into report: inout BenchReport) throws -> ConsoleRun? {
    guard commits > 0 else {
      report.leaveOut("keys / tig", because: "--commits is 0")
      return nil
    }
    guard let tig = place.installed("tig"), let git = place.installed("git") else {
      report.leaveOut("keys / tig", because: "tig or git is not installed: apt-get install tig git")
      return nil
    }
    let repository = try CommitHistory.make(commits, git: git, in: place)
    let run = try ConsoleRun.start(Program(tig, environment: place.environment, folder: repository), size)
    _ = try run.time(toFirst: CommitHistory.word)
    if !run.settle() { report.notes.append("keys: tig was still busy five minutes after its start") }
    return run
  }
}
