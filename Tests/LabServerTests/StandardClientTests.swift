import Foundation
import LabServer
import Testing

/// What Microsoft's own libraries send and the published schema allows.
@Suite struct StandardClientTests {
  /// A lab whose one tenant has granted everything, with a token and the newest incident as a list shows it.
  private func withIncident(
    _ expected: Set<LabViolation.Kind> = [],
    _ body: (LabServer, _ token: String, _ id: String, _ incident: [String: Any]) async throws -> Void
  ) async throws {
    var options = options(.granted)
    options.requiredRoles += ["SecurityAlert.ReadWrite.All", "SecurityData.Manage.All"]
    options.expectedViolations = expected
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let newest = try await lab.get("\(security)/incidents", token).items()[0]
      try await body(lab, token, try #require(newest["id"] as? String), newest)
    }
  }

  private func post(_ lab: LabServer, _ path: String, _ token: String, _ body: String) async throws -> RawAnswer {
    try await send(
      "POST", "\(lab.baseURL)/\(security)/\(path)",
      [("Authorization", "Bearer \(token)"), prefer, ("Content-Type", "application/json")], body: body)
  }

  @Test(
    "$select gives what it names and nothing else, as it stands in the whole answer",
    arguments: [
      ("incidents?$top=3&", "id,status"), ("incidents?$top=3&", "displayName"),
      ("alerts_v2?$top=3&", "severity,evidence"),
      ("incidents/1000025?", "status,customTags"), ("incidents/1000025/alerts?$top=3&", "id,title"),
    ])
  func select(_ path: String, _ names: String) async throws {
    try await withIncident { lab, token, _, _ in
      let whole = try await lab.get("\(security)/\(path)", token).object()
      let part = try await lab.get("\(security)/\(path)$select=\(names)", token).object()
      #expect((part["@odata.context"] as? String)?.contains("(\(names))") == true)
      let wholes = whole["value"] as? [[String: Any]] ?? [whole]
      let parts = part["value"] as? [[String: Any]] ?? [part]
      #expect(parts.count == wholes.count && !parts.isEmpty)
      for (part, whole) in zip(parts, wholes) {
        let own = part.filter { !$0.key.hasPrefix("@") }
        #expect(Set(own.keys) == Set(names.split(separator: ",").map(String.init)))
        #expect(try canonical(own) == canonical(whole.filter { own.keys.contains($0.key) }))
      }
    }
  }

  @Test("$select and $expand go together, and a selection goes on over the pages")
  func selectAndMore() async throws {
    try await withIncident { lab, token, _, _ in
      let first = try await lab.get("\(security)/incidents?$top=2&$expand=alerts&$select=id", token)
      #expect(try first.items().map { Set($0.keys) } == [["id", "alerts"], ["id", "alerts"]])
      #expect((try first.object()["@odata.context"] as? String)?.hasSuffix("incidents(id,alerts())") == true)
      let link = try #require(try first.object()["@odata.nextLink"] as? String)
      let second = try await send("GET", link, [("Authorization", "Bearer \(token)"), prefer])
      #expect(try second.items().map { Set($0.keys) } == [["id", "alerts"], ["id", "alerts"]])
    }
  }

  @Test("A selection keeps what is unusual as it came", arguments: ["description", "severity", "customTags", "id"])
  func selectHostile(_ name: String) async throws {
    let options = options(.hostileText)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let whole = try await lab.get("\(security)/incidents", token).text
      let part = try await lab.get("\(security)/incidents?$select=\(name)", token).text
      func values(_ text: String) -> [Substring] {
        text.matches(of: /"(?:description|severity|customTags|id)":("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{[^}]*\}|null)/)
          .filter { $0.output.0.hasPrefix("\"\(name)\":") }.map(\.output.1)
      }
      #expect(values(part) == values(whole))
      #expect(!values(part).isEmpty)
    }
  }

  @Test("$count is the length of the list with the same filter, as plain text")
  func count() async throws {
    try await withIncident { lab, token, id, _ in
      for filter in ["", "?$filter=status eq 'active'", "?$filter=severity eq 'high' or status eq 'resolved'"] {
        let answer = try await lab.get("\(security)/incidents/$count\(filter)", token)
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "text/plain")
        #expect(Int(answer.text) == (try await lab.get("\(security)/incidents\(filter)", token).items().count))
      }
      #expect(try await lab.get("\(security)/incidents/$count?$top=1&$skip=3", token).text == "25")
      let ofOne = try await lab.get("\(security)/incidents/\(id)/alerts", token).items().count
      #expect(try await lab.get("\(security)/incidents/\(id)/alerts/$count", token).text == "\(ofOne)")
      let all = try await lab.get("\(security)/alerts_v2?$count=true&$top=1", token).object()["@odata.count"] as? Int
      #expect(try await lab.get("\(security)/alerts_v2/$count", token).text == all.map(String.init))
    }
  }

