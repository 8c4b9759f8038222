import Foundation
import LabServer
import Testing

@Suite struct AlertUpdateTests {
  /// An open alert of an incident that has at least two.
  private func open(_ lab: LabServer, _ token: String) async throws -> (incident: String, alerts: [[String: Any]]) {
    for incident in try await lab.incidents(token, "status eq 'active'") {
      let alerts = try await lab.alerts(of: incident.text("id"), token)
      if alerts.count > 1 { return (incident.text("id"), alerts) }
    }
    throw Missing()
  }

  private struct Missing: Error {}

  @Test("Every patchable property of an alert is taken, in any casing; it and its incident are as new as the change")
  func everything() async throws {
    try await withAlerts { lab, _, token in
      let (incident, alerts) = try await open(lab, token)
      let (id, before) = (alerts[0].text("id"), try await lab.incident(incident, token))
      let change = """
        {"status":"Resolved","classification":"TRUEPOSITIVE","determination":"malware","assignedTo":"b@c.example",
         "customDetails":{"Ticket":"INC-7"}}
        """
      let answer = try await lab.write("PATCH", "alerts_v2/\(id)", token, change)
      #expect(answer.status == 200)
      let after = try answer.object()
      #expect(after.text("@odata.context").hasSuffix("#security/alerts_v2/$entity"))
      #expect(after.text("status") == "resolved" && after.text("assignedTo") == "b@c.example")
      #expect(after.text("classification") == "truePositive" && after.text("determination") == "malware")
      #expect((after["customDetails"] as? [String: Any])?.text("Ticket") == "INC-7")
      #expect(after.text("resolvedDateTime") == after.text("lastUpdateDateTime"))
      let changed = ["status", "assignedTo", "classification", "determination", "customDetails", "resolvedDateTime"]
      for (name, value) in alerts[0]
      where !changed.contains(name) && !name.hasPrefix("@") && name != "lastUpdateDateTime" {
        #expect(try canonical(value) == canonical(after[name] ?? ""), "\(name)")
      }
      let now = try await lab.incident(incident, token)
      #expect(now.time("lastUpdateDateTime") == after.time("lastUpdateDateTime"))
      #expect(now.time("lastUpdateDateTime") > before.time("lastUpdateDateTime"))
      #expect(
        now.text("status") == before.text("status") && now.text("classification") == before.text("classification"))
      let others = try await lab.alerts(of: incident, token).filter { $0.text("id") != id }
      #expect(try canonical(others) == canonical(alerts.dropFirst().map { $0 }), "the others are as they were")
      let back = #"{"status":"new","classification":null,"determination":null,"assignedTo":null,"customDetails":null}"#
      let cleared = try await lab.write("PATCH", "alerts_v2/\(id)", token, back).object()
      #expect(cleared.text("status") == "new" && cleared["resolvedDateTime"] is NSNull)
      for name in ["classification", "determination", "assignedTo", "customDetails"] {
        #expect(cleared[name] is NSNull, "\(name)")
      }
      #expect(lab.state()[0].writes == 2)
    }
  }

  @Test(
    "A change of an alert that Graph refuses changes nothing",
    arguments: [
      "", "[]", "{}", "nope", #"{"colour":"red"}"#, #"{"severity":"low"}"#, #"{"title":"x"}"#, #"{"incidentId":"1"}"#,
      #"{"status":null}"#, #"{"status":"active"}"#, #"{"status":1}"#, #"{"classification":"clean"}"#,
      #"{"determination":"compromisedUser"}"#, #"{"assignedTo":7}"#, #"{"customDetails":{"a":1}}"#,
      #"{"customDetails":"a"}"#, #"{"status":"resolved","comments":[]}"#, #"{"status":"new","status":"resolved"}"#,
    ])
  func refused(_ change: String) async throws {
    try await withAlerts { lab, _, token in
      let id = try await open(lab, token).alerts[0].text("id")
      let before = try await lab.get("\(security)/alerts_v2/\(id)", token).body
      let answer = try await lab.write("PATCH", "alerts_v2/\(id)", token, change)
      #expect(answer.status == 400)
      #expect(try answer.error().text("code") == "BadRequest")
      #expect(try await lab.get("\(security)/alerts_v2/\(id)", token).body == before)
    }
  }

  @Test("An alert that was fetched and changed is taken back whole; what is fixed in it may not differ")
  func whole() async throws {
    try await withAlerts { lab, _, token in
      let id = try await open(lab, token).alerts[0].text("id")
      var sent = try await lab.alert(id, token)
      sent["status"] = "inProgress"
      let whole = try await lab.write(
        "PATCH", "alerts_v2/\(id)", token, String(decoding: canonical(sent), as: UTF8.self))
      #expect(whole.status == 200, "\(whole.text)")
      #expect(try whole.object().text("status") == "inProgress")
      sent["severity"] = "unknown"
      let answer = try await lab.write(
        "PATCH", "alerts_v2/\(id)", token, String(decoding: canonical(sent), as: UTF8.self))
      #expect(answer.status == 400 && answer.text.contains("'severity'"))
    }
  }

  /// What libraries make of `2026-03-01T09:22:33.1234567Z`, and what is another time.
  static let spellings: [(of: @Sendable (String) -> String, isTaken: Bool)] = [
    ({ $0.replacing("Z", with: "+00:00") }, true),
    ({ "\($0.dropLast(2))+00:00" }, true),
    ({ "\($0.dropLast(5))Z" }, true),
    ({ $0.replacing("Z", with: "00000Z") }, true),
    ({ $0.replacing("T", with: "t").replacing("Z", with: "z") }, true),
    ({ "\($0.dropLast(9))Z" }, false),
    ({ $0.replacing("Z", with: "+01:00") }, false),
    ({ $0.replacing("20", with: "19") }, false),
    ({ _ in "soon" }, false),
  ]

  @Test(
    "An alert that is sent back whole holds the time of its creation in whatever spelling", arguments: spellings.indices
  )
  func spelling(_ index: Int) async throws {
    try await withAlerts { lab, _, token in
      let (spelling, isTaken) = Self.spellings[index]
      let alerts = try await lab.get("\(security)/alerts_v2?$top=100", token).items()
      let id = try #require(alerts.first { $0.text("createdDateTime").count == 28 }).text("id")
      var sent = try await lab.alert(id, token)
      sent["createdDateTime"] = spelling(sent.text("createdDateTime"))
      sent["status"] = "resolved"
      let answer = try await lab.write(
        "PATCH", "alerts_v2/\(id)", token, String(decoding: canonical(sent), as: UTF8.self))
      #expect(answer.status == (isTaken ? 200 : 400), "\(answer.text)")
      #expect(isTaken || answer.text.contains("'createdDateTime'"))
    }
  }

  @Test("Any classification goes with any determination: the schema names no pairs")
  func pairs() async throws {
    try await withAlerts { lab, _, token in
      let id = try await open(lab, token).alerts[0].text("id")
      _ = try await lab.alert(id, token)
      let answer = try await lab.write(
        "PATCH", "alerts_v2/\(id)", token, #"{"classification":"falsePositive","determination":"malware"}"#)
      #expect(answer.status == 200)
    }
  }

  @Test("Only SecurityAlert.ReadWrite.All changes an alert, and only in its own tenant")
  func permission() async throws {
    try await withLabServer(options(.granted)) { lab in
      let token = try await lab.token(lab.state()[0].id)
      let id = try await lab.get("\(security)/alerts_v2?$top=1", token).items()[0].text("id")
      let answer = try await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"resolved"}"#)
      #expect(answer.status == 403 && answer.text.contains("API required roles: SecurityAlert.ReadWrite.All,"))
    }
    try await withAlerts { lab, _, token in
      let answer = try await lab.write("PATCH", "alerts_v2/da638000000000_1", token, #"{"status":"resolved"}"#)
      #expect(answer.status == 404)
    }
  }

  @Test("An alert's own state stays until its incident is changed in it, and is found by filters")
  func ownAndShared() async throws {
    try await withAlerts { lab, _, token in
      let (incident, alerts) = try await open(lab, token)
      let (id, other) = (alerts[0].text("id"), alerts[1].text("id"))
      _ = try await lab.incident(incident, token)
      _ = try await lab.alert(id, token)
      _ = try await lab.write(
        "PATCH", "alerts_v2/\(id)", token,
        #"{"classification":"falsePositive","determination":"notMalicious","assignedTo":"own@c.example"}"#)
      _ = try await lab.patch(incident, token, #"{"severity":"low","summary":"seen"}"#)
      let own = try await lab.get("\(security)/alerts_v2?$filter=assignedTo eq 'own@c.example'", token).items()
      #expect(own.map { $0.text("id") } == [id])
      #expect(try await lab.alert(id, token).text("classification") == "falsePositive")
      _ = try await lab.patch(incident, token, #"{"classification":"truePositive","assignedTo":"all@c.example"}"#)
      for alert in [id, other] {
        let now = try await lab.alert(alert, token)
        #expect(now.text("classification") == "truePositive" && now.text("assignedTo") == "all@c.example")
      }
      #expect(try await lab.alert(id, token).text("determination") == "notMalicious", "that was not changed")
    }
  }

  @Test("Resolving an incident closes the alerts that are open; opening it again opens none; each is opened by itself")
  func closing() async throws {
    try await withAlerts { lab, _, token in
      let (incident, alerts) = try await open(lab, token)
      let (first, second) = (alerts[0].text("id"), alerts[1].text("id"))
      _ = try await lab.incident(incident, token)
      _ = try await lab.alert(first, token)
      let closed = try await lab.write("PATCH", "alerts_v2/\(first)", token, #"{"status":"resolved"}"#).object()
      #expect(try await lab.alert(second, token).text("status") == "new")
      let resolved = try await lab.patch(incident, token, #"{"status":"resolved"}"#).object()
      let all = try await lab.alerts(of: incident, token)
      #expect(all.allSatisfy { $0.text("status") == "resolved" })
      #expect(try await lab.alert(first, token).text("resolvedDateTime") == closed.text("resolvedDateTime"))
      #expect(try await lab.alert(second, token).text("resolvedDateTime") == resolved.text("lastUpdateDateTime"))
      _ = try await lab.patch(incident, token, #"{"status":"active"}"#)
      #expect(try canonical(try await lab.alerts(of: incident, token)) == canonical(all))
      let opened = try await lab.write("PATCH", "alerts_v2/\(second)", token, #"{"status":"new"}"#).object()
      #expect(opened.text("status") == "new" && opened["resolvedDateTime"] is NSNull)
      #expect(try await lab.alert(first, token).text("status") == "resolved")
      let again = try await lab.patch(incident, token, #"{"status":"resolved"}"#).object()
      let last = try await lab.alert(second, token)
      #expect(last.text("status") == "resolved" && last.text("resolvedDateTime") == again.text("lastUpdateDateTime"))
      #expect(last.text("lastUpdateDateTime") == again.text("lastUpdateDateTime"))
      #expect(try await lab.alert(first, token).text("resolvedDateTime") == closed.text("resolvedDateTime"))
    }
  }

  @Test(
    "R8: a write to an alert without a read of the last minute is a violation; it is read alone or with its incident",
    arguments: ["alerts_v2/ID", "incidents/INCIDENT?$expand=alerts", "incidents/INCIDENT/alerts"])
  func withoutRead(_ path: String) async throws {
    let clock = HandClock(fixedEpoch)
    try await withAlerts([.writeWithoutRead], clock: clock) { lab, _, token in
      let all = try await lab.get("\(security)/alerts_v2", token).items()
      let (id, incident) = (all[0].text("id"), all[0].text("incidentId"))
      _ = try await lab.incident(incident, token)
      _ = try await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"new"}"#)
      #expect(lab.violations().map(\.kind) == [.writeWithoutRead], "neither a list nor the incident is a read of it")
      let read = path.replacing("ID", with: id).replacing("INCIDENT", with: incident)
        .replacing("INC\(id)ENT", with: incident)
      _ = try await lab.get("\(security)/\(read)", token)
      clock.pass(59)
      _ = try await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"inProgress"}"#)
      #expect(lab.violations().count == 1)
      clock.pass(61)
      _ = try await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"resolved"}"#)
      #expect(lab.violations().count == 2)
    }
  }

  @Test("R8: a write to an alert that may have taken effect is not sent again before a read has arrived")
  func blindRepeat() async throws {
    try await withAlerts([.repeatedWrite]) { lab, _, token in
      let id = try await open(lab, token).alerts[0].text("id")
      for effect in [LabFault.Effect.resetBefore, .resetAfter, .answer(status: 503, headers: [:], body: "")] {
        _ = try await lab.alert(id, token)
        lab.add(LabFault(effect, route: "alerts.update"))
        _ = try? await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"resolved"}"#)
        let start = lab.violations().count
        _ = try await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"resolved"}"#)
        #expect(lab.violations().map(\.kind).suffix(from: start) == [.repeatedWrite])
        _ = try await lab.alert(id, token)
        _ = try await lab.write("PATCH", "alerts_v2/\(id)", token, #"{"status":"resolved"}"#)
        #expect(lab.violations().count == start + 1, "it was read in between")
      }
    }
  }

  @Test("R9: a comment on an alert that may have been taken is not sent again before a read, however late")
  func repeatedComment() async throws {
    let clock = HandClock(fixedEpoch)
    try await withAlerts([.repeatedComment], clock: clock) { lab, _, token in
      let id = try await open(lab, token).alerts[0].text("id")
      lab.add(LabFault(.resetAfter, route: "alerts.comments"))
      _ = try? await lab.post("alerts_v2/\(id)/comments", token, #"{"comment":"seen"}"#)
      clock.pass(700)
      _ = try await lab.post("alerts_v2/\(id)/comments", token, #"{"comment":"seen"}"#)
      #expect(lab.violations().map(\.kind) == [.repeatedComment])
    }
  }
}
