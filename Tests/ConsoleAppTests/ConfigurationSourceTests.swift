import Foundation
import LabServer
import PartnerModel
import PseudoTerminal
import Testing

@testable import ConsoleApp

@Suite("Where a configuration and a log may be", .serialized)
struct ConfigurationSourceTests {
  @Test("A directory as configuration is called one, and the file in it is named; a device is neither")
  func directory() throws {
    let error = #expect(throws: CommandError.self) { try ConfigurationFile.read("/tmp") }
    #expect(error?.status == .badConfiguration)
    #expect(error?.message == "/tmp: is a directory. Name the file in it, such as /tmp/tenants.json.")
    #expect(throws: CommandError.self) { try ConfigurationFile.read("/dev/zero") }
  }

  @Test(
    "B42: a configuration through a pipe is read once; relative paths in it are then from the current folder",
    arguments: [
      #""$program" --config <(cat "$config") tenants"#, #""$program" tenants --config /dev/stdin < "$config""#,
      #"cat "$config" | "$program" tenants --config /dev/stdin"#,
      #"(sleep 0.2; cat "$config") | PARTNER_CONSOLE_CONFIG=/dev/fd/0 "$program" tenants"#,
      #"mkfifo pipe; { cat "$config" > pipe & }; "$program" tenants --config pipe"#,
      #""$program" tenants --demo --config <(cat "$config")"#,
    ])
  func pipe(line: String) async throws {
    try await Workplace.with(tenants: 2) { place in
      let read = try await place.shell(line + " --output json")
      #expect(read.status == 0, "\(read.words)")
      #expect(read.objects.compactMap { $0["id"] as? String } == place.tenants.map { $0.id.lowercased() })
      let consent = read.objects.first?["consent"] as? [String: Any]
      #expect(consent?["state"] as? String == "granted", "the secret was found")
      #expect(try FileManager.default.contentsOfDirectory(atPath: place.home.appending(path: "tmp").path) == [])
    }
  }

  @Test("A pipe into which nobody writes is told after some seconds, stops at Ctrl-C, and is given up: 78")
  func silentPipe() async throws {
    try await Workplace.with(tenants: 1) { place in
      let told = "partner-console: waiting for the configuration to come through \(place.home.path)/pipe.\n"
      let line = #"timeout --preserve-status -s INT 4 "$program" tenants --config pipe"#
      let stopped = try await place.shell("mkfifo pipe; " + line)
      #expect(stopped.status == 130 && stopped.words == told, "\(stopped.words)")
      let silent = try await place.shell(#""$program" tenants --config pipe"#)
      #expect(silent.status == 78 && silent.output == "")
      #expect(silent.words.hasPrefix(told) && silent.words.contains("/pipe: nobody wrote into the pipe for 10 s"))
      // Somebody may be typing a passphrase.
      let slow = try await place.shell(#""$program" tenants --config <(sleep 11; cat "$config")"#)
      #expect(slow.status == 0 && slow.words.contains("waiting for the configuration"), "\(slow.words)")
    }
  }

  @Test("B42: a mistake in a configuration through a pipe is told with its place")
  func mistakeInPipe() async throws {
    try await Workplace.with(tenants: 1) { place in
      let mistake = try await place.shell(
        #"printf '{ "version": 1,\n "app": 7 }' | "$program" tenants --config /dev/stdin"#)
      #expect(mistake.status == 78 && mistake.words.contains("/dev/stdin:2:"), "\(mistake.words)")
    }
  }

  @Test("B43: standard error can be a command's log", arguments: ["-", "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"])
  func logToStandardError(name: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      let logged = try await place.run("tenants", "--output", "json", "--log-level", "debug", "--log-file", name)
      #expect(logged.status == 0 && logged.objects.count == 1)
      #expect(logged.words.contains("tenant=\(place.tenants[0].id.lowercased())"), "\(logged.words)")
      #expect(!FileManager.default.fileExists(atPath: place.home.appending(path: "-").path))
      let console = try await place.run("ui", "--log-file", name)
      #expect(console.status == 78 && console.words.contains("the console owns the screen") && console.output == "")
    }
  }

  @Test("B43: a log goes neither into the data nor through a link nor into the console's screen, and says why")
  func refusedLogs() async throws {
    try await Workplace.with(tenants: 1) { place in
      let link = place.home.appending(path: "link").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "log")
      for (name, reason) in [
        ("/dev/stdout", "standard output is for data"), ("/dev/fd/1", "standard output is for data"),
        (link, "is a symbolic link, which a log does not follow"),
      ] {
        let refused = try await place.run("tenants", "--log-file", name)
        #expect(refused.status == 78 && refused.output == "")
        #expect(refused.words == "partner-console: --log-file \(name): \(reason). Name a file of its own.\n")
      }
      try await onThread {
        let terminal = try place.console("--log-file", "/dev/tty")
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(78))
        let painted = String(decoding: terminal.transcript, as: UTF8.self)
        #expect(painted.contains("is a terminal, and the console owns the screen") && !painted.contains("\u{1B}"))
      }
    }
  }
}
