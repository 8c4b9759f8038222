import CCurl
import Foundation
import LabServer
import Logging
import PartnerModel
import Testing

@testable import PartnerContext

@Suite struct TLSTests {
  /// A lab over TLS; its root lies in a file for `body`.
  private func withTLSLab<Result>(
    at labTime: Date = Date(), host: String = "127.0.0.1", expecting: Set<LabViolation.Kind> = [],
    _ body: (LabServer, _ caFile: String) async throws -> Result
  ) async throws -> Result {
    var options = labOptions(.granted, clock: TestClock(now: Date()))
    options.tls = true
    options.host = host
    options.now = { labTime }
    options.expectedViolations = expecting
    return try await withLabServer(options) { lab in
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("lab-ca-\(UUID().uuidString).pem")
      try #require(lab.caPEM).write(to: file, atomically: true, encoding: .utf8)
      defer { try? FileManager.default.removeItem(at: file) }
      return try await body(lab, file.path)
    }
  }

  private func listing(_ baseURL: String, caFile: String?) async throws -> [Incident] {
    let clock = TestClock(now: Date())
    clock.set(environment: ["SECRET": "lab-secret"])
    var app = app(at: baseURL)
    app.trustCAFile = caFile
    return try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
      let context = PartnerContext(
        app: app, transport: transport, dependencies: clock.dependencies,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      return try await context.changes(in: contoso, since: longAgo).pages.incidents
    }
  }

