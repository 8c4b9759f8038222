import Foundation
import Logging
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite struct SecretTests {
  private let reader = SecretReader(environment: { ["SECRET": "from-environment"][$0] })

  private func read(_ source: CredentialSource) async throws -> String {
    try await reader.read(source).reveal { $0 }
  }

  /// A folder of its own for `body`.
  private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
  }

  private func write(_ text: String, to path: String, mode: Int = 0o600) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test("Invariant 7: a secret prints, dumps and mirrors as <redacted>")
  func redacted() {
    let secret = Secret("canary-7f3a")
    let request = TransportRequest(
      method: "POST", origin: Origin(scheme: "https", host: "h", port: 443), target: "/", headers: [],
      authorization: secret, body: .secret(secret))
    var dumped = ""
    dump(request, to: &dumped)
    dump(secret, to: &dumped)
    let texts = ["\(secret)", String(reflecting: secret), "\(request)", String(reflecting: request), dumped]
    for text in texts { #expect(!text.contains("canary-7f3a")) }
    #expect("\(secret)" == "<redacted>")
    #expect(secret.reveal { $0 } == "canary-7f3a")
  }

  @Test("A secret is read from the environment, a file, or a program's output, without the line's end")
  func places() async throws {
    #expect(try await read(.secretInEnvironment("SECRET")) == "from-environment")
    try await withFolder { folder in
      let path = "\(folder)/secret"
      for (content, secret) in [("a b\n", "a b"), ("x\r\n", "x"), ("ü", "ü"), (" y ", " y ")] {
        try write(content, to: path)
        #expect(try await read(.secretInFile(path)) == secret)
      }
    }
    #expect(try await read(.secretFromCommand(["printf", "%s\\n", "a;b $HOME"])) == "a;b $HOME")
  }

  @Test(
    "A secret that others could read, or that is no regular file of ours, is refused with the reason",
    arguments: [(0o640, "mode 640"), (0o604, "mode 604"), (0o666, "mode 666"), (0o620, "mode 620")])
  func modes(mode: Int, reason: String) async throws {
    try await withFolder { folder in
      try write("canary-7f3a", to: "\(folder)/secret", mode: mode)
      let error = try await failure { try await reader.read(.secretInFile("\(folder)/secret")) }
      #expect("\(error.cause)".contains(reason))
      #expect(!"\(error)".contains("canary-7f3a"))
    }
  }

  @Test("H63: a link, a folder, a pipe, nothing, an empty or a huge file are refused")
  func odd() async throws {
    try await withFolder { folder in
      try write("x", to: "\(folder)/real")
      try write("", to: "\(folder)/empty")
      try write("\n", to: "\(folder)/line")
      try write("a\nb", to: "\(folder)/lines")
      try write(String(repeating: "a", count: 65_537), to: "\(folder)/huge")
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/link", withDestinationPath: "\(folder)/real")
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      for name in ["link", "pipe", "absent", "empty", "line", "lines", "huge", "."] {
        let error = try await failure { try await reader.read(.secretInFile("\(folder)/\(name)")) }
        guard case .credentialUnreadable = error.cause else { throw error }
      }
    }
  }

  @Test("A program that fails, prints nothing or too much, or is not there, gives no secret")
  func commands() async throws {
    for command in [["false"], ["true"], ["/nonexistent/program"], ["head", "-c", "70000", "/dev/zero"]] {
      let error = try await failure { try await reader.read(.secretFromCommand(command)) }
      guard case .credentialUnreadable = error.cause else { throw error }
    }
  }

  @Test("A program that does not end is stopped at its limit")
  func slow() async throws {
    let error = try await failure {
      try await SecretCommand(command: ["sleep", "60"], milliseconds: 50).output()
    }
    guard case .credentialUnreadable = error.cause else { throw error }
  }

  @Test("A program that closes its output and goes on is stopped at its limit too")
  func silentlySlow() async throws {
    let error = try await failure {
      try await SecretCommand(command: ["sh", "-c", "printf x; exec >&-; exec sleep 60"], milliseconds: 50).output()
    }
    guard case .credentialUnreadable(let reason) = error.cause else { throw error }
    #expect(reason.contains("took over"))
  }

  @Test("A program's own end counts, not that of what it leaves behind with its output open")
  func leftBehind() async throws {
    #expect(try await read(.secretFromCommand(["sh", "-c", "printf x; sleep 5 &"])) == "x")
    let error = try await failure { try await read(.secretFromCommand(["sh", "-c", "printf x; sleep 5 & exit 3"])) }
    guard case .credentialUnreadable = error.cause else { throw error }
  }

  @Test("One run of a program serves all tenants for five minutes, until the service refuses what it printed")
  func oneRun() async throws {
    try await withFolder { folder in
      func runs() throws -> Int { try String(contentsOfFile: "\(folder)/runs", encoding: .utf8).count }
      let isRefused = Mutex(false)
      try await WireServer.serve(tokens: false) { request in
        if isRefused.withLock({ $0 }) {
          return .json(401, #"{"error":"invalid_client","error_description":"x","error_codes":[7000222]}"#)
        }
        return .json(200, request.isToken ? tokenBody(unsignedToken(tenant: tenantOf(request))) : page([]))
      } _: { server in
        let clock = TestClock()
        let command = ["sh", "-c", "printf . >> \(folder)/runs; printf s"]
        try await withContext(server.baseURL, clock, credentials: [.secretFromCommand(command)]) { context in
          func check() async { _ = await context.checkConsent(in: contoso, required: []) }
          async let first = context.changes(in: contoso, since: longAgo)
          async let second = context.changes(in: fabrikam, since: longAgo)
          _ = try await (first, second)
          #expect(try runs() == 1)
          clock.advance(299)
          await check()
          #expect(try runs() == 1)
          clock.advance(1)
          await check()
          #expect(try runs() == 2)
          isRefused.withLock { $0 = true }
          await check()
          #expect(try runs() == 2)
          await check()
          #expect(try runs() == 3)
        }
      }
    }
  }

  @Test("Invariant 17: a program gets a clean environment and no descriptor of ours")
  func cleanCommand() async throws {
    setenv("PARTNER_CONTEXT_CANARY", "canary-7f3a", 1)
    let output = try await SecretCommand(command: ["env"]).output()
    #expect(!String(decoding: output, as: UTF8.self).contains("canary-7f3a"))
    let ours = open("/dev/null", O_RDONLY)
    defer { close(ours) }
    let listed = try await SecretCommand(command: ["ls", "-l", "/proc/self/fd"]).output()
    let names = String(decoding: listed, as: UTF8.self).split(separator: "\n").filter { $0.contains("->") }
    // Standard input, output and error, and the folder that ls itself reads.
    #expect(names.count == 4)
  }

  /// Keeps every line with its metadata.
  private struct Notes: LogHandler {
    let lines: SharedLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      lines.text.withLock { $0 += "\(event.message) \(event.metadata ?? [:])\n" }
    }
  }

  private final class SharedLines: Sendable {
    let text = Mutex("")
  }

  @Test(
    "Invariant 7: neither secret nor token stands in any log line, error or record", arguments: [200, 401, 403, 500])
  func logs(status: Int) async throws {
    let token = unsignedToken(tenant: contoso.rawValue)
    try await WireServer.serve { _ in
      .json(status, page([item("1")]))
    } _: { server in
      let clock = TestClock()
      clock.set(environment: ["SECRET": "canary-7f3a"])
      let lines = SharedLines()
      let app = app(at: server.baseURL)
      let told = try await LiveTransport.withTransport(for: app, dependencies: clock.dependencies) { transport in
        let context = PartnerContext(
          app: app, transport: transport, dependencies: clock.dependencies,
          logger: Logger(label: "test") { _ in Notes(lines: lines) })
        let error = try? await failure { try await context.changes(in: contoso, since: longAgo) }
        var dumped = ""
        dump(context, to: &dumped)
        return "\(String(describing: error)) \(String(describing: await context.tokenRecord(of: contoso))) \(dumped)"
      }
      let everything = told + lines.text.withLock { $0 }
      #expect(everything.contains("token acquired"))
      #expect(!everything.contains("canary-7f3a"))
      #expect(!everything.contains(token))
      #expect(server.requests.last?.headers["authorization"] == "Bearer \(token)")
    }
  }

  @Test("F38: a credential that cannot be read is told with its place, and nothing is sent")
  func unreadableCredential() async throws {
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      try await withContext(server.baseURL, credentials: [.secretInFile("/nonexistent/secret")]) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        guard case .credentialUnreadable(let reason) = error.cause else { throw error }
        #expect(reason.contains("/nonexistent/secret"))
        #expect(error.tenant == contoso)
        #expect(server.requests.isEmpty)
      }
    }
  }
}
