import Foundation
import LabServer
import Testing

@Suite struct WriteTests {
  /// A lab with one healthy tenant, a token and the id of an incident.
  private func withIncident(
    _ expected: Set<LabViolation.Kind> = [], clock: HandClock = HandClock(fixedEpoch),
    _ body: (LabServer, _ token: String, _ id: String) async throws -> Void
  ) async throws {
    var options = options(.granted, clock: clock)
    options.expectedViolations = expected
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let items = try await lab.get("\(security)/incidents", token).items()
      try await body(lab, token, try #require(items[0]["id"] as? String))
    }
  }

  @Test(
    "A change that Graph refuses changes nothing",
    arguments: [
      "", "[]", "{}", "nope", #"{"colour":"red"}"#, #"{"id":"7"}"#, #"{"comments":[]}"#, #"{"status":"redirected"}"#,
      #"{"status":"awaitingAction"}"#, #"{"status":"done"}"#, #"{"status":1}"#, #"{"severity":null}"#,
      #"{"customTags":"a"}"#, #"{"customTags":[1]}"#, #"{"classification":"clean"}"#, #"{"assignedTo":7}"#,
      #"{"status":"resolved","systemTags":[]}"#,
      #"{"severity":"low","severity":"high"}"#, #"{"severity":"low",}"#, #"{"severity":"low"} {}"#,
    ])
  func refused(_ change: String) async throws {
    try await withIncident { lab, token, id in
      let before = try await lab.get("\(security)/incidents/\(id)", token).body
      let answer = try await lab.patch(id, token, change)
      #expect(answer.status == 400)
      #expect(try answer.error()["code"] as? String == "BadRequest")
      #expect(try await lab.get("\(security)/incidents/\(id)", token).body == before)
    }
  }

