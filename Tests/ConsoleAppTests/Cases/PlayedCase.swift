import Foundation
import Glibc
import RecordedData
import Testing

/// A fault that users of neighbouring tools reported, played by its own folder's script: the service side is not ours.
final class PlayedCase: Sendable {
  static let tenant = "larkspur"

  /// A request that the service got.
  struct Request: Decodable, Sendable {
    var method: String
    var path: String
    var body: String
  }

  /// How a program ended into which keys were typed.
  struct Typed: Sendable {
    /// `nil` when it was still running.
    var exit: Int32?
    /// All that it wrote, without control sequences.
    var text: String
    /// The same since it last painted the whole window.
    var lastScreen: String
    /// How many changes the service was asked for.
    var changes: Int
  }

  private let cases: URL
  private let service: Process
  private let origin: String
  /// A folder of its own.
  let home: URL

  /// Lends the case; its service ends with `body`.
  static func with(_ name: String, _ body: (PlayedCase) async throws -> Void) async throws {
    let played = try PlayedCase(name)
    do { try await body(played) } catch {
      played.stop()
      throw error
    }
    played.stop()
  }

  private init(_ name: String) throws {
    cases = try RecordedFolder.cases.url
    home = FileManager.default.temporaryDirectory.appending(path: "case-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    service = Process()
    service.executableURL = URL(filePath: "/usr/bin/env")
    service.arguments = [
      "python3", cases.appending(path: "common/stub.py").path, cases.appending(path: name).path, "--work",
      home.appending(path: "work").path,
    ]
    let words = Pipe()
    service.standardOutput = words
    try service.run()
    var line = Data()
    while let byte = try words.fileHandleForReading.read(upToCount: 1), byte.first != 0x0A {
      try #require(!byte.isEmpty, "\(name): the service did not start")
      line += byte
    }
    origin = String(decoding: line.prefix { $0 != 0x20 }, as: UTF8.self)
  }

  private func stop() {
    // It may have inherited SIGTERM blocked, from whichever thread started it.
    kill(service.processIdentifier, SIGKILL)
    service.waitUntilExit()
    try? FileManager.default.removeItem(at: home)
  }

  /// The folder with the case's configuration and secret.
  var work: URL { home.appending(path: "work") }

  var environment: [String: String] {
    [
      "HOME": home.path, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm-256color",
      "PARTNER_CONSOLE_CONFIG": work.appending(path: "tenants.json").path,
      "XDG_STATE_HOME": work.appending(path: "state").path, "SWIFT_BACKTRACE": "enable=no",
    ]
  }

  /// A file of a case's folder.
  func file(_ path: String) -> String { cases.appending(path: path).path }

  /// Changes the case's configuration.
  func configure(_ change: (inout [String: Any]) -> Void) throws {
    let file = work.appending(path: "tenants.json")
    var root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    change(&root)
    try JSONSerialization.data(withJSONObject: root).write(to: file)
  }

  func run(_ arguments: String..., environment changes: [String: String] = [:]) async throws -> ProgramRun {
    try await ProgramRun(
      Workplace.program, arguments, environment: environment.merging(changes) { $1 }, scratch: home)
  }

  /// Runs another program, in the environment of the case.
  func run(other path: String, _ arguments: [String]) async throws -> ProgramRun {
    try await ProgramRun(path, arguments, environment: environment, scratch: home)
  }

  /// The ids that a list shows as JSON.
  func listed(_ arguments: String...) async throws -> (ids: [String], run: ProgramRun) {
    let run = try await ProgramRun(
      Workplace.program, ["incidents", "list", Self.tenant, "--output", "json"] + arguments, environment: environment,
      scratch: home)
    let incidents = run.object["incidents"] as? [[String: Any]] ?? []
    return (incidents.compactMap { $0["id"] as? String }, run)
  }

  /// Types one of the case's files of keys into the console, with its exact pauses.
  func type(_ keys: String, _ arguments: String..., environment changes: [String: String] = [:]) async throws -> Typed {
    let screen = home.appending(path: "screen-\(UUID().uuidString)")
    let variables = changes.flatMap { ["--env", "\($0.key)=\($0.value)"] }
    let typing = try await run(
      other: "/usr/bin/env",
      ["python3", file("common/typekeys.py"), file(keys), "--out", screen.path] + variables + [
        "--", Workplace.program,
      ] + arguments)
    let last = try #require(typing.output.split(separator: "\n").last, "\(typing.words)")
    let end = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    let written = String(decoding: try Data(contentsOf: screen), as: UTF8.self)
    return Typed(
      exit: (end["exit"] as? NSNumber)?.int32Value, text: plain(written),
      lastScreen: plain(Self.lastScreen(written)),
      changes: try await self.changes())
  }

  /// What was painted last, before the terminal was cleared and given back.
  private static func lastScreen(_ written: String) -> String {
    let parts = written.components(separatedBy: "\u{1B}[2J")
    let isGivenBack = parts.last?.contains("\u{1B}[?1049l") == true
    return (isGivenBack ? parts.dropLast() : parts[...]).last ?? ""
  }

  private func plain(_ written: String) -> String {
    written.replacing(#/\u{1B}\[[0-9;?<>=]*[ -\/]*[@-~]|\u{1B}[()][0-9A-Za-z]|\u{1B}[=>78]|[\u{00}-\u{1F}]/#, with: "")
  }

  /// What the service was asked, in order.
  func requests() async throws -> [Request] {
    let log = try await run(
      other: "/usr/bin/env",
      [
        "python3", "-c", "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())",
        origin + "/stub/log",
      ])
    return try JSONDecoder().decode([Request].self, from: Data(log.output.utf8))
  }

  func changes() async throws -> Int { try await requests().count { $0.method == "PATCH" } }
  func tokenRequests() async throws -> Int { try await requests().count { $0.path.hasSuffix("/token") } }
  func listRequests() async throws -> Int {
    try await requests().count { $0.path.hasPrefix("/v1.0/security/incidents?") }
  }
}
