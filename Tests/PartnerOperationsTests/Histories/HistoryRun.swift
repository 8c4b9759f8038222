import Foundation
import Logging
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization

/// Where histories keep what they read: one after the other, each with tenants of its own.
final class HistoryPlace: Sendable {
  let folder: StateFolder
  let journal: Journal
  let cache: Cache
  private let root: URL

  /// - Parameter isOnDisk: whether the cache is in files, which a process that begins opens anew.
  init(isOnDisk: Bool = false) throws {
    let memory = URL(filePath: "/dev/shm")
    let isThere = FileManager.default.isWritableFile(atPath: memory.path)
    root = (isThere ? memory : FileManager.default.temporaryDirectory).appending(path: "histories-\(UUID().uuidString)")
    folder = try StateFolder.open(at: root.path)
    journal = Journal(in: folder)
    cache = isOnDisk ? try Cache.open(in: folder, now: Date()) : try Cache.inMemory()
  }

  func close() {
    cache.close()
    journal.close()
    try? FileManager.default.removeItem(at: root)
  }
}

/// One history, from its beginning to the comparison at its end.
final class HistoryRun {
  private static let history: Int64 = 30 * 86_400

  private let plan: HistoryPlan
  private let place: HistoryPlace
  private let service: HistoryService
  private let configuration: Configuration
  private var engine: PartnerEngine
  /// How far back a tenant has to be known, by the client's clock when it was read for the first time to its end.
  private var historyStarts: [Int: Int64] = [:]
  /// From which change on closed ones stay: the latest that any reading of a tenant counted with.
  private var forgottenBefore: [Int: Int64] = [:]
  private var known: Set<Int> = []
  private var dead: [Task<Void, Never>] = []
  private let told = Told()
  private(set) var found: [String] = []

  /// What was told of each incident last.
  private final class Told: Sendable {
    struct State {
      var last: [IncidentKey: IncidentSummary] = [:]
      var twice: [IncidentKey] = []
    }
    let state = Mutex(State())
    func note(_ event: EngineEvent) {
      guard case .incidentsChanged(let incidents) = event else { return }
      state.withLock { state in
        for incident in incidents {
          if state.last[incident.key] == incident { state.twice.append(incident.key) }
          state.last[incident.key] = incident
        }
      }
    }
  }

  init(seed: UInt64, in place: HistoryPlace, isTraced: Bool = false) {
    plan = HistoryMaker.plan(seed)
    self.place = place
    let tenants = plan.rooms.indices.map { TenantID(high: 0x1234_5678_0000_4000, low: seed << 8 | UInt64($0)) }
    service = HistoryService(plan, tenants: tenants, isTraced: isTraced)
    let app = AppRegistration(
      clientID: "11111111-2222-3333-4444-555555555555", homeTenant: TenantID(high: 1, low: 2), cloud: .lab,
      endpoints: Endpoints(
        authority: HistoryService.origin, graph: HistoryService.origin, graphResource: "https://graph.microsoft.com",
        portalHosts: []),
      credentials: [.secret(.environment("SECRET"))], permissions: [.updateIncidents, .readAlerts])
    configuration = Configuration(
      app: app, operatorUPN: "anna@partner.example",
      tenants: tenants.enumerated().map { Tenant(id: $1, name: "Tenant \($0)") })
    engine = Self.engine(configuration, place, service, told)
  }

  private static func engine(
    _ configuration: Configuration, _ place: HistoryPlace, _ service: HistoryService, _ told: Told
  ) -> PartnerEngine {
    let process = service.beginProcess()
    let context = PartnerContext(
      app: configuration.app, transport: HistoryService.Way(service: service, process: process),
      ledger: SharedRequestLog(place.cache),
      dependencies: service.dependencies(of: process),
      logger: Logger(label: "history") { _ in SwiftLogNoOpLogHandler() })
    return PartnerEngine(
      configuration: configuration, journal: place.journal, cache: place.cache, mainContext: context, contexts: [:],
      now: { service.clientNow }, newID: { UUID().uuidString }, report: { told.note($0) })
  }

  private func begin() { engine = Self.engine(configuration, place, service, told) }

