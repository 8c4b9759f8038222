import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite("What goes over the wire, and what is made of how it ended")
struct TransportTests {
  /// One answer, as it came.
  private struct Heard: Equatable {
    var status = 0
    var headers: [HeaderField] = []
    var body = ""
  }

  private func request(
    _ origin: String, method: String = "GET", target: String = "/", headers: [HeaderField] = [],
    authorization: Secret? = nil, body: TransportRequest.Body? = nil
  ) throws -> TransportRequest {
    TransportRequest(
      method: method, origin: try #require(Origin.split(origin)).origin, target: target, headers: headers,
      authorization: authorization, body: body)
  }

  private func ask(_ transport: LiveTransport, _ request: TransportRequest) async throws -> Heard {
    final class Ear: Sendable {
      let heard = Mutex(Heard())
    }
    let ear = Ear()
    try await transport.exchange(request) { (part: TransportPart) throws(TransportFailure) in
      ear.heard.withLock { heard in
        switch part {
        case .head(let status, let headers): (heard.status, heard.headers) = (status, headers)
        case .body(let bytes): heard.body += String(decoding: bytes, as: UTF8.self)
        }
      }
    }
    return ear.heard.withLock { $0 }
  }

  private func transport<Result>(
    at place: String, environment: [String: String] = [:], _ body: (LiveTransport) async throws -> Result
  ) async throws -> Result {
    let clock = TestClock(now: Date())
    clock.set(environment: environment)
    return try await LiveTransport.withTransport(for: app(at: place), dependencies: clock.dependencies, body)
  }

  private func refusal(_ work: () async throws -> Heard) async throws -> TransportFailure {
    let error = await #expect(throws: TransportFailure.self) { _ = try await work() }
    return try #require(error)
  }

  private static let answer = "HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}"

