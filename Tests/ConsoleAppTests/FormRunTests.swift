import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Forms, commands and the editor over a real terminal", .serialized)
struct FormRunTests {
  private func incidents(_ place: Workplace) async throws -> [[String: Any]] {
    let listed = try await place.run("incidents", "list", "--output", "json")
    return (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
  }

  private func owner(of id: String, _ place: Workplace) async throws -> String? {
    try await incidents(place).first { $0["id"] as? String == id }?["assignedTo"] as? String
  }

  private func writes(_ place: Workplace) -> Int { place.lab.state().map(\.writes).reduce(0, +) }

  /// The queue with this incident under the cursor.
  private func opened(
    _ place: Workplace, on id: String, columns: Int = 100, environment: [String: String] = [:]
  ) throws -> PseudoTerminal {
    let terminal = try place.console("--view", "queue", columns: columns, environment: environment)
    try terminal.type("", until: "ok 1")
    try terminal.type("/#\(id)", until: "Enter keeps")
    try terminal.type("\r", until: "filter #\(id)")
    _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
    return terminal
  }

  /// An editor that runs these lines of a shell on the file `$1`.
  private func editor(_ place: Workplace, _ lines: String) throws -> [String: String] {
    let path = place.home.appending(path: "my editor").path
    let text = "#!/bin/sh\n\(lines)\n"
    #expect(
      FileManager.default.createFile(
        atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o700]))
    return ["VISUAL": "'\(path)'", "EDITOR": "/bin/false"]
  }

  private func leftOvers(_ place: Workplace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: place.home.appending(path: "tmp").path)
      .filter { $0.hasPrefix("partner-console") }
  }

  private func free(_ place: Workplace) async throws -> String {
    let free = try await incidents(place).first { $0["assignedTo"] is NSNull && $0["status"] as? String == "active" }
    return try #require(free?["id"] as? String)
  }

  /// Types to a program that has the terminal, which would take the key that asks for a frame as its own.
  private func type(_ keys: String, to terminal: PseudoTerminal, until text: String) throws {
    let offset = terminal.transcript.count
    try terminal.write(keys)
    try terminal.readUntil(contains: text, from: offset, within: Workplace.patience)
  }

  /// A command, run: its Enter comes by itself.
  private func run(_ command: String, on terminal: PseudoTerminal, until text: String) throws {
    _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
    try terminal.type(":", until: "Tab completes")
    try terminal.write(command)
    _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
    try terminal.type("\r", until: text)
  }

  @Test("A assigns to somebody who has incidents of the tenant, and to nobody; the last line is what is sent")
  func assigns() async throws {
    try await Workplace.with(tenants: 1, incidents: 40) { place in
      let id = try await free(place)
      let seen = Set(try await incidents(place).compactMap { $0["assignedTo"] as? String })
      try await onThread {
        let terminal = try opened(place, on: id, columns: 200)
        try terminal.type(
          "A", until: "PATCH incident #\(id) in \(place.tenants[0].name): assignedTo = \(Workplace.upn)")
        try terminal.type("\u{1B}[B", until: "assignedTo = ")
        try terminal.type("\r", until: "Confirmed: ")
        try terminal.quit()
      }
      let first = try #require(try await owner(of: id, place))
      #expect(first != Workplace.upn && seen.contains(first))
      #expect(writes(place) == 1)
      try await onThread {
        let terminal = try opened(place, on: id, columns: 200)
        try terminal.type("A", until: "takes it over from \(first)")
        // From the text, which is last, up to the choice above it.
        try terminal.type(String(repeating: "\u{1B}[B", count: 12), until: "Sends nothing yet")
        try terminal.type("\u{1B}[A", until: "assignedTo = null (nobody), takes it over from \(first)")
        try terminal.type("\r", until: "Confirmed: ")
        try terminal.quit()
      }
      #expect(try await owner(of: id, place) == nil)
      #expect(writes(place) == 2)
    }
  }

  @Test("Esc asks before it throws away what was typed; a paste sends nothing")
  func leaving() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await free(place)
      try await onThread {
        let terminal = try opened(place, on: id)
        try terminal.type("A", until: "Sends")
        try terminal.type("\u{1B}[200~dora@partner.example\r\n\u{1B}[201~", until: "dora@partner.example")
        try terminal.type("\u{1B}", until: "Esc again drops it")
        try terminal.type("\u{1B}", until: "OWNER")
        try terminal.quit()
      }
      #expect(writes(place) == 0)
    }
  }

  @Test(":tenant and :incident go there from anywhere, and Esc comes back")
  func goesTo() async throws {
    try await Workplace.with(tenants: 3) { place in
      let all = try await incidents(place)
      let target = try #require(all.first { ($0["status"] as? String) == "active" })
      let id = try #require(target["id"] as? String)
      try await onThread {
        let terminal = try place.console()
        try terminal.type("", until: "ok 3")
        try run("tenant \(place.tenants[1].name)", on: terminal, until: "OWNER")
        try run("incident \(id)", on: terminal, until: "Evidence")
        try run("back", on: terminal, until: "OWNER")
        _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
        try terminal.type(":", until: "Tab completes")
        try terminal.type("qui", until: "leave the console")
        try terminal.type("\t", until: "quit")
        try terminal.write("\r")
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(0))
      }
    }
  }

  @Test("^E gives the text to the operator's editor, which gets the terminal, and takes back what it made of it")
  func editsText() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await free(place)
      let lines = """
        stat -c %a "$1" "$(dirname "$1")" | tr '\\n' ' '
        read word; cat "$1"; echo "got $word$PARTNER_SECRET"; echo dora@partner.example > "$1"
        """
      var environment = try editor(place, lines)
      environment["PARTNER_SECRET"] = "canary"
      try await onThread { [environment] in
        let terminal = try opened(place, on: id, environment: environment)
        try terminal.type("A", until: "Sends")
        try terminal.type("dor", until: "no UPN")
        try type("\u{5}", to: terminal, until: "600 700")
        // A window that changes meanwhile is painted in its new size, whole.
        try terminal.resize(columns: 120, rows: 35)
        let offset = terminal.transcript.count
        try type("hello\n", to: terminal, until: "assignedTo = dora@partner.example")
        let text = String(decoding: terminal.transcript[offset...], as: UTF8.self)
        #expect(text.contains("dor\r\n") && text.contains("got hello\r\n"))
        #expect(text.contains("\u{1B}[?1049h") && text.contains("#\(id)"), "painted whole")
        try terminal.type("\u{C}", until: "assign #\(id)")
        // Right behind the editor an Enter could be meant for it, and sends nothing.
        _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
        try terminal.type("\r", until: "Confirmed: ")
        try terminal.quit()
      }
      #expect(try await owner(of: id, place) == "dora@partner.example")
      #expect(try leftOvers(place) == [])
    }
  }

  @Test(
    "An editor that fails, or that Ctrl-C ends, changes nothing, and the console goes on",
    arguments: [("echo changed > \"$1\"; exit 3", "ended with 3"), ("echo ready; kill -INT $$", "ended by signal 2")])
  func editorFails(lines: String, words: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await free(place)
      let environment = try editor(place, lines)
      try await onThread {
        let terminal = try opened(place, on: id, environment: environment)
        try terminal.type("A", until: "Sends")
        try terminal.type("dor", until: "no UPN")
        try terminal.type("\u{5}", until: words)
        try terminal.type("a@partner.example", until: "assignedTo = dora@partner.example")
        try terminal.type("\u{1B}", until: "Esc again")
        try terminal.type("\u{1B}", until: "OWNER")
        try terminal.quit()
      }
      #expect(writes(place) == 0)
      #expect(try leftOvers(place) == [])
    }
  }

  @Test("Ctrl-C in the editor reaches it alone")
  func interrupt() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await free(place)
      let environment = try editor(place, "trap 'echo caught' INT; echo ready; read word; read word; exit 0")
      try await onThread {
        let terminal = try opened(place, on: id, environment: environment)
        try terminal.type("A", until: "Sends")
        try terminal.type("d", until: "no UPN")
        try type("\u{5}", to: terminal, until: "ready")
        try type("\u{3}", to: terminal, until: "caught")
        try type("\n\n", to: terminal, until: "no UPN")
        try terminal.type("\u{1B}", until: "Esc again")
        try terminal.type("\u{1B}", until: "OWNER")
        try terminal.quit()
      }
    }
  }

  @Test("An editor that is not there is told, and what was typed stays")
  func missingEditor() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await free(place)
      try await onThread {
        let terminal = try opened(place, on: id, environment: ["EDITOR": "no-such-editor"])
        try terminal.type("A", until: "Sends")
        try terminal.type("dor", until: "no UPN")
        try terminal.type("\u{5}", until: "there is no program no-such-editor")
        try terminal.type("a@partner.example", until: "assignedTo = dora@partner.example")
        try terminal.type("\u{3}", until: "Esc again")
        try terminal.type("\u{3}", until: "OWNER")
        try terminal.quit()
      }
    }
  }

  @Test(
    "F66: SIGTERM and a hangup while the editor runs end both and give the terminal back",
    arguments: [SIGTERM, SIGHUP])
  func ended(signal: Int32) async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await free(place)
      let pid = place.home.appending(path: "pid").path
      let environment = try editor(
        place, "trap '' INT; stty raw -echo; echo $$ > '\(pid)'; printf 'ready'; while :; do read word; done")
      try await onThread {
        let terminal = try opened(place, on: id, environment: environment)
        try terminal.type("A", until: "Sends")
        try terminal.type("d", until: "no UPN")
        try type("\u{5}", to: terminal, until: "ready")
        let offset = terminal.transcript.count
        terminal.send(signal: signal)
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(128 + signal))
        let end = String(decoding: terminal.transcript[offset...], as: UTF8.self)
        if signal == SIGTERM {
          #expect(end.contains("\u{1B}[?1049l") && end.contains("\u{1B}[?2004l") && end.contains("\u{1B}[8h"))
        }
      }
      let process = try #require(Int32(try String(contentsOfFile: pid, encoding: .utf8).filter(\.isNumber)))
      #expect(kill(process, 0) == -1 && errno == ESRCH, "the editor is gone")
      #expect(try leftOvers(place) == [])
    }
  }
}
