import Foundation
import Glibc
import PartnerModel
import Testing

@testable import PartnerContext

@Suite("The browser's way back", .timeLimit(.minutes(2)))
struct RedirectListenerTests {
  static let state = "c3RhdGUtb2YtdGhpcy1vbmU"
  static let host = "localhost:4242"

  static func get(_ target: String, host: String = host, more: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nAccept: text/html\r\n\(more)\r\n"
  }

  private func judge(_ text: String) -> RedirectRequest {
    RedirectRequest.judge(text.utf8, host: Self.host, state: Self.state)
  }

  @Test(
    "What came back is decoded as a form writes it, in its order",
    arguments: [
      ("code=a%2Bb&state=\(state)", ["code": "a+b"]),
      ("state=\(state)&code=M.C5_x&session_state=1-2", ["code": "M.C5_x", "session_state": "1-2"]),
      (
        "error=access_denied&error_description=AADSTS65004%3a+no&state=\(state)",
        ["error": "access_denied", "error_description": "AADSTS65004: no"]
      ),
      ("admin_consent=True&tenant=%C3%A4&state=\(state)", ["admin_consent": "True", "tenant": "ä"]),
      ("code&state=\(state)", ["code": ""]),
    ])
  func decoded(query: String, expected: [String: String]) {
    guard case .answer(let items) = judge(Self.get("/?\(query)")) else {
      Issue.record("not taken")
      return
    }
    let rest = items.filter { $0.name != "state" }
    #expect(Dictionary(rest.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }) == expected)
    #expect(items.count == expected.count + 1)
  }

  @Test(
    "H57, H60: a wrong state, host, method, path or size is refused",
    arguments: [
      (get("/?code=1&state=other"), RedirectRequest.Refusal.foreignState),
      (get("/?code=1"), .foreignState), (get("/"), .foreignState),
      (get("/?code=1&state="), .foreignState),
      (get("/?code=1&state=\(state)&state=\(state)"), .foreignState),
      (get("/?code=1&state=\(state.lowercased())"), .foreignState),
      (get("/?code=1&state=\(state)x"), .foreignState),
      (get("/favicon.ico?state=\(state)"), .otherPath), (get("//?state=\(state)"), .otherPath),
      (get("http://localhost:4242/?state=\(state)"), .otherPath),
      (get("/?state=\(state)", host: "evil.example"), .foreignHost),
      (get("/?state=\(state)", host: "localhost"), .foreignHost),
      (get("/?state=\(state)", host: "localhost:4243"), .foreignHost),
      (get("/?state=\(state)", host: "127.0.0.1:4242"), .foreignHost),
      (get("/?state=\(state)", host: "localhost.evil.example:4242"), .foreignHost),
      (get("/?state=\(state)", more: "Host: \(host)\r\n"), .foreignHost),
      ("GET /?state=\(state) HTTP/1.1\r\nAccept: */*\r\n\r\n", .foreignHost),
      ("POST /?state=\(state) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 0\r\n\r\n", .otherMethod),
      ("HEAD /?state=\(state) HTTP/1.1\r\nHost: \(host)\r\n\r\n", .otherMethod),
      ("OPTIONS /?state=\(state) HTTP/1.1\r\nHost: \(host)\r\n\r\n", .otherMethod),
      ("get /?state=\(state) HTTP/1.1\r\nHost: \(host)\r\n\r\n", .otherMethod),
      (get("/?state=\(state)", more: "Content-Length: 5\r\n"), .malformed),
      (get("/?state=\(state)", more: "Transfer-Encoding: chunked\r\n"), .malformed),
      (get("/?state=\(state)&x=%zz"), .malformed), (get("/?state=\(state)&x=%f"), .malformed),
      (get("/?state=\(state)&x=%ff%fe"), .malformed),
      (get("/?state=\(state)&x=a b"), .malformed),
      (get("/?state=\(state)&x=\u{1B}[2J"), .malformed),
      (get("/?state=\(state)", more: " folded: 1\r\n"), .malformed),
      (get("/?state=\(state)", more: "no colon\r\n"), .malformed),
      ("GET /?state=\(state)\r\n\r\n", .malformed), ("\r\n\r\n", .malformed),
      ("GET /?state=\(state) HTTP/2\r\nHost: \(host)\r\n\r\n", .malformed),
      (get("/?state=\(state)&" + (0..<40).map { "a\($0)=1" }.joined(separator: "&")), .malformed),
      (get("/?state=\(state)&x=" + String(repeating: "a", count: 65_600)), .tooLarge),
      ("GET /?" + String(repeating: "a", count: 1_048_576), .tooLarge),
    ])
  func refused(text: String, expected: RedirectRequest.Refusal) {
    #expect(judge(text) == .refused(expected), "\(text.prefix(120))")
  }

