import Foundation
import LabServer
import Testing

@Suite("Commands about incidents", .serialized)
struct IncidentsCommandTests {
  /// The first open incident that nobody has.
  private func unassigned(_ place: Workplace) async throws -> (tenant: String, id: String) {
    let listed = try await place.run("incidents", "list", "--output", "json")
    let incidents = (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
    let free = incidents.first { $0["assignedTo"] is NSNull && $0["status"] as? String == "active" }
    return (try #require(free?["tenantId"] as? String), try #require(free?["id"] as? String))
  }

  @Test("The list carries every key of its contract, and says of every tenant how it was read")
  func list() async throws {
    try await Workplace.with(tenants: 2) { place in
      let outcome = try await place.run("incidents", "list", "--output", "json")
      #expect(outcome.status == 0 && outcome.words == "")
      let root = try #require(outcome.json as? [String: Any])
      #expect(Set(root.keys) == ["incidents", "tenants"])
      let incidents = try #require(root["incidents"] as? [[String: Any]])
      #expect(!incidents.isEmpty)
      for incident in incidents {
        #expect(
          Set(incident.keys) == [
            "tenantId", "tenantName", "id", "displayName", "severity", "status", "assignedTo", "classification",
            "determination", "tags", "createdAt", "updatedAt", "alertCount", "url", "sla", "readAt",
          ])
        #expect(incident["id"] is String)
        #expect(!["resolved", "redirected"].contains(incident["status"] as? String ?? ""))
        let sla = try #require(incident["sla"] as? [String: Any])
        #expect(Set(sla.keys) == ["acknowledgeBy", "resolveBy", "state"])
      }
      let tenants = try #require(root["tenants"] as? [[String: Any]])
      #expect(tenants.count == 2 && tenants.allSatisfy { Set($0.keys) == ["id", "name", "sync"] })
      let all = try await place.run("incidents", "list", "--all", "--offline", "--output", "json")
      #expect(((all.json as? [String: Any])?["incidents"] as? [Any])?.count ?? 0 > incidents.count)
      let csv = try await place.run("incidents", "list", "--offline", "--output", "csv")
      #expect(csv.output.components(separatedBy: "\r\n").count == incidents.count + 2)
    }
  }

  @Test("One incident with alerts, evidence and comments, as text, JSON and CSV")
  func show() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (tenant, id) = try await unassigned(place)
      let json = try await place.run("incidents", "show", tenant, id, "--output", "json")
      #expect(json.status == 0, "\(json.words)")
      let root = try #require(json.json as? [String: Any])
      let alerts = try #require(root["alerts"] as? [[String: Any]])
      #expect(!alerts.isEmpty && root["comments"] is [Any])
      #expect(root["alertCount"] as? Int == alerts.count)
      let evidence = alerts.flatMap { $0["evidence"] as? [[String: Any]] ?? [] }
      #expect(!evidence.isEmpty)
      #expect(evidence.allSatisfy { ($0["type"] as? String)?.contains("microsoft.graph") == false })
      let text = try await place.run("incidents", "show", tenant, id)
      #expect(text.output.hasPrefix("#\(id)  ") && text.output.contains("Alerts \(alerts.count)"))
      // What every piece of evidence is, with its hashes, also where a person or a spreadsheet reads it.
      let csvOfOne = try await place.run("incidents", "show", tenant, id, "--output", "csv")
      for item in evidence {
        let file = item["fileDetails"] as? [String: Any] ?? item["imageFile"] as? [String: Any]
        for value in [file?["sha256"], file?["sha1"], item["ipAddress"], item["deviceDnsName"]] {
          guard let value = value as? String else { continue }
          #expect(text.output.contains(value) && csvOfOne.output.contains(value))
        }
      }
      let csv = try await place.run("incidents", "show", tenant, id, "--output", "csv")
      #expect(csv.output.components(separatedBy: "\r\n").count == 3)
      let absent = try await place.run("incidents", "show", tenant, "999999999")
      #expect(absent.status == 2 && absent.output == "")
      #expect(absent.words.contains(place.tenants[0].name))
    }
  }

  @Test("A claim is confirmed, and is in effect at the service")
  func claim() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (tenant, id) = try await unassigned(place)
      let claim = try await place.run(
        "incidents", "update", tenant, id, "--assign", "me", "--status", "inProgress", "--output", "json")
      #expect(claim.status == 0, "\(claim.words)")
      let write = try #require(claim.json as? [String: Any])
      #expect(
        Set(write.keys) == [
          "write", "tenantId", "id", "state", "error", "action", "requestId", "conflict", "targetIncidentId",
          "writes",
        ])
      #expect(write["state"] as? String == "confirmed")
      let shown = try await place.run("incidents", "show", tenant, id, "--output", "json")
      let incident = shown.json as? [String: Any]
      #expect(incident?["assignedTo"] as? String == Workplace.upn)
      #expect(incident?["status"] as? String == "inProgress")
      #expect(place.lab.state().map(\.writes) == [1])
      let again = try await place.run("incidents", "update", tenant, id, "--assign", "none")
      #expect(again.status == 0)
      #expect(again.output == "\(place.tenants[0].name) #\(id): assigned to nobody: confirmed\n")
    }
  }

  /// Gives an incident to a colleague.
  private func assign(_ incident: (tenant: String, id: String), to upn: String, _ place: Workplace) async throws {
    let given = try await place.run("incidents", "update", incident.tenant, incident.id, "--assign", upn)
    #expect(given.status == 0, "\(given.words)")
  }

  @Test(
    "What a colleague has is not assigned to somebody else without --take-over: 2, named, and nothing is sent",
    arguments: ["me", "none", "carla@northwind-soc.example"])
  func takeOver(assignee: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      let incident = try await unassigned(place)
      try await assign(incident, to: "ben@northwind-soc.example", place)
      let command = [
        "incidents", "update", incident.tenant, incident.id, "--status", "inProgress", "--assign", assignee,
      ]
      let refused = try await place.run(bare: command + ["--config", place.configuration])
      #expect(refused.status == 2 && refused.output == "")
      #expect(refused.words.contains(": the change was not made: assigned elsewhere. "), "\(refused.words)")
      #expect(refused.words.contains("ben@northwind-soc.example has it") && refused.words.contains("--take-over"))
      #expect(place.lab.state().map(\.writes) == [1])
      let taken = try await place.run(bare: command + ["--take-over", "--config", place.configuration])
      #expect(taken.status == 0, "\(taken.words)")
      #expect(place.lab.state().map(\.writes) == [2])
    }
  }

  @Test("A colleague is not asked about a status alone, nor the operator about what is the operator's or nobody's")
  func nothingTaken() async throws {
    try await Workplace.with(tenants: 1) { place in
      let incident = try await unassigned(place)
      try await assign(incident, to: Workplace.upn.uppercased(), place)
      try await assign(incident, to: "ben@northwind-soc.example", place)
      try await assign(incident, to: "BEN@northwind-soc.example", place)
      let status = try await place.run("incidents", "update", incident.tenant, incident.id, "--status", "inProgress")
      #expect(status.status == 0, "\(status.words)")
      let alone = try await place.run(
        "incidents", "update", incident.tenant, incident.id, "--status", "active", "--take-over")
      #expect(alone.status == 64 && alone.words.contains("--take-over goes with --assign"))
    }
  }

  @Test("An id is taken as it is displayed, with # and blanks around it; an empty one is usage")
  func displayedID() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (tenant, id) = try await unassigned(place)
      let shown = try await place.run("incidents", "show", tenant, " #\(id) ", "--output", "json")
      #expect((shown.json as? [String: Any])?["id"] as? String == id, "\(shown.words)")
      let claimed = try await place.run("incidents", "update", tenant, "#\(id)", "--assign", "me")
      #expect(claimed.status == 0, "\(claimed.words)")
      for empty in ["#", " ", ""] { #expect(try await place.run("incidents", "show", tenant, empty).status == 64) }
    }
  }

  @Test("Items that could not be read are named on standard error, and the answer is not whole: 1")
  func unreadable() async throws {
    try await Workplace.with(tenants: 1) { place in
      place.lab.add(
        LabFault(
          .answer(
            status: 200, headers: ["Content-Type": "application/json"], body: #"{"value":[{"displayName":"no id"}]}"#),
          route: "incidents.list"))
      let listed = try await place.run("incidents", "list")
      #expect(listed.status == 1)
      #expect(
        listed.words.contains(
          "\(place.tenants[0].name): 1 of its incidents could not be read, so it is not listed (the last: item 1, byte 10"
        ))
      #expect(listed.words.contains("The portal has it."))
    }
  }

  @Test("R6: a change that was not made says when to do it again, for nobody does it by itself")
  func throttled() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (tenant, id) = try await unassigned(place)
      place.lab.add(
        LabFault(.answer(status: 429, headers: ["Retry-After": "30"], body: "{}"), route: "incidents.update"))
      let refused = try await place.run("incidents", "update", tenant, id, "--assign", "me")
      #expect(refused.status == 2 && refused.output == "")
      #expect(refused.words.contains("\(place.tenants[0].name) #\(id): the change was not made: throttled."))
      #expect(refused.words.contains("Nothing was changed: do it again after "))
    }
  }

  @Test("A change whose outcome is not known names the command that tells it, as a shell takes it")
  func unknownOutcome() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (_, id) = try await unassigned(place)
      let name = place.tenants[0].name
      #expect(name.contains(" "))
      place.lab.add(LabFault(.answer(status: 504, headers: [:], body: "{}"), route: "incidents.update", times: 0))
      let unknown = try await place.run("incidents", "update", name, "#\(id)", "--status", "inProgress")
      #expect(unknown.status == 2)
      #expect(unknown.words.contains("#\(id): the outcome of the change is not known yet: "), "\(unknown.words)")
      #expect(unknown.words.contains("partner-console incidents show '\(name)' \(id)."), "\(unknown.words)")
      #expect(unknown.words.firstMatch(of: /\b[a-z]+[A-Z]/) == nil, "\(unknown.words)")
    }
  }

  @Test("F31: a change that the role does not allow is 77 and names the role and the way to it")
  func notPermitted() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (tenant, id) = try await unassigned(place)
      place.lab.changeConsent(
        of: place.tenants[0].id, .grant, roles: ["SecurityIncident.Read.All", "SecurityAlert.Read.All"])
      let refused = try await place.run("incidents", "update", tenant, id, "--status", "resolved")
      #expect(refused.status == 77)
      #expect(refused.words.contains("SecurityIncident.ReadWrite.All") && refused.words.contains("consent"))
      #expect(place.lab.state().map(\.writes) == [0])
    }
  }

  @Test("F59: with a damaged journal nothing is changed: 77, and the file is kept")
  func damagedJournal() async throws {
    try await Workplace.with(tenants: 1) { place in
      let (tenant, id) = try await unassigned(place)
      let journal = URL(filePath: place.stateFolder + "/journal.db")
      let damaged = Data(repeating: 0x5A, count: 8192)
      try damaged.write(to: journal)
      for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: journal.path + end) }
      let refused = try await place.run("incidents", "update", tenant, id, "--status", "resolved")
      #expect(refused.status == 77, "\(refused.words)")
      #expect(try Data(contentsOf: journal) == damaged)
      #expect(place.lab.state().map(\.writes) == [0])
      #expect(try await place.run("incidents", "list").status == 0)
    }
  }

  @Test("An excluded tenant is neither counted nor asked")
  func excluded() async throws {
    try await Workplace.with(tenants: 2, change: exclude) { place in
      let listed = try await place.run("incidents", "list", "--output", "json")
      #expect(listed.status == 0)
      let excluded = place.tenants[1]
      let incidents = (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
      #expect(incidents.allSatisfy { $0["tenantId"] as? String != excluded.id.lowercased() })
      for command in [["show", excluded.domain, "1"], ["update", excluded.domain, "1", "--status", "resolved"]] {
        let refused = try await place.run(bare: ["incidents"] + command + ["--config", place.configuration])
        #expect(refused.status == 2 && refused.words.contains("excluded"))
      }
      let asked = place.lab.state().first { $0.id == excluded.id }
      #expect(asked?.tokensIssued == 0 && asked?.requests.isEmpty == true)
    }
  }

  @Sendable private func exclude(_ root: inout [String: Any]) {
    guard var tenants = root["tenants"] as? [[String: Any]] else { return }
    tenants[1]["excluded"] = true
    root["tenants"] = tenants
  }

  @Test(
    "Mistakes of usage are 64 and change nothing",
    arguments: [
      ["tenants", "nobody"], ["tenants", ""], ["incidents", "update", "@all", "1", "--status", "resolved"],
      ["incidents", "update", "@all", "1"], ["incidents", "update", "x", "1", "--status", "closed"],
      ["incidents", "update", "x", "1", "--assign", "anna"], ["tenants", "--output", "xml"], ["unknown"],
      ["consent", "link"], ["ui", "--view", "nowhere"],
    ])
  func usage(arguments: [String]) async throws {
    try await Workplace.with(tenants: 2) { place in
      let outcome = try await place.run(bare: arguments + ["--config", place.configuration])
      #expect(outcome.status == 64, "\(outcome.words)")
      #expect(outcome.output == "" && !outcome.words.isEmpty)
      #expect(place.lab.state().allSatisfy { $0.requests.isEmpty })
    }
  }

  @Test("78: no configuration, one with a mistake (with its place), and --assign me without an operator")
  func configuration() async throws {
    try await Workplace.with(tenants: 1, change: { $0["operator"] = nil }) { place in
      let nobody = try await place.run(
        "incidents", "update", place.tenants[0].domain, "1", "--assign", "me")
      #expect(nobody.status == 78 && nobody.words.contains("operator"))
      let absent = try await place.run(bare: ["tenants", "--config", "/nowhere/tenants.json"])
      #expect(absent.status == 78 && absent.words.contains("/nowhere/tenants.json"))
      let broken = place.home.appending(path: "broken.json")
      try Data("{ \"version\": 1,\n  \"app\": 7 }".utf8).write(to: broken)
      let mistake = try await place.run(bare: ["tenants", "--config", broken.path])
      #expect(mistake.status == 78 && mistake.words.contains("broken.json:2:"), "\(mistake.words)")
      #expect(try await place.run(bare: ["tenants"]).status == 78)
    }
  }

  @Test(
    "Every command helps with an example",
    arguments: [
      ["ui"], ["tenants"], ["consent", "check"], ["consent", "link"], ["consent", "request"], ["consent", "history"],
      ["token", "list"], ["incidents", "list"], ["incidents", "show"], ["incidents", "update"], ["incidents", "merge"],
      ["incidents", "move-alerts"], ["audit", "show"], ["audit", "verify"], ["lab"],
    ])
  func help(command: [String]) async throws {
    try await Workplace.with(tenants: 1) { place in
      let help = try await place.run(bare: command + ["--help"])
      #expect(help.status == 0 && help.output.contains("EXAMPLE") && help.words == "")
      #expect(help.output.contains("partner-console"))
    }
  }
}
