import Foundation
import NIOCore
import NIOPosix
import SystemCrypto
import Testing

@testable import LabServer

/// What handlers behind the TLS see and may do, with another TLS library's user on the other side.
@Suite(.timeLimit(.minutes(2))) struct TlsHandlerTests {
  /// A server whose every connection has `last` behind its TLS, while the script runs against it.
  private func talk(
    _ script: String, patience: TimeAmount = .seconds(2), meanwhile: (@Sendable () async -> Void)? = nil,
    behind last: @escaping @Sendable () -> any ChannelHandler
  ) async throws -> String {
    let identity = try TlsIdentity(now: Date())
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture {
          let session = try TlsServerSession(of: identity.server)
          try child.pipeline.syncOperations.addHandler(TlsHandler(session, patience: patience))
          try child.pipeline.syncOperations.addHandler(last())
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(channel.localAddress?.port)
    let told = try await TlsPeer.run(script, port: port, root: identity.rootPEM, meanwhile: meanwhile)
    try await channel.close().get()
    return told
  }

  @Test("What is written before the handshake goes out after it, in its order and whole, before the end")
  func early() async throws {
    let told = try await talk(
      """
      answer = rest(call())
      print(len(answer), answer[:5], answer[-5:], answer.count(b"x"))
      """
    ) {
      Acting(onActive: { context in
        context.write(NIOAny(ByteBuffer(string: "first")), promise: nil)
        context.write(NIOAny(ByteBuffer(repeating: UInt8(ascii: "x"), count: 1_000_003)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(NIOAny(ByteBuffer(string: "final"))).whenSuccess { bound.value.close(promise: nil) }
      })
    }
    #expect(told == "1000013 b'first' b'final' 1000003\n")
  }

  @Test("Each promise of a write is kept when its bytes are on their way, and broken when they never will be")
  func promises() async throws {
    let kept = Notes()
    _ = try await talk("rest(call())") {
      Acting(onActive: { context in
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        for number in 0..<3 {
          context.write(NIOAny(ByteBuffer(string: number == 1 ? "" : "part"))).whenComplete { outcome in
            kept.add("\(number) \((try? outcome.get()) == nil ? "broken" : "kept")")
            if number == 2 { bound.value.close(promise: nil) }
          }
        }
        context.flush()
      })
    }
    #expect(await kept.first(3) == ["0 kept", "1 kept", "2 kept"])

    let broken = Notes()
    _ = try await talk(
      """
      raw = plain()
      raw.sendall(bytes([22, 3, 1]))
      raw.shutdown(1)
      while raw.recv(4096): pass
      raw.close()
      """
    ) {
      Acting(
        onActive: { context in
          context.writeAndFlush(NIOAny(ByteBuffer(string: "never"))).whenFailure { broken.add("\($0)") }
        },
        onInputEnd: { $0.close(promise: nil) })
    }
    #expect(await broken.first(1) == ["\(ChannelError.ioOnClosedChannel)"])
  }

  @Test("An output that is ended is told to the other side, takes no more, and leaves the input open")
  func halfClosed() async throws {
    let notes = Notes()
    let told = try await talk(
      """
      connection = call()
      connection.sendall(b"go")
      print(rest(connection))
      connection.sendall(b"more")
      connection.close()
      """
    ) {
      Acting(onRead: { context, text in
        notes.add(text)
        guard text == "go" else { return context.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer(string: "that is all")), promise: nil)
        context.close(mode: .output, promise: nil)
        context.writeAndFlush(NIOAny(ByteBuffer(string: "too late"))).whenFailure { notes.add("\($0)") }
      })
    }
    #expect(told == "b'that is all'\n")
    #expect(await notes.first(3) == ["go", "\(ChannelError.outputClosed)", "more"])
  }

  @Test("A failure is told to the handlers behind, once, with the library's words")
  func failure() async throws {
    let notes = Notes()
    _ = try await talk(
      """
      raw = plain()
      raw.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
      rest(raw)
      """
    ) { Acting(onError: { notes.add("\($0)") }, onEnd: { notes.add("closed") }) }
    let heard = await notes.first(2)
    #expect(heard.first?.hasPrefix("OpenSSL could not go on with TLS: error:") == true, "\(heard)")
    #expect(heard.first?.contains("http request") == true && heard.last == "closed", "\(heard)")
  }

  @Test("Closing waits for another side that reads slowly, and only so long for one that does not")
  func patience() async throws {
    let notes = Notes()
    let flood: @Sendable () -> any ChannelHandler = {
      Acting(
        onRead: { context, _ in
          context.writeAndFlush(NIOAny(ByteBuffer(repeating: 1, count: 30_000_000)), promise: nil)
          context.close().whenComplete { _ in notes.add("closed") }
        })
    }
    let whole = try await talk(
      "connection = call(); connection.sendall(b'go'); print(len(rest(connection)))", patience: .minutes(1),
      behind: flood)
    #expect(whole == "30000000\n")
    #expect(await notes.first(1) == ["closed"])
    _ = try await talk(
      "connection = call(); connection.sendall(b'go'); print('ready', flush=True); sys.stdin.read()",
      patience: .milliseconds(50), meanwhile: { #expect(await notes.first(1) == ["closed"]) }, behind: flood)
  }
}

/// A handler that is what the test says.
private final class Acting: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let onActive: (ChannelHandlerContext) -> Void
  private let onRead: (ChannelHandlerContext, String) -> Void
  private let onInputEnd: (ChannelHandlerContext) -> Void
  private let onError: (any Error) -> Void
  private let onEnd: () -> Void

  init(
    onActive: @escaping (ChannelHandlerContext) -> Void = { _ in },
    onRead: @escaping (ChannelHandlerContext, String) -> Void = { _, _ in },
    onInputEnd: @escaping (ChannelHandlerContext) -> Void = { _ in },
    onError: @escaping (any Error) -> Void = { _ in }, onEnd: @escaping () -> Void = {}
  ) {
    self.onActive = onActive
    self.onRead = onRead
    self.onInputEnd = onInputEnd
    self.onError = onError
    self.onEnd = onEnd
  }

  func channelActive(context: ChannelHandlerContext) { onActive(context) }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    onRead(context, String(buffer: unwrapInboundIn(data)))
  }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed { onInputEnd(context) }
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { onError(error) }
  func channelInactive(context: ChannelHandlerContext) { onEnd() }
}

/// What happened on the loops, in its order.
private final class Notes: Sendable {
  private let stream: AsyncStream<String>
  private let writer: AsyncStream<String>.Continuation

  init() { (stream, writer) = AsyncStream.makeStream() }

  func add(_ note: String) { writer.yield(note) }

  /// Waits for so many, and takes them away.
  func first(_ count: Int) async -> [String] {
    var notes: [String] = []
    for await note in stream {
      notes.append(note)
      if notes.count == count { break }
    }
    return notes
  }
}
