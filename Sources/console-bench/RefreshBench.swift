import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore
import PseudoTerminal

/// A refresh of many tenants against a lab: a token and a list for each.
struct RefreshBench {
  var binary: String
  var place: BenchPlace
  var tenants: Int
  /// Each asks every tenant once; more of them within a minute would meet our own share of the tenants' limits.
  var repetitions: Int
  /// A Python that has `aiohttp`.
  var python: String?

  private static let incidents = 25

  func measure(into report: inout BenchReport) throws {
    let lab = try LabProcess.start(
      binary: binary, tenants: tenants, incidents: Self.incidents, name: "refresh-lab", in: place)
    defer { lab.stop() }
    let history = lab.configuration.refresh.history
    let started = Date()
    let first = try refresh(lab, 1, name: "first")
    let later = try refresh(lab, repetitions, name: "later")
    let ids = lab.configuration.tenants.map(\.id)
    let beginning = Timestamp(started.addingTimeInterval(-history))
    let starts = try watermarks(lab).map { $0.map { max(beginning, $0) } ?? beginning }
    var floors: (first: Costs, later: Costs)?
    if let curl = place.installed("curl") {
      let fetch = try CurlFetch(lab, name: "refresh-curl", in: place, curl: curl)
      floors = (
        try curlRuns(fetch, ids, ids.map { _ in beginning }, 1, name: "first"),
        try curlRuns(fetch, ids, starts, repetitions, name: "later")
      )
    } else {
      report.notes.append("refresh: curl is not installed, so there is no floor")
    }
    var peers: (first: Costs, later: Costs)?
    if let python = try PythonClient(in: place, [self.python, place.installed("python3")].compactMap(\.self)) {
      peers = (
        try pythonRuns(python, lab, ids.map { _ in beginning }, 1, name: "first"),
        try pythonRuns(python, lab, starts, repetitions, name: "later")
      )
    } else {
      report.notes.append("refresh: there is no python3 with aiohttp (name one with --python), so there is no peer")
    }
    for (name, costs, floor, peer) in [
      ("refresh.first", first, floors?.first, peers?.first), ("refresh", later, floors?.later, peers?.later),
    ] {
      let what = "curl --parallel, the same tokens and lists of \(tenants) tenants"
      report.figures.append(
        Figure(
          "\(name).wall", unit: "ms", costs.wall, target: .init(timesFloorAtMost: 1.5), floor: .init(what, floor?.wall)
        ))
      report.figures.append(
        Figure(
          "\(name).processor", unit: "ms", costs.processor, target: .init(timesPeerAtMost: 0.2),
          floor: .init(what, floor?.processor),
          peer: .init("Python with aiohttp and json, the same tokens and lists", peer?.processor)))
    }
  }

  private struct Costs {
    var wall = Samples()
    var processor = Samples()

    mutating func append(_ costs: [ChildProcess.Cost]) {
      wall.append(costs.map(\.wall.milliseconds).reduce(0, +))
      processor.append(costs.map(\.processor.milliseconds).reduce(0, +))
    }
  }

  private func refresh(_ lab: LabProcess, _ times: Int, name: String) throws -> Costs {
    let program = Program(
      binary, ["tenants", "--refresh", "--output", "json", "--config", lab.configurationPath],
      environment: place.environment)
    var costs = Costs()
    for time in 0..<times {
      let output = "\(place.path)/refresh-\(name)-\(time).json"
      costs.append([try ChildProcess.run(program, output: output)])
      let rows = try JSONDecoder().decode([TenantRow].self, from: Data(contentsOf: URL(fileURLWithPath: output)))
      let unread = rows.count { $0.sync.state != "ok" }
      // A refresh that read nothing would be a fast one.
      guard rows.count == tenants, unread == 0 else {
        throw BenchError("refresh \(name): \(unread) of \(rows.count) tenants were not read")
      }
    }
    return costs
  }

  private struct TenantRow: Decodable {
    struct Sync: Decodable { var state: String }
    var sync: Sync
  }

  private func pythonRuns(
    _ client: PythonClient, _ lab: LabProcess, _ starts: [Timestamp], _ times: Int, name: String
  ) throws -> Costs {
    var costs = Costs()
    for time in 0..<times { costs.append([try client.refresh(lab, starts, run: "\(name)-\(time)")]) }
    return costs
  }

  private func curlRuns(
    _ fetch: CurlFetch, _ tenants: [TenantID], _ starts: [Timestamp], _ times: Int, name: String
  ) throws -> Costs {
    var costs = Costs()
    for time in 0..<times {
      let (tokens, cost) = try fetch.tokens(tenants, run: "\(name)-\(time)")
      let lists = try fetch.incidents(
        tokens: tokens,
        queries: starts.map {
          [
            ("$filter", "lastUpdateDateTime ge \($0)"), ("$orderby", "lastUpdateDateTime asc"), ("$top", "50"),
          ]
        }, run: "\(name)-\(time)")
      costs.append([cost, lists.cost])
    }
    return costs
  }

  /// Where the next delta of each tenant begins: 120 s before what was seen last.
  private func watermarks(_ lab: LabProcess) throws -> [Timestamp?] {
    let app = lab.configuration.app
    let folder = try StateFolder.open(
      environment: ["XDG_STATE_HOME": place.state], cloud: app.cloud, clientID: app.clientID)
    let cache = try Cache.open(in: folder, now: Date())
    defer { cache.close() }
    return try lab.configuration.tenants.map { tenant in
      try cache.syncCursor(of: tenant.id).flatMap { IncidentCursor(text: $0) }?.watermark
        .map { Timestamp(ticks: $0.ticks - 120 * 10_000_000, fractionDigits: 7) }
    }
  }
}