  @Test("An incident's alerts are a list of their own, the same that it has when it is expanded")
  func alertsOfIncident() async throws {
    try await withIncident { lab, token, id, _ in
      let expanded = try await lab.get("\(security)/incidents/\(id)?$expand=alerts", token).object()["alerts"]
      let alerts = try #require(expanded as? [[String: Any]])
      let answer = try await lab.get("\(security)/incidents/\(id)/alerts?$orderby=createdDateTime asc", token)
      #expect(
        (try answer.object()["@odata.context"] as? String)?.hasSuffix("#security/incidents('\(id)')/alerts") == true)
      #expect(Set(try answer.items().map { $0["id"] as? String }) == Set(alerts.map { $0["id"] as? String }))
      var (link, read) = ("\(lab.baseURL)/\(security)/incidents/\(id)/alerts?$top=1" as String?, [String]())
      while let next = link {
        let page = try await send("GET", next, [("Authorization", "Bearer \(token)"), prefer])
        read += try page.items().compactMap { $0["id"] as? String }
        link = try page.object()["@odata.nextLink"] as? String
      }
      #expect(read.count == alerts.count && Set(read).count == read.count)
    }
  }

  @Test("Comments of an alert come one alone or several in an array, and the answer holds all")
  func alertComments() async throws {
    try await withIncident([.repeatedComment]) { lab, token, id, incident in
      let alert = try await lab.get("\(security)/incidents/\(id)/alerts?$top=1", token).items()[0]
      let alertID = try #require(alert["id"] as? String)
      let path = "alerts_v2/\(alertID)/comments"
      #expect(try await post(lab, path, token, #"[{"comment":"one"},{"comment":"two"}]"#).items().count == 2)
      let typed = ##"{"@odata.type":"#microsoft.graph.security.alertComment","comment":"three"}"##
      #expect(
        try await post(lab, path, token, typed).items().map { $0["comment"] as? String } == ["one", "two", "three"])
      #expect(lab.violations().isEmpty)
      #expect(try await post(lab, path, token, #"[{"comment":"two"}]"#).status == 200)
      #expect(lab.violations().map(\.kind) == [.repeatedComment])
      let after = try await lab.get("\(security)/alerts_v2/\(alertID)", token).object()
      #expect((after["comments"] as? [[String: Any]])?.count == 4)
      #expect(try await lab.get("\(security)/\(path)", token).items().count == 4)
      #expect(after["lastUpdateDateTime"] as? String != alert["lastUpdateDateTime"] as? String)
      let others = try await lab.get("\(security)/incidents/\(id)", token).object()
      #expect(others["lastUpdateDateTime"] as? String != incident["lastUpdateDateTime"] as? String)
      for wrong in ["[]", "{}", #"[{"comment":""}]"#, #"[{"comment":"a"},{"text":"b"}]"#, #"["a"]"#, "nope"] {
        #expect(try await post(lab, path, token, wrong).status == 400)
      }
      let incidentComments = try await post(lab, "incidents/\(id)/comments", token, #"[{"comment":"on it"}]"#)
      #expect(try incidentComments.items().last?["comment"] as? String == "on it")
    }
  }

  @Test("Whoever may only read alerts does not comment on them")
  func alertCommentRole() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let alert = try await lab.get("\(security)/alerts_v2?$top=1", token).items()[0]
      let path = "alerts_v2/\(alert["id"] as? String ?? "")/comments"
      #expect(try await post(lab, path, token, #"[{"comment":"x"}]"#).status == 403)
    }
  }

  @Test("null takes a judgement and the tags back, and what may not be null stays refused")
  func nulls() async throws {
    try await withIncident { lab, token, id, _ in
      let path = "\(security)/incidents/\(id)"
      _ = try await lab.get(path, token)
      _ = try await lab.patch(
        id, token, #"{"classification":"truePositive","determination":"malware","customTags":["a"]}"#)
      let change = #"{"classification":null,"determination":null,"customTags":null}"#
      let answer = try await lab.patch(id, token, change)
      #expect(answer.status == 200)
      for body in [try answer.object(), try await lab.get(path, token).object()] {
        #expect(body["classification"] is NSNull && body["determination"] is NSNull)
        #expect((body["customTags"] as? [String])?.isEmpty == true)
      }
      let unjudged = try await lab.get("\(security)/incidents?$filter=classification eq null", token).items()
      #expect(unjudged.map { $0["id"] as? String } == [id])
      let alerts = try await lab.get("\(path)/alerts", token).items()
      #expect(alerts.allSatisfy { $0["classification"] is NSNull && $0["determination"] is NSNull })
      for wrong in [#"{"severity":null}"#, #"{"status":null}"#] {
        #expect(try await lab.patch(id, token, wrong).status == 400)
      }
    }
  }

  @Test("An incident that was fetched and changed is taken back whole", arguments: [0, 7, 13, 24])
  func whole(_ place: Int) async throws {
    try await withIncident { lab, token, _, _ in
      let id = "10000\(String(format: "%02d", place + 1))"
      let before = try await lab.get("\(security)/incidents/\(id)", token).object()
      var sent = before
      sent["customTags"] = ["by-whole"]
      sent["status@odata.type"] = "#microsoft.graph.security.incidentStatus"
      let answer = try await lab.patch(id, token, String(decoding: try canonical(sent), as: UTF8.self))
      #expect(answer.status == 200, "\(answer.text)")
      var after = try answer.object()
      #expect(after["customTags"] as? [String] == ["by-whole"])
      for name in ["customTags", "lastUpdateDateTime", "lastModifiedBy"] { after[name] = before[name] }
      #expect(try canonical(after) == canonical(before))
    }
  }

  @Test("Read-only properties that a change names are refused, each by its name")
  func readOnly() async throws {
    try await withIncident { lab, token, id, incident in
      func refused(_ changes: [String: Any]) async throws -> String {
        let answer = try await lab.patch(id, token, String(decoding: try canonical(changes), as: UTF8.self))
        #expect(answer.status == 400)
        return try answer.error()["message"] as? String ?? ""
      }
      let part = try await refused(["status": "resolved", "priorityScore": 1, "comments": [Any]()])
      #expect(part.contains("'comments', 'priorityScore'"))
      var other = incident
      for (name, value) in ["tenantId": "other", "systemTags": ["mine"]] as [String: Any] { other[name] = value }
      #expect(try await refused(other).contains("'systemTags', 'tenantId'"))
      var expanded = try await lab.get("\(security)/incidents/\(id)?$expand=alerts", token).object()
      expanded["status"] = "resolved"
      #expect(try await refused(expanded).contains("'alerts'"))
      #expect(try await refused(["id": id, "@odata.etag": "x"]).contains("no change"))
      #expect(
        try await lab.get("\(security)/incidents/\(id)", token).object()["status"] as? String == incident["status"]
          as? String)
    }
  }

  @Test("Actions are known by their short and by their qualified names", arguments: ["", "microsoft.graph.security."])
  func actions(_ namespace: String) async throws {
    try await withIncident { lab, token, _, _ in
      let path = "incidents/\(namespace)mergeIncidents"
      let open = try await lab.get("\(security)/incidents?$filter=status ne 'redirected'&$top=2", token).items()
      let ids = open.compactMap { $0["id"] as? String }
      let body =
        #"{"incidentIds":["\#(ids[0])","\#(ids[1])"],"incidentComment":"one case","mergeReasons":"sameActor, timeFrame"}"#
      let answer = try await post(lab, path, token, body)
      #expect(answer.status == 200)
      #expect(try answer.object()["targetIncidentId"] as? String == ids[1])
      let gone = try await lab.get("\(security)/incidents/\(ids[0])", token).object()
      #expect(gone["status"] as? String == "redirected" && gone["redirectIncidentId"] as? String == ids[1])
      for wrong in [
        body, #"{"incidentIds":["1000001"]}"#, #"{"incidentIds":["1000001","1000002"],"mergeReasons":"mood"}"#,
      ] {
        #expect(try await post(lab, path, token, wrong).status == 400)
      }
      #expect(try await post(lab, path, token, #"{"incidentIds":["1000001","2000001"]}"#).status == 404)
    }
  }

  @Test("Every one of the fifteen sources of the schema may stand in a filter")
  func serviceSources() async throws {
    let sources = [
      "unknown", "microsoftDefenderForEndpoint", "microsoftDefenderForIdentity", "microsoftDefenderForCloudApps",
      "microsoftDefenderForOffice365", "microsoft365Defender", "azureAdIdentityProtection", "microsoftAppGovernance",
      "dataLossPrevention", "unknownFutureValue", "microsoftDefenderForCloud", "microsoftSentinel",
      "microsoftInsiderRiskManagement", "microsoftThreatIntelligence", "microsoftSecurityForAI",
    ]
    try await withIncident { lab, token, _, _ in
      for source in sources {
        let answer = try await lab.get("\(security)/alerts_v2?$top=1&$filter=serviceSource eq '\(source)'", token)
        #expect(answer.status == 200, "\(source)")
      }
    }
  }

  @Test(
    "A client that counts a second short after Retry-After breaks no rule, and earlier it does",
    arguments: [39.1, 38.9])
  func secondShort(_ seconds: Double) async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.throttled, clock: clock)
    options.expectedViolations = [.beforeRetryAfter]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      #expect(try await lab.get("\(security)/incidents", token).header("Retry-After") == "40")
      clock.pass(seconds)
      _ = try await lab.get("\(security)/incidents", token)
      #expect(lab.violations().map(\.kind) == (seconds > 39 ? [] : [.beforeRetryAfter]))
    }
  }
}
