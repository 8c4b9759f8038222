import FoundationEssentials
import PartnerModel
import Synchronization

/// Finds out in which cloud a tenant lives that this one does not know: from the tenant's public document, for which
/// nothing secret is sent, and seldom.
///
/// Source: OpenID Connect Discovery 1.0; Entra ID, `GET /{tenant}/v2.0/.well-known/openid-configuration`.
final class TenantDiscovery: Sendable {
  /// For how long what was found, or that nothing was, is not asked for again.
  private static let memory: Duration = .seconds(3600)
  /// The refusal that it belongs to does not wait longer.
  private static let patience: Duration = .seconds(5)
  /// Bytes; real documents have two or three thousand.
  private static let largest = 65_536

  private let app: AppRegistration
  private let transport: any HTTPTransport
  private let dependencies: PartnerDependencies
  private let found = Mutex<[TenantID: (cloud: HomeCloud?, until: Duration)]>([:])

  init(app: AppRegistration, transport: any HTTPTransport, dependencies: PartnerDependencies) {
    self.app = app
    self.transport = transport
    self.dependencies = dependencies
  }

  /// The cloud that the tenant names as its own; `nil` where that is the app's, or nobody tells.
  func homeCloud(of tenant: TenantID) async -> HomeCloud? {
    let uptime = dependencies.uptime()
    if let known = found.withLock({ $0[tenant] }), uptime < known.until { return known.cloud }
    let cloud: HomeCloud?
    do {
      cloud = try await read(tenant)
    } catch {
      if error.cause == .cancelled { return nil }
      cloud = nil
    }
    found.withLock { $0[tenant] = (cloud, uptime + Self.memory) }
    return cloud
  }

  private func read(_ tenant: TenantID) async throws(PartnerError) -> HomeCloud? {
    let request = TransportRequest(
      method: "GET", origin: app.endpoints.authority,
      target: "/\(tenant.rawValue)/v2.0/.well-known/openid-configuration",
      headers: [
        HeaderField("accept", "application/json"), HeaderField("user-agent", userAgent),
        HeaderField("client-request-id", dependencies.newRequestID()),
      ])
    let answer = try await transport.answer(
      to: request, within: Self.patience, limits: AnswerLimits(bodyBytes: Self.largest), for: tenant,
      dependencies: dependencies)
    guard answer.status == 200, !answer.isWebPage, let document = try? JSONReader.read(utf8: answer.body),
      let cloud = HomeCloud.read(document), !cloud.isServed(by: app.cloud)
    else { return nil }
    return cloud
  }
}
