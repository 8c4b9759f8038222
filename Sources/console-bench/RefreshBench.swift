import BenchFigures
import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore
import PseudoTerminal

/// A quiet refresh of many tenants against a lab: a token and a list for each, and nothing new in it.
struct RefreshBench {
  var ours: Contender
  var baseline: Contender?
  var tenants: Int
  var incidents: Int
  /// Each asks every tenant once; more than ten within five minutes would meet our own share of the tenants' limits.
  var repetitions: Int
  /// A Python that may have `aiohttp`.
  var python: String?

  private var place: BenchPlace { ours.place }

  func measure(into report: inout BenchReport) async throws {
    let epoch = Timestamp(Date())
    func lab(_ name: String) throws -> LabProcess {
      try LabProcess.start(
        binary: ours.binary, tenants: tenants, incidents: incidents, epoch: epoch, name: "refresh-lab-\(name)",
        in: place)
    }
    let (ourLab, peerLab) = (try lab("ours"), try lab("peers"))
    defer { for lab in [ourLab, peerLab] { lab.stop() } }
    let state = try ours.state("refresh")
    _ = try ours.refresh(ourLab, state: state, run: "refresh-fill")
    let starts = try starts(ourLab, state: state)
    let before = try baseline.map { ($0, try lab($0.name), try $0.state("refresh")) }
    defer { before?.1.stop() }
    if let (baseline, lab, state) = before { _ = try baseline.refresh(lab, state: state, run: "refresh-fill") }
    let curl = try place.installed("curl").map { try CurlFetch(peerLab, name: "refresh-curl", in: place, curl: $0) }
    let client = try PythonClient(in: place, [python, place.installed("python3")].compactMap(\.self))

    var (own, old, floor, peer) = (Costs(), Costs(), Costs(), Costs())
    for round in 0..<repetitions {
      own.append(try ours.refresh(ourLab, state: state, run: "refresh-\(round)"))
      if let curl {
        let (tokens, lists) = try fetch(curl, peerLab.configuration.tenants.map(\.id), starts, run: "\(round)")
        floor.append(tokens, lists)
      }
      if let client { peer.append(try client.list(peerLab, starts, run: "\(round)")) }
      if let (baseline, lab, state) = before {
        old.append(try baseline.refresh(lab, state: state, run: "refresh-\(round)"))
      }
    }
    report.figures.append(
      Figure(
        "refresh.wall", unit: "ms", own.wall,
        beside: .init(.floor, "curl --parallel, the same tokens and lists", floor.wall), target: .ratioAtMost(1.3)))
    report.figures.append(
      Figure(
        "refresh.processor", unit: "ms", own.processor,
        beside: .init(.peer, "Python with aiohttp and json, nothing stored", peer.processor),
        target: .ratioAtMost(0.6)))
    // How much of it is left for whoever also checks, reads and keeps what was fetched.
    if curl != nil {
      report.figures.append(
        Figure(
          "refresh.processor.fetching", unit: "ms", own.processor,
          beside: .init(.floor, "curl --parallel, into files", floor.processor)))
    }
    if curl == nil { report.leaveOut("refresh.wall / curl", because: "curl is not installed: apt-get install curl") }
    if client == nil { report.leaveOut("refresh.processor / Python", because: PythonClient.advice) }
    if baseline != nil {
      for (name, own, old) in [("wall", own.wall, old.wall), ("processor", own.processor, old.processor)] {
        report.figures.append(
          Figure("refresh.\(name).baseline", unit: "ms", own, beside: .init(.baseline, "the baseline", old)))
      }
    }
    try measurePeak(ourLab, state: state, before, into: &report)
    let third = try lab("alerts")
    defer { third.stop() }
    try await AlertShare(ours, third).measure(repetitions: repetitions, into: &report)
  }

  private func measurePeak(
    _ lab: LabProcess, state: String, _ before: (Contender, LabProcess, String)?, into report: inout BenchReport
  ) throws {
    func megabytes(_ bytes: Int?) -> Samples { Samples([bytes].compactMap(\.self).map { Double($0) / 1e6 }) }
    let own = megabytes(try ours.refreshPeak(lab, state: state, run: "refresh-peak"))
    let old = try before.map { try $0.refreshPeak($1, state: $2, run: "refresh-peak") }.map(megabytes)
    report.figures.append(
      Figure("refresh.peakMemory", unit: "MB", own, beside: .init(.baseline, "the baseline", old)))
  }

  private func fetch(
    _ curl: CurlFetch, _ tenants: [TenantID], _ starts: [Timestamp], run: String
  ) throws -> (ChildProcess.Cost, ChildProcess.Cost) {
    let (tokens, cost) = try curl.tokens(tenants, run: run)
    let lists = try curl.incidents(
      tokens: tokens,
      queries: starts.map {
        [("$filter", "lastUpdateDateTime ge \($0)"), ("$orderby", "lastUpdateDateTime asc"), ("$top", "50")]
      }, run: run)
    return (cost, lists.cost)
  }

  /// Where the next list of each tenant begins, so that all read the same: 15 minutes before what was seen last.
  private func starts(_ lab: LabProcess, state: String) throws -> [Timestamp] {
    let cache = try Cache.open(in: ours.store(of: lab.configuration.app, state: state), now: Date())
    defer { cache.close() }
    let beginning = Timestamp(Date().addingTimeInterval(-lab.configuration.refresh.history))
    return try lab.configuration.tenants.map { tenant in
      let seen = try cache.syncCursor(of: tenant.id).flatMap { IncidentCursor(text: $0) }?.watermark
      return seen.map { max(beginning, Timestamp(ticks: $0.ticks - 900 * 10_000_000, fractionDigits: 7)) } ?? beginning
    }
  }
}
