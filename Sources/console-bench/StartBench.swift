import BenchFigures
import FoundationEssentials
import Glibc
import PartnerModel
import PseudoTerminal

/// From the start of the program to the first frame that shows something useful, with all in the store; and starts that
/// show none.
struct StartBench {
  var console: Program
  var place: BenchPlace
  var size: WindowSize
  var repetitions: Int

  static let views = [("tenants", Customers.tenantWord), ("queue", Customers.incidentWord)]

  /// - Parameter busy: beside something that keeps every processor busy.
  func measure(busy: Bool, into report: inout BenchReport) throws {
    let loops = try busy ? (0..<sysconf(Int32(_SC_NPROCESSORS_ONLN))).map { try busyLoop($0) } : []
    defer { for loop in loops { loop.stop() } }
    let name = busy ? "start.busy" : "start"
    let htop = place.installed("htop").map { Program($0, environment: place.environment) }
    var own = Self.views.map { _ in Samples() }
    var peer = Samples()
    // The first round warms what the others find warm.
    for round in 0...repetitions {
      for (index, (view, word)) in Self.views.enumerated() {
        let time = try time(showing(view, console), word)
        if round > 0 { own[index].append(time) }
      }
      if let htop {
        let time = try time(htop, "PID")
        if round > 0 { peer.append(time) }
      }
    }
    for (index, (view, _)) in Self.views.enumerated() {
      report.figures.append(
        Figure(
          "\(name).\(view)", unit: "ms", own[index], beside: .init(.peer, "htop, its table's head", peer),
          target: busy ? nil : .ratioAtMost(0.6)))
    }
    if htop == nil { report.leaveOut("\(name) / htop", because: "htop is not installed: apt-get install htop") }
  }

  /// Starts of two commits, each with a store that it filled itself.
  /// - Parameter sides: ours and the baseline, as consoles.
  func compare(_ ours: Program, _ baseline: Program, into report: inout BenchReport) throws {
    for (view, word) in [("tenants", Customers.tenantWord), ("queue", Customers.tenantWord)] {
      var (own, old) = (Samples(), Samples())
      for round in 0...repetitions {
        let times = (try time(showing(view, ours), word), try time(showing(view, baseline), word))
        if round > 0 {
          own.append(times.0)
          old.append(times.1)
        }
      }
      report.figures.append(
        Figure("start.\(view).baseline", unit: "ms", own, beside: .init(.baseline, "the baseline", old)))
    }
  }

  /// Starts that show nothing: of the program alone, and of a command that reads the store.
  /// - Parameter configuration: the console's.
  func measureCommands(
    _ ours: Contender, _ baseline: Contender?, configuration: String, into report: inout BenchReport
  ) throws {
    for (name, arguments, needsStore) in [
      ("start.version", ["--version"], false),
      ("start.command", ["tenants", "--output", "json", "--config", configuration], true),
    ] {
      // A baseline may not be able to read our store.
      let sides = [ours.binary] + (needsStore ? [] : [baseline?.binary].compactMap(\.self))
      var costs = sides.map { _ in Costs() }
      for round in 0...repetitions {
        for (index, binary) in sides.enumerated() {
          let program = Program(binary, arguments, environment: console.environment)
          let cost = try ChildProcess.run(program, output: place.path + "/start-command")
          if round > 0 { costs[index].append(cost) }
        }
      }
      let old = costs.count > 1 ? costs[1] : nil
      for (kind, own, other) in [
        ("wall", costs[0].wall, old?.wall), ("processor", costs[0].processor, old?.processor),
      ] {
        report.figures.append(
          Figure("\(name).\(kind)", unit: "ms", own, beside: .init(.baseline, "the baseline", other)))
      }
    }
  }

  private func showing(_ view: String, _ console: Program) -> Program {
    var program = console
    program.arguments += ["--view", view]
    return program
  }

  private func time(_ program: Program, _ word: String) throws -> Double {
    let run = try ConsoleRun.start(program, size)
    let time = try run.time(toFirst: word)
    run.quit()
    return time
  }

  private func busyLoop(_ number: Int) throws -> ChildProcess {
    try ChildProcess(
      running: Program("/bin/sh", ["-c", "while :; do :; done"], environment: place.environment),
      output: "\(place.path)/busy-\(number)")
  }
}
