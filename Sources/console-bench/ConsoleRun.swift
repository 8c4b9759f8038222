import BenchFigures
import Glibc
import PseudoTerminal

/// A console, or another program, in a terminal of the size that is measured.
struct ConsoleRun {
  let terminal: PseudoTerminal

  static func start(_ program: Program, _ size: WindowSize) throws -> ConsoleRun {
    ConsoleRun(terminal: try PseudoTerminal(running: program, columns: size.columns, rows: size.rows))
  }

  /// Milliseconds from the start until `word` was on the screen.
  func time(toFirst word: String) throws -> Double {
    (try terminal.readUntil(contains: word, within: .seconds(60)) - terminal.startedAt).milliseconds
  }

  /// Waits until it is done with what it does after its start: for three seconds it wrote nothing and was next to never
  /// on a processor. A program that only reads writes nothing either, so silence alone would not tell.
  /// - Returns: whether that came within five minutes.
  func settle() -> Bool {
    let end = ContinuousClock.now + .seconds(300)
    var quiet = 0
    while quiet < 3, ContinuousClock.now < end {
      let records = family
      let before = records.map(\.processorTime)
      let second = ContinuousClock.now + .seconds(1)
      var wrote = false
      while terminal.read(until: second) != nil { wrote = true }
      if terminal.isHungUp { return false }
      let spent = zip(records, before).compactMap { record, before in
        before.flatMap { before in record.processorTime?.increase(since: before) }
      }
      quiet = wrote || spent.reduce(0, +) > 20_000_000 ? 0 : quiet + 1
    }
    return quiet >= 3
  }

  /// Everything that runs for it: what a guard of the terminal costs is a cost of ours.
  var family: [ProcessRecord] { ProcessRecord(terminal.process).family }

  /// The process that holds what is shown: the largest one.
  var painter: ProcessRecord {
    family.max { ($0.residentBytes ?? 0) < ($1.residentBytes ?? 0) } ?? ProcessRecord(terminal.process)
  }

  /// Types `key`, waits for the program to end, and ends it if it does not.
  func quit(typing key: String = "q") {
    try? terminal.write(key)
    if (try? terminal.waitForExit(within: .seconds(5))) != nil { return }
    terminal.hangUp()
    _ = try? terminal.waitForExit(within: .seconds(5))
  }
}

/// The size of the window that everything is measured in.
struct WindowSize {
  var columns: Int
  var rows: Int
}
