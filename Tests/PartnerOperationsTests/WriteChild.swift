import Foundation
import Glibc
import PartnerContext
import PartnerModel
import Synchronization

@testable import PartnerOperations
@testable import PartnerStore

/// What a process of its own does in the state folder and the lab of the process that runs a test.
struct ChildPlan: Codable, Sendable {
  var state: String
  var lab: String
  var secret: String
  var upn: String
  /// Incidents to write on, by their tenants.
  var incidents: [String: String]
  /// Of the first of them, for a comment on an alert.
  var alert = ""
  var deed: Deed
  /// Where the process kills itself.
  var dies: KillPoint?
  /// Milliseconds after which it kills itself wherever it is.
  var diesAfter: Int?
  /// Who race; each begins when all have looked.
  var racers: [String] = []

  enum Deed: String, Codable, Sendable { case claim, tag, comment, both, alertComment, merge, settle, race, sync }
}

/// The named points of a write's way, in its order, and then those of its settling.
enum KillPoint: String, Codable, CaseIterable, Sendable {
  case beforeIntent, afterIntent
  /// The fresh reading is answered.
  case beforeSent
  /// On record, and no byte has left.
  case afterSent
  /// The request has left and is not answered.
  case whileSending
  /// The answer is there.
  case beforeConfirmed
  case afterConfirmed
  case afterUnknown
  /// The reading that settles it is answered.
  case whileSettling
  case afterSettled
  /// What a reading brought is kept, and not on record yet.
  case beforeRecord

  static let writing: [KillPoint] = [
    .beforeIntent, .afterIntent, .beforeSent, .afterSent, .whileSending, .beforeConfirmed, .afterConfirmed,
  ]
  static let settling: [KillPoint] = [.afterUnknown, .whileSettling, .afterSettled]
}

/// An engine in a process of its own, which dies of SIGKILL where its plan says.
///
/// It stops itself through what is handed to the engine anyway: the maker of ids, the transport, and who is told of each
/// step once that is durable. So the program needs no hook for it, and each point is met exactly.
struct WriteChild {
  let plan: ChildPlan
  let engine: PartnerEngine
  let transport: LiveTransport

  init(_ plan: ChildPlan) throws {
    self.plan = plan
    guard let (origin, _) = Origin.split(plan.lab), let home = TenantID("d757e467-091b-4bbe-8042-1f1e2fbe5f33") else {
      throw CocoaError(.fileReadUnknown)
    }
    let app = AppRegistration(
      clientID: "11111111-2222-3333-4444-555555555555", homeTenant: home, cloud: .lab,
      endpoints: Endpoints(
        authority: origin, graph: origin, graphResource: "https://graph.microsoft.com", portalHosts: []),
      credentials: [.secret(.file(plan.secret))], permissions: [.updateIncidents, .readAlerts])
    let tenants = plan.incidents.keys.sorted().compactMap { TenantID($0) }.map { Tenant(id: $0, name: "\($0)") }
    let folder = try StateFolder.open(at: plan.state)
    let cache = try Cache.open(in: folder, showing: Set(tenants.map(\.id)), now: Date())
    transport = try LiveTransport(for: app)
    let end = End(point: plan.dies)
    engine = PartnerEngine(
      configuration: Configuration(app: app, operatorUPN: plan.upn, tenants: tenants),
      journal: try Journal.open(in: folder), cache: cache,
      mainContext: PartnerContext(
        app: app, transport: DyingTransport(inner: transport, end: end), ledger: SharedRequestLog(cache)),
      contexts: [:], now: { Date() },
      newID: {
        end.reach(.beforeIntent)
        return UUID().uuidString
      }, report: end.hear)
  }

  func run() async throws {
    if let diesAfter = plan.diesAfter {
      Thread.detachNewThread {
        usleep(UInt32(diesAfter) * 1_000)
        End.die()
      }
    }
    switch plan.deed {
    case .settle: try await engine.settleLeftovers()
    case .race: try await race()
    case .both:
      let both: [IncidentAction] = [.update(IncidentUpdate(addedTags: ["ours"])), .comment("Looked.")]
      for key in keys { _ = try await engine.perform(both, on: key, seen: nil) }
    case .sync: try await sync()
    default:
      for key in keys { _ = try await engine.perform(try await action(on: key), on: key, seen: nil) }
    }
    await transport.shutDown()
    if plan.diesAfter != nil { End.die() }
  }

  private var keys: [IncidentKey] {
    plan.incidents.sorted { $0.key < $1.key }.compactMap { tenant, incident in
      TenantID(tenant).map { IncidentKey(tenant: $0, id: IncidentID(incident)) }
    }
  }

