import Foundation
import Glibc
import LabServer
import PseudoTerminal
import SafeText
import Testing

@Suite("Output of commands", .serialized)
struct OutputStreamTests {
  /// A command whose standard output is a pipe of which both ends are open here as well.
  private struct Piped {
    let process = Process()
    let words = Pipe()
    let reading: FileHandle
    let writing: FileHandle

    init(_ place: Workplace, _ arguments: [String]) throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
      writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
      process.executableURL = URL(filePath: Workplace.program)
      process.arguments = arguments + ["--config", place.configuration]
      process.environment = place.environment
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = writing
      process.standardError = words
    }

    /// Returns when the pipe takes nothing more: whoever writes on has to wait, or to fail.
    func waitUntilFull() throws {
      let deadline = ContinuousClock.now + Workplace.patience
      while true {
        var ready = pollfd(fd: writing.fileDescriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&ready, 1, 0) == 0 { return }
        try #require(ready.revents == Int16(POLLOUT) && ContinuousClock.now < deadline)
        sched_yield()
      }
    }

    func end() -> (status: Int32, words: String) {
      process.waitUntilExit()
      let said = words.fileHandleForReading.readDataToEndOfFile()
      return (
        process.terminationReason == .exit ? process.terminationStatus : -1, String(decoding: said, as: UTF8.self)
      )
    }
  }

  private static let list = ["incidents", "list", "--all", "--offline", "--output", "json"]

  /// A place whose known incidents are more than a pipe holds.
  private func withManyIncidents(_ body: (Workplace) async throws -> Void) async throws {
    try await Workplace.with(tenants: 1, incidents: 300) { place in
      #expect(try await place.run("incidents", "list").status == 0)
      try await body(place)
    }
  }

  @Test("B14: a pipe that does not block is waited for, and the JSON is whole")
  func nonBlocking() async throws {
    try await withManyIncidents { place in
      try await onThread {
        let piped = try Piped(place, Self.list)
        let descriptor = piped.writing.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        try piped.process.run()
        try piped.waitUntilFull()
        try piped.writing.close()
        let data = piped.reading.readDataToEndOfFile()
        let ended = piped.end()
        #expect(ended.status == 0 && ended.words == "")
        let root = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        #expect((root?["incidents"] as? [Any])?.count == 300 && data.count > 65_536)
      }
    }
  }

  @Test("Ctrl-C ends a command whose reader takes nothing, also one that has to tidy up: 130")
  func stuck() async throws {
    try await Workplace.with(tenants: 2, incidents: 0) { place in
      try await onThread {
        let piped = try Piped(place, ["incidents", "list", "--all", "--demo", "--output", "json"])
        // A reader that took a little and then no more.
        try piped.writing.write(contentsOf: Data(repeating: 0x20, count: 61_440))
        try piped.process.run()
        try piped.waitUntilFull()
        kill(piped.process.processIdentifier, SIGINT)
        let ended = piped.end()
        #expect(ended.status == 130 && ended.words == "", "\(ended)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: place.home.appending(path: "tmp").path) == [])
    }
  }

  @Test(
    "A reader that closes early ends a command quietly with 141",
    arguments: [list, ["tenants", "--output", "csv"], ["incidents", "list"], ["tenants", "--help"], ["--version"]])
  func closedEarly(arguments: [String]) async throws {
    try await Workplace.with(tenants: 1) { place in
      #expect(try await place.run("tenants").status == 0)
      try await onThread {
        let piped = try Piped(place, arguments)
        try piped.reading.close()
        try piped.process.run()
        let ended = piped.end()
        #expect(ended.status == 141 && ended.words == "", "\(ended)")
      }
    }
  }

  @Test("A full disk is told, and is not nobody's reader: 2")
  func fullDisk() async throws {
    try await Workplace.with(tenants: 1) { place in
      let full = try await place.shell("\"$program\" tenants --config \"$config\" > /dev/full")
      #expect(full.status == 2 && full.words.contains("standard output: No space left on device"))
    }
  }

  @Test("A change that was made is told as made where only its report could not be written")
  func fullDiskBehindChange() async throws {
    try await Workplace.with(tenants: 1) { place in
      let listed = try await place.run("incidents", "list", "--output", "json")
      let rows = listed.object["incidents"] as? [[String: Any]] ?? []
      let id = try #require(rows.first { $0["assignedTo"] is NSNull }?["id"] as? String)
      let update = "incidents update \(place.tenants[0].domain) \(id) --assign me"
      let full = try await place.shell("\"$program\" \(update) --config \"$config\" > /dev/full")
      #expect(full.status == 2)
      #expect(full.words.contains("the change was made, and only its report failed"), "\(full.words)")
      #expect(place.lab.state().map(\.writes).reduce(0, +) == 1)
    }
  }

  @Test(
    "On a terminal no line of a table is wider than the window; a pipe gets every column", arguments: [40, 80, 200])
  func window(columns: Int) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: 4, seed: 11), scenarios: .granted)
    options.tenants[1].scenario = .missing
    options.tenants[2].scenario = .partial
    try await Workplace.with(options) { place in
      let commands = [["tenants"], ["consent", "check"], ["token", "list"], ["incidents", "list", "--offline"]]
      #expect(try await place.run("incidents", "list").status == 1)
      for command in commands {
        let piped = try await place.run(bare: command + ["--config", place.configuration])
        // The table ends with a blank line where something is told below it.
        let rows = piped.output.components(separatedBy: "\n").prefix { !$0.isEmpty }.count
        try await onThread {
          let terminal = try PseudoTerminal(
            running: Program(
              "/bin/bash", ["-c", "\"$program\" \(command.joined(separator: " ")) --config \"$config\" 2>/dev/null"],
              environment: place.environment.merging(["program": Workplace.program, "config": place.configuration]) {
                $1
              },
              folder: place.home.path), columns: columns, rows: 24)
          _ = try terminal.waitForExit(within: Workplace.patience)
          let lines = String(decoding: terminal.transcript, as: UTF8.self).components(separatedBy: "\r\n").dropLast()
          #expect(lines.prefix { !$0.isEmpty }.count == rows, "\(command)")
          for line in lines { #expect(SafeText(line).columns <= columns, "\(line)") }
          #expect(lines.first?.hasPrefix(command.first == "incidents" ? "SEV" : "TENANT") == true)
        }
        if command == ["tenants"] { #expect(piped.output.hasPrefix("TENANT") && piped.output.contains("SYNCED\n")) }
      }
    }
  }
}
