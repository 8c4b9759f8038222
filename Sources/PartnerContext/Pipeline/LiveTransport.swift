import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL
public import PartnerModel

/// HTTP/1.1 and HTTP/2 over TLS 1.2 or newer, always verified; plain `http` to this machine only.
public final class LiveTransport: HTTPTransport {
  private let direct: HTTPClient
  private let proxied: HTTPClient?
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
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    tls.certificateVerification = .fullVerification
    if let file = app.trustCAFile {
      do {
        tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
      } catch {
        throw PartnerError(.rootUnreadable("\(file) holds no PEM certificate"), tenant: nil)
      }
    }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(5)),
      decompression: .enabled(limit: .size(AnswerLimits.standard.bodyBytes)))
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    configuration.httpVersion = .automatic
    direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    proxied = proxy.map { proxy in
      let authorization = proxy.credentials.map { secret in
        secret.reveal { HTTPClient.Authorization.basic(credentials: Data($0.utf8).base64EncodedString()) }
      }
      configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
      return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
  }

  /// Closes every connection; nothing can be sent afterwards.
  public func shutDown() async {
    try? await direct.shutdown()
    try? await proxied?.shutdown()
  }

  public func exchange(
    _ request: TransportRequest, receive: (TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let origin = request.origin
    guard origin.scheme == "https" || origin.isLoopback else {
      throw TransportFailure(.unsafeLink(origin.description), mayHaveLeft: false)
    }
    let usesProxy = proxy?.covers(origin) ?? false
    let client = usesProxy ? proxied ?? direct : direct
    // The pipeline sets the limit of the whole answer; this one only frees a connection nobody waits for.
    let response: HTTPClientResponse
    do {
      response = try await client.execute(outgoing(request), deadline: .now() + .seconds(90))
    } catch {
      throw noted(.from(error, host: origin.host, isProxied: usesProxy, hasAnswerBegun: false))
    }
    try receive(
      .head(
        status: Int(response.status.code), headers: response.headers.map { HeaderField($0.name, $0.value) }))
    var pieces = response.body.makeAsyncIterator()
    while true {
      let piece: ByteBuffer?
      do {
        piece = try await pieces.next()
      } catch {
        throw TransportFailure.from(error, host: origin.host, isProxied: usesProxy, hasAnswerBegun: true)
      }
      guard let piece else { return }
      try receive(.body(Array(piece.readableBytesView)))
    }
  }

  /// What of `NO_PROXY` is not read, as a sentence without its full stop; empty when all is.
  public var unreadProxyExceptions: String { proxy?.unreadNote ?? "" }

  /// A proxy that fails may be in the way because an exception was not read.
  private func noted(_ failure: TransportFailure) -> TransportFailure {
    guard case .unreachable(.proxy(let reason)) = failure.cause, !unreadProxyExceptions.isEmpty else { return failure }
    return TransportFailure(
      .unreachable(.proxy(reason: "\(reason) (\(unreadProxyExceptions))")), mayHaveLeft: failure.mayHaveLeft)
  }

  private func outgoing(_ request: TransportRequest) -> HTTPClientRequest {
    var outgoing = HTTPClientRequest(url: request.origin.description + request.target)
    outgoing.method = HTTPMethod(rawValue: request.method)
    for field in request.headers { outgoing.headers.add(name: field.name, value: field.value) }
    request.authorization?.reveal { outgoing.headers.add(name: "authorization", value: "Bearer \($0)") }
    switch request.body {
    case .plain(let text): outgoing.body = .bytes(ByteBuffer(string: text))
    case .secret(let secret): secret.reveal { outgoing.body = .bytes(ByteBuffer(string: $0)) }
    case nil: break
    }
    return outgoing
  }
}

extension LiveTransport: CustomReflectable {
  /// Empty: requests under way hold tokens, and a dump would find them there.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
