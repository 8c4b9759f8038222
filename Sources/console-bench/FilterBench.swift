import BenchFigures
import PseudoTerminal

/// Typing into the filter of a console that shows the queue: letter by letter, and back.
struct FilterBench {
  var console: Program
  var size: WindowSize
  var keys: Int
  var incidents: Int
  /// Milliseconds.
  var p99AtMost: Double

  private static let word = "phishing"
  /// Rows that are found later than this after the last are not seen; a console that writes letters first and rows
  /// behind has so long for the rows.
  private static let pause = Duration.milliseconds(200)

  func measure(into report: inout BenchReport) throws {
    let run = try ConsoleRun.start(console, size)
    defer { run.quit() }
    _ = try run.time(toFirst: Customers.incidentWord)
    if !run.settle() {
      report.notes.append("filter.\(incidents): the console was still busy five minutes after its start")
    }
    let letters = Self.word.map(String.init)
    let round = letters + Array(repeating: "\u{7F}", count: letters.count)
    var ignored = KeyPresses()
    try ignored.type(["/"], in: run, pause: Self.pause)
    var presses = KeyPresses()
    try presses.type(
      Array((0...keys / round.count).flatMap { _ in round }.prefix(keys)), in: run, pause: Self.pause)
    try ignored.type(["\u{1B}"], in: run, pause: Self.pause)
    let name = "filter.\(incidents)"
    report.figures.append(Figure("\(name).rows", unit: "ms", presses.times))
    report.figures.append(Figure("\(name).rows", unit: "ms", presses.times, .p99, target: .atMost(p99AtMost)))
    report.figures.append(Figure("\(name).rows", unit: "ms", presses.times, .maximum))
    report.figures.append(
      Figure("\(name).anyAnswer", unit: "ms", presses.firsts, .maximum, target: .atMost(p99AtMost)))
    if presses.unanswered > 0 {
      report.notes.append("\(name): nothing was written for \(presses.unanswered) of \(keys) keys")
    }
  }
}
