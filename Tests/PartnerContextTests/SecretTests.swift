import Foundation
import Logging
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite struct SecretTests {
  private let reader = SecretReader(environment: { ["SECRET": "from-environment"][$0] })

  private func read(_ source: SecretSource) async throws -> String {
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
    #expect(try await read(.environment("SECRET")) == "from-environment")
    try await withFolder { folder in
      let path = "\(folder)/secret"
      for (content, secret) in [("a b\n", "a b"), ("x\r\n", "x"), ("ü", "ü")] {
        try write(content, to: path)
        #expect(try await read(.file(path)) == secret)
      }
    }
    #expect(try await read(.command(["printf", "%s\\n", "a;b $HOME"])) == "a;b $HOME")
  }

  @Test(
    "A secret that others could read, or that is no regular file of ours, is refused with the reason",
    arguments: [(0o640, "mode 640"), (0o604, "mode 604"), (0o666, "mode 666"), (0o620, "mode 620")])
  func modes(mode: Int, reason: String) async throws {
    try await withFolder { folder in
      try write("canary-7f3a", to: "\(folder)/secret", mode: mode)
      let error = try await failure { try await reader.read(.file("\(folder)/secret")) }
      #expect("\(error.cause)".contains(reason))
      #expect(!"\(error)".contains("canary-7f3a"))
    }
  }

  @Test("H63: a link to no file, a folder, a pipe, nothing, an empty or a huge file are refused")
  func odd() async throws {
    try await withFolder { folder in
      try write("", to: "\(folder)/empty")
      try write("\n", to: "\(folder)/line")
      try write("a\nb", to: "\(folder)/lines")
      try write(String(repeating: "a", count: 65_537), to: "\(folder)/huge")
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      #expect(mkfifo("\(folder)/pipe2", 0o600) == 0)
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/toPipe", withDestinationPath: "\(folder)/pipe2")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/loop", withDestinationPath: "\(folder)/loop")
      for name in ["toPipe", "loop", "pipe", "absent", "empty", "line", "lines", "huge", "."] {
        let error = try await failure { try await reader.read(.file("\(folder)/\(name)")) }
        guard case .credentialUnreadable = error.cause else { throw error }
      }
    }
  }

  @Test(
    "B18: a mark in front and blanks behind are no part of a secret, wherever it comes from",
    arguments: ["\u{FEFF}s-1", "s-1 ", "s-1\n\n", "s-1\u{A0}", "s-1\t\r\n ", "\u{FEFF}s-1 \u{2028}", "s-1\u{FEFF}"])
  func marksAndBlanks(text: String) async throws {
    try await withFolder { folder in
      try write(text, to: "\(folder)/secret")
      #expect(try await read(.file("\(folder)/secret")) == "s-1")
      #expect(try await read(.command(["cat", "\(folder)/secret"])) == "s-1")
    }
    let reader = SecretReader(environment: { _ in text })
    #expect(try await reader.read(.environment("X")).reveal { $0 } == "s-1")
    #expect(try await read(.command(["printf", " y "])) == " y", "what stands in front may belong to it")
  }

  @Test("B18: UTF-16 is refused by its name before anything is sent, whichever end comes first")
  func utf16() async throws {
    try await withFolder { folder in
      for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian] {
        let path = "\(folder)/secret"
        try #require("canary-7f3a".data(using: encoding)).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let error = try await failure { try await reader.read(.file(path)) }
        guard case .credentialUnreadable(let reason) = error.cause else { throw error }
        #expect(reason.contains("UTF-16") && reason.contains(path) && !reason.contains("canary"))
      }
    }
  }

  @Test(
    "B19, invariant 16: a mounted secret is a link; what it leads to is checked, and a rotated one is taken at once")
  func mounted() async throws {
    try await withFolder { folder in
      for version in ["1", "2"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/..v\(version)", withIntermediateDirectories: false)
        try write("s-\(version)\n", to: "\(folder)/..v\(version)/secret")
      }
      func lead(_ name: String, to target: String) throws {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: target)
      }
      try lead("..data", to: "..v1")
      try lead("secret", to: "..data/secret")
      #expect(try await read(.file("\(folder)/secret")) == "s-1")
      try lead("..data", to: "..v2")
      #expect(try await read(.file("\(folder)/secret")) == "s-2")
      for mode in [0o620, 0o602, 0o604] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(folder)/..v2/secret")
        let error = try await failure { try await reader.read(.file("\(folder)/secret")) }
        guard case .credentialUnreadable(let reason) = error.cause else { throw error }
        #expect(reason.contains("mode \(String(mode, radix: 8))") && reason.contains("\"command\": [\"cat\""))
      }
    }
  }

  @Test(
    "B19: who owns it decides who may read it: root's own may be read by a group, and nobody else may change any",
    arguments: [
      (0, 1000, false, 0o440, true), (0, 1000, true, 0o640, true), (0, 1000, true, 0o444, false),
      (0, 1000, true, 0o460, false), (1000, 1000, true, 0o640, false), (1000, 1000, true, 0o600, true),
      (1000, 1000, false, 0o400, true), (7, 1000, true, 0o600, false), (0, 0, true, 0o640, true),
      (0, 0, false, 0o640, false), (0, 0, false, 0o600, true),
    ])
  func owners(owner: Int, user: Int, isLink: Bool, mode: Int, isTaken: Bool) {
    let exposure = SecretFile.exposure(owner: UInt32(owner), mode: UInt32(mode), behindLink: isLink, to: UInt32(user))
    #expect((exposure == nil) == isTaken)
  }

  @Test(
    "B20: a helper that fails is told with its end and its last words, short, and never with what it printed",
    arguments: [
      (
        "echo printed; echo first >&2; echo '  vault: is locked  ' >&2; echo >&2; exit 2", "ended with 2",
        "vault: is locked"
      ),
      ("kill -9 $$", "signal 9", ""), ("printf s3cr3t; echo got s3cr3t >&2; exit 1", "ended with 1", ""),
      ("head -c 9000 /dev/zero | tr '\\0' a >&2; exit 3", "ended with 3", "aaaa"), ("exit 4", "ended with 4", ""),
    ])
  func helperFails(script: String, end: String, words: String) async throws {
    let error = try await failure { try await read(.command(["sh", "-c", script])) }
    guard case .credentialUnreadable(let reason) = error.cause else { throw error }
    #expect(reason.contains(end) && (words.isEmpty || reason.contains(words)))
    #expect(!reason.contains("printed") && !reason.contains("s3cr3t") && !reason.contains("first"))
    #expect(reason.count < 220 && reason.contains("“") == !words.isEmpty)
  }

  @Test("B20: a helper gets what it needs for its store, its agent and its terminal")
  func helperVariables() async throws {
    for name in ["GPG_TTY", "GNUPGHOME", "PASSWORD_STORE_DIR", "SSH_AUTH_SOCK"] {
      setenv(name, "/here", 1)
      #expect(try await read(.command(["printenv", name])) == "/here")
      unsetenv(name)
    }
  }

  @Test("A program that fails, prints nothing or too much, or is not there, gives no secret")
  func commands() async throws {
    for command in [["false"], ["true"], ["/nonexistent/program"], ["head", "-c", "70000", "/dev/zero"]] {
      let error = try await failure { try await reader.read(.command(command)) }
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
    #expect(try await read(.command(["sh", "-c", "printf x; sleep 5 &"])) == "x")
    let error = try await failure { try await read(.command(["sh", "-c", "printf x; sleep 5 & exit 3"])) }
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
        try await withContext(server.baseURL, clock, credentials: [.secret(.command(command))]) { context in
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

  @Test("A program that fails is run once for all tenants that come at once, and again five seconds later")
  func failingOnce() async throws {
    try await withFolder { folder in
      func runs() throws -> Int { try String(contentsOfFile: "\(folder)/runs", encoding: .utf8).count }
      let clock = TestClock()
      let command = ["sh", "-c", "printf . >> \(folder)/runs; test -e \(folder)/mended && printf s"]
      try await WireServer.serve({ _ in .json(200, page([])) }) { server in
        try await withContext(server.baseURL, clock, credentials: [.secret(.command(command))]) { context in
          for number in 0..<20 {
            let tenant = tenant("aaaaaaaa-0000-4000-8000-\(String(format: "%012d", number))")
            let error = try await failure { try await context.changes(in: tenant, since: longAgo) }
            #expect(error.tenant == tenant)
          }
          #expect(try runs() == 1)
          try Data().write(to: URL(fileURLWithPath: "\(folder)/mended"))
          clock.advance(5)
          _ = try await context.changes(in: contoso, since: longAgo)
          #expect(try runs() == 2)
        }
      }
    }
  }

  @Test("Invariant 17: a program gets a clean environment and no descriptor of ours")
  func cleanCommand() async throws {
    setenv("PARTNER_CONTEXT_CANARY", "canary-7f3a", 1)
    let output = try await SecretCommand(command: ["env"]).output().withBytes(Array.init)
    #expect(!String(decoding: output, as: UTF8.self).contains("canary-7f3a"))
    let ours = open("/dev/null", O_RDONLY)
    defer { close(ours) }
    let listed = try await SecretCommand(command: ["ls", "-l", "/proc/self/fd"]).output().withBytes(Array.init)
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
      try await withContext(server.baseURL, credentials: [.secret(.file("/nonexistent/secret"))]) { context in
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        guard case .credentialUnreadable(let reason) = error.cause else { throw error }
        #expect(reason.contains("/nonexistent/secret"))
        #expect(error.tenant == contoso)
        #expect(server.requests.isEmpty)
      }
    }
  }
}