  @Test(
    "A deferred transport reads nothing before it is used, fails as a live one does, and is not used once shut down")
  func deferred() async throws {
    var app = app(at: "https://127.0.0.1:9")
    app.trustCAFile = "/nowhere/root.pem"
    let transport = DeferredTransport(for: app, dependencies: TestClock(now: Date()).dependencies)
    let request = TransportRequest(
      method: "GET", origin: app.endpoints.graph, target: "/", headers: [], authorization: nil, body: nil)
    #expect(throws: PartnerError.self) { try transport.open() }
    let refused = await #expect(throws: TransportFailure.self) {
      try await transport.exchange(request, receive: { (_: TransportPart) throws(TransportFailure) in })
    }
    guard case .rootUnreadable = refused?.cause else { throw try #require(refused) }
    #expect(refused?.mayHaveLeft == false)
    await transport.shutDown()
    #expect(try transport.open() == nil)
    await #expect(throws: TransportFailure(.cancelled, mayHaveLeft: false)) {
      try await transport.exchange(request, receive: { (_: TransportPart) throws(TransportFailure) in })
    }
  }

  @Test("Invariant 9: a further root is trusted when it is set, and only then")
  func root() async throws {
    try await withTLSLab { lab, caFile in
      #expect(try await listing(lab.baseURL, caFile: caFile).count == 25)
      let error = try await failure { try await listing(lab.baseURL, caFile: nil) }
      guard case .unreachable(.untrusted(let host, let reason)) = error.cause else { throw error }
      #expect(host == "127.0.0.1")
      #expect(reason.contains("issuer"))
      #expect(lab.state().first?.tokensIssued == 1, "the secret was not sent to who is not trusted")
    }
  }

  @Test("F13: a certificate that has expired is told as not valid, with the clock to look at first, and no token sent")
  func expired() async throws {
    try await withTLSLab(at: Date() - 90 * 86_400) { lab, caFile in
      let error = try await failure { try await listing(lab.baseURL, caFile: caFile) }
      guard case .unreachable(.untrusted(_, let reason)) = error.cause else { throw error }
      #expect(reason.contains("expired"))
      #expect(error.nextAction.hasPrefix("Check this machine's clock"))
      #expect(lab.state().first?.tokensIssued == 0)
    }
  }

  @Test("F13: a certificate for another name is told as that, and no secret is sent")
  func otherName() async throws {
    try await withTLSLab(host: "0.0.0.0") { lab, caFile in
      let error = try await failure { try await listing("https://127.0.0.2:\(lab.port)", caFile: caFile) }
      guard case .unreachable(.untrusted("127.0.0.2", let reason)) = error.cause else { throw error }
      #expect(reason.contains("another name"))
      #expect(lab.state().first?.tokensIssued == 0)
    }
  }

  @Test(
    "F13, F14, F15, R8: each fault of a handshake is told as what it is, and proves that nothing has left",
    arguments: [
      (.untrusted, 0, "another name"), (.untrusted, 1, "another name"), (.untrusted, 9, "not valid yet"),
      (.untrusted, 10, "expired"),
      (.untrusted, 18, "issuer"), (.untrusted, 20, "issuer"), (.untrusted, 26, "not valid"),
      (.protocolTooOld, 0, "too old"), (.handshakeFailed, 0, "handshake"),
    ] as [(CCurlOutcome, Int32, String)])
  func handshake(outcome: CCurlOutcome, verification: Int32, words: String) throws {
    var end = CurlEnd(outcome)
    end.verification = verification
    let failure = try #require(TransportFailure.from(end, host: "h", isProxied: false))
    #expect(!failure.mayHaveLeft)
    guard case .unreachable(.untrusted("h", let reason)) = failure.cause else { throw failure }
    #expect(reason.contains(words))
  }

  @Test(
    "R8: what has left may have been done; a connection that was lost before that has sent nothing",
    arguments: [false, true], [false, true])
  func lost(hasLeft: Bool, hasBegun: Bool) {
    var end = CurlEnd(.lost)
    (end.mayHaveLeft, end.hasAnswerBegun) = (hasLeft || hasBegun, hasBegun)
    let cause: PartnerError.Cause = hasBegun ? .answerIncomplete : .unreachable(.connectionLost(host: "h"))
    #expect(
      TransportFailure.from(end, host: "h", isProxied: false)
        == TransportFailure(cause, mayHaveLeft: hasLeft || hasBegun))
  }

  @Test("F15: no TLS on the other side is a failed handshake, not a fallback to plain text")
  func plain() async throws {
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      let error = try await failure { try await listing("https://127.0.0.1:\(server.port)", caFile: nil) }
      guard case .unreachable = error.cause else { throw error }
      #expect(server.requests.isEmpty)
    }
  }

  @Test("A root that cannot be read is told before anything is sent")
  func badRoot() async throws {
    let error = try await failure { try await listing("https://127.0.0.1:1", caFile: "/nonexistent/ca.pem") }
    guard case .rootUnreadable(let reason) = error.cause else { throw error }
    #expect(reason.contains("/nonexistent/ca.pem"))
    #expect(error.nextAction.contains("app.trust.caFile"))
  }

  @Test("Invariant 14: plain text leaves for this machine only")
  func loopbackOnly() async throws {
    let error = try await failure { try await listing("http://graph.example", caFile: nil) }
    #expect(error.cause == .unsafeLink("http://graph.example"))
  }

  @Test(
    "H69: the proxy is read from the environment; what cannot be read is refused without showing it",
    arguments: [
      ([:], nil), (["HTTPS_PROXY": "http://p.example:3128"], "p.example:3128"),
      (["https_proxy": "p.example:8080/"], "p.example:8080"),
      (["ALL_PROXY": "http://u:p%40w@p.example:1"], "p.example:1"),
      (["HTTP_PROXY": "http://p.example:1"], nil),
    ] as [([String: String], String?)])
  func proxy(environment: [String: String], place: String?) throws {
    let setting = try ProxySetting.read { environment[$0] }
    #expect(setting.map { "\($0.host):\($0.port)" } == place)
    if let credentials = setting?.credentials { #expect(credentials.reveal { $0 } == "u:p@w") }
  }

  @Test("H69: a malformed proxy is refused, and its password is not told")
  func badProxy() {
    for text in ["socks5://u:canary-7f3a@p:1", "http://u:canary-7f3a@p:x", "http://u:canary-7f3a%zz@p:1", "http://"] {
      #expect {
        try ProxySetting.read { $0 == "HTTPS_PROXY" ? text : nil }
      } throws: { error in
        !"\(error)".contains("canary-7f3a") && "\(error)".contains("HTTPS_PROXY")
      }
    }
  }

  @Test("NO_PROXY names hosts and domains; this machine never goes through the proxy")
  func noProxy() throws {
    let environment = ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "graph.example, .corp.example"]
    let setting = try #require(try ProxySetting.read { environment[$0] })
    func covers(_ url: String) throws -> Bool { setting.covers(try #require(Origin.split(url)).origin) }
    #expect(try covers("https://other.example"))
    #expect(setting.unread.isEmpty && setting.unreadNote.isEmpty)
    let lower = try #require(
      try ProxySetting.read { ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "", "no_proxy": "graph.example"][$0] })
    #expect(!lower.covers(try #require(Origin.split("https://graph.example")).origin))
    for url in ["https://graph.example", "https://a.corp.example", "https://127.0.0.1:8", "http://127.0.0.1:8"] {
      #expect(try !covers(url))
    }
  }

  @Test(
    "B23: NO_PROXY as curl, Go and Python write it; what is not read is named",
    arguments: [
      ("*.microsoftonline.com", true, ""), (".microsoftonline.com", true, ""), ("microsoftonline.com", true, ""),
      ("login.microsoftonline.com:443", true, ""), ("login.microsoftonline.com:8443", false, ""),
      ("LOGIN.MICROSOFTONLINE.COM", true, ""), ("microsoftonline.com.", true, ""), ("*", true, ""),
      ("*.com,graph.microsoft.com", true, ""), ("graph.microsoft.com", false, ""), ("online.com", false, ""),
      ("10.0.0.0/8", false, "NO_PROXY: 10.0.0.0/8 is not read"), ("10.1.2.3, [::1], ::1, [::1]:443", false, ""),
      ("a*b, x:y,.microsoftonline.com", true, "NO_PROXY: a*b, x:y are not read"),
    ])
  func exceptionForms(list: String, isDirect: Bool, note: String) throws {
    let setting = try #require(
      try ProxySetting.read { ["HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": list][$0] })
    func covers(_ url: String) throws -> Bool { setting.covers(try #require(Origin.split(url)).origin) }
    #expect(try covers("https://login.microsoftonline.com") != isDirect)
    if list.hasPrefix("*.m") || list.hasPrefix(".") { #expect(try covers("https://notmicrosoftonline.com")) }
    #expect(setting.unreadNote == note)
  }
}
