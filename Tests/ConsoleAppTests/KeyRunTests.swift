import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Keys that come over a real terminal", .serialized)
struct KeyRunTests {
  /// The queue with an incident that nobody has under the cursor, so that a claim would not ask.
  private func opened(
    _ place: Workplace, on id: String, environment: [String: String] = [:]
  ) throws -> PseudoTerminal {
    let terminal = try place.console("--view", "queue", environment: environment)
    try terminal.type("", until: "ok 1")
    try terminal.type("/\(id)", until: "Enter keeps")
    try terminal.type("\r", until: "filter \(id)")
    _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
    return terminal
  }

  private func unassigned(_ place: Workplace) async throws -> String {
    let listed = try await place.run("incidents", "list", "--output", "json")
    let incidents = (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
    let free = incidents.first { $0["assignedTo"] is NSNull && $0["status"] as? String == "active" }
    return try #require(free?["id"] as? String)
  }

  private func writes(_ place: Workplace) -> Int { place.lab.state().map(\.writes).reduce(0, +) }

  @Test("B06: text that is pasted without brackets changes nothing, opens nothing and does not quit")
  func unbracketedPaste() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await unassigned(place)
      try await onThread {
        let terminal = try opened(place, on: id)
        try terminal.type("Anna asked: have a look at #701, please\r", until: "Pasted text never acts")
        _ = terminal.quiet(for: .milliseconds(400), within: .seconds(5))
        try terminal.type("?", until: "half a page down")
        try terminal.type("\u{1B}", until: "claim")
        try terminal.quit()
      }
      #expect(writes(place) == 0)
    }
  }

  @Test("What was typed before the first picture acts on nothing that is in it")
  func typedAhead() async throws {
    try await Workplace.with(tenants: 1) { place in
      // The first picture then has rows.
      _ = try await place.run("incidents", "list")
      try await onThread {
        let terminal = try place.console("--view", "queue", typedAhead: "aq")
        try terminal.type("", until: "ok 1")
        try terminal.quit()
      }
      #expect(writes(place) == 0)
    }
  }

  @Test("B08: Alt with a letter is no key of ours", arguments: ["a", "q", "o", "l"])
  func alt(letter: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await unassigned(place)
      try await onThread {
        let terminal = try opened(place, on: id)
        try terminal.type("\u{1B}\(letter)", until: "Alt-\(letter) does nothing here")
        try terminal.type("\r", until: "Evidence")
        try terminal.type("\u{1B}\(letter)", until: "Alt-\(letter) does nothing here")
        try terminal.quit()
      }
      #expect(writes(place) == 0)
    }
  }

  @Test("B07: a sequence that is cut is one key for as long as ESCDELAY names; later its rest does nothing")
  func cutSequences() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await unassigned(place)
      try await onThread {
        let patient = try opened(place, on: id, environment: ["ESCDELAY": "2000"])
        try patient.type("\r", until: "Evidence")
        let offset = patient.transcript.count
        try patient.write("\u{1B}")
        let late = ContinuousClock.now + .milliseconds(300)
        while patient.read(until: late) != nil {}
        try patient.type("[Bx", until: "x does nothing here")
        #expect(!String(decoding: patient.transcript[offset...], as: UTF8.self).contains("OWNER"), "the page stayed")
        try patient.quit()

        for rest in ["[B", "OA", "Oa", "[a", "[1;5A"] {
          let terminal = try opened(place, on: id)
          try terminal.type("\r", until: "Evidence")
          try terminal.type("\u{1B}", until: "OWNER")
          // This Esc drops the filter, and the cursor stays on its row.
          try terminal.write("\u{1B}")
          let late = ContinuousClock.now + .milliseconds(300)
          while terminal.read(until: late) != nil {}
          try terminal.type(rest, until: "filter –")
          try terminal.quit()
        }
      }
      #expect(writes(place) == 0)
    }
  }

  @Test(
    "B26: Esc, Enter and Ctrl-C act in the forms of kitty's protocol and of modifyOtherKeys",
    arguments: [
      ("\u{1B}[13u", "\u{1B}[27u", "\u{1B}[99;5u"), ("\u{1B}[27;5;13~", "\u{1B}[27;1;27~", "\u{1B}[27;5;99~"),
    ])
  func keyboardProtocols(enter: String, escape: String, interrupt: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await unassigned(place)
      try await onThread {
        let terminal = try opened(place, on: id)
        try terminal.type(enter, until: "Evidence")
        try terminal.type(escape, until: "OWNER")
        try terminal.write(interrupt)
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(130))
      }
    }
  }

  @Test("B15: Ctrl-C in the filter closes it; the next one ends the program")
  func interruptInFilter() async throws {
    try await Workplace.with(tenants: 1) { place in
      let id = try await unassigned(place)
      try await onThread {
        let terminal = try opened(place, on: id)
        try terminal.type("/zzz", until: "Enter keeps")
        try terminal.type("\u{3}", until: "claim")
        try terminal.write("\u{3}")
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(130))
        #expect(!String(decoding: terminal.transcript, as: UTF8.self).contains("stays open"))
      }
    }
  }

  @Test(
    "B15: Ctrl-C with a change under way says which stays open; the next start settles it and sends nothing",
    arguments: [true, false])
  func interruptDuringWrite(isKey: Bool) async throws {
    try await Workplace.with(tenants: 1) { place in
      place.lab.add(LabFault(.delay(milliseconds: 4_000), route: "incidents.update"))
      let id = try await unassigned(place)
      try await onThread {
        let terminal = try opened(place, on: id)
        try terminal.type("a", until: "under way")
        while place.lab.state().first?.requests["incidents.update"] != 1 {
          _ = terminal.read(until: .now + .milliseconds(20))
        }
        let offset = terminal.transcript.count
        if isKey { try terminal.write("\u{3}") } else { terminal.send(signal: SIGINT) }
        #expect(try terminal.waitForExit(within: Workplace.patience) == .status(130))
        let end = String(decoding: terminal.transcript[offset...], as: UTF8.self)
        let said = try #require(
          end.range(of: "1 change stays open and is settled at the next start: \(place.tenants[0].name) #"))
        let back = try #require(end.range(of: "\u{1B}[?1049l"))
        #expect(back.upperBound <= said.lowerBound, "after the terminal was given back")
      }
      // The write reaches the service some time after the console has gone.
      try await until { writes(place) == 1 }
      let settled = try await place.run("incidents", "list", "--output", "json")
      #expect(settled.status == 0)
      #expect(writes(place) == 1)
      #expect(settled.output.contains(Workplace.upn))
    }
  }

  private func until(_ isThere: () -> Bool) async throws {
    let end = ContinuousClock.now + Workplace.patience
    while !isThere() {
      try #require(.now < end)
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test("B40: a screen reader finds the cursor at the beginning of the selected row")
  func cursor() async throws {
    try await Workplace.with(tenants: 3) { place in
      try await onThread {
        let screen = try TerminalScreen(
          place, "\(Workplace.program) --config \(place.configuration) --view queue", columns: 100, rows: 30)
        try screen.until("ok 3 ·")
        for row in 3..<8 {
          try screen.until("the cursor in row \(row)") { _ in (try? screen.cursor) == "0 \(row)" }
          try screen.press("j")
        }
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }
}
