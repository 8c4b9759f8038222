import BenchFigures
import PseudoTerminal

/// What keys cost: each is typed when all is quiet, and ends when nothing was written for a while.
struct KeyPresses {
  /// Milliseconds from the typing to the first bytes that came.
  private(set) var firsts = Samples()
  /// Milliseconds from the typing to the last bytes that came.
  private(set) var times = Samples()
  private(set) var bytes = Samples()
  /// Milliseconds on a processor, of all processes that belong to the program.
  private(set) var processor = Samples()
  /// Keys that nothing was written for.
  private(set) var unanswered = 0

  private static let patience = Duration.milliseconds(500)

  /// Types `keys` one by one into `run`.
  /// - Parameter pause: a key is answered in full when nothing came for so long.
  mutating func type(_ keys: [String], in run: ConsoleRun, pause: Duration = .milliseconds(40)) throws {
    let family = run.family
    for key in keys { try press(key, run.terminal, family, pause) }
  }

  private mutating func press(
    _ key: String, _ terminal: PseudoTerminal, _ family: [ProcessRecord], _ pause: Duration
  ) throws {
    while terminal.read(until: .now) != nil {}
    let spent = family.map(\.processorTime)
    let begin = ContinuousClock.now
    try terminal.write(key)
    var first: ContinuousClock.Instant?
    var last: ContinuousClock.Instant?
    var count = 0
    while let arrival = terminal.read(until: last.map { $0 + pause } ?? begin + Self.patience) {
      first = first ?? arrival.at
      last = arrival.at
      count += arrival.range.count
    }
    if terminal.isHungUp { throw BenchError("the program ended while keys were typed: \(terminal.tail)") }
    if let first, let last {
      firsts.append((first - begin).milliseconds)
      times.append((last - begin).milliseconds)
    } else {
      unanswered += 1
    }
    bytes.append(Double(count))
    let increases = zip(family, spent).compactMap { record, before in
      before.flatMap { before in record.processorTime?.increase(since: before) }
    }
    if !increases.isEmpty { processor.append(Double(increases.reduce(0, +)) / 1e6) }
  }
}
