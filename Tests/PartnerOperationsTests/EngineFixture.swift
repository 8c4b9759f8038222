import Foundation
import LabServer
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization

/// An engine over fresh stores, acting against a lab.
final class EngineFixture: Sendable {
  let lab: LabServer
  let engine: PartnerEngine
  let folder: StateFolder
  let configuration: Configuration
  let clock: Clock
  private let transport: LiveTransport
  /// The way to the lab, which a test can block.
  let way: Way
  private let heard = Recorder()
  /// How deadlines pass.
  private let expire: @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void

  /// The real time, moved on by tests: for the engine, the client and the lab alike.
  final class Clock: Sendable {
    private let time = Mutex<(ahead: TimeInterval, standsAt: Date?)>((0, nil))
    private let passed = Mutex<Duration>(.zero)
    var now: Date { time.withLock { ($0.standsAt ?? Date()).addingTimeInterval($0.ahead) } }
    /// What no setting of the clock moves: it never goes back.
    var uptime: Duration { PartnerDependencies.live.uptime() + passed.withLock { $0 } }
    func pass(_ seconds: TimeInterval) {
      time.withLock { $0.ahead += seconds }
      passed.withLock { $0 += .seconds(max(0, seconds)) }
    }
    /// Somebody sets the clock; no time passes.
    func set(by seconds: TimeInterval) { time.withLock { $0.ahead += seconds } }
    /// From here on only `pass` moves it, however slow the machine is.
    func stand() { time.withLock { $0.standsAt = Date() } }
  }

  /// A network of which a test says what becomes of the requests, and that counts them.
  final class Way: HTTPTransport {
    private struct State {
      var failure: TransportFailure?
      var now: [String: Int] = [:]
      var most = 0
      var mostOfOne = 0
      var sent = 0
    }
    private let end: LiveTransport
    private let state = Mutex(State())

    init(to end: LiveTransport) { self.end = end }

    /// With what every request fails; `nil` where it goes through.
    var failure: TransportFailure? {
      get { state.withLock { $0.failure } }
      set { state.withLock { $0.failure = newValue } }
    }
    /// How many requests were sent, or tried to; how many were under way at most, in all and with the same token.
    var counts: (sent: Int, most: Int, mostOfOne: Int) { state.withLock { ($0.sent, $0.most, $0.mostOfOne) } }
    func forget() { state.withLock { ($0.sent, $0.most, $0.mostOfOne) = (0, 0, 0) } }

    func exchange(
      _ request: TransportRequest,
      receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
    ) async throws(TransportFailure) {
      let bearer = request.authorization?.reveal { $0 } ?? request.target
      let failure = state.withLock { state in
        state.sent += 1
        state.now[bearer, default: 0] += 1
        state.most = max(state.most, state.now.values.reduce(0, +))
        state.mostOfOne = max(state.mostOfOne, state.now[bearer] ?? 0)
        return state.failure
      }
      defer { state.withLock { $0.now[bearer, default: 1] -= 1 } }
      if let failure { throw failure }
      try await end.exchange(request, receive: receive)
    }
  }

  final class Recorder: Sendable {
    private struct State {
      var events: [EngineEvent] = []
      var waiters: [(is: @Sendable (EngineEvent) -> Bool, wake: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    func note(_ event: EngineEvent) {
      let woken = state.withLock { state in
        state.events.append(event)
        let woken = state.waiters.filter { $0.is(event) }.map(\.wake)
        state.waiters.removeAll { $0.is(event) }
        return woken
      }
      for wake in woken { wake.resume() }
    }

    func wait(for isAwaited: @escaping @Sendable (EngineEvent) -> Bool) async {
      await withCheckedContinuation { wake in
        let isThere = state.withLock { state in
          if state.events.contains(where: isAwaited) { return true }
          state.waiters.append((isAwaited, wake))
          return false
        }
        if isThere { wake.resume() }
      }
    }

    var all: [EngineEvent] { state.withLock { $0.events } }
    func clear() { state.withLock { $0.events = [] } }
  }

  var events: [EngineEvent] { heard.all }
  /// Returns when such an event has come, or has been there since the last `forgetEvents`.
  func wait(for isAwaited: @escaping @Sendable (EngineEvent) -> Bool) async { await heard.wait(for: isAwaited) }
  func forgetEvents() { heard.clear() }
  var warnings: [String] { events.compactMap { if case .warned(let text, _) = $0 { text } else { nil } } }
  /// Incidents that were told, in order.
  var toldIncidents: [IncidentSummary] {
    var told: [IncidentSummary] = []
    for case .incidentsChanged(let incidents) in events { told += incidents }
    return told
  }
  var writeStates: [WriteState] {
    events.compactMap { if case .writeChanged(let write) = $0 { write.state } else { nil } }
  }

  static let upn = "anna@northwind-soc.example"

  /// Lends an engine over `tenants` customers; fails the test when the lab saw a violation.
  static func with(
    tenants count: Int = 2, scenarios: LabOptions.Scenarios = .granted,
    change: @Sendable (inout LabOptions) -> Void = { _ in },
    configure: @Sendable (inout Configuration) -> Void = { _ in },
    expire: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void = PartnerDependencies
      .live.expire,
    _ body: (EngineFixture) async throws -> Void
  ) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: count, seed: 7), scenarios: scenarios)
    let clock = Clock()
    options.incidentsPerTenant = 8
    options.now = { clock.now }
    change(&options)
    try await withLabServer(options) { lab in
      let root = FileManager.default.temporaryDirectory.appending(path: "operations-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: root) }
      let secret = root.appending(path: "secret")
      try Data(options.secret.utf8).write(to: secret)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
      let fixture = try EngineFixture(
        lab: lab, options: options, clock: clock, root: root, secret: secret.path, configure: configure,
        expire: expire)
      do {
        try await body(fixture)
      } catch {
        await fixture.close()
        throw error
      }
      await fixture.close()
    }
  }

