import NIOCore
import NIOHTTP1
import NIOPosix
import SystemCrypto

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Entra ID and Microsoft Graph security, simulated on one loopback port.
///
/// Source: Microsoft identity platform (client credentials, v2.0 token endpoint) and Microsoft Graph v1.0 `/security`.
package final class LabServer: Sendable {
  /// `http://127.0.0.1:PORT`, without a slash at the end: authority and Graph root (without `/v1.0`) alike.
  package let baseURL: String
  package let port: Int
  /// The root certificate that signed the server's leaf, as PEM; nil without TLS.
  package let caPEM: String?
  let world: LabWorld
  private let channel: any Channel
  private let connections: OpenConnections
  private let liveliness: RepeatedTask?

  private init(
    channel: any Channel, connections: OpenConnections, world: LabWorld, baseURL: String, port: Int, caPEM: String?,
    liveliness: RepeatedTask?
  ) {
    self.channel = channel
    self.connections = connections
    self.world = world
    self.baseURL = baseURL
    self.port = port
    self.caPEM = caPEM
    self.liveliness = liveliness
  }

  /// Starts serving; the answer is ready for requests.
  ///
  /// - Throws: `LabStartError.portBusy` when another process has the port; `.cannotListen`, `.duplicateTenant`,
  ///   `.certificateUnreadable`;
  ///   `CryptoFailure` where there is no OpenSSL.
  package static func start(_ options: LabOptions) async throws -> LabServer {
    let world = try LabWorld(options)
    try CryptoFailure.checkLibrary()
    // Making an RSA key takes a while: begin now, the first token waits for what is left.
    Task.detached { _ = SigningKey.shared }
    let connections = OpenConnections()
    let identity = options.tls ? try TlsIdentity(now: options.now(), vaults: options.vaults.map(\.name)) : nil
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { child in
        connections.add(child)
        return child.eventLoop.makeCompletedFuture {
          let pipeline = child.pipeline.syncOperations
          if let identity {
            try pipeline.addHandler(TlsHandler(try TlsServerSession(of: identity.server)))
          }
          // A fault may send any header, so what leaves is not checked.
          try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: true, withOutboundHeaderValidation: false)
          try pipeline.addHandler(LabHttpHandler(world: world))
        }
      }
    let channel: any Channel
    do {
      if let listener = options.listener {
        channel = try await bootstrap.withBoundSocket(listener).get()
      } else {
        channel = try await bootstrap.bind(host: options.host, port: options.port).get()
      }
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw LabStartError.portBusy(host: options.host, port: options.port)
    } catch {
      throw LabStartError.cannotListen(host: options.host, port: options.port, reason: "\(error)")
    }
    let port = channel.localAddress?.port ?? options.port
    let host = options.host.contains(":") ? "[\(options.host)]" : options.host
    let baseURL = "\(options.tls ? "https" : "http")://\(host):\(port)"
    world.settle(origin: baseURL)
    let liveliness = options.live ? beLively(world, on: channel.eventLoop) : nil
    return LabServer(
      channel: channel, connections: connections, world: world, baseURL: baseURL, port: port, caPEM: identity?.rootPEM,
      liveliness: liveliness)
  }

  /// Closes the listener and every open connection.
  package func stop() async {
    liveliness?.cancel()
    try? await channel.close().get()
    await connections.closeAll()
  }

  private static func beLively(_ world: LabWorld, on loop: any EventLoop) -> RepeatedTask {
    loop.scheduleRepeatedTask(initialDelay: .seconds(3), delay: .seconds(3)) { _ in world.liveStep() }
  }
}

/// Serves for the duration of `body` on a free port and then requires that no rule was broken.
///
/// - Throws: what `body` throws; else `LabViolations` when there is one of a kind that was not expected.
package func withLabServer<Result>(
  _ options: LabOptions, _ body: (LabServer) async throws -> Result
) async throws -> Result {
  var options = options
  options.port = 0
  let server = try await LabServer.start(options)
  let result: Result
  do {
    result = try await body(server)
  } catch {
    await server.stop()
    throw error
  }
  await server.stop()
  let unexpected = server.violations().filter { !options.expectedViolations.contains($0.kind) }
  guard unexpected.isEmpty else { throw LabViolations(list: unexpected) }
  return result
}
