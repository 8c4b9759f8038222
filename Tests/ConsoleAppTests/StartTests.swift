import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("The start", .serialized)
struct StartTests {
  /// What a folder cannot be a file for: whoever opens it finds out.
  private static func spoil(_ file: String) throws {
    for suffix in ["", "-wal", "-shm"] { unlink(file + suffix) }
    try #require(mkfifo(file, 0o600) == 0)
  }

  private func journal(of place: Workplace) -> String { place.stateFolder + "/journal.db" }

  /// A workplace whose tenants are read and remembered.
  private func read(
    change: @escaping @Sendable (inout [String: Any]) -> Void = { _ in }, _ body: (Workplace) async throws -> Void
  ) async throws {
    try await Workplace.with(tenants: 2, incidents: 3, change: change) { place in
      #expect(try await place.run("tenants", "--refresh").status == 0)
      try await body(place)
    }
  }

  @Test("D5: the guardian costs no second start: one program is loaded, and two processes run it")
  func oneStart() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        // The loader writes a file for each program that it loads.
        let terminal = try place.console(environment: [
          "LD_DEBUG": "statistics", "LD_DEBUG_OUTPUT": place.home.path + "/loaded",
        ])
        try terminal.readUntil(contains: "TENANT", within: Workplace.patience)
        let guardian = ProcessRecord(terminal.process)
        let child = try #require(guardian.children.first)
        let loaded = try FileManager.default.contentsOfDirectory(atPath: place.home.path).filter {
          $0.hasPrefix("loaded.")
        }
        #expect(loaded == ["loaded.\(terminal.process)"])
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(terminal.process)/task")
        #expect(threads.count == 1)
        // Only root may look into a process that lets nobody look.
        if geteuid() == 0 {
          let own = try ownBytes(of: terminal.process)
          #expect(own < 4 << 20, "the guardian has \(own) bytes of its own")
        }
        kill(child, SIGKILL)
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(128 + SIGKILL))
      }
    }
  }

  /// Bytes of a process that it shares with no other.
  private func ownBytes(of process: pid_t) throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Private_Dirty:") })
    return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 1_024
  }

  @Test(
    "What the first frame does not need is opened behind it, and ends the console as it ended the start",
    arguments: [
      ("the journal", Int32(2), "is not a file"), ("a further root", 78, "holds no PEM certificate"),
    ])
  func behindTheFirstFrame(spoilt: String, status: Int32, words: String) async throws {
    let isRoot = spoilt != "the journal"
    try await read { place in
      if isRoot {
        let empty = place.home.appending(path: "root.pem").path
        #expect(FileManager.default.createFile(atPath: empty, contents: Data()))
        try place.rewrite { root in
          var app = root["app"] as? [String: Any] ?? [:]
          app["trust"] = ["caFile": empty]
          root["app"] = app
        }
      } else {
        try Self.spoil(journal(of: place))
      }
      try await onThread {
        let terminal = try place.console()
        try terminal.readUntil(contains: place.tenants[0].name, within: Workplace.patience)
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(status))
        let text = String(decoding: terminal.transcript, as: UTF8.self)
        let back = try #require(text.range(of: "\u{1B}[?1049l"), "the terminal is given back")
        #expect(text[back.upperBound...].contains(words), "\(terminal.tail)")
      }
    }
  }

  @Test("A command that finds what it wants in the store opens neither the journal nor a client")
  func storeOnly() async throws {
    try await read { place in
      try Self.spoil(journal(of: place))
      for line in [
        ["tenants"], ["token", "list"], ["incidents", "list", "--offline"], ["consent", "link", place.tenants[0].id],
      ] {
        let run = try await place.run(bare: line + ["--config", place.configuration])
        #expect(run.status == 0 && run.words == "", "\(line): \(run.words)")
      }
      for line in [["tenants", "--refresh"], ["consent", "check"], ["incidents", "list"]] {
        let run = try await place.run(bare: line + ["--config", place.configuration])
        #expect(run.status == 2 && run.words.contains("is not a file"), "\(line): \(run.words)")
      }
    }
  }

  @Test("F59: a journal that is damaged is found behind the first frame, and nothing can be changed from then on")
  func damagedJournal() async throws {
    try await read { place in
      let journal = journal(of: place)
      for suffix in ["-wal", "-shm"] { unlink(journal + suffix) }
      try Data(repeating: 0x58, count: 8_192).write(to: URL(filePath: journal))
      chmod(journal, 0o600)
      try await onThread {
        let screen = try TerminalScreen(
          place, "\(Workplace.program) --config \(place.configuration) --view queue", columns: 100, rows: 24)
        try screen.until("read-only")
        try screen.press("a")
        try screen.until("Nothing can be changed:")
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }

  @Test("A demo shows its customers before its lab serves them, and ends in words when the lab never does")
  func demo() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        for _ in 0..<20 {
          let terminal = try place.console("--demo")
          let lab = try stoppedLab(of: terminal)
          guard try !isReady(place) else {
            kill(lab, SIGKILL)
            continue
          }
          try terminal.readUntil(contains: place.tenants[0].name, within: Workplace.patience)
          kill(lab, SIGKILL)
          #expect(try terminal.waitForExit(within: Workplace.patience) == .status(2))
          #expect(terminal.tail.contains("the lab did not start"))
          return
        }
        Issue.record("the lab was always ready before it could be stopped")
      }
    }
  }

  /// Stops the lab of a demo as soon as it runs.
  private func stoppedLab(of terminal: PseudoTerminal) throws -> pid_t {
    let deadline = ContinuousClock.now + Workplace.patience
    while ContinuousClock.now < deadline {
      guard let console = ProcessRecord(terminal.process).children.first,
        let lab = ProcessRecord(console).children.first,
        // Before it is the lab, the console waits for it to be.
        let words = try? String(contentsOfFile: "/proc/\(lab)/cmdline", encoding: .utf8), words.contains("\0lab\0")
      else { continue }
      kill(lab, SIGSTOP)
      return lab
    }
    throw PseudoTerminalError.notSeen("the lab", tail: terminal.tail)
  }

  private func isReady(_ place: Workplace) throws -> Bool {
    let folder = place.home.appending(path: "tmp")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).contains {
      FileManager.default.fileExists(atPath: folder.appending(path: $0 + "/ready").path)
    }
  }
}
