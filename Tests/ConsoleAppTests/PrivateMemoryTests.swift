import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Private memory", .serialized)
struct PrivateMemoryTests {
  /// A credential that notes, while it is read, what can be seen of who reads it.
  private static let looking = [
    "sh", "-c",
    """
    cd "$HOME"; grep -i 'core file' /proc/$PPID/limits >limits; stat -c %u /proc/$PPID/environ >owner
    cat /proc/$PPID/environ >seen 2>refused; cat secret
    """,
  ]

  private func withLooker(_ body: (Workplace) async throws -> Void) async throws {
    try await Workplace.with(tenants: 1) { root in
      guard var app = root["app"] as? [String: Any] else { return }
      app["credentials"] = [["type": "secret", "command": Self.looking] as [String: Any]]
      root["app"] = app
    } _: { place in
      try await body(place)
    }
  }

  private func text(_ name: String, _ place: Workplace) throws -> String {
    try String(contentsOf: place.home.appending(path: name), encoding: .utf8)
  }

  @Test("T7, invariant 8: before a command reads its first secret it cannot dump core, nor its own user look into it")
  func command() async throws {
    try await withLooker { place in
      // Root sees everything, so that root becomes somebody else.
      let run = try await place.shell(
        """
        export HOME="$PWD"; if [ "$(id -u)" = 0 ]; then chown -R 12345 .
          as="setpriv --reuid=12345 --regid=12345 --clear-groups"; fi
        ulimit -c unlimited 2>/dev/null; $as "$program" consent check --config "$config"
        """)
      #expect(run.status == 0, "\(run.words)")
      #expect(try text("limits", place).contains(/size\s+0\s+0\s/))
      #expect(try text("owner", place) == "0\n")
      #expect(try text("seen", place).isEmpty && text("refused", place).contains("Permission denied"))
    }
  }

  @Test("T7, invariant 8: nor can the console, nor the guardian that watches it")
  func console() async throws {
    try await withLooker { place in
      try await onThread {
        let terminal = try place.console(environment: ["HOME": place.home.path])
        try terminal.readUntil(contains: "ok 1", within: Workplace.patience)
        #expect(try text("limits", place).contains(/size\s+0\s+0\s/))
        let limits = try String(contentsOfFile: "/proc/\(terminal.process)/limits", encoding: .utf8)
        #expect(limits.contains(/core file size\s+0\s+0\s/))
        try terminal.write("q")
        _ = try terminal.waitForExit(within: Workplace.patience)
      }
    }
  }

  /// Runs the program where nothing may be locked.
  private static let unlocked = """
    if [ "$(id -u)" = 0 ]; then as="setpriv --bounding-set=-ipc_lock"; fi
    exec $as sh -c 'ulimit -l 0; exec "$@"' sh "$program"
    """

  @Test("T7: where nothing may be locked a command works on, and says so once with the way to mend it")
  func unlockedCommand() async throws {
    try await Workplace.with(tenants: 20) { place in
      let run = try await place.shell(
        "\(Self.unlocked) consent check --config \"$config\" --log-file log --log-level warning")
      #expect(run.status == 0, "\(run.words)")
      #expect(run.words.ranges(of: "ulimit -l 512").count == 1, "\(run.words)")
      #expect(run.words.hasPrefix("partner-console: Secrets and keys cannot be locked in memory"), "\(run.words)")
      #expect(try text("log", place).ranges(of: "memory not locked").count == 1)
      #expect(try await !place.run("consent", "check").words.contains("ulimit"))
    }
  }

  @Test("T7: and the console says so on its screen")
  func unlockedConsole() async throws {
    try await Workplace.with(tenants: 2) { place in
      try await onThread {
        let terminal = try PseudoTerminal(
          running: Program(
            "/bin/bash", ["-c", "\(Self.unlocked) ui --config \"$config\""],
            environment: place.environment.merging(["program": Workplace.program, "config": place.configuration]) {
              $1
            },
            folder: place.home.path), columns: 200, rows: 40)
        try terminal.readUntil(contains: "cannot be locked in memory", within: Workplace.patience)
        try terminal.write("q")
        _ = try terminal.waitForExit(within: Workplace.patience)
      }
    }
  }

  @Test("Invariants 6 and 7: no key, passphrase or assertion in any file, log, screen, argument or environment")
  func certificate() async throws {
    let passphrase = "kanarya-ığ-秘密-\(UUID().uuidString)"
    let folder = FileManager.default.temporaryDirectory.appending(path: "credential-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let made = try await ProgramRun(
      "/bin/bash",
      [
        "-c",
        """
        set -e; cd '\(folder.path)'; umask 077; printf '%s' '\(passphrase)' >app.password
        openssl req -x509 -newkey rsa:2048 -nodes -keyout app.key -out app.crt -days 9 -subj /CN=app
        openssl pkcs12 -export -inkey app.key -in app.crt -passout file:app.password -out app.p12
        """,
      ], environment: ["PATH": "/usr/bin:/bin"], scratch: folder)
    try #require(made.status == 0, "\(made.words)")
    let key = try String(contentsOf: folder.appending(path: "app.key"), encoding: .utf8).split(separator: "\n")[1]
    var options = LabOptions(tenants: LabTenant.generate(count: 3, seed: 11), scenarios: .granted)
    options.certificates = [try String(contentsOf: folder.appending(path: "app.crt"), encoding: .utf8)]
    options.refusesRepeatedAssertions = true
    let canaries = [passphrase, String(key), "eyJ", "client_assertion"]
    @Sendable func finds(_ bytes: Data) -> [String] { canaries.filter { bytes.range(of: Data($0.utf8)) != nil } }
    try await Workplace.with(options) { root in
      guard var app = root["app"] as? [String: Any] else { return }
      app["credentials"] = [
        ["type": "certificate", "pkcs12": "app.p12", "password": ["file": "app.password"]] as [String: Any]
      ]
      root["app"] = app
    } _: { place in
      for name in ["app.p12", "app.password"] {
        try FileManager.default.copyItem(at: folder.appending(path: name), to: place.home.appending(path: name))
      }
      let log = place.home.appending(path: "log.txt").path
      for command in [["tenants", "--refresh", "--output", "json"], ["consent", "check"]] {
        let run = try await place.run(
          bare: command + ["--config", place.configuration, "--log-file", log, "--log-level", "trace"])
        #expect(run.status == 0, "\(run.words)")
        #expect(finds(Data((run.output + run.words).utf8)) == [])
      }
      try await onThread {
        let terminal = try place.console("--log-file", log, "--log-level", "trace")
        try terminal.readUntil(contains: "ok 3", within: Workplace.patience)
        for file in ["cmdline", "environ"] {
          #expect(finds(try Data(contentsOf: URL(filePath: "/proc/\(terminal.process)/\(file)"))) == [])
        }
        try terminal.write("q")
        _ = try terminal.waitForExit(within: Workplace.patience)
        #expect(finds(Data(terminal.transcript)) == [])
      }
      var seen = 0
      let all = try #require(FileManager.default.enumerator(atPath: place.home.path))
      for case let name as String in all where !name.hasPrefix("app.") {
        guard let bytes = FileManager.default.contents(atPath: place.home.path + "/" + name) else { continue }
        seen += 1
        #expect(finds(bytes) == [], "\(name)")
      }
      #expect(seen >= 4)
    }
  }
}