  @Test(
    "What other programs of this machine had the browser keep for localhost does not keep it out",
    arguments: [
      (String(repeating: "a", count: 40_000), true), ("naïve=日本\u{85}\u{2028}x", true), ("\u{7F}", false),
      ("a\nb", false), ("a\rb", false),
    ])
  func cookies(text: String, isTaken: Bool) {
    let request = judge(Self.get("/?code=1&state=\(Self.state)", more: "Cookie: \(text)\r\n"))
    let items = ["code": "1", "state": Self.state].map { RedirectItem(name: $0, value: $1) }.sorted {
      $0.name < $1.name
    }
    #expect(request == (isTaken ? .answer(items) : .refused(.malformed)))
  }

  @Test("A head is waited for to its end, wherever it is cut")
  func cut() {
    let text = Self.get("/?code=1&state=\(Self.state)")
    for length in 0..<text.utf8.count {
      #expect(RedirectRequest.judge(text.utf8.prefix(length), host: Self.host, state: Self.state) == .unfinished)
    }
  }

  // MARK: Over sockets

  private func listener(_ clock: TestClock = TestClock(), limit: Duration = .seconds(60)) throws -> RedirectListener {
    try RedirectListener(expire: clock.dependencies.expire, connectionLimit: limit)
  }

  @Test("H57, H60: what is refused ends nothing; the one that is waited for does, and nothing is taken afterwards")
  func once() async throws {
    let listener = try listener()
    let port = listener.port
    #expect(listener.redirectURI == "http://localhost:\(port)")
    let host = "localhost:\(port)"
    async let answer = listener.answer(state: Self.state, within: .seconds(600))
    let refusals = [
      (Self.get("/?code=no&state=wrong", host: host), "403"), (Self.get("/favicon.ico", host: host), "404"),
      ("POST / HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 9\r\n\r\nstate=abc", "405"),
      (Self.get("/?state=\(Self.state)", host: "evil.example"), "421"),
      (Self.get("/?a=" + String(repeating: "a", count: 1_048_576), host: host), "431"),
    ]
    for (text, status) in refusals {
      let page = try await Talk.exchange(text, port: port)
      #expect(page.hasPrefix("HTTP/1.1 \(status) "), "\(page.prefix(60))")
    }
    async let page = Talk.exchange(Self.get("/?code=yes&state=\(Self.state)", host: host), port: port)
    let answered = try await answer
    #expect(answered.only("code") == "yes")
    // The browser still waits for its page, and nobody else is served.
    #expect(throws: Talk.Refused.self) { try Talk.connect(port) }
    answered.finish(RedirectPage(title: "Signed in", words: "You can close this page."))
    let text = try await page
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(text.contains("<h1>Signed in</h1>"))
    await #expect(throws: PartnerError(.cancelled, tenant: nil)) {
      try await listener.answer(state: Self.state, within: .seconds(600))
    }
  }

  @Test("T8: both loopback addresses lead to the same port", arguments: [false, true])
  func families(isSix: Bool) async throws {
    guard Talk.hasSix || !isSix else { return }
    let listener = try listener()
    let port = listener.port
    async let answer = listener.answer(state: Self.state, within: .seconds(600))
    async let page = Talk.exchange(
      Self.get("/?code=1&state=\(Self.state)", host: "localhost:\(port)"), port: port, isSix: isSix)
    let answered = try await answer
    answered.finish(RedirectPage(title: "Done", words: ""))
    #expect(try await page.contains("Done"))
  }

  @Test("H57: what comes late finds nobody")
  func late() async throws {
    let clock = TestClock()
    let listener = try listener(clock)
    let port = listener.port
    clock.expiry.land(true)
    await #expect(throws: PartnerError(.signInFailed(.unfinished(seconds: 600)), tenant: nil)) {
      try await listener.answer(state: Self.state, within: .seconds(600))
    }
    #expect(throws: Talk.Refused.self) { try Talk.connect(port) }
  }

  @Test("A wait that is called off ends at once, and its port is free")
  func calledOff() async throws {
    let listener = try listener()
    let port = listener.port
    let waiting = Task { try await listener.answer(state: Self.state, within: .seconds(600)) }
    _ = try await Talk.exchange(Self.get("/", host: "localhost:\(port)"), port: port)
    waiting.cancel()
    await #expect(throws: PartnerError(.cancelled, tenant: nil)) { try await waiting.value }
    #expect(throws: Talk.Refused.self) { try Talk.connect(port) }
  }

  @Test("Connections that say nothing, or a byte at a time, do not keep the browser out")
  func slow() async throws {
    let listener = try listener()
    let port = listener.port
    async let answer = listener.answer(state: Self.state, within: .seconds(600))
    let idle = try (0..<40).map { _ in try Talk.connect(port) }
    defer { for descriptor in idle { close(descriptor) } }
    for descriptor in idle.suffix(4) { send(descriptor, "G", 1, Int32(MSG_NOSIGNAL)) }
    async let page = Talk.exchange(Self.get("/?code=1&state=\(Self.state)", host: "localhost:\(port)"), port: port)
    let answered = try await answer
    answered.finish(RedirectPage(title: "Done", words: ""))
    #expect(try await page.contains("Done"))
  }

  @Test("A browser that came first is listened to, however many connect behind it before anybody is waited for")
  func crowded() async throws {
    let listener = try listener()
    let port = listener.port
    let browser = try Talk.connect(port)
    let text = Self.get("/?code=1&state=\(Self.state)", host: "localhost:\(port)")
    send(browser, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    let idle = try (0..<16).map { _ in try Talk.connect(port) }
    defer { for descriptor in idle + [browser] { close(descriptor) } }
    // Who is turned away without a word has the wait end.
    Thread.detachNewThread {
      var byte: UInt8 = 0
      if recv(browser, &byte, 1, 0) <= 0 { listener.close() }
    }
    let answered = try await listener.answer(state: Self.state, within: .seconds(600))
    #expect(answered.only("code") == "1")
    answered.finish(RedirectPage(title: "Done", words: ""))
  }

  @Test("H59: a page holds nothing that could act, whatever a name is made of")
  func harmless() {
    let page = RedirectPage(title: "<script>alert(1)</script>", words: "a\"b'c&d\u{1B}[2J\u{202E}e")
    let text = String(decoding: page.bytes, as: UTF8.self)
    #expect(!text.contains("<script"))
    #expect(text.contains("a&quot;b&#39;c&amp;d&#xFFFD;[2J&#xFFFD;e"))
    #expect(text.contains("Content-Security-Policy: default-src 'none'"))
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
    #expect(parts[0].contains("Content-Length: \(parts[1].utf8.count)"))
  }
}

