import BenchFigures
import FoundationEssentials
import Glibc
import PartnerModel
import PseudoTerminal

/// From the start of the program to the first frame that shows something useful, with all in the store; and starts that
/// show none.
///
/// Processor time is that of all processes up to the moment when the frame was there; what a thread that had ended by
/// then took is not in it.
struct StartBench {
  var console: Program
  var place: BenchPlace
  var size: WindowSize
  var repetitions: Int

  /// - Parameter busy: beside something that keeps every processor busy.
  func measure(busy: Bool, into report: inout BenchReport) throws {
    let loops = try busy ? (0..<sysconf(Int32(_SC_NPROCESSORS_ONLN))).map { try busyLoop($0) } : []
    defer { for loop in loops { loop.stop() } }
    let name = busy ? "start.busy" : "start"
    let htop = place.installed("htop").map { Program($0, environment: place.environment) }
    if htop == nil { report.leaveOut("\(name) / htop", because: "htop is not installed: apt-get install htop") }
    for (view, word) in [("tenants", Customers.tenantWord), ("queue", Customers.incidentWord)] {
      let (own, peer) = try inTurns((showing(view, console), word), htop.map { ($0, "PID") })
      for (kind, own, peer, target) in [
        ("", own.wall, peer.wall, Figure.Target.ratioAtMost(0.6)), (".processor", own.processor, peer.processor, nil),
      ] {
        report.figures.append(
          Figure(
            "\(name).\(view)\(kind)", unit: "ms", own, beside: .init(.peer, "htop, its table's head", peer),
            target: busy ? nil : target))
      }
    }
  }

  /// Starts of two commits, each with a store that it filled itself.
  func compare(_ ours: Program, _ baseline: Program, into report: inout BenchReport) throws {
    for view in ["tenants", "queue"] {
      let (own, old) = try inTurns(
        (showing(view, ours), Customers.tenantWord), (showing(view, baseline), Customers.tenantWord))
      for (kind, own, old) in [("", own.wall, old.wall), (".processor", own.processor, old.processor)] {
        report.figures.append(
          Figure("start.\(view)\(kind).baseline", unit: "ms", own, beside: .init(.baseline, "the baseline", old)))
      }
    }
  }

  /// Starts that show nothing.
  func measure(command name: String, _ ours: Program, _ baseline: Program?, into report: inout BenchReport) throws {
    var (own, old) = (Costs(), Costs())
    for round in 0...repetitions {
      let cost = try ChildProcess.run(ours, output: place.path + "/command")
      let other = try baseline.map { try ChildProcess.run($0, output: place.path + "/command") }
      guard round > 0 else { continue }
      own.append(cost)
      if let other { old.append(other) }
    }
    for (kind, own, old) in [("wall", own.wall, old.wall), ("processor", own.processor, old.processor)] {
      report.figures.append(
        Figure("\(name).\(kind)", unit: "ms", own, beside: .init(.baseline, "the baseline", old)))
    }
  }

  private func showing(_ view: String, _ console: Program) -> Program {
    var program = console
    program.arguments += ["--view", view]
    return program
  }

  /// Starts two programs one after the other, as often as it takes; each comes with a word that tells that it shows
  /// something. The first round warms what the others find warm.
  private func inTurns(
    _ ours: (program: Program, word: String), _ other: (program: Program, word: String)?
  ) throws -> (own: (wall: Samples, processor: Samples), peer: (wall: Samples, processor: Samples)) {
    let sides = [ours, other]
    var samples = sides.map { _ in (wall: Samples(), processor: Samples()) }
    for round in 0...repetitions {
      for (index, side) in sides.enumerated() {
        guard let side else { continue }
        let run = try ConsoleRun.start(side.program, size)
        let time = try run.time(toFirst: side.word)
        let spent = run.family.compactMap(\.processorTime?.total).reduce(0, +)
        run.quit()
        guard round > 0 else { continue }
        samples[index].wall.append(time)
        samples[index].processor.append(Double(spent) / 1e6)
      }
    }
    return (samples[0], samples[1])
  }

  private func busyLoop(_ number: Int) throws -> ChildProcess {
    try ChildProcess(
      running: Program("/bin/sh", ["-c", "while :; do :; done"], environment: place.environment),
      output: "\(place.path)/busy-\(number)")
  }
}