  @Test(
    "R8, F5: a connection that is closed under its next request is told as lost: nothing is sent twice",
    arguments: [WireAnswer.raw(""), .reset], ["GET", "PATCH"])
  func repeatsNothing(end: WireAnswer, method: String) async throws {
    let asked = Atomic(0)
    try await WireServer.serve { _ in
      asked.add(1, ordering: .relaxed).newValue == 1 ? .stay(Self.answer) : end
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        let first = try request(server.baseURL)
        #expect(try await ask(transport, first).body == "{}")
        let second = try request(server.baseURL, method: method, body: method == "GET" ? nil : .plain("{}"))
        let failure = try await refusal { try await ask(transport, second) }
        #expect(failure == TransportFailure(.unreachable(.connectionLost(host: "127.0.0.1")), mayHaveLeft: true))
        #expect(server.requests.map(\.method) == ["GET", method])
      }
    }
  }

  @Test(
    "Invariant 2: what comes unasked is no answer to the next request, which goes over a new connection",
    arguments: ["HTTP/1.1 200 X\r\nContent-Length: 4\r\n\r\nevil", "\r\n", "HTTP/1.1 408 X\r\n\r\n"], ["GET", "PATCH"])
  func unasked(text: String, method: String) async throws {
    try await WireServer.serve { _ in
      .stay(Self.answer)
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        #expect(try await ask(transport, try request(server.baseURL)).body == "{}")
        #expect(try await ask(transport, try request(server.baseURL)).body == "{}")
        #expect(server.connections == 1, "a connection is used again")
        server.sendUnasked(text)
        let next = try request(server.baseURL, method: method, body: method == "GET" ? nil : .plain("{}"))
        #expect(try await ask(transport, next).body == "{}")
        #expect(server.requests.map(\.method) == ["GET", "GET", method])
        #expect(server.connections == 2)
      }
    }
  }

  @Test("Invariant 2: an answer that names another request is thrown away; the case of the id is none")
  func mixedUp() async throws {
    @Sendable func told(_ id: String) -> WireAnswer {
      .stay("HTTP/1.1 200 X\r\nclient-request-id: \(id)\r\nContent-Length: 2\r\n\r\n{}")
    }
    try await WireServer.serve {
      told($0.target == "/own" ? "ABC-1" : "abc-2")
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        func sent(_ target: String) throws -> TransportRequest {
          try request(server.baseURL, target: target, headers: [HeaderField("client-request-id", "abc-1")])
        }
        let own = try sent("/own")
        let other = try sent("/other")
        #expect(try await transport.answer(to: own, limits: .standard).status == 200)
        let failure = await #expect(throws: TransportFailure.self) {
          try await transport.answer(to: other, limits: .standard)
        }
        #expect(failure == TransportFailure(.answerUnreadable("it answers another request"), mayHaveLeft: true))
      }
    }
  }

  @Test(
    "H50, H52: where a body ends is said once and clearly, or the answer is refused",
    arguments: [
      "HTTP/1.1 200 X\r\nContent-Length: 9\r\nContent-Length: 2", "HTTP/1.1 200 X\r\nContent-Length: 2x",
      "HTTP/1.1 200 X\r\nContent-Length: +2", "HTTP/1.1 200 X\r\nContent-Length: 1000000000000000000000000000002",
      "HTTP/1.1 200 X\r\nContent-Length: 2\r\nTransfer-Encoding: chunked", "HTTP/2 200 X\r\nContent-Length: 2",
      "HTTP/1.1 200 X\r\nA: b\rContent-Length: 9\r\nContent-Length: 2", "HTTP/1.1 101 X\r\nUpgrade: h2c",
    ])
  func framing(head: String) async throws {
    try await WireServer.serve {
      $0.target == "/first" ? .stay(Self.answer) : .raw("\(head)\r\n\r\n{}")
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        _ = try await ask(transport, try request(server.baseURL, target: "/first"))
        let failure = try await refusal { try await ask(transport, try request(server.baseURL)) }
        #expect(failure == TransportFailure(.answerUnreadable("broken HTTP"), mayHaveLeft: true))
      }
    }
  }

  @Test("H51: an answer whose first field is folded costs its own request alone, however often it comes")
  func foldedFirst() async throws {
    try await WireServer.serve { request in
      request.target == "/first" ? .stay(Self.answer) : .raw("HTTP/1.1 200 X\r\n a: b\r\nContent-Length: 2\r\n\r\n{}")
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        for _ in 0..<4 {
          #expect(try await ask(transport, try request(server.baseURL, target: "/first")).body == "{}")
          let failure = try await refusal { try await ask(transport, try request(server.baseURL)) }
          #expect(failure.mayHaveLeft)
        }
      }
    }
  }

  @Test("H48: one endless line of a head is too long, not a lost connection")
  func longLine() async throws {
    let line = String(repeating: "a", count: 400_000)
    try await WireServer.serve { _ in
      .raw("HTTP/1.1 200 X\r\nA: \(line)\r\n\r\n{}")
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        let failure = try await refusal { try await ask(transport, try request(server.baseURL)) }
        #expect(failure == TransportFailure(.answerUnreadable("headers over 64 KiB"), mayHaveLeft: true))
      }
    }
  }

  @Test("F5: a connection that ends inside the handshake is lost, and not a matter of trust", arguments: [false, true])
  func endInHandshake(isReset: Bool) async throws {
    try await WireServer.serve { _ in
      .stay(Self.answer)
    } _: { server in
      server.answersHandshakesWithReset = isReset
      let origin = "https://127.0.0.1:\(server.port)"
      try await transport(at: origin) { transport in
        let failure = try await refusal { try await ask(transport, try request(origin)) }
        #expect(failure == TransportFailure(.unreachable(.connectionLost(host: "127.0.0.1")), mayHaveLeft: false))
      }
    }
  }

  @Test("A request goes out as it is: its target unchanged, its fields, one without a value, its token, its body")
  func outgoing() async throws {
    try await WireServer.serve { _ in
      .stay(Self.answer)
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        let sent = try request(
          server.baseURL, method: "PATCH", target: "/a/../b/./c?d=%2e&e='f'",
          headers: [HeaderField("x-empty", ""), HeaderField("content-type", "application/json")],
          authorization: Secret("t0ken"), body: .plain("{\"ü\":1}"))
        _ = try await ask(transport, sent)
        let empty = try request(server.baseURL, method: "POST", headers: [], body: .plain(""))
        _ = try await ask(transport, empty)
        _ = try await ask(transport, try request(server.baseURL))
        let seen = server.requests
        #expect(seen.map(\.method) == ["PATCH", "POST", "GET"])
        #expect(seen.map(\.target) == [sent.target, "/", "/"])
        #expect(seen.map(\.body) == ["{\"ü\":1}", "", ""])
        #expect(seen[0].headers["authorization"] == "Bearer t0ken")
        #expect(seen[0].headers["x-empty"] == "")
        #expect(seen[0].headers["content-type"] == "application/json")
        #expect(seen[1].headers["content-length"] == "0")
        #expect(seen[2].headers["authorization"] == nil && seen[2].headers["content-length"] == nil)
        for one in seen {
          #expect(one.headers["expect"] == nil && one.headers["accept"] == nil && one.headers["cookie"] == nil)
        }
      }
    }
  }

  @Test(
    "Nothing that would end its line is sent",
    arguments: [
      ("GET", "/a\r\nx: y", "v", "t"), ("GET", "/", "v\r\nx: y", "t"), ("GET", "/", "v", "t\nx: y"),
      ("GET /\r\nx:", "/", "v", "t"), ("GET", "/", "v\0", "t"),
    ])
  func lines(method: String, target: String, value: String, token: String) async throws {
    try await WireServer.serve { _ in
      .stay(Self.answer)
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        let bad = try request(
          server.baseURL, method: method, target: target, headers: [HeaderField("a", value)],
          authorization: Secret(token))
        let failure = try await refusal { try await ask(transport, bad) }
        guard case .unsafeLink = failure.cause else { throw failure }
        #expect(!failure.mayHaveLeft && server.requests.isEmpty)
      }
    }
  }

  @Test("An answer's fields are read with blanks around, folded, empty and twice; trailers are none of them")
  func incoming() async throws {
    let answer =
      "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nA:  b \t\r\nB: c\r\n d\r\nE:\r\nA: again\r\n"
      + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nLate: f\r\n\r\n"
    try await WireServer.serve { _ in
      .stay(answer)
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        let heard = try await ask(transport, try request(server.baseURL))
        #expect(heard.status == 200 && heard.body == "{}")
        let fields = [
          HeaderField("A", "b"), HeaderField("B", "c d"), HeaderField("E", ""), HeaderField("A", "again"),
          HeaderField("Transfer-Encoding", "chunked"),
        ]
        #expect(heard.headers.map { HeaderField($0.name, $0.value.replacing("  ", with: " ")) } == fields)
      }
    }
  }

  @Test(
    "F17: a proxy that opens no tunnel is told with its reason; its password is sent to it, and nothing to the service",
    arguments: [
      (.raw("HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n"), "asks for credentials"),
      (.raw("HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"), "HTTP 403"), (.raw(""), "did not open a tunnel"),
      (.reset, "did not open a tunnel"),
    ] as [(WireAnswer, String)])
  func proxy(answer: WireAnswer, words: String) async throws {
    try await WireServer.serve { _ in
      answer
    } _: { server in
      let proxy = "http://anna:canary-7f3a@127.0.0.1:\(server.port)"
      try await transport(at: "https://graph.example", environment: ["HTTPS_PROXY": proxy]) { transport in
        let failure = try await refusal { try await ask(transport, try request("https://graph.example")) }
        guard case .unreachable(.proxy(let reason)) = failure.cause else { throw failure }
        #expect(reason.contains(words) && !failure.mayHaveLeft)
        #expect(!"\(failure)".contains("canary"))
        #expect(server.requests.map { "\($0.method) \($0.target)" } == ["CONNECT graph.example:443"])
        #expect(server.requests.first?.headers["proxy-authorization"] == "Basic YW5uYTpjYW5hcnktN2YzYQ==")
      }
    }
  }

  @Test("F17: a proxy's user without a name keeps its password", arguments: [("", "t"), ("u", ""), ("u", "a:b")])
  func proxyUser(user: String, password: String) async throws {
    try await WireServer.serve { _ in
      .raw("HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n")
    } _: { server in
      let proxy = "http://\(user):\(password)@127.0.0.1:\(server.port)"
      try await transport(at: "https://graph.example", environment: ["HTTPS_PROXY": proxy]) { transport in
        _ = try await refusal { try await ask(transport, try request("https://graph.example")) }
        let sent = "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
        #expect(server.requests.first?.headers["proxy-authorization"] == sent)
      }
    }
  }

  @Test("F17: a proxy that is not there is told as that; NO_PROXY's hosts and this machine do without it")
  func proxyDown() async throws {
    try await WireServer.serve { _ in
      .stay(Self.answer)
    } _: { server in
      let environment = ["HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "direct.invalid"]
      try await transport(at: server.baseURL, environment: environment) { transport in
        let failure = try await refusal { try await ask(transport, try request("https://graph.example")) }
        #expect(
          failure == TransportFailure(.unreachable(.proxy(reason: "it cannot be reached")), mayHaveLeft: false))
        let direct = try await refusal { try await ask(transport, try request("https://direct.invalid")) }
        #expect(direct == TransportFailure(.unreachable(.nameNotFound(host: "direct.invalid")), mayHaveLeft: false))
        #expect(try await ask(transport, try request(server.baseURL)).body == "{}")
      }
    }
  }

  @Test("F9: of many requests under way each ends when it is called off, be it before or in its answer; others go on")
  func manyCalledOff() async throws {
    try await WireServer.serve { request in
      switch request.target {
      case "/last": .stay(Self.answer)
      case "/1", "/2": .hang("")
      default: .hang("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{")
      }
    } _: { server in
      try await transport(at: server.baseURL) { transport in
        let tasks = try (1...20).map { number in
          let request = try request(server.baseURL, target: "/\(number)")
          return Task { try await refusal { try await ask(transport, request) } }
        }
        while server.requests.count < tasks.count { await Task.yield() }
        #expect(try await ask(transport, try request(server.baseURL, target: "/last")).body == "{}")
        for task in tasks { task.cancel() }
        for task in tasks {
          let failure = try await task.value
          #expect(failure == TransportFailure(.cancelled, mayHaveLeft: true))
        }
      }
    }
  }
}
