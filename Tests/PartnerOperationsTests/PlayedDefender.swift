import Foundation
import Logging
import PartnerModel
import PartnerStore
import Synchronization

@testable import PartnerContext
@testable import PartnerOperations

/// An engine over a played service, whose clock stands unless a test moves it.
final class PlayedDefender: Sendable {
  let service = PlayedService()
  let engine: PartnerEngine
  let folder: StateFolder
  let tenant: Tenant
  let clock = EngineFixture.Clock()
  let states: States
  let naps: Naps

  /// What the engine waited for. A second and more passes at once on the clock; less passes really, so that who is waited
  /// for gets on, unless a test has it all pass at once.
  final class Naps: Sendable {
    private let state = Mutex<(all: [Duration], areShort: Bool, during: (@Sendable () async -> Void)?)>(
      ([], false, nil))
    var all: [Duration] { state.withLock { $0.all } }
    func shorten() { state.withLock { $0.areShort = true } }
    /// Done in the next wait of a second and more.
    func once(_ body: @escaping @Sendable () async -> Void) { state.withLock { $0.during = body } }

    func nap(_ duration: Duration, _ clock: EngineFixture.Clock) async throws {
      let isShort = state.withLock { state in
        state.all.append(duration)
        return state.areShort
      }
      if duration < .seconds(1), !isShort { return try await Task.sleep(for: duration) }
      let during = state.withLock { state in
        defer { if duration >= .seconds(1) { state.during = nil } }
        return duration >= .seconds(1) ? state.during : nil
      }
      await during?()
      clock.pass(duration / .seconds(1))
    }
  }

  private let makeEngine: @Sendable () throws -> PartnerEngine

  static let upn = "anna@northwind-soc.example"

  /// The states of writes as they were told.
  final class States: Sendable {
    private let all = Mutex<[WriteState]>([])
    func note(_ event: EngineEvent) {
      if case .writeChanged(let write) = event { all.withLock { $0.append(write.state) } }
    }
    func note(_ states: [WriteState]) { all.withLock { $0 = states } }
    var told: [WriteState] { all.withLock { $0 } }
  }

  static func with(
    context: TenantContext = .application, _ body: (PlayedDefender) async throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "played-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let played = try PlayedDefender(root, context)
    try await body(played)
    played.engine.cache.close()
    played.engine.journal.close()
  }

  private init(_ root: URL, _ kind: TenantContext) throws {
    let secret = root.appending(path: "secret")
    try Data("s".utf8).write(to: secret)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
    let origin = Origin(scheme: "http", host: "127.0.0.1", port: 1)
    let app = AppRegistration(
      clientID: "11111111-2222-3333-4444-555555555555", homeTenant: PlayedEntra.home, cloud: .lab,
      endpoints: Endpoints(
        authority: origin, graph: origin, graphResource: "https://graph.microsoft.com", portalHosts: []),
      credentials: [.secret(.file(secret.path))], permissions: [.updateIncidents, .updateAlerts, .manageSecurityData])
    tenant = Tenant(id: PlayedEntra.id(1), name: "Contoso", context: kind)
    folder = try StateFolder.open(at: root.path + "/state")
    clock.stand()
    var dependencies = PartnerDependencies.live
    dependencies.now = { [clock] in clock.now }
    dependencies.sleep = { _ in }
    // No deadline of the real clock, which a busy machine lets pass before a played answer is there.
    dependencies.expire = { _, _ in {} }
    let (states, clock, naps) = (States(), clock, Naps())
    (self.states, self.naps) = (states, naps)
    makeEngine = { [folder, tenant, service, dependencies] in
      PartnerEngine(
        configuration: Configuration(app: app, operatorUPN: Self.upn, tenants: [tenant]),
        journal: try Journal.open(in: folder), cache: try Cache.open(in: folder, showing: [tenant.id], now: clock.now),
        mainContext: PartnerContext(
          app: app, people: nil, transport: service, ledger: InMemoryRequestLedger(), dependencies: dependencies,
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
        contexts: [:], now: { clock.now }, newID: { UUID().uuidString },
        sleep: { try await naps.nap($0, clock) }, report: states.note)
    }
    engine = try makeEngine()
  }

  /// Another one on the same folder and service, with a share of the limits of its own, as another process has it.
  func withAnother(_ body: (PartnerEngine) async throws -> Void) async throws {
    let other = try makeEngine()
    try await body(other)
    other.cache.close()
    other.journal.close()
  }

  func key(_ incident: String) -> IncidentKey { IncidentKey(tenant: tenant.id, id: IncidentID(incident)) }

  /// The incident as the operator sees it now, with its alerts.
  func seen(_ incident: String) async throws -> IncidentImage {
    IncidentImage(try await engine.readIncident(key(incident)))
  }

  /// The states of these writes as they will be on record when the next write arrives at the service.
  func statesAtArrival(of writes: WriteSelection) -> States {
    let (journal, states) = (engine.journal, States())
    service.change { $0.arrival = { _ in states.note((try? journal.writes(writes).map(\.state)) ?? []) } }
    return states
  }

  /// Leaves a write behind as a killed program does, its request sent or not.
  func leave(_ action: IncidentAction, on incident: String, wasSent: Bool) async throws -> WriteID {
    var write = IncidentWrite(
      id: WriteID("left"), key: key(incident), action: action, state: .queued, operatorUPN: Self.upn,
      intendedAt: clock.now)
    try await engine.journal.intend(write)
    guard wasSent else { return write.id }
    let look = try await engine.look(for: &write, in: tenant, takesOver: true)
    try await engine.journal.record(write.id, .sent, at: clock.now, requestID: "r", image: look.image)
    return write.id
  }
}
