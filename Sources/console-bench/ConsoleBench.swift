import ArgumentParser
import FoundationEssentials
import Glibc
import PseudoTerminal

/// Measures the built program and prints every figure beside its target, floor and peer.
@main
struct ConsoleBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console-bench",
    abstract: "Measure partner-console and print one JSON document. Nothing is judged.",
    discussion: """
      EXAMPLE
        swift build -c release
        .build/release/console-bench --only start,keys
      """)

  @Option(help: "Tenants in the store.") var tenants = 1000
  @Option(help: "Open incidents in the store.") var incidents = 100_000
  @Option(help: "Keys of each kind.") var keys = 300
  @Option(help: "Tenants of the lab that is refreshed.") var refreshTenants = 200
  @Option(help: ArgumentHelp("A Python with aiohttp, the peer of a refresh; else python3.", valueName: "PATH"))
  var python: String?
  @Option(help: ArgumentHelp("The partner-console to measure; else the one beside this program.", valueName: "PATH"))
  var binary: String?
  @Option(
    help: ArgumentHelp("Some of start, keys, memory, refresh and decode, divided by commas; all without it.")) var only:
    PartList?
  @Option(help: "Columns of the window.") var columns = 200
  @Option(help: "Rows of the window.") var rows = 50
  @Option(help: "How often a start, a refresh and a decoding is repeated.") var repetitions = 7
  @Option(help: "Seconds to idle.") var idleSeconds = 10
  @Option(help: "Commits of the repository that the peer tig shows; 0 for none.") var commits = 100_000

  enum Part: String, CaseIterable { case start, keys, memory, refresh, decode }

  /// The parts that were asked for.
  struct PartList: ExpressibleByArgument {
    var parts: [Part]
    init?(argument: String) {
      parts = argument.split(separator: ",").compactMap { Part(rawValue: String($0)) }
      guard !parts.isEmpty, parts.count == argument.split(separator: ",").count else { return nil }
    }
  }

  func validate() throws {
    guard (1...20_000).contains(tenants) else { throw ValidationError("--tenants is 1 to 20000.") }
    guard (1...5_000_000).contains(incidents) else { throw ValidationError("--incidents is 1 to 5000000.") }
    guard (1...20_000).contains(refreshTenants) else { throw ValidationError("--refresh-tenants is 1 to 20000.") }
    guard (10...1000).contains(columns), (5...500).contains(rows) else {
      throw ValidationError("--columns is 10 to 1000, --rows is 5 to 500.")
    }
    guard keys > 0, repetitions > 0, idleSeconds > 0, commits >= 0 else {
      throw ValidationError("--keys, --repetitions and --idle-seconds are above 0, --commits is not below.")
    }
  }

  func run() throws {
    let place = try BenchPlace.make()
    defer { place.remove() }
    var report = BenchReport(
      build: Self.build, processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
      sizes: [
        "tenants": tenants, "incidents": incidents, "keys": keys, "refreshTenants": refreshTenants,
        "columns": columns, "rows": rows, "commits": commits,
      ])
    let parts = Set(only?.parts ?? Part.allCases)
    let binary = binary.map(Self.absolute) ?? Self.neighbour
    guard access(binary, X_OK) == 0 else { throw ValidationError("\(binary) is no program: name one with --binary.") }
    if !parts.isDisjoint(with: [.start, .keys, .memory]) {
      attempt("the console", &report) { try measureConsole(binary, place, parts, &$0) }
    }
    if parts.contains(.refresh) {
      attempt("refresh", &report) {
        try RefreshBench(
          binary: binary, place: place, tenants: refreshTenants, repetitions: min(repetitions, 10), python: python
        ).measure(into: &$0)
      }
    }
    if parts.contains(.decode) {
      attempt("decode", &report) {
        try DecodeBench(binary: binary, place: place, repetitions: repetitions).measure(into: &$0)
      }
    }
    print(try report.json())
  }

  private func measureConsole(
    _ binary: String, _ place: BenchPlace, _ parts: Set<Part>, _ report: inout BenchReport
  ) throws {
    Self.say("Filling the store: \(tenants) tenants, \(incidents) incidents.")
    let customers = try Customers.fill(place, tenants: tenants, incidents: incidents, now: Date())
    let console = Program(binary, ["ui", "--config", customers.configurationPath], environment: place.environment)
    let size = WindowSize(columns: columns, rows: rows)
    if parts.contains(.start) {
      attempt("start", &report) {
        try StartBench(console: console, place: place, size: size, repetitions: repetitions).measure(into: &$0)
      }
    }
    if !parts.isDisjoint(with: [.keys, .memory]) {
      attempt("keys, idle and memory", &report) {
        try KeyBench(
          console: console, place: place, size: size, keys: keys, commits: commits, idle: .seconds(idleSeconds)
        ).measure(withKeys: parts.contains(.keys), withMemory: parts.contains(.memory), into: &$0)
      }
    }
  }

  /// Goes on with the rest when a part cannot be measured, and says so.
  private func attempt(_ part: String, _ report: inout BenchReport, _ body: (inout BenchReport) throws -> Void) {
    Self.say("Measuring \(part).")
    do { try body(&report) } catch {
      Self.say("\(part): \(error)")
      report.notes.append("\(part): \(error)")
    }
  }

  private static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // Nobody is left to tell when standard error itself is closed.
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  private static var build: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  private static var neighbour: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/partner-console"
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
