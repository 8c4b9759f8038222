import PseudoTerminal

/// What keys cost: each is typed when all is quiet, and ends when nothing was written for 20 ms.
struct KeyPresses {
  /// Milliseconds from the typing to the last bytes that came.
  private(set) var times = Samples()
  private(set) var bytes = Samples()
  /// Milliseconds on a processor.
  private(set) var processor = Samples()
  /// Keys that nothing was written for.
  private(set) var unanswered = 0

  private static let pause = Duration.milliseconds(20)
  private static let patience = Duration.milliseconds(500)

  /// Types `keys` one by one into `terminal` and charges `painter` with the time.
  static func measure(_ keys: [String], in terminal: PseudoTerminal, painter: ProcessRecord) throws -> KeyPresses {
    var presses = KeyPresses()
    for key in keys { try presses.press(key, terminal, painter) }
    return presses
  }

  private mutating func press(_ key: String, _ terminal: PseudoTerminal, _ painter: ProcessRecord) throws {
    while terminal.read(until: .now) != nil {}
    let spent = painter.processorTime
    let begin = ContinuousClock.now
    try terminal.write(key)
    var last: ContinuousClock.Instant?
    var count = 0
    while let arrival = terminal.read(until: last.map { $0 + Self.pause } ?? begin + Self.patience) {
      last = arrival.at
      count += arrival.range.count
    }
    if terminal.isHungUp { throw BenchError("the program ended while keys were typed: \(terminal.tail)") }
    if let last { times.append((last - begin).milliseconds) } else { unanswered += 1 }
    bytes.append(Double(count))
    if let spent, let now = painter.processorTime { processor.append(Double(now.increase(since: spent)) / 1e6) }
  }
}
