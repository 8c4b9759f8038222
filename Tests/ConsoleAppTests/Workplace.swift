import Foundation
import LabServer
import PseudoTerminal
import Testing

/// A home of its own, with a configuration that leads to a lab of this process.
final class Workplace: Sendable {
  static let upn = "anna@northwind-soc.example"
  static let clientID = "11111111-2222-3333-4444-555555555555"
  /// How long anything may take on a machine that is busy with other things.
  static let patience = Duration.seconds(60)

  /// The program that was built beside these tests.
  static let program: String = {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appending(path: "partner-console").path
  }()

  let home: URL
  let secret: String
  let lab: LabServer
  let tenants: [LabTenant]

  var configuration: String { home.appending(path: "tenants.json").path }
  var stateFolder: String { home.appending(path: "state/partner-console/lab-\(Self.clientID)").path }
  var environment: [String: String] {
    [
      "HOME": home.path, "XDG_STATE_HOME": home.appending(path: "state").path,
      "TMPDIR": home.appending(path: "tmp").path, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
      "TERM": "xterm-256color", "SWIFT_BACKTRACE": "enable=no",
    ]
  }

  /// Lends a workplace over `options`; fails when the lab saw a violation.
  /// - Parameter change: of the configuration before it is written.
  static func with(
    _ options: LabOptions, change: @Sendable (inout [String: Any]) -> Void = { _ in },
    _ body: (Workplace) async throws -> Void
  ) async throws {
    var options = options
    // An honest client never meets it by chance.
    options.secret = "canary~" + UUID().uuidString
    try await withLabServer(options) { lab in
      let place = try Workplace(lab, options, change)
      defer { try? FileManager.default.removeItem(at: place.home) }
      try await body(place)
    }
  }

  /// The same over some healthy customers.
  static func with(
    tenants count: Int, incidents: Int = 12, latency: Int = 0,
    change: @Sendable (inout [String: Any]) -> Void = { _ in },
    _ body: (Workplace) async throws -> Void
  ) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: count, seed: 11), scenarios: .granted)
    options.incidentsPerTenant = incidents
    options.latencyMilliseconds = latency
    try await with(options, change: change, body)
  }

  private init(_ lab: LabServer, _ options: LabOptions, _ change: (inout [String: Any]) -> Void) throws {
    self.lab = lab
    secret = options.secret
    tenants = options.tenants
    home = FileManager.default.temporaryDirectory.appending(path: "workplace-\(UUID().uuidString)")
    for folder in ["state", "tmp"] {
      try FileManager.default.createDirectory(
        at: home.appending(path: folder), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    }
    let secretFile = home.appending(path: "secret").path
    #expect(
      FileManager.default.createFile(
        atPath: secretFile, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600]))
    try write(change)
  }

  /// Writes the configuration.
  private func write(_ change: (inout [String: Any]) -> Void) throws {
    var root: [String: Any] = [
      "version": 1,
      "app": [
        "clientId": Self.clientID, "homeTenant": "d757e467-091b-4bbe-8042-1f1e2fbe5f33", "cloud": "lab",
        "api": "graph", "credentials": [["type": "secret", "file": "secret"]],
        "permissions": ["SecurityIncident.ReadWrite.All", "SecurityAlert.Read.All", "ThreatHunting.Read.All"],
        "consentRedirect": "https://partner.example/consented",
        "endpoints": ["authority": lab.baseURL, "graph": lab.baseURL],
      ] as [String: Any],
      "operator": ["upn": Self.upn],
      "tenants": tenants.map {
        ["id": $0.id, "name": $0.name, "domain": $0.domain, "groups": ["all"]] as [String: Any]
      },
    ]
    change(&root)
    try JSONSerialization.data(withJSONObject: root).write(to: URL(filePath: configuration))
  }

  /// Changes the configuration that is there.
  func rewrite(_ change: (inout [String: Any]) -> Void) throws {
    let file = URL(filePath: configuration)
    var root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
    change(&root)
    try JSONSerialization.data(withJSONObject: root).write(to: file)
  }

  // MARK: Running

  /// Runs the program with `--config`, its streams in files.
  func run(_ arguments: String..., environment changes: [String: String?] = [:]) async throws -> ProgramRun {
    try await run(bare: arguments + ["--config", configuration], environment: changes)
  }

  func run(bare arguments: [String], environment changes: [String: String?] = [:]) async throws -> ProgramRun {
    let changed = environment.merging(changes.compactMapValues(\.self)) { $1 }.filter { changes[$0.key] != .some(nil) }
    return try await ProgramRun(Self.program, arguments, environment: changed, scratch: home)
  }

  /// Runs a line of bash in the workplace's home, where `$program` and `$config` are the program and its configuration.
  func shell(_ line: String) async throws -> ProgramRun {
    let names = ["program": Self.program, "config": configuration]
    return try await ProgramRun(
      "/bin/bash", ["-c", "cd '\(home.path)' && \(line)"], environment: environment.merging(names) { $1 }, scratch: home
    )
  }

  /// Opens the console in a terminal of its own.
  func console(
    _ arguments: String..., columns: Int = 100, rows: Int = 30, typedAhead: String = "",
    environment changes: [String: String] = [:]
  ) throws -> PseudoTerminal {
    try PseudoTerminal(
      running: Program(
        Self.program, arguments + ["--config", configuration], environment: environment.merging(changes) { $1 },
        folder: home.path), columns: columns, rows: rows, typedAhead: typedAhead)
  }

}

/// Does blocking work on a thread of its own, so that the tasks' few threads stay free.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { done in
    Thread.detachNewThread { done.resume(with: Result { try body() }) }
  }
}
