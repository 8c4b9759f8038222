import Foundation
import LabServer
import Testing

@Suite("A whole run in a terminal", .serialized)
struct WholeRunTests {
  private func command(_ place: Workplace, _ arguments: String = "") -> String {
    "\(Workplace.program) --config \(place.configuration) \(arguments)"
  }

  /// An open incident of the first tenant that nobody has.
  private func unassigned(_ place: Workplace) async throws -> String {
    let listed = try await place.run("incidents", "list", place.tenants[0].domain, "--output", "json")
    let incidents = (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
    let free = incidents.first { $0["assignedTo"] is NSNull && $0["status"] as? String == "active" }
    return try #require(free?["id"] as? String)
  }

  @Test("Tenant, incident, claim: pending, then confirmed; and from the cache with its age when the service is gone")
  func claim() async throws {
    try await Workplace.with(tenants: 3, change: { $0["refresh"] = ["visible": "PT10S"] }) { place in
      let id = try await unassigned(place)
      place.lab.add(LabFault(.delay(milliseconds: 1500), route: "incidents.update"))
      try await onThread {
        let screen = try TerminalScreen(place, command(place), columns: 100, rows: 24)
        let first = try screen.until("ok 3 ·")
        #expect(first[0].contains("partner-console") && first[0].contains("LAB"))
        #expect(first[1].hasPrefix(" Tenants › all"))
        #expect(first.contains { $0.contains("ok 3 · stale 0 · partial 0 · failed 0 · never 0 · excluded 0 = 3") })
        try screen.filter(by: place.tenants[0].domain)
        try screen.press("Enter")
        try screen.until(" Tenants › \(place.tenants[0].name)")
        try screen.filter(by: id)
        try screen.press("Enter")
        try screen.until("#\(id)")
        try screen.until("── Alerts")
        try screen.press("a")
        try screen.until("the pending claim") { $0.contains { $0.contains("claim kept") || $0.contains("claim sent") } }
        try screen.until("Confirmed: ")
        try screen.until("the owner") { $0.contains { $0.contains("in progress") && $0.contains(Workplace.upn) } }
        try screen.press("q")
        try screen.until("ended 0")
      }
      #expect(place.lab.state().map(\.writes).reduce(0, +) == 1)
      await place.lab.stop()
      try await onThread {
        let screen = try TerminalScreen(
          place, command(place, "--tenant \(place.tenants[0].domain)"), columns: 100, rows: 24)
        try screen.until(" Tenants › \(place.tenants[0].name)")
        try screen.filter(by: id)
        try screen.press("Enter")
        try screen.until("the claim from the cache") {
          $0.contains { $0.contains("in progress") && $0.contains(Workplace.upn) }
        }
        try screen.until("why it is old") {
          $0.contains { $0.contains("refused the connection") || $0.contains("read ") }
        }
        try screen.press("Escape")
        try screen.until("the list") { $0.contains { $0.contains("OWNER") } }
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }

  @Test("R7: with the service gone half-way the console stays usable, says what is stale, and recovers by itself")
  func outage() async throws {
    try await Workplace.with(
      tenants: 2, change: { $0["refresh"] = ["visible": "PT10S", "background": "PT30S", "staleAfter": "PT1M"] }
    ) { place in
      try await onThread {
        let screen = try TerminalScreen(place, command(place), columns: 100, rows: 24)
        try screen.until("ok 2 ·")
        place.lab.add(LabFault(.resetBefore, times: 0))
        try screen.until("failed 2")
        // Everything that was read is still there, and keys work.
        try screen.press("Tab")
        try screen.until(" Queue › all tenants")
        try screen.until("an incident") { $0.contains { $0.contains(place.tenants[0].name.prefix(9)) } }
        try screen.press("Tab")
        try screen.until(" Tenants › all")
        place.lab.clearFaults()
        try screen.until("ok 2 ·")
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }

  @Test("F68: any size down to 60x15 is laid out, smaller ones say so, and the way back is whole")
  func resizes() async throws {
    try await Workplace.with(tenants: 2) { place in
      try await onThread {
        let screen = try TerminalScreen(place, command(place), columns: 200, rows: 50)
        try screen.until("ok 2 ·")
        for (columns, rows) in [(60, 15), (80, 24), (30, 5), (200, 60), (59, 15), (120, 40)] {
          try screen.resize(columns: columns, rows: rows)
          if columns < 60 || rows < 15 {
            try screen.until("needs 60x15")
          } else {
            let name = place.tenants[0].name.prefix(12)
            try screen.until("the whole window at \(columns)x\(rows)") { lines in
              lines.count == rows && lines[0].contains("LAB") && lines.contains { $0.contains("ok 2 ") }
                && lines.contains { $0.contains(name) } && lines.allSatisfy { !$0.contains("needs 60x15") }
            }
          }
        }
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }

  @Test("Help is made from the live keys; a wrong key says what helps; Ctrl-Z stops and fg brings everything back")
  func helpAndStop() async throws {
    try await Workplace.with(tenants: 2) { place in
      try await onThread {
        let screen = try TerminalScreen(place, "bash --norc --noprofile -i", columns: 90, rows: 30)
        try screen.type(command(place) + "\n")
        try screen.until("ok 2 ·")
        try screen.press("?")
        try screen.until("half a page down")
        try screen.press("Escape")
        try screen.until("the end of the help") { $0.allSatisfy { !$0.contains("half a page down") } }
        try screen.press("C-z")
        try screen.until("Stopped")
        try screen.type("fg\n")
        try screen.until("ok 2 ·")
        try screen.press("q")
        try screen.type("echo status $?\n")
        try screen.until("status 0")
      }
    }
  }

  @Test("H71: a pasted text runs nothing, with newlines, claims and q in it")
  func paste() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let screen = try TerminalScreen(place, command(place, "--view queue"), columns: 100, rows: 24)
        try screen.until("ok 1 ·")
        let name = place.tenants[0].name.prefix(12)
        let before = try screen.until("an incident") { $0.contains { $0.contains(name) } }
        try screen.paste("q\nq\naaa\njjj\tq")
        try screen.until("Pasted text is ignored")
        // What comes behind a paste without a pause still counts as pasted: a key is typed now and then until it counts.
        var typedAt = ContinuousClock.now
        try screen.until("a key that counts") { lines in
          if typedAt + .milliseconds(500) < .now {
            try? screen.press("x")
            typedAt = .now
          }
          return lines.contains { $0.contains("does nothing here") }
        }
        try screen.press("?")
        try screen.until("half a page down")
        try screen.press("Escape")
        let after = try screen.until("the queue") { $0.allSatisfy { !$0.contains("half a page down") } }
        #expect(after[2...5] == before[2...5])
        try screen.press("q")
        try screen.until("ended 0")
      }
      #expect(place.lab.state().map(\.writes) == [0])
    }
  }

  @Test("D4: a second console beside the first one only reads and names the process, and takes over when it ends")
  func secondConsole() async throws {
    try await Workplace.with(tenants: 2, change: { $0["refresh"] = ["visible": "PT10S"] }) { place in
      try await onThread {
        let first = try TerminalScreen(place, command(place), columns: 100, rows: 24)
        try first.until("ok 2 ·")
        let second = try TerminalScreen(place, command(place), columns: 100, rows: 24)
        try second.until("Nothing can be changed: another partner-console (process")
        try first.press("q")
        try first.until("ended 0")
        try second.until("The other console ended")
        try second.press("q")
        try second.until("ended 0")
      }
    }
  }

  @Test("H1, H2, H14, H19: a tenant named by an attacker changes nothing outside its cell")
  func hostileTenant() async throws {
    var tenants = LabTenant.generate(count: 3, seed: 11)
    tenants[1].name = "A\u{1B}]0;pwned\u{07}\u{1B}[2J\u{202E}Z" + String(repeating: "\u{301}", count: 200)
    let honest = [tenants[0].name, tenants[2].name]
    var options = LabOptions(tenants: tenants, scenarios: .granted)
    options.incidentsPerTenant = 3
    try await Workplace.with(options) { place in
      try await onThread {
        let screen = try TerminalScreen(place, command(place), columns: 100, rows: 24)
        let title = try screen.title
        let lines = try screen.until("ok 3 ·")
        #expect(try screen.title == title)
        let row = try #require(lines.first { $0.contains("<1B>]0;pwned") })
        #expect(lines[0].hasPrefix(" partner-console"))
        #expect(lines[2].contains("TENANT") && lines.count == 24)
        // Its row is laid out like the others: the consent stands in the same column.
        let others = try honest.map { name in try #require(lines.first { $0.contains(name.prefix(12)) }) }
        let places = Set(([row] + others).map { line in line.prefix { $0 != "●" }.unicodeScalars.count })
        #expect(places.count == 1, "\(places)")
        try screen.press("q")
        try screen.until("ended 0")
      }
    }
  }
}
