import Foundation
import LabServer
import Testing

@Suite struct AlertMoveTests {
  private func ids(_ alerts: [[String: Any]]) -> Set<String> { Set(alerts.map { $0.text("id") }) }

  @Test("A merge moves the alerts: ids stay, times go on, what they were judged stays, and the merged one has none")
  func merge() async throws {
    try await withAlerts { lab, _, token in
      let open = try await lab.incidents(token, "status eq 'active'").map { $0.text("id") }.sorted()
      let (target, source) = (open[0], open[1])
      let (own, moving) = (try await lab.alerts(of: target, token), try await lab.alerts(of: source, token))
      _ = try await lab.incident(target, token)
      let patched = try await lab.patch(
        target, token, #"{"classification":"truePositive","assignedTo":"t@c.example"}"#
      ).object()
      let body = #"{"incidentIds":["\#(source)","\#(target)"],"incidentComment":"one case"}"#
      let answer = try await lab.post("incidents/mergeIncidents", token, body)
      #expect(answer.status == 200)
      #expect(try answer.object().text("targetIncidentId") == target)
      let after = try await lab.alerts(of: target, token)
      #expect(ids(after) == ids(own).union(ids(moving)))
      #expect(after.map { $0.time("createdDateTime") } == after.map { $0.time("createdDateTime") }.sorted())
      #expect(try await lab.alerts(of: source, token).isEmpty)
      let now = try await lab.incident(target, token)
      for alert in after where ids(moving).contains(alert.text("id")) {
        let before = try #require(moving.first { $0.text("id") == alert.text("id") })
        #expect(alert.time("lastUpdateDateTime") > patched.time("lastUpdateDateTime"), "the move is one")
        #expect(alert.time("lastUpdateDateTime") <= now.time("lastUpdateDateTime"))
        for name in ["status", "classification", "determination", "title", "createdDateTime", "evidence"] {
          #expect(try canonical(alert[name] ?? "") == canonical(before[name] ?? ""), "\(name)")
        }
        #expect(try canonical(try await lab.alert(alert.text("id"), token)["assignedTo"] ?? "") == canonical(NSNull()))
      }
      #expect((now["comments"] as? [[String: Any]])?.last?.text("comment") == "one case")
      let gone = try await lab.incident(source, token)
      #expect(gone.text("status") == "redirected" && gone.text("redirectIncidentId") == target)
      _ = try await lab.patch(target, token, #"{"status":"resolved"}"#)
      #expect(try await lab.alerts(of: target, token).allSatisfy { $0.text("status") == "resolved" })
    }
  }

  @Test("Merges of merges lose no alert")
  func chain() async throws {
    try await withAlerts { lab, _, token in
      let open = try await lab.incidents(token, "status eq 'active'").map { $0.text("id") }.sorted()
      var all: Set<String> = []
      for id in open.prefix(4) { all.formUnion(ids(try await lab.alerts(of: id, token))) }
      for pair in [[open[1], open[3]], [open[0], open[2]], [open[0], open[1]]] {
        let body = #"{"incidentIds":["\#(pair[0])","\#(pair[1])"]}"#
        #expect(try await lab.post("incidents/mergeIncidents", token, body).status == 200)
      }
      #expect(ids(try await lab.alerts(of: open[0], token)) == all)
      for id in open[1...3] { #expect(try await lab.alerts(of: id, token).isEmpty) }
    }
  }

  @Test(
    "Alerts move to another incident and back, by both names of the action",
    arguments: ["", "microsoft.graph.security."])
  func move(_ namespace: String) async throws {
    try await withAlerts { lab, _, token in
      let open = try await lab.incidents(token, "status eq 'active'").map { $0.text("id") }
      let (from, to) = (open[0], open[1])
      let (before, others) = (try await lab.alerts(of: from, token), try await lab.alerts(of: to, token))
      let alert = before[0]
      let fromBefore = try await lab.incident(from, token)
      let body = """
        {"alertIds":["\(alert.text("id"))"],"incidentId":"\(to)","alertComment":"belongs there",
         "newCorrelationReasons":"sameAsset, timeFrame"}
        """
      let answer = try await lab.post("alerts_v2/\(namespace)moveAlerts", token, body)
      #expect(answer.status == 200)
      #expect(try answer.object().text("targetIncidentId") == to)
      #expect(ids(try await lab.alerts(of: to, token)) == ids(others).union([alert.text("id")]))
      #expect(ids(try await lab.alerts(of: from, token)) == ids(before).subtracting([alert.text("id")]))
      let moved = try await lab.alert(alert.text("id"), token)
      #expect(moved.text("incidentId") == to && moved.text("incidentWebUrl").contains("/\(to)/"))
      #expect((moved["comments"] as? [[String: Any]])?.last?.text("comment") == "belongs there")
      #expect(moved.time("lastUpdateDateTime") > alert.time("lastUpdateDateTime"))
      for id in [from, to] {
        let now = try await lab.incident(id, token)
        #expect(now.time("lastUpdateDateTime") >= moved.time("lastUpdateDateTime"))
        #expect(now.time("lastUpdateDateTime") > fromBefore.time("lastUpdateDateTime"))
      }
      let back = #"{"alertIds":["\#(alert.text("id"))"],"incidentId":"\#(from)"}"#
      #expect(try await lab.post("alerts_v2/moveAlerts", token, back).status == 200)
      #expect(ids(try await lab.alerts(of: from, token)) == ids(before))
      #expect(ids(try await lab.alerts(of: to, token)) == ids(others))
    }
  }

  @Test("A move without an incident makes a new one", arguments: ["", #","incidentId":null"#])
  func newIncident(_ rest: String) async throws {
    try await withAlerts { lab, _, token in
      let alerts = try await lab.get("\(security)/alerts_v2?$top=2", token).items().map { $0.text("id") }
      let body = #"{"alertIds":["\#(alerts[0])","\#(alerts[1])"]\#(rest)}"#
      let made = try await lab.post("alerts_v2/moveAlerts", token, body).object().text("targetIncidentId")
      #expect(made == "1000026")
      #expect(ids(try await lab.alerts(of: made, token)) == Set(alerts))
      let incident = try await lab.incident(made, token)
      #expect(incident.text("status") == "active" && !incident.text("displayName").isEmpty)
    }
  }

  @Test(
    "A move that Graph refuses moves nothing",
    arguments: [
      ("{}", 400), (#"{"alertIds":[]}"#, 400), (#"{"alertIds":"ID","incidentId":"TO"}"#, 400),
      (#"{"alertIds":["ID"],"incidentId":7}"#, 400), (#"{"alertIds":["ID"],"incidentId":"TO","why":"x"}"#, 400),
      (#"{"alertIds":["ID"],"incidentId":"TO","newCorrelationReasons":"mood"}"#, 400),
      (#"{"alertIds":["ID","da1_1"],"incidentId":"TO"}"#, 404), (#"{"alertIds":["ID"],"incidentId":"2000001"}"#, 404),
      (#"{"alertIds":["ID"],"incidentId":"MERGED"}"#, 400),
    ] as [(String, Int)])
  func refused(_ body: String, _ status: Int) async throws {
    try await withAlerts { lab, tenant, token in
      let open = try await lab.incidents(token, "status eq 'active'").map { $0.text("id") }.sorted()
      try lab.editIncident(open[2], of: tenant, #"{"mergeInto":"\#(open[1])"}"#)
      let id = try await lab.alerts(of: open[0], token)[0].text("id")
      let before = try await lab.get("\(security)/alerts_v2/\(id)", token).body
      let sent = body.replacing("ID\"", with: "\(id)\"").replacing("TO", with: open[1]).replacing(
        "MERGED", with: open[2])
      #expect(try await lab.post("alerts_v2/moveAlerts", token, sent).status == status)
      #expect(try await lab.get("\(security)/alerts_v2/\(id)", token).body == before)
    }
  }

  @Test(
    "Merging and moving need SecurityData.Manage.All", arguments: ["incidents/mergeIncidents", "alerts_v2/moveAlerts"])
  func permission(_ path: String) async throws {
    var options = options(.granted)
    options.requiredRoles += ["SecurityAlert.ReadWrite.All"]
    try await withLabServer(options) { lab in
      let answer = try await lab.post(path, try await lab.token(options.tenants[0].id), "{}")
      #expect(answer.status == 403 && answer.text.contains("API required roles: SecurityData.Manage.All,"))
    }
  }

  @Test("R9: a merge or a move that may have been made is not sent again unless something of it was read since")
  func repeated() async throws {
    try await withAlerts([.repeatedMerge, .repeatedMove]) { lab, _, token in
      let open = try await lab.incidents(token, "status eq 'active'").map { $0.text("id") }.sorted()
      let alert = try await lab.alerts(of: open[2], token)[0].text("id")
      let actions = [
        (
          "incidents/mergeIncidents", #"{"incidentIds":["\#(open[0])","\#(open[1])"]}"#, "incidents/\(open[1])",
          "incidents.merge", LabViolation.Kind.repeatedMerge
        ),
        (
          "alerts_v2/moveAlerts", #"{"alertIds":["\#(alert)"],"incidentId":"\#(open[3])"}"#, "alerts_v2/\(alert)",
          "alerts.move", .repeatedMove
        ),
      ]
      for (path, body, read, route, kind) in actions {
        let start = lab.violations().count
        lab.add(LabFault(.resetBefore, route: route))
        _ = try? await lab.post(path, token, body)
        _ = try await lab.get("\(security)/\(read)", token)
        lab.add(LabFault(.resetAfter, route: route))
        _ = try? await lab.post(path, token, body)
        #expect(lab.violations().count == start, "it was read in between")
        _ = try await lab.post(path, token, body)
        #expect(lab.violations().map(\.kind).suffix(from: start) == [kind])
      }
    }
  }
}
