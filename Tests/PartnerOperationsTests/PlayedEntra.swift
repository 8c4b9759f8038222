import Foundation
import Logging
import PartnerModel
import PartnerStore
import Synchronization

@testable import PartnerContext
@testable import PartnerOperations

/// An engine whose service is played by a test: tokens and Graph alike.
final class PlayedEntra: Sendable {
  struct Request: Sendable {
    /// Whose token or data is asked for.
    var tenant: String
    var method: String
    /// Below `/v1.0`; `token` for a token.
    var path: String
    var body: String
  }

  let engine: PartnerEngine
  let tenants: [Tenant]
  private let events: Mutex<[EngineEvent]>

  static let home = id(99)

  static func id(_ number: Int) -> TenantID { TenantID(high: 0x1111_2222_3333_4444, low: UInt64(number)) }

  /// Lends one over these tenants.
  /// - Parameters:
  ///   - names: of tenants 1, 2, …
  ///   - isPersonal: whether a person acts in all of them, at home too.
  static func with(
    _ names: [String], isPersonal: Bool, now: @escaping @Sendable () -> Date = { Date() },
    change: (inout Configuration) -> Void = { _ in },
    play: @escaping @Sendable (Request) -> (Int, String), _ body: (PlayedEntra) async throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "played-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let secret = root.appending(path: "secret")
    try Data("s".utf8).write(to: secret)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
    let origin = Origin(scheme: "http", host: "127.0.0.1", port: 1)
    let app = AppRegistration(
      clientID: "11111111-2222-3333-4444-555555555555", homeTenant: home, cloud: .lab,
      endpoints: Endpoints(
        authority: origin, graph: origin, graphResource: "https://graph.microsoft.com", portalHosts: []),
      credentials: [.secret(.file(secret.path))],
      permissions: [.updateIncidents, .readAlerts])
    var configuration = Configuration(
      app: app, operatorUPN: "anna@northwind-soc.example",
      tenants: names.enumerated().map { index, name in
        Tenant(id: id(index + 1), name: name, context: isPersonal ? .user : .application)
      })
    change(&configuration)
    let folder = try StateFolder.open(at: root.path + "/state")
    let store = SignInMemory()
    try await store.write(
      KeptSignIn(
        account: "anna@northwind-soc.example", objectID: "o", tenant: home, signedInAt: now(), token: Secret("refresh")
      ).text)
    let keeper = SignInKeeper(lock: SignInLock(folder: root.path + "/state"), choose: { SignInKeeper.Place(store) })
    var dependencies = PartnerDependencies.live
    dependencies.now = now
    dependencies.sleep = { _ in }
    let context = PartnerContext(
      app: configuration.app,
      people: isPersonal ? PeopleAccess(tenants: Set(configuration.tenants.map(\.id) + [home]), keeper: keeper) : nil,
      transport: Transport(play: play), ledger: InMemoryRequestLedger(), dependencies: dependencies,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let played = try PlayedEntra(configuration, context, folder, now)
    try await body(played)
    played.engine.cache.close()
    played.engine.journal.close()
  }

  private init(
    _ configuration: Configuration, _ context: PartnerContext, _ folder: StateFolder,
    _ now: @escaping @Sendable () -> Date
  ) throws {
    tenants = configuration.tenants
    events = Mutex([])
    engine = PartnerEngine(
      configuration: configuration, journal: try Journal.open(in: folder),
      cache: try Cache.open(in: folder, showing: Set(configuration.tenants.map(\.id)), now: now()),
      mainContext: context, contexts: [:], now: now, newID: { UUID().uuidString }, report: { _ in })
  }

  func row(_ index: Int) async throws -> TenantOverview {
    guard let row = await engine.overviews(of: [tenants[index]]).first else { throw CocoaError(.fileNoSuchFile) }
    return row
  }

  private struct Transport: HTTPTransport {
    var play: @Sendable (Request) -> (Int, String)

    func exchange(
      _ request: TransportRequest,
      receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
    ) async throws(TransportFailure) {
      let isToken = request.target.hasSuffix("/oauth2/v2.0/token")
      let bearer = request.authorization.map { secret in
        secret.withBytes { String(decoding: $0, as: UTF8.self) }
      }
      let body = if case .plain(let text) = request.body { text } else { "" }
      let asked = Request(
        tenant: isToken ? String(request.target.split(separator: "/").first ?? "") : Self.tenant(of: bearer ?? ""),
        method: request.method, path: isToken ? "token" : String(request.target.dropFirst("/v1.0".count)), body: body)
      let answer = play(asked)
      try receive(.head(status: answer.0, headers: [HeaderField("content-type", "application/json")]))
      try receive(.body(Array(answer.1.utf8)))
    }

    private static func tenant(of token: String) -> String {
      let part = token.split(separator: ".").dropFirst().first.map(String.init) ?? ""
      let padded = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        .padding(toLength: (part.count + 3) / 4 * 4, withPad: "=", startingAt: 0)
      let claims = Data(base64Encoded: padded).flatMap { try? JSONSerialization.jsonObject(with: $0) }
      return (claims as? [String: Any])?["tid"] as? String ?? ""
    }
  }

  /// A token's answer, the token signed by nobody.
  static func token(_ tenant: String, roles: [String] = [], scopes: [String] = []) -> (Int, String) {
    var claims: [String: Any] = ["tid": tenant, "aud": "https://graph.microsoft.com", "iat": 1_790_000_000]
    if !roles.isEmpty { claims["roles"] = roles }
    if !scopes.isEmpty { claims["scp"] = scopes.joined(separator: " ") }
    // Only texts and numbers are handed in.
    let data = (try? JSONSerialization.data(withJSONObject: claims)) ?? Data()
    let part = data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    let scope = scopes.map { "https://graph.microsoft.com/\($0)" }.joined(separator: " ")
    return (
      200,
      #"{"token_type":"Bearer","expires_in":3600,"scope":"\#(scope)","refresh_token":"next","access_token":"e30.\#(part).x"}"#
    )
  }

  static func refusal(_ code: Int, _ error: String = "invalid_grant") -> (Int, String) {
    (
      400,
      #"{"error":"\#(error)","error_description":"AADSTS\#(code): No.","error_codes":[\#(code)],"correlation_id":"c-\#(code)"}"#
    )
  }
}
