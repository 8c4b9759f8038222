import FoundationEssentials
import Synchronization

/// Everything behind the port: tenants, clocks, faults, and who broke which rule.
final class LabWorld: Sendable {
  struct Shared {
    var origin = ""
    var faults: [LabFault] = []
    var randomFaults: LabRandomFaults?
    var violations: [LabViolation] = []
    /// Claims of tokens seen, so that each signature is checked once.
    var knownTokens: [String: AccessClaims] = [:]
    /// How far `tick` has moved the clocks, in ticks.
    var passed: Int64 = 0
    /// How far writes have moved a frozen clock, in ticks.
    var stepped: Int64 = 0
    /// The `jti` of every assertion that was taken, where none may come twice.
    var usedAssertions: Set<String> = []
    /// By their names in lower case.
    var vaults: [String: LabVault] = [:]
    var requests: UInt64 = 0
    /// For how long after its last change something is kept; nil: for good.
    var retentionDays: Int?
    var liveSteps: UInt64 = 0
  }

  let options: LabOptions
  let rooms: [TenantRoom]
  let started: Moment
  let registered: [RegisteredCertificate]
  /// The partner's own directory.
  let homeRoom: TenantRoom?
  let shared: Mutex<Shared>
  let people: Mutex<People>
  private let indexByName: [String: Int]

  init(_ options: LabOptions) throws {
    self.options = options
    registered = try options.certificates.map(RegisteredCertificate.init(pem:))
    started = Moment(options.epoch ?? options.now())
    var rooms: [TenantRoom] = []
    var indexByName: [String: Int] = [:]
    for (index, tenant) in options.tenants.enumerated() {
      let isHome = tenant.id.lowercased() == options.homeTenant?.lowercased()
      let rotated = LabScenario.allCases[index % LabScenario.allCases.count]
      let scenario = tenant.scenario ?? (options.scenarios == .mixed && !isHome ? rotated : .granted)
      rooms.append(TenantRoom(tenant, index: index, scenario: scenario, isHome: isHome, options: options))
      guard indexByName.updateValue(index, forKey: tenant.id.lowercased()) == nil else {
        throw LabStartError.duplicateTenant(tenant.id)
      }
      indexByName[tenant.domain.lowercased()] = index
    }
    if let home = options.homeTenant, indexByName[home.lowercased()] == nil {
      let tenant = LabTenant(id: home, name: "Partner", domain: "partner.example")
      indexByName[home.lowercased()] = rooms.count
      rooms.append(TenantRoom(tenant, index: rooms.count, scenario: .granted, isHome: true, options: options))
    }
    self.rooms = rooms
    homeRoom = rooms.first(where: \.isHome)
    people = Mutex(Self.firstPeople(options, home: homeRoom))
    let vaults = Dictionary(options.vaults.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    shared = Mutex(Shared(vaults: vaults, retentionDays: options.retentionDays))
    self.indexByName = indexByName
    for room in rooms where !room.isHome {
      let rotated = LabAccess.allCases[room.index % LabAccess.allCases.count]
      let access = room.tenant.access ?? (options.scenarios == .mixed ? rotated : .ok)
      let first = self.access(access, to: room)
      room.state.withLock { $0.access = first }
    }
  }

  /// The absolute links in answers start with this.
  func settle(origin: String) { shared.withLock { $0.origin = origin } }

  /// By GUID or domain, in any casing.
  func room(_ name: String) -> TenantRoom? { indexByName[name.lowercased()].map { rooms[$0] } }

  func wallMoment() -> Moment { Moment(options.now()) }

  /// The clock of the data: created, updated and error times.
  func dataNow() -> Moment {
    let moved = shared.withLock { $0.passed + $0.stepped }
    return (options.epoch == nil ? wallMoment() : started) + moved
  }

  /// The clock of tokens, limits, parking and fresh reads: wall time that `tick` can push on.
  func limitNow() -> Moment { wallMoment() + shared.withLock { $0.passed } }

  /// The time of a write: a frozen clock moves on by 10 ms, so that no two writes share a time.
  func writeNow() -> Moment {
    if options.epoch != nil { shared.withLock { $0.stepped += Moment.second / 100 } }
    return dataNow()
  }

  func record(_ kind: LabViolation.Kind, _ room: TenantRoom?, _ detail: String, requestID: String) {
    let violation = LabViolation(
      time: options.now(), tenant: room?.tenant.id ?? "", kind: kind, detail: detail, requestID: requestID)
    shared.withLock { $0.violations.append(violation) }
  }

  /// Decides everything about one request: the answer and how it travels.
  func answer(_ request: LabRequest) -> Delivery {
    guard let segments = request.segments else { return Delivery(plainNotFound()) }
    if segments.first != "lab" { noteSecrets(in: request) }
    if let name = vaultName(request) { return delayed(vault(request, name, segments)) }
    switch segments.first {
    case "lab": return Delivery(control(request, Array(segments.dropFirst())))
    case "v1.0", "beta": return delayed(graph(request, segments))
    case "metadata": return delayed(metadataService(request, segments))
    default: return delayed(authority(request, segments))
    }
  }

  /// Addresses end up in histories and logs: what opens something must not stand in one.
  private func noteSecrets(in request: LabRequest) {
    guard request.query.contains("=") else { return }
    let secrets: Set<String> = [
      "access_token", "refresh_token", "client_secret", "client_assertion", "code_verifier", "device_code", "id_token",
    ]
    for pair in request.query.split(separator: "&") {
      let name = String(pair.prefix { $0 != "=" }).lowercased()
      guard secrets.contains(name) else { continue }
      record(.secretInURL, nil, "\(name) in the address of \(request.path)", requestID: request.clientRequestID ?? "")
    }
  }

  func plainNotFound() -> LabAnswer {
    LabAnswer(status: 404, headers: [("Content-Type", "text/plain")], body: Array("Not found".utf8))
  }

  private func delayed(_ delivery: Delivery) -> Delivery {
    var delivery = delivery
    delivery.delayMilliseconds += options.latencyMilliseconds
    return delivery
  }
}