  @Test("Every patchable property is taken, in any casing, and null clears a text")
  func everything() async throws {
    try await withIncident { lab, token, id in
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      let change = """
        {"displayName":"Neu — 新しい","description":"d","summary":"s","severity":"LOW","status":"Resolved",
         "classification":"TruePositive","determination":"multistagedattack","assignedTo":"b@c.example",
         "resolvingComment":"done","customTags":["a","b"]}
        """
      let body = try await lab.patch(id, token, change).object()
      #expect(body["displayName"] as? String == "Neu — 新しい")
      #expect(body["severity"] as? String == "low")
      #expect(body["status"] as? String == "resolved")
      #expect(body["classification"] as? String == "truePositive")
      #expect(body["determination"] as? String == "multiStagedAttack")
      #expect(body["customTags"] as? [String] == ["a", "b"])
      #expect(body["resolvingComment"] as? String == "done")
      let cleared = try await lab.patch(id, token, #"{"assignedTo":null}"#).object()
      #expect(cleared["assignedTo"] is NSNull)
      #expect(cleared["status"] as? String == "resolved")
    }
  }

  @Test("A filter on the time of change finds the change and nothing older")
  func watermark() async throws {
    try await withIncident { lab, token, id in
      let newest = try await lab.get("\(security)/incidents?$orderby=lastUpdateDateTime desc&$top=1", token).items()
      let mark = try #require(newest[0]["lastUpdateDateTime"] as? String)
      let delta = "\(security)/incidents?$filter=lastUpdateDateTime gt \(mark)&$orderby=lastUpdateDateTime asc&$top=50"
      #expect(try await lab.get(delta, token).items().isEmpty)
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      _ = try await lab.patch(id, token, #"{"status":"inProgress"}"#)
      #expect(try await lab.get(delta, token).items().map { $0["id"] as? String } == [id])
      lab.tick(seconds: 60, newIncidents: 2, edits: 0)
      #expect(try await lab.get(delta, token).items().count == 3)
    }
  }

  @Test("R8: a write without a read of the last minute is a violation")
  func withoutRead() async throws {
    let clock = HandClock(fixedEpoch)
    try await withIncident([.writeWithoutRead], clock: clock) { lab, token, id in
      _ = try await lab.patch(id, token, #"{"severity":"low"}"#)
      #expect(lab.violations().map(\.kind) == [.writeWithoutRead])
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      clock.pass(59)
      _ = try await lab.patch(id, token, #"{"severity":"medium"}"#)
      #expect(lab.violations().count == 1)
      clock.pass(61)
      _ = try await lab.patch(id, token, #"{"severity":"high"}"#)
      #expect(lab.violations().count == 2)
    }
  }

  @Test("R10: tags that others added are not to be lost; those that were seen may be taken away or replaced")
  func lostTag() async throws {
    var options = options(.granted)
    options.incidentsPerTenant = 1
    options.expectedViolations = [.lostTag]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let path = "\(security)/incidents/1000001"
      _ = try await lab.get(path, token)
      for change in [#"{"customTags":["a","b"]}"#, #"{"customTags":["a"]}"#, #"{"customTags":["c"]}"#] {
        _ = try await lab.patch("1000001", token, change)
      }
      #expect(lab.violations().isEmpty)
      // One edit of theirs in four adds a tag; a list shows it but is not the read before a write.
      lab.tick(edits: 40)
      let tags = try await lab.get("\(security)/incidents", token).items()[0]["customTags"] as? [String]
      #expect((tags?.count ?? 0) > 1)
      _ = try await lab.patch("1000001", token, #"{"customTags":["c","d"]}"#)
      #expect(lab.violations().map(\.kind) == [.lostTag])
    }
  }

  @Test("R9, F6: the same write or comment twice is a violation")
  func repeated() async throws {
    let clock = HandClock(fixedEpoch)
    try await withIncident([.repeatedWrite, .repeatedComment], clock: clock) { lab, token, id in
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      _ = try await lab.patch(id, token, #"{"severity":"low"}"#, [("client-request-id", "one")])
      _ = try await lab.patch(id, token, #"{"severity":"high"}"#, [("client-request-id", "two")])
      #expect(lab.violations().isEmpty)
      _ = try await lab.patch(id, token, #"{"severity":"high"}"#, [("client-request-id", "three")])
      _ = try await lab.patch(id, token, #"{"severity":"low"}"#, [("client-request-id", "one")])
      #expect(lab.violations().map(\.kind) == [.repeatedWrite, .repeatedWrite])
      for _ in 0..<40 { lab.tick(edits: 5) }
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      _ = try await lab.patch(id, token, #"{"severity":"low"}"#)
      #expect(lab.violations().count == 2, "others came in between")
      let comment = #"{"@odata.type":"microsoft.graph.security.alertComment","comment":"seen"}"#
      for _ in 0..<2 {
        let answer = try await send(
          "POST", "\(lab.baseURL)/\(security)/incidents/\(id)/comments",
          [("Authorization", "Bearer \(token)"), prefer, ("Content-Type", "application/json")], body: comment)
        #expect(answer.status == 200)
        #expect(try answer.items().last?["comment"] as? String == "seen")
      }
      #expect(lab.violations().last?.kind == .repeatedComment)
      #expect(lab.state()[0].comments == 2)
    }
  }

  @Test("R8: a write that may have taken effect is not sent again before a read has arrived, however late")
  func blindRepeat() async throws {
    let clock = HandClock(fixedEpoch)
    let change = #"{"severity":"low"}"#
    try await withIncident([.repeatedWrite, .writeWithoutRead], clock: clock) { lab, token, id in
      let path = "\(security)/incidents/\(id)"
      for effect in [LabFault.Effect.resetBefore, .resetAfter, .answer(status: 503, headers: [:], body: "")] {
        _ = try await lab.get(path, token)
        lab.add(LabFault(effect, route: "incidents.update"))
        _ = try? await lab.patch(id, token, change)
        _ = try await lab.get(path, token)
        let start = lab.violations().count
        _ = try await lab.patch(id, token, change)
        #expect(lab.violations().count == start, "it was read in between")
        clock.pass(700)
        _ = try await lab.patch(id, token, change)
        #expect(lab.violations().map(\.kind).suffix(2) == [.writeWithoutRead, .repeatedWrite])
        _ = try await lab.get(path, token)
      }
      let start = lab.violations().count
      for refusal in [429, 400] {
        lab.add(LabFault(.answer(status: refusal, headers: [:], body: ""), route: "incidents.update"))
        _ = try await lab.patch(id, token, change)
      }
      _ = try await lab.patch(id, token, change)
      #expect(lab.violations().count == start, "what was refused may be sent again")
    }
  }

  @Test(
    "R8: a read that did not arrive is none",
    arguments: [
      LabFault.Effect.resetAfter, .truncate(after: 20), .answer(status: 200, headers: [:], body: "{}"),
    ])
  func lostRead(_ effect: LabFault.Effect) async throws {
    try await withIncident([.writeWithoutRead]) { lab, token, id in
      lab.add(LabFault(effect, route: "incidents.get"))
      _ = try? await lab.get("\(security)/incidents/\(id)", token)
      _ = try await lab.patch(id, token, #"{"severity":"low"}"#)
      #expect(lab.violations().map(\.kind) == [.writeWithoutRead])
    }
  }

  @Test("A PATCH of the status changes nothing that it does not name", arguments: ["active", "inProgress", "resolved"])
  func onlyWhatIsNamed(_ status: String) async throws {
    try await withIncident { lab, token, _ in
      for before in try await lab.get("\(security)/incidents", token).items()
      where before["status"] as? String != status {
        let id = try #require(before["id"] as? String)
        _ = try await lab.get("\(security)/incidents/\(id)", token)
        let after = try await lab.patch(id, token, "{\"status\":\"\(status)\"}").object()
        for (name, value) in before where !["status", "lastModifiedBy", "lastUpdateDateTime"].contains(name) {
          #expect(try canonical(value) == canonical(after[name] ?? ""), "\(name) of \(id)")
        }
        lab.tick(seconds: 4)
      }
    }
  }

  @Test("What an incident shares with its alerts moves their time forward, and nothing else does")
  func alertTimes() async throws {
    try await withIncident { lab, token, _ in
      let list = try await lab.get("\(security)/incidents", token).items()
      let id = try #require(list.first { $0["status"] as? String == "resolved" }?["id"] as? String)
      let path = "\(security)/incidents/\(id)?$expand=alerts"
      func alerts() async throws -> [[String: Any]] {
        try #require(try await lab.get(path, token).object()["alerts"] as? [[String: Any]])
      }
      func times(_ name: String, _ alerts: [[String: Any]]) -> [Date] {
        alerts.compactMap { ($0[name] as? String).flatMap(date) }
      }
      let first = try await alerts()
      #expect(times("resolvedDateTime", first).count == first.count)
      _ = try await lab.patch(id, token, #"{"summary":"seen","severity":"low"}"#)
      #expect(try canonical(try await alerts()) == canonical(first))
      let judged = try await lab.patch(id, token, #"{"determination":"other"}"#).object()
      let second = try await alerts()
      let stamp = try #require((judged["lastUpdateDateTime"] as? String).flatMap(date))
      #expect(times("lastUpdateDateTime", second) == second.map { _ in stamp })
      #expect(times("resolvedDateTime", second) == times("resolvedDateTime", first))
      _ = try await lab.patch(id, token, #"{"status":"active"}"#)
      #expect(try canonical(try await alerts()) == canonical(second), "opening again opens no alert")
    }
  }
}
