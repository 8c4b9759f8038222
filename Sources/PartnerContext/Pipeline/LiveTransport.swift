public import PartnerModel

/// HTTP/1.1 and HTTP/2 over TLS 1.2 or newer, always verified; plain `http` to this machine and its metadata service
/// only. It is the system's libcurl that speaks it.
public final class LiveTransport: HTTPTransport {
  private let direct: CurlClient
  private let proxied: CurlClient?
  private let proxy: ProxySetting?

  /// Lends a transport to `body` and closes its connections afterwards.
  /// - Throws: `PartnerError` when the extra root or the proxy setting cannot be read, and what `body` throws.
  public static func withTransport<Result>(
    for app: AppRegistration, dependencies: PartnerDependencies = .live,
    _ body: (LiveTransport) async throws -> Result
  ) async throws -> Result {
    let transport = try LiveTransport(for: app, dependencies: dependencies)
    do {
      let result = try await body(transport)
      await transport.shutDown()
      return result
    } catch {
      await transport.shutDown()
      throw error
    }
  }

  /// Close it with ``shutDown()``; reads the app's extra root and the proxy variables.
  public init(for app: AppRegistration, dependencies: PartnerDependencies = .live) throws(PartnerError) {
    proxy = try ProxySetting.read(dependencies.environment)
    direct = try CurlClient(proxy: nil, rootFile: app.trustCAFile)
    proxied = if let proxy { try CurlClient(proxy: proxy, rootFile: app.trustCAFile) } else { nil }
  }

  /// Closes every connection; nothing can be sent afterwards.
  public func shutDown() async {
    await direct.close()
    await proxied?.close()
  }

  public func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let origin = request.origin
    guard origin.scheme == "https" || origin.isLoopback || request.asksMetadata,
      request.host == nil || origin.isLoopback
    else {
      throw TransportFailure(.unsafeLink(origin.description), mayHaveLeft: false)
    }
    var request = request
    if let host = request.host { request.headers.append(HeaderField("host", host)) }
    guard !request.breaksLines else {
      throw TransportFailure(.unsafeLink("\(origin.description), with a line break"), mayHaveLeft: false)
    }
    let usesProxy = proxy?.covers(origin) ?? false
    let client = usesProxy ? proxied ?? direct : direct
    // The pipeline sets the limit of the whole answer, and cancels.
    let end = await client.exchange(request, receive: receive)
    guard let failure = TransportFailure.from(end, host: origin.host, isProxied: usesProxy) else { return }
    throw noted(failure)
  }

  /// What of `NO_PROXY` is not read, as a sentence without its full stop; empty when all is.
  public var unreadProxyExceptions: String { proxy?.unreadNote ?? "" }

  /// A proxy that fails may be in the way because an exception was not read.
  private func noted(_ failure: TransportFailure) -> TransportFailure {
    guard case .unreachable(.proxy(let reason)) = failure.cause, !unreadProxyExceptions.isEmpty else { return failure }
    return TransportFailure(
      .unreachable(.proxy(reason: "\(reason) (\(unreadProxyExceptions))")), mayHaveLeft: failure.mayHaveLeft)
  }
}

extension LiveTransport: CustomReflectable {
  /// Empty: requests under way hold tokens, and a dump would find them there.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
