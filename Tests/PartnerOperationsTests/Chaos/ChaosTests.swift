import Foundation
import LabServer
import Logging
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization
import Testing

@testable import PartnerContext

@Suite("Three hundred tenants behind a line that breaks")
struct ChaosTests {
  private static let count = 300

  /// Time that goes faster than ours, for the service, the client and its waits alike.
  private final class FastClock: Sendable {
    static let speed = 60.0
    let start = Date()
    private let secret: String
    private let isTroubled = Mutex(true)
    init(secret: String) { self.secret = secret }

    /// From here on nothing is late but by the machine's own work, which is no fault of the line: deadlines are as long
    /// as they are in truth.
    func calm() { isTroubled.withLock { $0 = false } }

    var now: Date { start.addingTimeInterval(Date().timeIntervalSince(start) * Self.speed) }

    var dependencies: PartnerDependencies {
      var dependencies = PartnerDependencies.live
      let (uptime, expire, sleep) = (dependencies.uptime, dependencies.expire, dependencies.sleep)
      dependencies.environment = { [secret] in $0 == "CHAOS_SECRET" ? secret : nil }
      dependencies.now = { self.now }
      dependencies.uptime = { uptime() * Self.speed }
      // Deadlines are not quite as short: a machine at work needs its moment.
      dependencies.expire = { expire($0 / (self.isTroubled.withLock { $0 } ? 20 : 1), $1) }
      dependencies.sleep = { try await sleep($0 / Self.speed) }
      return dependencies
    }
  }

  /// The rows that were told last.
  private final class Rows: Sendable {
    struct State {
      var rows: [TenantID: TenantOverview] = [:]
      var waiter: (isReached: @Sendable ([TenantID: TenantOverview]) -> Bool, wake: CheckedContinuation<Void, Never>)?
    }
    let state = Mutex(State())

    func note(_ event: EngineEvent) {
      guard case .tenantChanged(let row) = event else { return }
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        state.rows[row.id] = row
        guard let waiter = state.waiter, waiter.isReached(state.rows) else { return nil }
        state.waiter = nil
        return waiter.wake
      }
      waiter?.resume()
    }

