import Foundation
import LabServer
import NIOCore
import NIOHTTP1
import NIOPosix

/// An answer as it came, complete or not.
struct RawAnswer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: [UInt8]
  /// False when the connection ended before the answer did.
  var isComplete: Bool

  func header(_ name: String) -> String? { headers.first(name: name) }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as a JSON object.
  func object() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(body))
    guard let object = value as? [String: Any] else { throw NotAnObject() }
    return object
  }

  func items() throws -> [[String: Any]] { try object()["value"] as? [[String: Any]] ?? [] }

  func error() throws -> [String: Any] { try object()["error"] as? [String: Any] ?? [:] }
}

struct NotAnObject: Error {}
/// The connection ended without an answer.
struct NoAnswer: Error {}

/// Sends one request on a connection of its own.
func send(
  _ method: String, _ url: String, _ headers: [(String, String)] = [], body: String? = nil
) async throws -> RawAnswer {
  guard let parts = URLComponents(string: url.replacing("$", with: "%24").replacing("'", with: "%27")) else {
    throw NotAnObject()
  }
  let port = parts.port ?? 80
  let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: RawAnswer.self)
  let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        try channel.pipeline.syncOperations.addHandler(Collector(promise))
      }
    }
    .connect(host: "127.0.0.1", port: port).get()
  let target = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).last.map { "/\($0)" } ?? "/"
  var head = HTTPRequestHead(
    version: .http1_1, method: HTTPMethod(rawValue: method),
    uri: target.replacing(" ", with: "%20").replacing("'", with: "%27"))
  head.headers = HTTPHeaders(headers)
  if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: "127.0.0.1:\(port)") }
  let bytes = Array((body ?? "").utf8)
  if body != nil { head.headers.add(name: "Content-Length", value: String(bytes.count)) }
  channel.write(HTTPClientRequestPart.head(head), promise: nil)
  if !bytes.isEmpty { channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil) }
  channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
  let answer: RawAnswer
  do {
    answer = try await promise.futureResult.get()
  } catch {
    try? await channel.close().get()
    throw error
  }
  try? await channel.close().get()
  return answer
}

private final class Collector: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let promise: EventLoopPromise<RawAnswer>
  private var answer: RawAnswer?

  init(_ promise: EventLoopPromise<RawAnswer>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      answer = RawAnswer(status: Int(head.status.code), headers: head.headers, body: [], isComplete: false)
    case .body(let part): answer?.body.append(contentsOf: part.readableBytesView)
    case .end:
      answer?.isComplete = true
      finish()
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish()
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { finish() }

  /// The first end counts; what comes after it is dropped by the promise's holder closing the channel.
  private func finish() {
    if let answer { promise.succeed(answer) } else { promise.fail(NoAnswer()) }
  }
}
