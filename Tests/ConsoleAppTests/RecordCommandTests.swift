import Foundation
import LabServer
import Testing

@Suite("Commands that change an incident, and what is on record", .serialized)
struct RecordCommandTests {
  /// Open incidents that nobody has, or all.
  private func free(_ place: Workplace, all: Bool = false) async throws -> [(tenant: String, id: String)] {
    let listed = try await place.run("incidents", "list", "--output", "json")
    let incidents = listed.object["incidents"] as? [[String: Any]] ?? []
    return incidents.filter { all || $0["assignedTo"] is NSNull && $0["status"] as? String == "active" }.compactMap {
      guard let tenant = $0["tenantId"] as? String, let id = $0["id"] as? String else { return nil }
      return (tenant, id)
    }
  }

  private func first(_ place: Workplace) async throws -> (tenant: String, id: String) {
    try #require(try await free(place).first)
  }

  private func shown(_ place: Workplace, _ tenant: String, _ id: String) async throws -> [String: Any] {
    try await place.run("incidents", "show", tenant, id, "--output", "json").object
  }

  @Test("update changes all that Graph lets one change, then comments; each write is told")
  func whole() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (tenant, id) = try await first(place)
      let outcome = try await place.run(
        "incidents", "update", tenant, id, "--status", "resolved", "--classification", "true positive",
        "--determination", "Phishing", "--tag", "vip", "--tag", "eu", "--severity", "low", "--name", "Renamed",
        "--description", "What it is", "--resolving-comment", "Cleaned", "--comment", "All done.", "--output", "json")
      #expect(outcome.status == 0, "\(outcome.words)")
      let writes = outcome.object["writes"] as? [[String: Any]] ?? []
      #expect(writes.map { $0["state"] as? String } == ["confirmed", "confirmed"])
      #expect(
        writes.map { ($0["action"] as? [String: Any])?["type"] as? String } == ["update", "comment"], "the change first"
      )
      #expect(writes.allSatisfy { $0["requestId"] is String && $0["conflict"] is NSNull })
      #expect(outcome.object["write"] as? String == writes.first?["write"] as? String)
      let now = try await shown(place, tenant, id)
      #expect(now["status"] as? String == "resolved" && now["classification"] as? String == "truePositive")
      #expect(now["determination"] as? String == "phishing" && now["severity"] as? String == "low")
      #expect(now["displayName"] as? String == "Renamed" && now["description"] as? String == "What it is")
      #expect((now["tags"] as? [String])?.suffix(2) == ["vip", "eu"])
      let comments = (now["comments"] as? [[String: Any]] ?? []).compactMap { $0["comment"] as? String }
      #expect(comments.contains { $0.hasPrefix("All done.") && $0.contains(Workplace.upn) }, "signed: \(comments)")
      let again = try await place.run(
        "incidents", "update", tenant, id, "--remove-tag", "vip", "--comment", "And more.")
      #expect(again.status == 0)
      let lines = again.output.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasSuffix("tag vip taken away: confirmed"), "\(again.output)")
      #expect(lines.last?.hasSuffix("comment “And more.”: confirmed") == true)
    }
  }

  @Test("A comment beside a change that was not made is not sent, and that is said")
  func leftComment() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (tenant, id) = try await first(place)
      place.lab.add(LabFault(.answer(status: 400, headers: [:], body: "{}"), route: "incidents.update"))
      let outcome = try await place.run(
        "incidents", "update", tenant, id, "--status", "inProgress", "--comment", "Mine.", "--output", "json")
      #expect(outcome.status == 2)
      #expect(outcome.words.contains("The comment was not sent."), "\(outcome.words)")
      let writes = outcome.object["writes"] as? [[String: Any]] ?? []
      #expect(writes.map { $0["state"] as? String } == ["failed", "notSent"])
      #expect(writes.last?["write"] is String, "it is on record")
      let kept = try await place.run("audit", "show", tenant, "--output", "json")
      #expect(kept.output.contains("Mine."), "what was typed is not lost")
      #expect(outcome.object["state"] as? String == "failed")
      let comments = try await shown(place, tenant, id)["comments"] as? [[String: Any]] ?? []
      #expect(!comments.contains { ($0["comment"] as? String)?.hasPrefix("Mine.") == true })
    }
  }

  @Test("--dry-run prints what would be sent and sends nothing; where it is so already it says that")
  func dryRun() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (tenant, id) = try await first(place)
      let line = ["incidents", "update", tenant, id, "--status", "inProgress", "--comment", "Mine.", "--dry-run"]
      let json = try await place.run(bare: line + ["--output", "json", "--config", place.configuration])
      #expect(json.status == 0, "\(json.words)")
      let requests = json.object["requests"] as? [[String: Any]] ?? []
      #expect(requests.map { $0["method"] as? String } == ["PATCH", "POST"])
      #expect((requests.first?["path"] as? String)?.hasSuffix("/security/incidents/\(id)") == true, "\(requests)")
      #expect((requests.first?["body"] as? [String: Any])?["status"] as? String == "inProgress")
      let text = try await place.run(bare: line + ["--config", place.configuration])
      #expect(text.status == 0 && text.output.hasPrefix("PATCH ") && text.output.contains("\nPOST "))
      let nothing = try await place.run("incidents", "update", tenant, id, "--status", "active", "--dry-run")
      #expect(nothing.status == 0 && nothing.output == "" && nothing.words.contains("it is so already"))
      #expect(place.lab.state().map(\.writes) == [0])
      #expect(try await place.run("audit", "show", tenant, "--output", "json").objects.isEmpty, "nothing is on record")
    }
  }

  @Test(
    "What cannot be meant is 64, names the way, and nobody is asked",
    arguments: [
      (["--classification", "truePositive"], "go together"), (["--determination", "malware"], "go together"),
      (["--classification", "falsePositive", "--determination", "malware"], "Not malicious (notMalicious)"),
      (["--classification", "maybe", "--determination", "malware"], "True positive (truePositive): Multistage attack"),
      (["--severity", "critical"], "--severity is high"), (["--status", "new"], "--status is active"),
      (["--alert", "a1", "--status", "active"], "new, inProgress or resolved"),
      (["--alert", "a1", "--tag", "x"], "not --tag"), (["--tag", "x", "--remove-tag", "x"], "name it once"),
      (["--comment", " "], "--comment is empty"), (["--name", ""], "--name is empty"), (["--dry-run"], "Say what"),
    ])
  func usage(options: [String], words: String) async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let command = ["incidents", "update", place.tenants[0].domain, "1"] + options
      let outcome = try await place.run(bare: command + ["--config", place.configuration])
      #expect(outcome.status == 64 && outcome.words.contains(words), "\(outcome.words)")
      #expect(place.lab.state().allSatisfy { $0.requests.isEmpty })
    }
  }

  @Test(
    "--alert acts on an alert; merge and move-alerts take their role, and a merged incident takes no write any more")
  func alertsAndMerge() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let some = try await free(place, all: true)
      try #require(some.count > 2)
      let (tenant, id) = some[0]
      let refused = try await place.run("incidents", "merge", tenant, id, some[1].id)
      #expect(refused.status == 77 && refused.words.contains("SecurityData.Manage.All"), "\(refused.words)")
      let dry = try await place.run("incidents", "merge", tenant, id, some[1].id, "--dry-run")
      #expect(dry.status == 77 && dry.words.contains("SecurityData.Manage.All") && dry.output == "", "\(dry.words)")
      place.lab.changeConsent(
        of: place.tenants[0].id, .grant,
        roles: ["SecurityIncident.ReadWrite.All", "SecurityAlert.ReadWrite.All", "SecurityData.Manage.All"])
      let alerts = try await shown(place, tenant, id)["alerts"] as? [[String: Any]] ?? []
      let alert = try #require(alerts.first?["id"] as? String)
      let closed = try await place.run(
        "incidents", "update", tenant, id, "--alert", alert, "--status", "resolved", "--comment", "Seen.")
      #expect(closed.status == 0, "\(closed.words)")
      #expect(closed.output.contains("alert \(alert): status resolved: confirmed"), "\(closed.output)")
      let moved = try await place.run("incidents", "move-alerts", tenant, alert, "--to", some[2].id)
      #expect(moved.status == 0, "\(moved.words)")
      let merged = try await place.run(
        "incidents", "merge", tenant, id, some[1].id, "--reason", "sameCampaign", "--output", "json")
      #expect(merged.status == 0, "\(merged.words)")
      let both = try await (shown(place, tenant, id), shown(place, tenant, some[1].id))
      let (dead, alive) = both.0["status"] as? String == "redirected" ? (id, some[1].id) : (some[1].id, id)
      #expect(merged.object["targetIncidentId"] as? String == alive, "the one that stays is named")
      let before = place.lab.state().map(\.writes)
      for options in [
        ["--status", "active"], ["--tag", "x"], ["--comment", "x"], ["--assign", "me"], ["--name", "x"],
      ] {
        let late = try await place.run(
          bare: ["incidents", "update", tenant, dead] + options + ["--config", place.configuration])
        #expect(late.status == 2 && late.words.contains("merged"), "\(options) \(late.words)")
      }
      #expect(place.lab.state().map(\.writes) == before)
    }
  }

  @Test("audit show tells each step of what was done; its JSON and CSV keep their shapes")
  func auditShow() async throws {
    try await Workplace.with(tenants: 2) { (place) async throws in
      let none = try await place.run("audit", "show", "--output", "json")
      #expect(none.status == 0 && none.objects.isEmpty && none.words.contains("Nothing is on record"))
      let (tenant, id) = try await first(place)
      _ = try await place.run("incidents", "update", tenant, id, "--status", "inProgress", "--comment", "=1+1")
      let json = try await place.run("audit", "show", tenant, "--output", "json")
      #expect(json.status == 0, "\(json.words)")
      for entry in json.objects {
        #expect(
          Set(entry.keys) == [
            "entry", "at", "kind", "tenantId", "tenantName", "incidentId", "write", "operator", "requestId", "what",
            "action", "undoes", "changes", "changedBy", "changedAt", "error", "detail",
          ])
      }
      let numbers = json.objects.compactMap { $0["entry"] as? Int }
      #expect(numbers == numbers.sorted(by: >) && numbers.count == json.objects.count)
      let kinds = json.objects.compactMap { $0["kind"] as? String }
      for kind in ["intent", "sent", "confirmed", "incidentChanged"] { #expect(kinds.contains(kind), "\(kinds)") }
      let change = json.objects.first { $0["kind"] as? String == "incidentChanged" }?["changes"] as? [[String: Any]]
      #expect(change?.contains { $0["field"] as? String == "status" && $0["after"] as? String == "inProgress" } == true)
      let sent = json.objects.first { $0["kind"] as? String == "sent" }
      #expect(sent?["requestId"] is String && sent?["operator"] as? String == Workplace.upn)
      let limited = try await place.run("audit", "show", "--limit", "1", "--output", "json")
      #expect(limited.objects.count == 1 && limited.words.contains("There are older entries: --limit 10 shows more"))
      let other = try await place.run("audit", "show", place.tenants[1].domain, "--output", "json")
      #expect(other.objects.allSatisfy { $0["tenantId"] as? String == place.tenants[1].id.lowercased() })
      let csv = try await place.run("audit", "show", "--output", "csv")
      let header = csv.output.components(separatedBy: "\r\n").first ?? ""
      #expect(header.hasPrefix("entry,at,kind,tenantId,tenantName,incidentId,write,operator,requestId,what,undoes,"))
      #expect(csv.output.components(separatedBy: "\r\n").count == json.objects.count + 2)
      let text = try await place.run("audit", "show")
      #expect(text.output.contains("ENTRY") && text.output.contains("status: active → inProgress"), "\(text.output)")
    }
  }

  @Test("audit verify: 0 while all is as written, 2 with the entry's number after one byte was flipped; the file stays")
  func auditVerify() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (tenant, id) = try await first(place)
      for status in ["inProgress", "active"] {
        #expect(try await place.run("incidents", "update", tenant, id, "--status", status).status == 0)
      }
      let whole = try await place.run("audit", "verify", "--output", "json")
      #expect(whole.status == 0 && whole.object["isIntact"] as? Bool == true && whole.object["lastHash"] is String)
      let count = try #require(whole.object["intact"] as? Int)
      #expect(try await place.run("audit", "verify").output.hasPrefix("\(count) entries, all as written"))
      let journal = URL(filePath: place.stateFolder + "/journal.db")
      var bytes = try Data(contentsOf: journal)
      let upn = try #require(bytes.range(of: Data(Workplace.upn.utf8), options: .backwards))
      bytes[upn.lowerBound] ^= 1
      for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: journal.path + end) }
      try bytes.write(to: journal)
      let broken = try await place.run("audit", "verify", "--output", "json")
      #expect(broken.status == 2)
      let entry = try #require(broken.object["brokenEntry"] as? Int)
      #expect(broken.words.contains("entry \(entry): its content is not what was written"), "\(broken.words)")
      #expect(broken.object["intact"] as? Int == entry - 1 && broken.object["lastHash"] is NSNull)
      #expect(try Data(contentsOf: journal) == bytes)
      #expect(
        try await place.run("audit", "show", "--output", "json").objects.count == count, "what can be read is shown")
      try Data().write(to: journal)
      let empty = try await place.run("audit", "show")
      #expect(empty.status == 2 && empty.words.contains("what is on record may not be all"), "\(empty.words)")
    }
  }

  @Test(
    "show --as-of tells the incident as it was, offline; what is not known of it, and its first sight, are told with 1")
  func asOf() async throws {
    try await Workplace.with(tenants: 1) { (place) async throws in
      let (tenant, id) = try await first(place)
      let moment = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
      #expect(
        try await place.run("incidents", "update", tenant, id, "--status", "inProgress", "--comment", "Mine.").status
          == 0)
      let asked = place.lab.state().map(\.requests)
      let then = try await place.run("incidents", "show", tenant, id, "--as-of", moment, "--output", "json")
      #expect(then.status == 1 && then.words.contains("as they were last read"), "\(then.words)")
      #expect(then.object["status"] as? String == "active")
      #expect((then.object["asOf"] as? [String: Any])?["knownSince"] is String)
      let comments = then.object["comments"] as? [[String: Any]] ?? []
      #expect(!comments.contains { ($0["comment"] as? String)?.hasPrefix("Mine.") == true })
      let now = try await place.run("incidents", "show", tenant, id, "--as-of", "0s", "--output", "json")
      #expect(now.object["status"] as? String == "inProgress")
      #expect(now.status == 1 && now.words.contains("what changed after it was last read is not known"))
      let text = try await place.run("incidents", "show", tenant, id, "--as-of", moment)
      #expect(text.status == 1 && text.output.hasPrefix("As of \(moment.prefix(19))"), "\(text.output)")
      let early = try await place.run("incidents", "show", tenant, id, "--as-of", "4d")
      #expect(early.status == 1 && early.output == "" && early.words.contains("not known before"), "\(early.words)")
      let never = try await place.run("incidents", "show", tenant, "999999", "--as-of", "1h")
      #expect(never.status == 2 && never.words.contains("nothing of it is kept"))
      #expect(place.lab.state().map(\.requests) == asked, "nobody was asked")
      for wrong in ["yesterday", "2h30", "9999-01-01T00:00:00Z", ""] {
        #expect(try await place.run("incidents", "show", tenant, id, "--as-of", wrong).status == 64, "\(wrong)")
      }
    }
  }
}
