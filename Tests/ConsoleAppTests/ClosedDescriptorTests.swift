import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Closed descriptors and held locks", .serialized)
struct ClosedDescriptorTests {
  /// Runs the program by a shell that changes its descriptors.
  private func run(_ place: Workplace, _ arguments: String, _ redirection: String) throws -> (
    status: Int32, words: String
  ) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "exec \(Workplace.program) \(arguments) --config \(place.configuration) \(redirection)"]
    process.environment = place.environment
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, words)
  }

  @Test("B44: with standard output closed nothing is done, and no file gets what was meant for it")
  func closedOutput() async throws {
    try await Workplace.with(tenants: 1) { place in
      let log = place.home.appending(path: "log.txt").path
      try await onThread {
        for arguments in [
          "incidents list --output json", "tenants", "consent link \(place.tenants[0].domain)", "--help", "--version",
        ] {
          for redirection in [">&-", ">&- <&-"] {
            let common = arguments.hasPrefix("--") ? "" : "--log-file \(log) --log-level trace"
            let outcome = try run(place, "\(arguments) \(common)", redirection)
            #expect(
              outcome.status == 2 && outcome.words.contains("standard output is closed"), "\(arguments): \(outcome)")
          }
        }
        #expect(try run(place, "incidents list --output json", ">&- 2>&-").status == 2)
      }
      #expect(place.lab.state().map(\.requests) == [[:]], "nobody was asked for what cannot be told")
      let lines = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      #expect(!lines.contains("{\"") && !lines.contains("USAGE"))
    }
  }

  @Test("B44: with standard input or standard error closed a command works, and its files are whole")
  func otherDescriptors() async throws {
    try await Workplace.with(tenants: 1) { place in
      let log = place.home.appending(path: "log.txt").path
      let output = place.home.appending(path: "out.json").path
      try await onThread {
        for redirection in ["<&-", "2>&-", "<&- 2>&-"] {
          let outcome = try run(
            place, "incidents list --output json --log-file \(log) --log-level trace", "\(redirection) >\(output)")
          #expect(outcome.status == 0)
          let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: output)))
          #expect(json is [String: Any])
        }
        for file in ["journal.db", "cache.db"] {
          let bytes = try Data(contentsOf: URL(filePath: place.stateFolder + "/" + file))
          #expect(bytes.starts(with: Data("SQLite format 3".utf8)))
        }
      }
      let after = try await place.run("tenants")
      #expect(after.status == 0 && after.words == "", "\(after.words)")
    }
  }

  /// Holds the lock under which databases are opened, as a process does that was stopped meanwhile.
  private func whileHeld<Value>(_ place: Workplace, _ body: () throws -> Value) throws -> Value {
    let descriptor = open(place.stateFolder + "/opening.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    defer { close(descriptor) }
    return try body()
  }

  @Test("B13: a start that waits for another says so with its process, and gives up")
  func heldLock() async throws {
    try await Workplace.with(tenants: 1) { place in
      #expect(try await place.run("tenants").status == 0)
      try await onThread {
        try whileHeld(place) {
          let begun = ContinuousClock.now
          let outcome = try run(place, "tenants", "")
          #expect(outcome.status == 2)
          #expect(
            outcome.words.contains("another process (\(getpid())) is opening the state folder"), "\(outcome.words)")
          #expect(outcome.words.contains("another process (\(getpid())) has held"), "\(outcome.words)")
          #expect((.seconds(8)...(.seconds(40))).contains(ContinuousClock.now - begun))
        }
      }
      #expect(try await place.run("tenants").status == 0)
    }
  }

  @Test("B13: Ctrl-C ends the wait, and the console waits before it takes the screen")
  func interruptedWait() async throws {
    try await Workplace.with(tenants: 1) { place in
      #expect(try await place.run("tenants").status == 0)
      try await onThread {
        try whileHeld(place) {
          for command in ["ui", "tenants"] {
            let terminal = try place.console(command)
            try terminal.readUntil(contains: "is opening the state folder", within: Workplace.patience)
            try terminal.write("\u{3}")
            #expect(try terminal.waitForExit(within: Workplace.patience) == .status(130))
            #expect(!terminal.transcript.contains(0x1B))
          }
        }
      }
    }
  }
}
