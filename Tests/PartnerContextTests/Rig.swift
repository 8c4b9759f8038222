import Foundation
import LabServer
import Logging
import PartnerModel
import Testing

@testable import PartnerContext

let contoso = tenant("aaaaaaaa-0000-4000-8000-000000000001")
let fabrikam = tenant("bbbbbbbb-0000-4000-8000-000000000002")
let everyRole = ["SecurityIncident.ReadWrite.All", "SecurityAlert.Read.All", "ThreatHunting.Read.All"]

func tenant(_ text: String) -> TenantID {
  guard let id = TenantID(text) else { preconditionFailure("not a GUID: \(text)") }
  return id
}

func time(_ text: String) -> Timestamp {
  guard let time = Timestamp(text) else { preconditionFailure("not a time: \(text)") }
  return time
}

/// The app as the lab and the wire servers of these tests know it.
func app(at baseURL: String, credentials: [CredentialSource] = [.secret(.environment("SECRET"))]) -> AppRegistration {
  guard let origin = Origin.split(baseURL)?.origin else { preconditionFailure("not an origin: \(baseURL)") }
  return AppRegistration(
    clientID: "11111111-2222-3333-4444-555555555555", homeTenant: contoso, cloud: .lab,
    endpoints: Endpoints(
      authority: origin, graph: origin, graphResource: "https://graph.microsoft.com",
      portalHosts: ["security.microsoft.com"]),
    credentials: credentials, permissions: everyRole.map { AppRole($0) })
}

/// A real client on a real connection to `baseURL`.
func withContext<Result>(
  _ baseURL: String, _ clock: TestClock = TestClock(),
  credentials: [CredentialSource] = [.secret(.environment("SECRET"))],
  ledger: any RequestLedger = InMemoryRequestLedger(),
  _ body: (PartnerContext) async throws -> Result
) async throws -> Result {
  let app = app(at: baseURL, credentials: credentials)
  clock.set(environment: ["SECRET": "lab-secret", "OLD": "old-secret"])
  return try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
    try await body(
      PartnerContext(
        app: app, transport: transport, ledger: ledger, dependencies: clock.dependencies,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
  }
}

let labEpoch = Date(timeIntervalSince1970: 1_790_000_000)

/// A lab with Contoso and Fabrikam, whose clock is the test's.
func labOptions(_ scenarios: LabScenario..., clock: TestClock) -> LabOptions {
  let ids = [contoso, fabrikam]
  var options = LabOptions(
    tenants: scenarios.enumerated().map { index, scenario in
      LabTenant(
        id: ids[index].rawValue, name: "Tenant \(index)", domain: "tenant\(index).onmicrosoft.com", scenario: scenario)
    })
  options.epoch = labEpoch
  options.now = { clock.now }
  return options
}

extension PartnerContext {
  /// Everything that changed since `cursor`, in one list.
  func changes(
    in tenant: TenantID, since cursor: IncidentCursor, priority: RequestPriority = .foreground
  ) async throws -> (pages: [IncidentPage], cursor: IncidentCursor) {
    var pages: [IncidentPage] = []
    let end = try await readIncidentChanges(in: tenant, since: cursor, priority: priority) { pages.append($0) }
    return (pages, end)
  }
}

extension [IncidentPage] {
  var incidents: [Incident] { flatMap(\.incidents) }
}

/// The failure of a call that has to fail.
func failure(_ call: () async throws -> some Any) async throws -> PartnerError {
  do {
    _ = try await call()
  } catch let error as PartnerError {
    return error
  }
  throw UnexpectedSuccess()
}

struct UnexpectedSuccess: Error {}

/// Returns when something that goes on by itself has come about.
func wait(until isReached: () async -> Bool) async {
  while !(await isReached()) { await Task.yield() }
}

/// A transport whose answers a test plays; token requests are granted.
struct PlayedTransport: HTTPTransport {
  var play: @Sendable (TransportRequest) async throws(TransportFailure) -> (status: Int, body: String)

  func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let isToken = request.target.hasSuffix("/oauth2/v2.0/token")
    let tenant = String(request.target.split(separator: "/").first ?? "")
    let answer = isToken ? (200, tokenBody(unsignedToken(tenant: tenant))) : try await play(request)
    try receive(.head(status: answer.0, headers: [HeaderField("content-type", "application/json")]))
    try receive(.body(Array(answer.1.utf8)))
  }

  /// A client over this transport.
  func context(_ clock: TestClock) -> PartnerContext {
    clock.set(environment: ["SECRET": "s"])
    return PartnerContext(
      app: app(at: "http://127.0.0.1:1"), transport: self, dependencies: clock.dependencies,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }
}

extension TransportFailure {
  /// How a transport ends that is given up.
  static func untilCancelled() async -> TransportFailure {
    await wait { Task.isCancelled }
    return TransportFailure(.cancelled, mayHaveLeft: true)
  }
}

let longAgo = IncidentCursor(historyStart: time("2020-01-01T00:00:00Z"))
