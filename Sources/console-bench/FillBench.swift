import BenchFigures
import FoundationEssentials
import PartnerModel
import PartnerStore
import PseudoTerminal

/// The first reading of many tenants: a token and all pages for each, into a store that is not there yet.
struct FillBench {
  var ours: Contender
  var baseline: Contender?
  var tenants: Int
  var incidents: Int
  var repetitions: Int
  /// A Python that may have `aiohttp`.
  var python: String?

  private var place: BenchPlace { ours.place }

  func measure(into report: inout BenchReport) throws {
    let epoch = Timestamp(Date())
    let contenders = [ours] + [baseline].compactMap(\.self)
    let client = try PythonClient(in: place, [python, place.installed("python3")].compactMap(\.self))
    var costs = contenders.map { _ in Costs() }
    var peer = Costs()
    for round in 0..<repetitions {
      // A lab of its own for each round: what a tenant was asked in another counts in no limit.
      let labs = try (contenders.map(\.name) + ["peer"]).map { name in
        try LabProcess.start(
          binary: ours.binary, tenants: tenants, incidents: incidents, epoch: epoch, name: "fill-lab-\(name)-\(round)",
          in: place)
      }
      defer { for lab in labs { lab.stop() } }
      let states = try contenders.map { try $0.state("fill-\(round)") }
      for (index, contender) in contenders.enumerated() {
        costs[index].append(try contender.refresh(labs[index], state: states[index], run: "fill-\(round)"))
        if index == 0, let client, let lab = labs.last {
          let (cost, database) = try client.store(
            lab, from: Timestamp(epoch.date.addingTimeInterval(-lab.configuration.refresh.history)), run: "\(round)")
          peer.append(cost)
          let own = try ours.store(of: labs[0].configuration.app, state: states[0]).path + "/cache.db"
          let (stored, other) = (try client.rows(of: own), try client.rows(of: database))
          guard stored == other else {
            throw BenchError("the store holds \(stored), the Python client's \(other): they did not do the same work")
          }
          if round == 0 {
            report.notes.append("fill: each stored \(stored); the Python client read with \(client.json)")
          }
        }
      }
      for state in states { try? FileManager.default.removeItem(atPath: state) }
    }
    add("fill.processor", costs.map(\.processor), peer.processor, bounds: (0.5, 1), into: &report)
    add("fill.wall", costs.map(\.wall), peer.wall, bounds: nil, into: &report)
    if client == nil { report.leaveOut("fill.processor / Python", because: PythonClient.advice) }
    if baseline == nil { report.leaveOut("fill.processor / baseline", because: Self.baselineAdvice) }
  }

  static let baselineAdvice = "name the program of another commit with --baseline PATH"

  private func add(
    _ name: String, _ costs: [Samples], _ peer: Samples, bounds: (baseline: Double, peer: Double)?,
    into report: inout BenchReport
  ) {
    report.figures.append(
      Figure(
        name, unit: "ms", costs[0],
        beside: .init(.peer, "Python with aiohttp, the same rows in SQLite", peer),
        target: bounds.map { .ratioAtMost($0.peer) }))
    if costs.count > 1 {
      report.figures.append(
        Figure(
          "\(name).baseline", unit: "ms", costs[0], beside: .init(.baseline, "the baseline", costs[1]),
          target: bounds.map { .ratioAtMost($0.baseline) }))
    }
  }
}
