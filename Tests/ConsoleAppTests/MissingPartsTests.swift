import Foundation
import LabServer
import Testing

@Suite("Answers from which something is missing", .serialized)
struct MissingPartsTests {
  private static let json = ["Content-Type": "application/json", "request-id": "r-42"]

  @Test("B03: a list without a product's incidents names the product, and ends with 1 each time")
  func product() async throws {
    try await Workplace.with(tenants: 2) { place in
      #expect(try await place.run("incidents", "list").status == 0)
      let tenant = place.tenants[0]
      let headers = Self.json.merging(["Warning": #"199 - "Microsoft/WDATP/401/228""#]) { _, new in new }
      place.lab.add(
        LabFault(
          .answer(status: 206, headers: headers, body: #"{"value":[]}"#), tenant: tenant.id, route: "incidents.list",
          times: 0))
      for _ in 0..<2 {
        let listed = try await place.run("incidents", "list", "--output", "json")
        #expect(listed.status == 1)
        #expect(listed.words.contains("\(tenant.name): Defender for Endpoint (WDATP) did not answer (401)"))
        #expect(!listed.words.contains("could not be read"))
        let tenants = (listed.json as? [String: Any])?["tenants"] as? [[String: Any]] ?? []
        let sync = tenants.first { $0["id"] as? String == tenant.id }?["sync"] as? [String: Any]
        #expect(sync?["state"] as? String == "partial")
        let problem = sync?["error"] as? [String: Any]
        #expect(problem?["cause"] as? String == "answerPartial")
        #expect(problem?["error"] as? String == "WDATP")
        #expect(problem?["code"] as? Int == 401)
      }
      let known = try await place.run("tenants", tenant.id)
      #expect(known.output.contains("Defender for Endpoint (WDATP) did not answer (401)"))
    }
  }

  @Test("B16: a list with a broken item lists the others, tells the place and the request, and ends with 1")
  func brokenItem() async throws {
    try await Workplace.with(tenants: 1) { place in
      let page =
        #"{"value":[{"id":"1","displayName":"Good","status":"active","lastUpdateDateTime":"2026-09-01T10:00:00Z"},{"id":"2","displayName":"5" disk"},{"id":"3","displayName":"Also good","status":"active","lastUpdateDateTime":"2026-09-01T11:00:00Z"}]}"#
      place.lab.add(
        LabFault(.answer(status: 200, headers: Self.json, body: page), route: "incidents.list", times: 0))
      let listed = try await place.run("incidents", "list")
      #expect(listed.status == 1)
      #expect(listed.output.contains("Good") && listed.output.contains("Also good"))
      #expect(listed.words.contains("item 2, byte") && listed.words.contains("request r-42"))
    }
  }

  @Test("B09, B35: an incident that came without some of its alerts says so, counts what is known, and ends with 1")
  func alerts() async throws {
    try await Workplace.with(tenants: 1) { place in
      let tenant = place.tenants[0]
      func body(_ more: String, tenantOfSecond: String) -> String {
        #"{"id":"7","displayName":"x","status":"active","incidentWebUrl":"https://security.microsoft.com/incident2/7?tid=\#(tenantOfSecond)","alerts":[{"id":"a","title":"Ours"},{"id":"b","title":"Second","tenantId":"\#(tenantOfSecond)"}]\#(more)}"#
      }
      func show(_ body: String) async throws -> (status: Int32, words: String, output: String, count: Any?) {
        place.lab.add(
          LabFault(.answer(status: 200, headers: Self.json, body: body), route: "incidents.get", times: 2))
        let text = try await place.run("incidents", "show", tenant.id, "7")
        let json = try await place.run("incidents", "show", tenant.id, "7", "--output", "json")
        return (text.status, text.words, text.output, (json.json as? [String: Any])?["alertCount"])
      }
      let whole = try await show(body("", tenantOfSecond: tenant.id))
      #expect(whole.status == 0 && whole.words == "")
      let cut = try await show(body(#","alerts@odata.count":57"#, tenantOfSecond: tenant.id))
      #expect(cut.status == 1)
      #expect(cut.count as? Int == 57)
      #expect(cut.words.contains("2 of 57 alerts") && cut.output.contains("Alerts 2 of 57"))
      let foreign = try await show(body("", tenantOfSecond: "9d2f0c71-3a5e-4b86-8c17-2e4a6b0d5f90"))
      #expect(foreign.status == 1)
      #expect(foreign.count as? Int == 1)
      #expect(foreign.words.contains("1 alert of another tenant left out"))
      #expect(foreign.words.contains("its portal link opens another tenant"))
      #expect(foreign.output.contains("Ours") && !foreign.output.contains("Second"))
    }
  }

  @Test("B02: one 404 ends with 2 and leaves the incident in the list")
  func passing404() async throws {
    try await Workplace.with(tenants: 1) { place in
      let listed = try await place.run("incidents", "list", "--output", "json")
      let incidents = (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
      let id = try #require(incidents.first?["id"] as? String)
      let body = #"{"error":{"code":"UnknownError","message":"404 page not found"}}"#
      place.lab.add(LabFault(.answer(status: 404, headers: Self.json, body: body), route: "incidents.get"))
      let shown = try await place.run("incidents", "show", place.tenants[0].id, id)
      #expect(shown.status == 2)
      #expect(shown.words.contains("404 just now") && shown.words.contains("request r-42"))
      let after = try await place.run("incidents", "list", "--offline", "--output", "json")
      #expect(((after.json as? [String: Any])?["incidents"] as? [[String: Any]])?.count == incidents.count)
    }
  }
}
