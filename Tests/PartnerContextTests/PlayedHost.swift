import Foundation
import Logging
import PartnerModel
import Synchronization

@testable import PartnerContext

/// A service without a wire: what it answers, in which tenant, and what it was asked, in order.
final class PlayedHost: HTTPTransport {
  struct Asked: Sendable, Equatable {
    var tenant: TenantID
    var method: String
    var target: String
    /// Asked of the authority: a token, or a public document.
    var isToken: Bool
    var authorization: String
  }

  enum Reply: Sendable {
    case json(Int, String, [HeaderField] = [])
    case fails(PartnerError.Cause)
    /// Says nothing until the request is given up.
    case silence
  }

  private let log = Mutex<[Asked]>([])
  private let reply: @Sendable (Asked) async -> Reply
  /// How many requests are under way, and were at most.
  private let inFlight = Mutex((now: 0, most: 0))

  init(_ reply: @escaping @Sendable (Asked) async -> Reply) { self.reply = reply }

  var asked: [Asked] { log.withLock { $0 } }
  var graph: [Asked] { asked.filter { !$0.isToken } }
  var tokens: [Asked] { asked.filter { $0.target.hasSuffix("/token") } }
  var mostInFlight: Int { inFlight.withLock { $0.most } }
  func forget() { log.withLock { $0 = [] } }

  /// A token that its service grants.
  static func token(_ asked: Asked, number: Int = 0) -> Reply {
    .json(200, tokenBody(unsignedToken(tenant: asked.tenant.rawValue, number: number)))
  }

  func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let isToken = request.authorization == nil
    let bearer =
      request.authorization.map { secret in secret.withBytes { String(decoding: $0, as: UTF8.self) } } ?? ""
    let asked = Asked(
      tenant: isToken ? named(request.target) : named("/\(Self.tenant(in: bearer))"),
      method: request.method, target: request.target, isToken: isToken, authorization: bearer)
    log.withLock { $0.append(asked) }
    inFlight.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    defer { inFlight.withLock { $0.now -= 1 } }
    switch await reply(asked) {
    case .json(let status, let body, let headers):
      try receive(.head(status: status, headers: [HeaderField("content-type", "application/json")] + headers))
      try receive(.body(Array(body.utf8)))
    case .fails(let cause): throw TransportFailure(cause, mayHaveLeft: false)
    case .silence: throw await TransportFailure.untilCancelled()
    }
  }

  /// The tenant of a token that is signed by nobody.
  private static func tenant(in token: String) -> String {
    let part = token.split(separator: ".").dropFirst().first.map(String.init) ?? ""
    let base64 = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    let data = Data(base64Encoded: base64 + String(repeating: "=", count: (4 - part.count % 4) % 4)) ?? Data()
    return ((try? JSONSerialization.jsonObject(with: data)) as? [String: Any])?["tid"] as? String ?? ""
  }

  func context(_ clock: TestClock, _ dependencies: PartnerDependencies? = nil) -> PartnerContext {
    clock.set(environment: ["SECRET": "s"])
    return PartnerContext(
      app: app(at: "http://127.0.0.1:1"), transport: self, dependencies: dependencies ?? clock.dependencies,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }
}

/// The tenant that a path begins with.
private func named(_ path: String) -> TenantID { tenant(String(path.split(separator: "/").first ?? "")) }

/// A table's row that a test changes while a service is played by it.
final class Switch: Sendable {
  private let state: Mutex<PlayedHost.Reply>
  init(_ reply: PlayedHost.Reply) { state = Mutex(reply) }
  var reply: PlayedHost.Reply {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

func numbered(_ number: Int) -> TenantID {
  tenant("cccccccc-0000-4000-8000-\(String(format: "%012d", number))")
}
