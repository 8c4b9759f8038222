import Foundation
import LabServer
import Testing

/// What others do when a test asks for it, and when it can be read.
@Suite struct ColleagueTests {
  private let delta = "\(security)/incidents?$orderby=lastUpdateDateTime asc&$filter=lastUpdateDateTime gt"

  private func newest(_ lab: LabServer, _ token: String) async throws -> String {
    try await lab.get("\(security)/incidents?$orderby=lastUpdateDateTime desc&$top=1", token).items()[0]
      .text("lastUpdateDateTime")
  }

  @Test("A colleague changes what is asked for, in the name that is asked for, and the change is found as any other")
  func edit() async throws {
    try await withAlerts { lab, tenant, token in
      let mark = try await newest(lab, token)
      let body = """
        {"status":"inProgress","assignedTo":"c@c.example","customTags":["theirs"],"comment":"mine now","by":"c@c.example"}
        """
      #expect(try await lab.control("POST", "tenants/\(tenant)/incidents/1000007", body).status == 204)
      let found = try await lab.get("\(delta) \(mark)", token).items()
      #expect(found.map { $0.text("id") } == ["1000007"])
      #expect(found[0].text("status") == "inProgress" && found[0].text("assignedTo") == "c@c.example")
      #expect(found[0].text("lastModifiedBy") == "c@c.example" && found[0]["customTags"] as? [String] == ["theirs"])
      let comment = try #require((found[0]["comments"] as? [[String: Any]])?.last)
      #expect(comment.text("comment") == "mine now" && comment.text("createdByDisplayName") == "c@c.example")
      try lab.editIncident("1000007", of: tenant, #"{"comment":"by the team"}"#)
      #expect(try await lab.incident("1000007", token).text("lastModifiedBy").contains("@"))
      #expect(lab.state()[0].writes == 0, "others' writes are not ours")
    }
  }

  @Test("A colleague merges, changes and moves alerts")
  func alerts() async throws {
    try await withAlerts { lab, tenant, token in
      let open = try await lab.incidents(token, "status eq 'active'").map { $0.text("id") }.sorted()
      let moving = try await lab.alerts(of: open[1], token).count + lab.alerts(of: open[0], token).count
      #expect(
        try await lab.control("POST", "tenants/\(tenant)/incidents/\(open[1])", #"{"mergeInto":"\#(open[0])"}"#).status
          == 204)
      #expect(try await lab.incident(open[1], token).text("redirectIncidentId") == open[0])
      let all = try await lab.alerts(of: open[0], token)
      #expect(all.count == moving)
      let id = all[0].text("id")
      let body = #"{"status":"resolved","comment":"done","by":"c@c.example","moveTo":"\#(open[2])"}"#
      #expect(try await lab.control("POST", "tenants/\(tenant)/alerts/\(id)", body).status == 204)
      let alert = try await lab.alert(id, token)
      #expect(alert.text("status") == "resolved" && alert.text("incidentId") == open[2])
      #expect((alert["comments"] as? [[String: Any]])?.last?.text("createdByDisplayName") == "c@c.example")
      try lab.editAlert(id, of: tenant, #"{"moveTo":"new"}"#)
      #expect(try await lab.alert(id, token).text("incidentId") == "1000026")
    }
  }

  @Test("A late change carries its own time, and cannot be read before it is due; what comes meanwhile can")
  func late() async throws {
    try await withAlerts { lab, tenant, token in
      let mark = try await newest(lab, token)
      try lab.editIncident("1000007", of: tenant, #"{"severity":"low","late":30}"#)
      #expect(try await lab.control("POST", "tick", #"{"newIncidents":1,"late":30}"#).status == 204)
      #expect(try await lab.get("\(delta) \(mark)", token).items().isEmpty)
      lab.tick(seconds: 10)
      try lab.editIncident("1000008", of: tenant, #"{"severity":"low"}"#)
      let first = try await lab.get("\(delta) \(mark)", token).items()
      #expect(first.map { $0.text("id") } == ["1000008"])
      lab.tick(seconds: 19)
      #expect(try await lab.get("\(delta) \(mark)", token).items().count == 1)
      lab.tick(seconds: 2)
      let second = try await lab.get("\(delta) \(mark)", token).items()
      #expect(second.map { $0.text("id") } == ["1000007", "1000026", "1000008"])
      #expect(second[1].time("lastUpdateDateTime") < first[0].time("lastUpdateDateTime").addingTimeInterval(-9))
    }
  }

  @Test("Changes of one time are more than a page, and each is told once over the pages")
  func sameTime() async throws {
    try await withAlerts(incidents: 130) { lab, _, token in
      let mark = try await newest(lab, token)
      #expect(
        try await lab.control("POST", "tick", #"{"seconds":5,"newIncidents":4,"edits":70,"sameTime":true}"#).status
          == 204)
      var (link, read, times) = ("\(lab.baseURL)/\(delta) \(mark)" as String?, [String](), Set<String>())
      while let next = link {
        let page = try await send("GET", next, [("Authorization", "Bearer \(token)"), prefer])
        read += try page.items().map { $0.text("id") }
        times.formUnion(try page.items().map { $0.text("lastUpdateDateTime") })
        link = try page.object()["@odata.nextLink"] as? String
      }
      #expect(read.count == 74 && Set(read).count == 74)
      #expect(times.count == 1)
    }
  }

  @Test("A deleted incident is gone from list, count and get, and its alerts with it")
  func deleted() async throws {
    try await withAlerts { lab, tenant, token in
      let alerts = try await lab.alerts(of: "1000007", token)
      let all = try await lab.get("\(security)/alerts_v2?$top=1000", token).items().count
      #expect(try await lab.control("DELETE", "tenants/\(tenant)/incidents/1000007").status == 204)
      #expect(try await lab.get("\(security)/incidents/1000007", token).status == 404)
      #expect(try await lab.get("\(security)/incidents/1000007/alerts", token).status == 404)
      #expect(try await lab.get("\(security)/incidents", token).items().allSatisfy { $0.text("id") != "1000007" })
      #expect(try await lab.get("\(security)/incidents/$count", token).text == "24")
      for alert in alerts {
        #expect(try await lab.get("\(security)/alerts_v2/\(alert.text("id"))", token).status == 404)
      }
      #expect(
        try await lab.get("\(security)/alerts_v2?$top=1000", token).items().count == all - alerts.count)
      #expect(try await lab.patch("1000007", token, #"{"severity":"low"}"#).status == 404)
    }
  }

  @Test("What has not changed for so many days is not kept: neither incidents nor alerts")
  func retention() async throws {
    try await withAlerts(incidents: 60) { lab, tenant, token in
      func kept(_ path: String) async throws -> [[String: Any]] {
        try await lab.get("\(security)/\(path)", token).items()
      }
      let (incidents, alerts) = (
        try await kept("incidents?$top=50&$orderby=lastUpdateDateTime desc"), try await kept("alerts_v2?$top=1000")
      )
      #expect(try await lab.control("POST", "retention", #"{"days":3}"#).status == 204)
      let line = fixedEpoch.addingTimeInterval(-3 * 86_400)
      #expect(
        Set(try await kept("incidents?$top=50").map { $0.text("id") })
          == Set(incidents.filter { $0.time("lastUpdateDateTime") >= line }.map { $0.text("id") }))
      #expect(
        Set(try await kept("alerts_v2?$top=1000").map { $0.text("id") })
          == Set(alerts.filter { $0.time("lastUpdateDateTime") >= line }.map { $0.text("id") }))
      let old = try #require(incidents.last)
      #expect(try await lab.get("\(security)/incidents/\(old.text("id"))", token).status == 404)
      let alert = try #require(alerts.first { $0.time("lastUpdateDateTime") < line })
      #expect(try await lab.get("\(security)/alerts_v2/\(alert.text("id"))", token).status == 404)
      lab.tick(seconds: 4 * 86_400)
      let later = try await lab.token(tenant)
      for path in ["incidents", "alerts_v2"] {
        let answer = try await lab.get("\(security)/\(path)", later)
        #expect(try answer.items().isEmpty && answer.status == 200)
      }
      lab.keep(days: nil)
      #expect(try await lab.get("\(security)/incidents", later).items().count == 50)
    }
  }

  @Test("An incident that the service fails to list breaks every page that it is on, and no other")
  func unlisted() async throws {
    try await withAlerts { lab, tenant, token in
      try lab.editIncident("1000020", of: tenant, #"{"unlisted":true}"#)
      var statuses: [Int] = []
      for skip in 0..<25 {
        statuses.append(try await lab.get("\(security)/incidents?$top=1&$skip=\(skip)", token).status)
      }
      #expect(statuses.filter { $0 == 500 }.count == 1 && statuses.filter { $0 == 200 }.count == 24)
      #expect(try await lab.get("\(security)/incidents", token).status == 500)
      #expect(try await lab.get("\(security)/alerts_v2?$top=1000", token).status == 500)
      #expect(try await lab.get("\(security)/incidents/1000020", token).status == 200)
      try lab.editIncident("1000020", of: tenant, #"{"unlisted":false}"#)
      #expect(try await lab.get("\(security)/incidents", token).status == 200)
    }
  }

  @Test("A list fails to expand wherever one incident has come to have very many alerts")
  func merged() async throws {
    var options = options(.hugeIncident)
    options.requiredRoles += ["SecurityData.Manage.All"]
    try await withLabServer(options) { lab in
      let (tenant, token) = (options.tenants[0].id, try await lab.token(options.tenants[0].id))
      #expect(try await lab.get("\(security)/incidents?$expand=alerts&$top=1", token).status == 500)
      try lab.editIncident("1000013", of: tenant, #"{"mergeInto":"1000001"}"#)
      #expect(try await lab.get("\(security)/incidents?$expand=alerts&$top=1", token).status == 500)
      #expect(try await lab.get("\(security)/incidents/1000001?$expand=alerts", token).status == 200)
    }
  }

  @Test(
    "A change by others that makes no sense is refused with the reason",
    arguments: [
      ("POST", "tenants/TENANT/incidents/1000001", #"{"colour":"red"}"#),
      ("POST", "tenants/TENANT/incidents/1000001", #"{"status":"done"}"#),
      ("POST", "tenants/TENANT/incidents/1000001", #"{"id":"7"}"#),
      ("POST", "tenants/TENANT/incidents/1000001", #"{"mergeInto":"1000001"}"#),
      ("POST", "tenants/TENANT/incidents/7", #"{"status":"active"}"#),
      ("POST", "tenants/TENANT/incidents/1000001", "[]"), ("DELETE", "tenants/TENANT/incidents/7", ""),
      ("POST", "tenants/nobody/incidents/1000001", #"{"status":"active"}"#),
      ("POST", "tenants/TENANT/alerts/7", #"{"status":"new"}"#), ("POST", "retention", "{}"),
      ("POST", "tick", #"{"late":-1}"#), ("POST", "tick", #"{"sameTime":1}"#),
      ("POST", "faults/random", "{}"), ("POST", "faults/random", #"{"seed":1,"rate":101}"#),
      ("POST", "faults/random", #"{"seed":1,"rate":1,"kinds":["rain"]}"#),
      ("POST", "faults/random", #"{"seed":1,"rate":1,"route":"home"}"#),
    ])
  func refused(_ method: String, _ path: String, _ body: String) async throws {
    try await withAlerts { lab, tenant, _ in
      let answer = try await lab.control(method, path.replacing("TENANT", with: tenant), body)
      #expect(answer.status == 400)
      #expect(try answer.object().text("message").isEmpty == false)
    }
  }
}
