import PseudoTerminal

/// From the start of the program to the first frame that shows something useful, with all in the store.
struct StartBench {
  var console: Program
  var place: BenchPlace
  var size: WindowSize
  var repetitions: Int

  func measure(into report: inout BenchReport) throws {
    let floor = Figure.Reference("true in a terminal, start to end", try floor())
    var peer: Figure.Reference?
    if let htop = place.installed("htop") {
      let program = Program(htop, environment: place.environment)
      peer = .init("htop, its table's head", try starts(program, word: "PID"))
    } else {
      report.notes.append("start: htop is not installed, so there is no peer")
    }
    for (view, word) in [("tenants", Customers.tenantWord), ("queue", Customers.incidentWord)] {
      var program = console
      program.arguments += ["--view", view]
      report.figures.append(
        Figure(
          "start.\(view)", unit: "ms", try starts(program, word: word), target: .init(medianAtMost: 150), floor: floor,
          peer: peer))
    }
  }

  /// The first start warms what the others find warm.
  private func starts(_ program: Program, word: String) throws -> Samples {
    var samples = Samples()
    for repetition in 0...repetitions {
      let run = try ConsoleRun.start(program, size)
      let time = try run.time(toFirst: word)
      run.quit()
      if repetition > 0 { samples.append(time) }
    }
    return samples
  }

  private func floor() throws -> Samples {
    guard let path = place.installed("true") else { return Samples() }
    var samples = Samples()
    for _ in 0..<repetitions {
      let run = try ConsoleRun.start(Program(path, environment: place.environment), size)
      while run.terminal.read(until: .now + .seconds(10)) != nil {}
      try run.terminal.waitForExit(within: .seconds(10))
      samples.append((ContinuousClock.now - run.terminal.startedAt).milliseconds)
    }
    return samples
  }
}
