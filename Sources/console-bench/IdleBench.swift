import BenchFigures
import PseudoTerminal

/// How often a console that shows the queue wakes up when nothing happens.
struct IdleBench {
  var console: Program
  var size: WindowSize
  var duration: Duration

  func measure(into report: inout BenchReport) throws {
    let run = try ConsoleRun.start(console, size)
    defer { run.quit() }
    _ = try run.time(toFirst: Customers.incidentWord)
    if !run.settle() { report.notes.append("idle: the console was still busy five minutes after its start") }
    let family = run.family
    let before = family.map(\.voluntarySwitches)
    let end = ContinuousClock.now + duration
    var frames = 0
    while run.terminal.read(until: end) != nil { frames += 1 }
    let wakeUps = zip(family, before).compactMap { record, before in
      before.flatMap { before in record.voluntarySwitches?.increase(since: before) }
    }
    let rate = Double(wakeUps.reduce(0, +)) / duration.seconds
    report.figures.append(Figure("idle.wakeUps", unit: "/s", Samples([rate]), target: .atMost(1)))
    report.figures.append(Figure("idle.writes", unit: "/s", Samples([Double(frames) / duration.seconds])))
  }
}
