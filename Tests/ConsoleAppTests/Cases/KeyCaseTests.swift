import Foundation
import RecordedData
import Testing

@Suite(
  "Faults reported elsewhere: keys", .serialized,
  .enabled(if: RecordedFolder.cases.isWanted, "\(RecordedFolder.cases.reason)"))
struct KeyCaseTests {
  /// Types a case's keys into the queue.
  private func typed(
    _ name: String, _ keys: String, _ changes: [String: String] = [:]
  ) async throws -> PlayedCase.Typed {
    var typed: PlayedCase.Typed?
    try await PlayedCase.with(name) { played in
      typed = try await played.type("\(name)/\(keys).json", "--view", "queue", environment: changes)
    }
    return try #require(typed)
  }

  @Test("B06: a paste without its brackets opens nothing, changes nothing and does not leave")
  func paste() async throws {
    let typed = try await typed("B06", "keys")
    #expect(typed.changes == 0)
    #expect(!typed.text.contains("Evidence"))
    #expect(typed.text.contains("asted"))
    // The q at the end, typed by itself, does leave.
    #expect(typed.exit == 0)
  }

  @Test("B07: a sequence that is cut for up to 60 ms is still one key", arguments: [15, 40, 60])
  func cut(pause: Int) async throws {
    let typed = try await typed("B07", "keys-\(pause)")
    #expect(typed.lastScreen.contains("Evidence"), "\(typed.lastScreen)")
    #expect(typed.changes == 0)
    #expect(typed.exit == 0)
  }

  @Test("B07: ESCDELAY says how long, and what comes too late does nothing", arguments: [120, 250])
  func patience(pause: Int) async throws {
    let patient = try await typed("B07", "keys-\(pause)", ["ESCDELAY": "300"])
    #expect(patient.lastScreen.contains("Evidence"), "\(patient.lastScreen)")
    let late = try await typed("B07", "keys-\(pause)")
    #expect(!late.lastScreen.contains("Evidence"), "\(late.lastScreen)")
    #expect(late.changes == 0)
    #expect(late.exit == 0)
  }

  @Test(
    "B08: Alt with a letter is a key of its own, and bound to nothing",
    arguments: [("keys-list", Int32?.some(0)), ("keys-page", 0), ("keys-altq", nil)])
  func alt(keys: String, exit: Int32?) async throws {
    let typed = try await typed("B08", keys)
    #expect(typed.changes == 0)
    #expect(typed.exit == exit)
  }

  @Test("B15: Ctrl-C in a prompt closes the prompt")
  func interruptedPrompt() async throws {
    let typed = try await typed("B15", "keys-prompt")
    #expect(typed.lastScreen.contains("Suspicious sign-in"), "\(typed.lastScreen)")
    // The q after it leaves.
    #expect(typed.exit == 0)
  }

  @Test(
    "B15: Ctrl-C elsewhere ends the program with a word about what is open, which is settled without a second change")
  func interruptedWrite() async throws {
    try await PlayedCase.with("B15") { played in
      let typed = try await played.type("B15/keys-write.json", "--view", "queue")
      #expect(typed.exit == 130)
      #expect(typed.text.contains("701"), "\(typed.text.suffix(300))")
      #expect(typed.text.contains("next start"), "\(typed.text.suffix(300))")
      _ = try await played.listed()
      let changes = try await played.changes()
      #expect(changes == 1)
    }
  }

  @Test("B25: a browser that does not open is told")
  func browser() async throws {
    try await PlayedCase.with("B25") { played in
      let path = URL(filePath: played.file("B25/bin")).path + ":/usr/bin:/bin"
      let typed = try await played.type(
        "B25/keys.json", "--view", "queue", environment: ["PATH": path, "DISPLAY": ":77"])
      #expect(!typed.text.contains("Opened"))
      #expect(typed.text.contains("no method available for opening"), "\(typed.lastScreen)")
      #expect(typed.exit == 0)
    }
  }

  @Test("B26: Esc in the newer form goes back, Enter opens")
  func escapeAndEnter() async throws {
    let escape = try await typed("B26", "keys-esc")
    #expect(escape.text.contains("Evidence"))
    #expect(!escape.lastScreen.contains("Evidence"), "\(escape.lastScreen)")
    let enter = try await typed("B26", "keys-enter")
    #expect(enter.text.contains("Evidence"))
  }

  @Test("B26: Ctrl-C leaves in both newer forms", arguments: ["keys-ctrl-c", "keys-modify-other"])
  func interrupt(keys: String) async throws {
    let typed = try await typed("B26", keys)
    #expect(typed.exit == 130)
  }
}
