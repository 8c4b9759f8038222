import BenchFigures
import FoundationEssentials
import PartnerModel
import PseudoTerminal

/// All parts of a run, with the stores that several of them need.
struct WholeBench {
  let options: ConsoleBench
  let place: BenchPlace
  let ours: Contender
  let baseline: Contender?
  private var made: [Int: Customers] = [:]

  init(options: ConsoleBench, place: BenchPlace, ours: Contender, baseline: Contender?) {
    self.options = options
    self.place = place
    self.ours = ours
    self.baseline = baseline
  }

  private var size: WindowSize { WindowSize(columns: options.columns, rows: options.rows) }

  mutating func measure(_ part: ConsoleBench.Part, into report: inout BenchReport) async throws {
    switch part {
    case .start: try measureStarts(into: &report)
    case .keys:
      try KeyBench(
        console: queue(options.incidents), place: place, size: size, keys: options.keys,
        commits: options.commits
      ).measure(into: &report)
    case .filter:
      for incidents in sizes {
        try FilterBench(
          console: queue(incidents), size: size, keys: options.keys, incidents: incidents,
          p99AtMost: incidents == options.largeIncidents ? 50 : 16
        ).measure(into: &report)
      }
    case .idle:
      try IdleBench(
        console: queue(options.incidents), size: size, duration: .seconds(options.idleSeconds)
      ).measure(into: &report)
    case .memory:
      for incidents in sizes {
        try MemoryBench(
          console: queue(incidents), size: size, incidents: incidents,
          loadedAtMost: [100_000: 90, 1_000_000: 400][incidents]
        ).measure(into: &report)
      }
    case .refresh:
      try await RefreshBench(
        ours: ours, baseline: baseline, tenants: options.tenants, incidents: options.labIncidents,
        repetitions: options.repetitions, python: options.python
      ).measure(into: &report)
    case .fill:
      try FillBench(
        ours: ours, baseline: baseline, tenants: options.tenants, incidents: options.labIncidents,
        repetitions: options.fills, python: options.python
      ).measure(into: &report)
    case .tokens:
      try TokensBench(ours: ours, tenants: options.tenants, repetitions: options.repetitions).measure(into: &report)
    case .decode: try DecodeBench(ours: ours, repetitions: options.repetitions).measure(into: &report)
    case .build: try BuildBench(ours: ours, baseline: baseline).measure(into: &report)
    }
  }

  private var sizes: [Int] { [options.incidents, options.largeIncidents].filter { $0 > 0 } }

  private mutating func measureStarts(into report: inout BenchReport) throws {
    let customers = try customers(options.incidents)
    let bench = StartBench(console: console(customers), place: place, size: size, repetitions: options.repetitions)
    try bench.measure(busy: false, into: &report)
    if options.busy { try bench.measure(busy: true, into: &report) }
    let bare = { (contender: Contender) in
      Program(contender.binary, ["--version"], environment: contender.place.environment)
    }
    try bench.measure(command: "start.version", bare(ours), baseline.map(bare), into: &report)
    guard let baseline else {
      try bench.measure(command: "start.command", reading(console(customers)), nil, into: &report)
      return
    }
    let consoles = (try filled(ours), try filled(baseline))
    try bench.measure(command: "start.command", reading(consoles.0), reading(consoles.1), into: &report)
    try bench.compare(consoles.0, consoles.1, into: &report)
  }

  /// The command that lists the tenants of a console from its store.
  private func reading(_ console: Program) -> Program {
    var program = console
    program.arguments = ["tenants", "--output", "json"] + console.arguments.dropFirst()
    return program
  }

  /// A console that shows the queue of a store of so many incidents.
  private mutating func queue(_ incidents: Int) throws -> Program {
    var program = console(try customers(incidents))
    program.arguments += ["--view", "queue"]
    return program
  }

  private func console(_ customers: Customers) -> Program {
    ours.program(["ui", "--config", customers.configurationPath], state: customers.state)
  }

  /// Made once.
  private mutating func customers(_ incidents: Int) throws -> Customers {
    if let made = made[incidents] { return made }
    ConsoleBench.say("Filling a store: \(options.tenants) tenants, \(incidents) incidents.")
    let customers = try Customers.fill(place, tenants: options.tenants, incidents: incidents, now: Date())
    made[incidents] = customers
    return customers
  }

  /// A console with a store that the program itself filled from a lab: one of another commit has its own form.
  private func filled(_ contender: Contender) throws -> Program {
    ConsoleBench.say("Letting \(contender.name) fill a store of its own.")
    let name = "start-\(contender.name)"
    let lab = try LabProcess.start(
      binary: ours.binary, tenants: options.tenants, incidents: options.labIncidents, name: name, in: place)
    defer { lab.stop() }
    let state = try contender.state("start")
    _ = try contender.refresh(lab, state: state, run: name)
    let configuration = try Customers.configure(
      lab.configuration.tenants.map(\.id), clientID: lab.configuration.app.clientID, name: name, in: place)
    return contender.program(["ui", "--config", configuration], state: state)
  }
}
