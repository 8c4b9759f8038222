import Foundation
import LabServer
import Testing

@Suite("Commands about tenants", .serialized)
struct TenantsCommandTests {
  private static let problem: Set<String> = [
    "cause", "error", "code", "correlationId", "requestId", "at", "nextAction", "whoActs", "summary", "message",
  ]

  @Test("The demo shows every tenant of the sample, at least 8 consent states, and what to do about each but granted")
  func demo() async throws {
    try await Workplace.with(tenants: 1) { place in
      let outcome = try await place.run(bare: ["tenants", "--demo", "--output", "json"])
      #expect(outcome.status == 0, "\(outcome.words)")
      let rows = outcome.objects
      let sample = try sampleTenants()
      #expect(Set(rows.compactMap { $0["id"] as? String }) == Set(sample.map { $0.lowercased() }))
      #expect(rows.count == sample.count)
      var states: Set<String> = []
      for row in rows {
        #expect(
          Set(row.keys) == [
            "id", "name", "domain", "groups", "excluded", "consent", "access", "token", "incidents", "sync", "readAt",
          ])
        let consent = try #require(row["consent"] as? [String: Any])
        #expect(
          Set(consent.keys) == [
            "state", "granted", "missing", "checkedAt", "error", "permissions", "directory", "changedAt", "seenAt",
          ])
        let state = try #require(consent["state"] as? String)
        states.insert(state)
        if state == "granted" {
          #expect(consent["error"] is NSNull)
        } else {
          let problem = try #require(consent["error"] as? [String: Any])
          #expect(Set(problem.keys) == Self.problem)
          #expect((problem["nextAction"] as? String)?.isEmpty == false, "\(state)")
        }
        let counts = try #require(row["incidents"] as? [String: Any])
        #expect(Set(counts.keys) == ["high", "medium", "low", "informational", "open"])
        let sync = try #require(row["sync"] as? [String: Any])
        #expect(Set(sync.keys) == ["state", "lastSuccess", "error"])
        // Unknown is never zero.
        #expect(row["readAt"] as? String == sync["lastSuccess"] as? String)
        if sync["lastSuccess"] is NSNull { #expect(counts.values.allSatisfy { $0 is NSNull }, "\(state)") }
      }
      #expect(states.count >= 8, "\(states.sorted())")
      let left = try FileManager.default.contentsOfDirectory(atPath: place.home.appending(path: "tmp").path)
      #expect(left == [], "the demo leaves nothing behind")
      // The words of the wire are for programs.
      for command in [["tenants"], ["consent", "check"], ["token", "list"]] {
        let text = try await place.run(bare: command + ["--demo"])
        // A file's name is the operator's own.
        let words = text.output.replacing(#/ /\S+/#, with: "")
        #expect(words.firstMatch(of: /\b[a-z]+[A-Z]\w*/)?.output == nil, "\(command)")
        if command != ["token", "list"] {
          #expect(text.output.contains("  not granted  ") && text.output.contains("  not found  "))
        }
      }
    }
  }

  /// The ids of the top level's example, read as text because it holds comments.
  private func sampleTenants() throws -> [String] {
    let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: top.appending(path: "tenants.sample.json"), encoding: .utf8)
    let tenants = text[try #require(text.range(of: "\"tenants\"")).upperBound...]
    return tenants.matches(of: #/"id":\s*"([0-9a-fA-F-]{36})"/#).map { String($0.1) }
  }

  @Test("The demo serves the tenants of a configuration that is named")
  func demoOfConfiguration() async throws {
    try await Workplace.with(tenants: 3) { place in
      let outcome = try await place.run("tenants", "--demo", "--output", "json")
      #expect(outcome.objects.compactMap { $0["id"] as? String } == place.tenants.map { $0.id.lowercased() })
    }
  }

  @Test("Text, JSON and CSV tell the same tenants; a later run tells what is known without asking")
  func formats() async throws {
    try await Workplace.with(tenants: 3) { place in
      let json = try await place.run("tenants", "--output", "json")
      let asked = place.lab.state().map(\.requests)
      let text = try await place.run("tenants")
      let csv = try await place.run("tenants", "--output", "csv")
      #expect([json.status, text.status, csv.status] == [0, 0, 0])
      #expect(place.lab.state().map(\.requests) == asked)
      let lines = csv.output.components(separatedBy: "\r\n")
      #expect(lines.count == 5 && lines.last == "")
      #expect(lines[0].hasPrefix("id,name,domain,groups,excluded,consent.state,"))
      for tenant in place.tenants {
        #expect(text.output.contains(tenant.name))
        #expect(csv.output.contains(tenant.id.lowercased()))
      }
      #expect(!text.output.contains("\u{1B}") && text.words == "")
    }
  }

  @Test("What was not read in this run does not count as an answer: nobody 2, some 1; the last state is kept")
  func unreachable() async throws {
    try await Workplace.with(tenants: 2) { place in
      #expect(try await place.run("tenants").status == 0)
      place.lab.add(LabFault(.resetBefore, times: 0))
      let none = try await place.run("tenants", "--refresh", "--output", "json")
      #expect(none.status == 2)
      for row in none.objects {
        #expect((row["consent"] as? [String: Any])?["state"] as? String == "granted")
        #expect((row["sync"] as? [String: Any])?["state"] as? String == "failed")
      }
      place.lab.clearFaults()
      place.lab.add(LabFault(.resetBefore, tenant: place.tenants[0].id, times: 0))
      #expect(try await place.run("tenants", "--refresh").status == 1)
    }
  }

  @Test("A consent that is missing is an answer for tenants, consent check and token list, and a failure for incidents")
  func missingConsent() async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: 2, seed: 11), scenarios: .granted)
    options.tenants[1].scenario = .missing
    try await Workplace.with(options) { place in
      let missing = place.tenants[1].domain
      for command in [["tenants"], ["consent", "check"], ["token", "list"]] {
        #expect(try await place.run(bare: command + ["--config", place.configuration]).status == 0, "\(command)")
      }
      #expect(try await place.run("incidents", "list").status == 1)
      let alone = try await place.run("incidents", "list", missing)
      #expect(alone.status == 2)
      #expect(alone.words.contains(place.tenants[1].name) && alone.words.contains("consent link"))
      // What cannot be seen is not "no incidents", also without asking.
      #expect(try await place.run("incidents", "list", missing, "--offline").status == 2)
    }
  }

  @Test("A consent that changes is drift: told, and 1 once")
  func drift() async throws {
    try await Workplace.with(tenants: 1) { place in
      #expect(try await place.run("consent", "check").status == 0)
      place.lab.changeConsent(of: place.tenants[0].id, .partial)
      let drifted = try await place.run("consent", "check", "--output", "json")
      #expect(drifted.status == 1)
      #expect(drifted.words.contains("was granted, is partial"))
      let consent = drifted.objects.first?["consent"] as? [String: Any]
      #expect((consent?["missing"] as? [String])?.isEmpty == false)
      #expect(try await place.run("consent", "check").status == 0)
    }
  }
}