  private init(
    lab: LabServer, options: LabOptions, clock: Clock, root: URL, secret: String,
    configure: (inout Configuration) -> Void,
    expire: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void
  ) throws {
    guard let (origin, _) = Origin.split(lab.baseURL), let home = TenantID("d757e467-091b-4bbe-8042-1f1e2fbe5f33")
    else {
      throw CocoaError(.fileReadUnknown)
    }
    let app = AppRegistration(
      clientID: options.clientID, homeTenant: home, cloud: .lab,
      endpoints: Endpoints(
        authority: origin, graph: origin, graphResource: "https://graph.microsoft.com",
        portalHosts: ["security.microsoft.com"]),
      credentials: [.secret(.file(secret))], permissions: options.requiredRoles.map { AppRole($0) })
    var configuration = Configuration(
      app: app, operatorUPN: Self.upn,
      tenants: options.tenants.compactMap { tenant in
        TenantID(tenant.id).map { Tenant(id: $0, name: tenant.name, domain: tenant.domain) }
      })
    configure(&configuration)
    self.configuration = configuration
    self.lab = lab
    self.clock = clock
    folder = try StateFolder.open(at: root.path + "/state")
    transport = try LiveTransport(for: app)
    way = Way(to: transport)
    self.expire = expire
    engine = try Self.engine(configuration, way, folder, clock, heard, expire)
  }

  /// Another process at work in the same state folder.
  func neighbour(_ change: (inout Configuration) -> Void = { _ in }) throws -> PartnerEngine {
    var configuration = configuration
    change(&configuration)
    return try Self.engine(configuration, way, folder, clock, Recorder(), expire)
  }

  private static func engine(
    _ configuration: Configuration, _ transport: Way, _ folder: StateFolder, _ clock: Clock,
    _ recorder: Recorder,
    _ expire: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void
  ) throws -> PartnerEngine {
    let cache = try Cache.open(
      in: folder, showing: Set(configuration.tenants.filter { !$0.isExcluded }.map(\.id)), now: clock.now)
    var dependencies = PartnerDependencies.live
    dependencies.now = { clock.now }
    dependencies.uptime = { clock.uptime }
    dependencies.sleep = { _ in }
    dependencies.expire = expire
    let client = PartnerContext(
      app: configuration.app, transport: transport, ledger: SharedRequestLog(cache), dependencies: dependencies)
    return PartnerEngine(
      configuration: configuration, journal: try Journal.open(in: folder), cache: cache, mainContext: client,
      contexts: [:], now: { clock.now }, newID: { UUID().uuidString }, report: recorder.note)
  }

  private func close() async { await transport.shutDown() }

  /// How many changes the first tenant's service took.
  var updates: Int { lab.state().first { $0.id.lowercased() == first.id.rawValue }?.writes ?? 0 }

  var first: Tenant { configuration.tenants[0] }

  /// An open incident of the first tenant that nobody has.
  func unassigned() async throws -> IncidentSummary {
    await engine.sync(first, priority: .foreground)
    let open = try await engine.incidents(of: [first], includeClosed: false)
    guard let incident = open.first(where: { $0.assignedTo == nil && $0.status == .active }) else {
      throw CocoaError(.fileNoSuchFile)
    }
    return incident
  }
}
