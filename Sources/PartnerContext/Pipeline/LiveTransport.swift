import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
public import PartnerModel
import Synchronization

/// HTTP/1.1 and HTTP/2 over TLS 1.2 or newer, always verified; plain `http` to this machine only.
public final class LiveTransport: HTTPTransport {
  private let direct: HTTPClient
  private let proxied: HTTPClient?
  private let proxy: ProxySetting?

  /// One thread for all connections of the process: where requests are as many and as small as ours, a second one costs
  /// more in waking than it gains. It lasts as long as the process.
  private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

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
    direct = HTTPClient(eventLoopGroupProvider: .shared(Self.loops), configuration: configuration)
    proxied = proxy.map { proxy in
      let authorization = proxy.credentials.map { secret in
        secret.reveal { HTTPClient.Authorization.basic(credentials: Data($0.utf8).base64EncodedString()) }
      }
      configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
      return HTTPClient(eventLoopGroupProvider: .shared(Self.loops), configuration: configuration)
    }
  }

  /// Closes every connection; nothing can be sent afterwards.
  public func shutDown() async {
    try? await direct.shutdown()
    try? await proxied?.shutdown()
  }

  public func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure) {
    let origin = request.origin
    guard origin.scheme == "https" || origin.isLoopback else {
      throw TransportFailure(.unsafeLink(origin.description), mayHaveLeft: false)
    }
    let usesProxy = proxy?.covers(origin) ?? false
    let client = usesProxy ? proxied ?? direct : direct
    let reception = Reception(receive)
    do {
      let running = client.execute(request: try outgoing(request), delegate: reception)
      // The pipeline sets the limit of the whole answer, and cancels.
      try await withTaskCancellationHandler {
        try await running.futureResult.get()
      } onCancel: {
        running.cancel()
      }
    } catch {
      let hasBegun = reception.hasBegun
      let failure = TransportFailure.from(error, host: origin.host, isProxied: usesProxy, hasAnswerBegun: hasBegun)
      throw hasBegun ? failure : noted(failure)
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

  private func outgoing(_ request: TransportRequest) throws -> HTTPClient.Request {
    var headers = HTTPHeaders()
    headers.reserveCapacity(request.headers.count + 4)
    for field in request.headers { headers.add(name: field.name, value: field.value) }
    request.authorization?.reveal { headers.add(name: "authorization", value: "Bearer \($0)") }
    let body: HTTPClient.Body? =
      switch request.body {
      case .plain(let text): .byteBuffer(ByteBuffer(string: text))
      case .secret(let secret): secret.reveal { .byteBuffer(ByteBuffer(string: $0)) }
      case nil: nil
      }
    return try HTTPClient.Request(
      url: request.origin.description + request.target, method: HTTPMethod(rawValue: request.method),
      headers: headers, body: body)
  }
}

/// Hands an answer on as it comes, on the connection's own thread: nobody has to be woken for a part of it.
private final class Reception: HTTPClientResponseDelegate {
  private let receive: @Sendable (TransportPart) throws(TransportFailure) -> Void
  private let begun = Atomic(false)

  /// Whether the answer's head has come.
  var hasBegun: Bool { begun.load(ordering: .acquiring) }

  init(_ receive: @escaping @Sendable (TransportPart) throws(TransportFailure) -> Void) { self.receive = receive }

  func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    begun.store(true, ordering: .releasing)
    let headers = head.headers.map { HeaderField($0.name, $0.value) }
    return handOn(.head(status: Int(head.status.code), headers: headers), of: task)
  }

  func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    handOn(.body(Array(buffer.readableBytesView)), of: task)
  }

  private func handOn(_ part: TransportPart, of task: HTTPClient.Task<Void>) -> EventLoopFuture<Void> {
    do throws(TransportFailure) {
      try receive(part)
      return task.eventLoop.makeSucceededVoidFuture()
    } catch {
      return task.eventLoop.makeFailedFuture(error)
    }
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) {}
}

extension LiveTransport: CustomReflectable {
  /// Empty: requests under way hold tokens, and a dump would find them there.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
