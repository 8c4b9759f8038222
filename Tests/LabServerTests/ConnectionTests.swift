import Foundation
import LabServer
import NIOCore
import NIOPosix
import Testing

@Suite struct ConnectionTests {
  @Test("One connection carries many requests, also such as do not wait for the answer before")
  func keepAlive() async throws {
    try await withLabServer(options(.granted)) { lab in
      let request = "GET /lab/violations HTTP/1.1\r\nHost: localhost\r\n\r\n"
      let last = "GET /lab/violations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      let text = try await exchange(request + request + last, port: lab.port)
      #expect(text.ranges(of: "HTTP/1.1 200 OK").count == 3)
      #expect(text.ranges(of: "onnection: close").count == 1)
      #expect(text.hasSuffix("[]"))
    }
  }

  @Test("What is not HTTP is answered with 400 and the end")
  func notHTTP() async throws {
    try await withLabServer(options(.granted)) { lab in
      let text = try await exchange("\u{16}\u{3}\u{1} hello\r\n\r\n", port: lab.port)
      #expect(text.hasPrefix("HTTP/1.1 400"))
    }
  }

  @Test("An own status, an odd header and a body reach the caller as the fault gives them")
  func oddAnswer() async throws {
    try await withLabServer(options(.granted)) { lab in
      lab.add(LabFault(.answer(status: 999, headers: ["Content-Length": "5", "X-Esc": "a\u{1B}[0m"], body: "12345")))
      let request = "POST /x/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      let text = try await exchange(request, port: lab.port)
      #expect(text.hasPrefix("HTTP/1.1 999"))
      #expect(text.contains("X-Esc: a\u{1B}[0m\r\n"))
      #expect(text.hasSuffix("\r\n\r\n12345"))
    }
  }

  @Test("Many callers at once each see their own tenant")
  func parallel() async throws {
    let options = options(.granted, .granted, .granted, .granted, .granted)
    try await withLabServer(options) { lab in
      var tokens: [String] = []
      for tenant in options.tenants { tokens.append(try await lab.token(tenant.id)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<150 {
          let (tenant, token) = (options.tenants[number % 5], tokens[number % 5])
          group.addTask {
            let answer = try await lab.get("\(security)/incidents?$top=5", token)
            #expect(answer.status == 200)
            let items = try answer.items()
            #expect(items.count == 5 && items.allSatisfy { $0["tenantId"] as? String == tenant.id })
          }
        }
        try await group.waitForAll()
      }
      #expect(lab.state().map { $0.requests["incidents.list"] } == [30, 30, 30, 30, 30])
    }
  }
}

/// Sends bytes as they are and returns what comes back until the other side closes.
private func exchange(_ text: String, port: Int) async throws -> String {
  let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: [UInt8].self)
  let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Bytes(promise)) }
    }
    .connect(host: "127.0.0.1", port: port).get()
  try await channel.writeAndFlush(ByteBuffer(string: text)).get()
  return String(decoding: try await promise.futureResult.get(), as: UTF8.self)
}

private final class Bytes: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let promise: EventLoopPromise<[UInt8]>
  private var bytes: [UInt8] = []

  init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
  }

  func channelInactive(context: ChannelHandlerContext) { promise.succeed(bytes) }
}