  var trace: [String] { service.state.withLock { $0.trace ?? [] } }
  var requests: Int { service.state.withLock { $0.requests } }

  /// - Returns: what is not as it has to be.
  func differences() async throws -> [String] {
    for step in plan.steps { await take(step) }
    service.calm()
    await settle()
    for (index, tenant) in configuration.tenants.enumerated() {
      let row = await engine.overviews(of: [tenant]).first
      let comparison = HistoryComparison(
        tenant: tenant.id, room: plan.rooms[index], historyStart: historyStarts[index] ?? plan.end,
        forgottenBefore: forgottenBefore[index] ?? plan.end)
      found += try comparison.differences(in: place.cache, row: row)
    }
    found += service.state.withLock { $0.violations }
    for key in told.state.withLock({ $0.twice }) {
      // What was denied is told anew when it is there after all.
      let denied = service.state.withLock { $0.rooms[key.tenant.rawValue]?.denied } ?? []
      if !denied.contains(key.id.rawValue) { found.append("#\(key.id) is told twice") }
    }
    // What the dead still hold must not be kept before all is compared: a process that died keeps nothing any more.
    service.bury()
    for task in dead { await task.value }
    return found
  }

  private func take(_ step: HistoryPlan.Step) async {
    service.note("\(step)")
    switch step {
    case .pass(let span): service.pass(span)
    case .sync(let room, let isBackground):
      noteRead(room)
      let failure = await engine.sync(configuration.tenants[room], priority: isBackground ? .background : .foreground)
      if failure == nil { known.insert(room) }
      service.note("sync: \(failure?.causeName ?? "whole")")
    case .read(let room, let incident):
      let key = IncidentKey(tenant: configuration.tenants[room].id, id: IncidentID("\(incident)"))
      do throws(PartnerError) { _ = try await engine.readIncident(key) } catch {
        service.note("read: \(error.causeName)")
      }
    case .setClock(let ahead): service.setClock(ahead)
    case .crash(let room, let request, let isAnswered):
      noteRead(room)
      let signal = Signal()
      service.crash(after: request, isAnswered: isAnswered, signal)
      let (engine, tenant) = (engine, configuration.tenants[room])
      dead.append(
        Task {
          await engine.sync(tenant, priority: .background)
          signal.fire()
        })
      await signal.wait()
      begin()
    case .loseTokens(let room):
      let name = configuration.tenants[room].id.rawValue
      service.state.withLock { state in
        let given = state.rooms[name]?.tokens ?? 0
        state.rooms[name]?.lostTokens = given
      }
    case .restart: begin()
    }
  }

  private func noteRead(_ room: Int) {
    let start = service.state.withLock { $0.now + $0.ahead } - (Self.history - 60) * second
    forgottenBefore[room] = max(forgottenBefore[room] ?? start, start)
    guard !known.contains(room) else { return }
    historyStarts[room] = max(historyStarts[room] ?? start, start)
  }

  // MARK: The end

  /// Seconds between the last reads: by then what comes late, what a product lacked, all that is open, and denials are
  /// looked at again.
  private static let pauses: [Int64] = [1_300, 3_700, 700, 29_000, 320]

  private func settle() async {
    let left = plan.end - service.state.withLock { $0.now }
    service.pass(left + second)
    for pause in Self.pauses { await readAll(after: pause) }
    // Of those that were not found, two are looked at again in each reading.
    for _ in 0..<60 {
      let doubted = configuration.tenants.contains { tenant in
        ((try? place.cache.absences(of: tenant.id)) ?? []).contains { $0.known != nil }
      }
      guard doubted else { return }
      await readAll(after: 320)
    }
  }

  private func readAll(after pause: Int64) async {
    service.pass(pause * second)
    for (index, tenant) in configuration.tenants.enumerated() {
      noteRead(index)
      await readToRest(tenant)
      known.insert(index)
    }
  }

  private func readToRest(_ tenant: Tenant) async {
    var failure: PartnerError?
    for _ in 0..<40 {
      failure = await engine.sync(tenant, priority: .background)
      service.note("at rest: \(failure?.causeName ?? "whole")")
      guard failure != nil else { return }
      service.pass(61 * second)
    }
    found.append("does not come to rest: \(failure?.causeName ?? "")")
  }
}
