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
  private let transport: LiveTransport
  private let root: URL
  private let heard: Recorder

  final class Recorder: Sendable {
    private let events = Mutex<[EngineEvent]>([])
    func note(_ event: EngineEvent) { events.withLock { $0.append(event) } }
    var all: [EngineEvent] { events.withLock { $0 } }
  }

  var events: [EngineEvent] { heard.all }
  var writeStates: [WriteState] {
    events.compactMap { if case .writeChanged(let write) = $0 { write.state } else { nil } }
  }

  static let upn = "anna@northwind-soc.example"

  /// Lends an engine over `tenants` customers; fails the test when the lab saw a violation.
  static func with(
    tenants count: Int = 2, scenarios: LabOptions.Scenarios = .granted,
    change: @Sendable (inout LabOptions) -> Void = { _ in },
    _ body: (EngineFixture) async throws -> Void
  ) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: count, seed: 7), scenarios: scenarios)
    options.incidentsPerTenant = 8
    change(&options)
    try await withLabServer(options) { lab in
      let root = FileManager.default.temporaryDirectory.appending(path: "operations-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: root) }
      let secret = root.appending(path: "secret")
      try Data(options.secret.utf8).write(to: secret)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
      let fixture = try EngineFixture(lab: lab, options: options, root: root, secret: secret.path)
      do {
        try await body(fixture)
      } catch {
        await fixture.close()
        throw error
      }
      await fixture.close()
    }
  }

  private init(lab: LabServer, options: LabOptions, root: URL, secret: String) throws {
    guard let (origin, _) = Origin.split(lab.baseURL), let home = TenantID("d757e467-091b-4bbe-8042-1f1e2fbe5f33")
    else {
      throw CocoaError(.fileReadUnknown)
    }
    let app = AppRegistration(
      clientID: options.clientID, homeTenant: home, cloud: .lab,
      endpoints: Endpoints(
        authority: origin, graph: origin, graphResource: "https://graph.microsoft.com",
        portalHosts: ["security.microsoft.com"]),
      credentials: [.secretInFile(secret)], permissions: options.requiredRoles.map { AppRole($0) })
    configuration = Configuration(
      app: app, operatorUPN: Self.upn,
      tenants: options.tenants.compactMap { tenant in
        TenantID(tenant.id).map { Tenant(id: $0, name: tenant.name, domain: tenant.domain) }
      })
    self.lab = lab
    self.root = root
    folder = try StateFolder.open(at: root.path + "/state")
    transport = try LiveTransport(for: app)
    let cache = try Cache.open(in: folder, now: Date())
    let heard = Recorder()
    self.heard = heard
    engine = PartnerEngine(
      configuration: configuration, journal: try Journal.open(in: folder), cache: cache,
      mainContext: PartnerContext(app: app, transport: transport, ledger: SharedRequestLog(cache)), contexts: [:],
      now: { Date() }, newID: { UUID().uuidString }, report: heard.note)
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