/// A browser's side of a connection, without a browser.
enum Talk {
  struct Refused: Error { var code: Int32 }

  static var hasSix: Bool {
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
      }
    }
  }

  static func connect(_ port: UInt16, isSix: Bool = false) throws -> Int32 {
    let descriptor = socket(isSix ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    six.sin6_port = port.bigEndian
    six.sin6_addr = in6addr_loopback
    var four = sockaddr_in()
    four.sin_family = sa_family_t(AF_INET)
    four.sin_port = port.bigEndian
    four.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    func connected<Address>(_ address: inout Address) -> Bool {
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
        }
      }
    }
    guard isSix ? connected(&six) : connected(&four) else {
      let code = errno
      close(descriptor)
      throw Refused(code: code)
    }
    return descriptor
  }

  /// Sends a text and reads until the other side ends.
  static func exchange(_ text: String, port: UInt16, isSix: Bool = false) async throws -> String {
    let descriptor = try connect(port, isSix: isSix)
    return await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        defer { close(descriptor) }
        var left = ArraySlice(text.utf8)
        while !left.isEmpty {
          let count = Array(left).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
          guard count > 0 else { break }
          left = left.dropFirst(count)
        }
        var answer: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(descriptor, &bytes, bytes.count, 0), count > 0 { answer += bytes[..<count] }
        continuation.resume(returning: String(decoding: answer, as: UTF8.self))
      }
    }
  }
}