    func wait(until isReached: @escaping @Sendable ([TenantID: TenantOverview]) -> Bool) async {
      await withCheckedContinuation { wake in
        let isThere = state.withLock { state in
          if isReached(state.rows) { return true }
          state.waiter = (isReached, wake)
          return false
        }
        if isThere { wake.resume() }
      }
    }
  }

  private struct Place {
    var lab: LabServer
    var line: TroubledLine
    var app: AppRegistration
    var clock: FastClock
    var configuration: Configuration
    var folder: StateFolder
    var transport: LiveTransport

    func engine(_ rows: Rows) throws -> PartnerEngine {
      let (clock, cache) = (clock, try Cache.open(in: folder, now: clock.now))
      let context = PartnerContext(
        app: app, transport: transport, ledger: SharedRequestLog(cache), dependencies: clock.dependencies,
        logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() })
      return PartnerEngine(
        configuration: configuration, journal: try Journal.open(in: folder), cache: cache, mainContext: context,
        contexts: [:], now: { clock.now }, newID: { UUID().uuidString }, report: { rows.note($0) })
    }
  }

  private static func withPlace(seed: UInt64, _ body: (Place) async throws -> Void) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: count, seed: seed))
    let clock = FastClock(secret: options.secret)
    options.incidentsPerTenant = 4
    options.seed = seed
    options.now = { clock.now }
    try await withLabServer(options) { lab in
      let root = FileManager.default.temporaryDirectory.appending(path: "chaos-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: root) }
      let port = try #require(lab.baseURL.split(separator: ":").last.flatMap { Int($0) })
      let line = try TroubledLine(to: port)
      defer { line.close() }
      let origin = Origin(scheme: "http", host: "127.0.0.1", port: line.port)
      let app = AppRegistration(
        clientID: options.clientID, homeTenant: TenantID(high: 1, low: 2), cloud: .lab,
        endpoints: Endpoints(
          authority: origin, graph: origin, graphResource: "https://graph.microsoft.com", portalHosts: []),
        credentials: [.secret(.environment("CHAOS_SECRET"))], permissions: options.requiredRoles.map { AppRole($0) })
      let tenants = options.tenants.compactMap { tenant in
        TenantID(tenant.id).map { Tenant(id: $0, name: tenant.name, domain: tenant.domain) }
      }
      try #require(tenants.count == count)
      let transport = try LiveTransport(for: app)
      let place = Place(
        lab: lab, line: line, app: app, clock: clock, configuration: Configuration(app: app, tenants: tenants),
        folder: try StateFolder.open(at: root.path), transport: transport)
      do { try await body(place) } catch {
        await transport.shutDown()
        throw error
      }
      await transport.shutDown()
    }
  }

  /// What goes wrong for a while: the line, or the service itself.
  private static func trouble(_ place: Place, _ chance: inout HistoryChance) {
    let busy = LabFault.Effect.answer(status: 429, headers: ["Retry-After": "\(chance.within(5...60))"], body: "")
    switch chance.below(6) {
    case 0: place.line.condition = .dead
    case 1: place.line.condition = .frozen
    case 2: place.line.condition = .slow(bytes: chance.within(100...4_000))
    case 3: place.lab.add(LabFault(busy, route: "incidents.list", times: chance.within(1...60)))
    case 4: place.lab.add(LabFault(busy, route: "token", times: chance.within(1...20)))
    default: place.lab.add(LabFault(.answer(status: 503, headers: [:], body: ""), times: chance.within(1...60)))
    }
  }

  @Test(
    "killed, frozen, slow and busy by turns: in the end each tenant is read to its end, and what is kept is what the service has",
    .timeLimit(.minutes(5)), arguments: [UInt64(1)])
  func broken(seed: UInt64) async throws {
    try await Self.withPlace(seed: seed) { place in
      let (rows, clock) = (Rows(), place.clock)
      let engine = try place.engine(rows)
      defer { engine.cache.close() }
      let refresh = AutoRefresh(
        engine: engine, sleep: { try await Task.sleep(for: $0 / FastClock.speed) }, random: { .random(in: 0...1) })
      await refresh.start()
      var chance = HistoryChance(seed)
      for _ in 0..<30 {
        Self.trouble(place, &chance)
        for _ in 0..<30 {
          let tenant = chance.pick(place.configuration.tenants).id.rawValue
          place.lab.tick(newIncidents: chance.below(2), edits: chance.below(3), tenant: tenant)
        }
        try await Task.sleep(for: .milliseconds(chance.within(50...800)))
        place.line.condition = .well
        try await Task.sleep(for: .milliseconds(chance.within(0...300)))
      }
      place.lab.clearFaults()
      clock.calm()
      let calm = clock.now
      await rows.wait { rows in
        rows.count == Self.count
          && rows.values.allSatisfy { row in
            guard let began = row.sync.lastAttempt, let ended = row.sync.lastSuccess else { return false }
            return row.sync.error == nil && began > calm && ended >= began
          }
      }
      await refresh.stop()
      #expect(place.line.cuts > 0, "the line was never cut")
      let overviews = await engine.overviews(of: place.configuration.tenants)
      #expect(overviews.count == Self.count)
      #expect(overviews.allSatisfy { $0.sync.isWhole && $0.counts != nil })
      var differences: [String] = []
      for tenant in place.configuration.tenants {
        differences += try await Self.differences(of: tenant.id, in: engine.cache, place)
      }
      #expect(differences == [])
      #expect(place.lab.violations().isEmpty)
    }
  }

  // MARK: What the service has

  private static func differences(of tenant: TenantID, in cache: Cache, _ place: Place) async throws -> [String] {
    let kept = try await cache.incidents(of: tenant, includeClosed: true)
    let known = Dictionary(kept.map { ($0.key.id.rawValue, $0) }) { first, _ in first }
    var found = known.count == kept.count ? [] : ["\(tenant) has an incident twice"]
    var served: Set<String> = []
    let old = Timestamp(place.clock.start.addingTimeInterval(-30 * 86_400 + 3_600))
    for item in try await incidents(of: tenant, place) {
      let id = item["id"] as? String ?? ""
      served.insert(id)
      let updated = Timestamp(item["lastUpdateDateTime"] as? String ?? "")
      guard let incident = known[id] else {
        if let updated, updated < old { continue }
        found.append("\(tenant) #\(id) is missing")
        continue
      }
      let isAlike =
        incident.updatedAt == updated && incident.status.wire == item["status"] as? String
        && incident.severity.wire == item["severity"] as? String && incident.assignedTo == item["assignedTo"] as? String
        && incident.displayName == item["displayName"] as? String ?? ""
        && incident.tags == item["customTags"] as? [String]
      if !isAlike { found.append("\(tenant) #\(id) differs") }
    }
    for id in known.keys where !served.contains(id) { found.append("\(tenant) #\(id) is of nobody") }
    return found
  }

  /// All incidents as the service itself tells them, asked without our client.
  private static func incidents(of tenant: TenantID, _ place: Place) async throws -> [[String: Any]] {
    let form =
      "client_id=\(place.app.clientID)&client_secret=\(place.clock.dependencies.environment("CHAOS_SECRET") ?? "")"
      + "&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    let token = try await answer(
      TransportRequest(
        method: "POST", origin: place.app.endpoints.authority, target: "/\(tenant)/oauth2/v2.0/token",
        headers: [HeaderField("content-type", "application/x-www-form-urlencoded")], body: .plain(form)), place)
    var items: [[String: Any]] = []
    var target: String? = "/v1.0/security/incidents?$top=50"
    while let asked = target {
      let page = try await answer(
        TransportRequest(
          method: "GET", origin: place.app.endpoints.graph, target: asked,
          headers: [HeaderField("prefer", "include-unknown-enum-members")],
          authorization: Secret(token["access_token"] as? String ?? "")), place)
      items += page["value"] as? [[String: Any]] ?? []
      target = (page["@odata.nextLink"] as? String).flatMap { link in
        link.firstRange(of: "/v1.0/").map { String(link[$0.lowerBound...]) }
      }
    }
    return items
  }

  private static func answer(_ request: TransportRequest, _ place: Place) async throws -> [String: Any] {
    let collected = Collected()
    try await place.transport.exchange(request) { part in
      if case .body(let bytes) = part { collected.body.withLock { $0 += bytes } }
    }
    let data = Data(collected.body.withLock { $0 })
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private final class Collected: Sendable {
    let body = Mutex<[UInt8]>([])
  }
}