  private func action(on key: IncidentKey) async throws -> IncidentAction {
    switch plan.deed {
    case .claim: return .update(IncidentUpdate(status: .inProgress, assignment: .to(plan.upn)))
    case .tag: return .update(IncidentUpdate(addedTags: ["ours"]))
    case .alertComment: return .commentAlert(id: plan.alert, "Looked.")
    case .merge:
      let others = try await engine.cache.incidents(of: key.tenant, includeClosed: false)
      return .merge(
        others: others.filter { $0.key != key && $0.status != .redirected }.prefix(1).map(\.key.id), comment: nil,
        reasons: [])
    default: return .comment("Looked.")
    }
  }

  /// Takes each incident, as it was when nobody of the racers had it, and gives it a tag.
  private func race() async throws {
    var looked: [IncidentKey: IncidentImage] = [:]
    for key in keys { looked[key] = await engine.storedIncident(key).map { IncidentImage($0.summary) } }
    let place = URL(filePath: plan.state).deletingLastPathComponent()
    try Data().write(to: place.appending(path: plan.upn))
    while !plan.racers.allSatisfy({ FileManager.default.fileExists(atPath: place.appending(path: $0).path) }) {
      try await Task.sleep(for: .milliseconds(2))
    }
    // The second one begins with those that the first one comes to last: of a machine that is slow to let the second one
    // run, too, both are the faster one somewhere. Whoever is behind has less to do, and catches up.
    let ahead = plan.upn == plan.racers.first ? 0 : 25
    let (waiting, seen) = (Waiting(Array(keys.dropFirst(ahead) + keys.prefix(ahead))), looked)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          while let key = waiting.next() {
            let claim = IncidentUpdate(assignment: .to(plan.upn))
            _ = try await engine.perform(.update(claim), on: key, seen: seen[key])
            let tag = IncidentUpdate(addedTags: [plan.upn])
            _ = try await engine.perform(.update(tag), on: key, seen: nil)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Reads the tenants. To die before anything goes on record, it holds the journal itself meanwhile.
  private func sync() async throws {
    let tenants = engine.configuration.tenants
    func known() async throws -> [IncidentSummary] { try await engine.incidents(of: tenants, includeClosed: true) }
    if plan.dies == .beforeRecord {
      let (before, journal) = (try await known(), try Journal.open(in: engine.journal.folder))
      let isHeld = Mutex(false)
      Thread.detachNewThread {
        try? journal.append { _ in
          isHeld.withLock { $0 = true }
          while true { pause() }
        }
      }
      while !isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
      let reading = Task { for tenant in tenants { await engine.sync(tenant, priority: .foreground) } }
      while try await known() == before { try await Task.sleep(for: .milliseconds(1)) }
      End.die()
      await reading.value
    }
    for tenant in tenants { await engine.sync(tenant, priority: .foreground) }
  }

  private final class Waiting: Sendable {
    private let keys: Mutex<[IncidentKey]>
    init(_ keys: [IncidentKey]) { self.keys = Mutex(keys) }
    func next() -> IncidentKey? { keys.withLock { $0.popLast() } }
  }

  private final class End: Sendable {
    let point: KillPoint?
    init(point: KillPoint?) { self.point = point }

    func reach(_ point: KillPoint) { if point == self.point { Self.die() } }

    static func die() {
      kill(getpid(), SIGKILL)
      while true { pause() }
    }

    func hear(_ event: EngineEvent) {
      guard case .writeChanged(let write) = event else { return }
      switch write.state {
      case .queued: reach(.afterIntent)
      case .sent: reach(.afterSent)
      case .unknown: reach(.afterUnknown)
      case .confirmed, .failed:
        reach(.afterConfirmed)
        reach(.afterSettled)
      case .draft: break
      }
    }
  }

  private struct DyingTransport: HTTPTransport {
    var inner: LiveTransport
    var end: End

    func exchange(
      _ request: TransportRequest,
      receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
    ) async throws(TransportFailure) {
      let isToken = request.target.hasSuffix("/oauth2/v2.0/token")
      if !isToken, request.method != "GET", end.point == .whileSending {
        Thread.detachNewThread {
          usleep(400_000)
          End.die()
        }
      }
      try await inner.exchange(request, receive: receive)
      if isToken { return }
      if request.method == "GET" {
        end.reach(.beforeSent)
        end.reach(.whileSettling)
      } else {
        end.reach(.beforeConfirmed)
      }
    }
  }
}
