import ArgumentParser
import BenchFigures
import FoundationEssentials
import Glibc
import PseudoTerminal

/// Measures the built program and shows every figure beside its peer, floor or baseline, and its target.
@main
struct ConsoleBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console-bench",
    abstract: "Measure partner-console beside its peers. Prints JSON, or a table with --table.",
    discussion: """
      Ends with 0 when it measured, be a target met or not.

      EXAMPLE
        swift build -c release
        .build/release/console-bench --table start keys
      """)

  @Argument(
    help:
      "Some of start, keys, filter, idle, memory, refresh, fill, tokens, decode and build; all but build without it.")
  var parts: [Part] = []
  @Flag(help: "Print a table instead of JSON.") var table = false
  @Option(help: ArgumentHelp("Write the JSON here too.", valueName: "FILE")) var json: String?
  @Flag(help: "Also measure a clean release build, which takes long; with a baseline, two.") var build = false
  @Flag(help: "Also measure starts while every processor is busy.") var busy = false
  @Option(help: "Tenants of every store and lab.") var tenants = 1000
  @Option(help: "Open incidents in the store.") var incidents = 100_000
  @Option(help: "Open incidents in the large store of filter and memory; 0 for none.") var largeIncidents = 1_000_000
  @Option(help: "Incidents of each tenant of a lab.") var labIncidents = 100
  @Option(help: "Keys of each kind.") var keys = 300
  @Option(help: ArgumentHelp("A Python with aiohttp, the peer of refresh and fill; else python3.", valueName: "PATH"))
  var python: String?
  @Option(help: ArgumentHelp("The partner-console to measure; else the one beside this program.", valueName: "PATH"))
  var binary: String?
  @Option(
    help: ArgumentHelp(
      "The partner-console of another commit, to be measured in turns; for build, in its package.", valueName: "PATH"))
  var baseline: String?
  @Option(help: "Columns of the window.") var columns = 200
  @Option(help: "Rows of the window.") var rows = 50
  @Option(help: "How often a start, a refresh and a decoding is repeated.") var repetitions = 7
  @Option(help: "How often a first fill is repeated.") var fills = 3
  @Option(help: "Seconds to idle.") var idleSeconds = 10
  @Option(help: "Commits of the repository that the peer tig shows; 0 for none.") var commits = 100_000

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case start, keys, filter, idle, memory, refresh, fill, tokens, decode, build
  }

  func validate() throws {
    guard (1...20_000).contains(tenants) else { throw ValidationError("--tenants is 1 to 20000.") }
    guard (1...5_000_000).contains(incidents) else { throw ValidationError("--incidents is 1 to 5000000.") }
    guard (0...5_000_000).contains(largeIncidents), largeIncidents != incidents else {
      throw ValidationError("--large-incidents is 0 to 5000000, and another number than --incidents.")
    }
    guard (1...1500).contains(labIncidents) else {
      throw ValidationError("--lab-incidents is 1 to 1500: more cannot be read within our share of a tenant's limit.")
    }
    guard (10...1000).contains(columns), (10...500).contains(rows) else {
      throw ValidationError("--columns is 10 to 1000, --rows is 10 to 500.")
    }
    guard (1...10).contains(repetitions), (1...10).contains(fills) else {
      throw ValidationError("--repetitions and --fills are 1 to 10: more would meet our own share of the limits.")
    }
    guard keys > 0, idleSeconds > 0, commits >= 0 else {
      throw ValidationError("--keys and --idle-seconds are above 0, --commits is not below.")
    }
  }

  func run() async throws {
    let place = try BenchPlace.make()
    defer { place.remove() }
    let ours = Contender(name: "ours", binary: binary.map(Self.absolute) ?? Self.neighbour, place: place)
    let baseline = baseline.map { Contender(name: "baseline", binary: Self.absolute($0), place: place) }
    for (contender, option) in [(ours, "--binary"), (baseline, "--baseline")] {
      guard let contender, access(contender.binary, X_OK) != 0 else { continue }
      throw ValidationError("\(contender.binary) is no program: name one with \(option).")
    }
    var report = BenchReport(
      build: Self.build, processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)), loadBefore: Self.load,
      sizes: [
        "tenants": tenants, "incidents": incidents, "largeIncidents": largeIncidents, "labIncidents": labIncidents,
        "keys": keys, "columns": columns, "rows": rows, "commits": commits,
      ])
    var bench = WholeBench(options: self, place: place, ours: ours, baseline: baseline)
    for part in chosen {
      Self.say("Measuring \(part).")
      // What cannot be measured takes nothing else with it.
      do { try await bench.measure(part, into: &report) } catch {
        Self.say("\(part): \(error)")
        report.leaveOut("\(part)", because: "\(error)")
      }
    }
    if !chosen.contains(.build), parts.isEmpty {
      report.leaveOut("build.user", because: "takes long; add --build, and --baseline PATH")
    }
    let document = try report.json()
    if let json {
      try (document + "\n").write(toFile: Self.absolute(json), atomically: true, encoding: .utf8)
    }
    print(table ? FigureTable(report).text : document)
  }

  private var chosen: [Part] {
    var chosen = parts.isEmpty ? Part.allCases.filter { $0 != .build } : parts
    if build, !chosen.contains(.build) { chosen.append(.build) }
    return chosen
  }

  static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // Nobody is left to tell when standard error itself is closed.
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  private static var load: Double? {
    var load = 0.0
    return getloadavg(&load, 1) == 1 ? load : nil
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
