import Foundation
import LabServer
import Testing

@Suite struct AlertListTests {
  private let delta = "\(security)/alerts_v2?$orderby=lastUpdateDateTime asc&$filter=lastUpdateDateTime ge"

  @Test("A delta of alerts tells what has changed, oldest first, over pages, each with its incident")
  func changes() async throws {
    try await withAlerts(incidents: 100) { lab, tenant, token in
      let mark = try await lab.get("\(security)/alerts_v2?$orderby=lastUpdateDateTime desc&$top=1", token).items()[0]
        .text("lastUpdateDateTime")
      let open = try await lab.incidents(token, "status eq 'active'").prefix(12).map { $0.text("id") }
      var wanted: Set<String> = []
      for id in open {
        wanted.formUnion(try await lab.alerts(of: id, token).map { $0.text("id") })
        try lab.editIncident(id, of: tenant, #"{"status":"resolved"}"#)
      }
      let all = try await lab.get("\(delta) \(mark)&$top=1000", token).items().filter {
        $0.text("lastUpdateDateTime") != mark
      }
      #expect(Set(all.map { $0.text("id") }) == wanted)
      #expect(all.allSatisfy { open.contains($0.text("incidentId")) })
      let times = all.map { $0.time("lastUpdateDateTime") }
      #expect(times == times.sorted())
      var (link, read) = ("\(lab.baseURL)/\(delta) \(mark)&$top=5" as String?, [String]())
      while let next = link {
        let page = try await send("GET", next, [("Authorization", "Bearer \(token)"), prefer])
        read += try page.items().map { $0.text("id") }
        link = try page.object()["@odata.nextLink"] as? String
      }
      #expect(read.suffix(all.count) == all.map { $0.text("id") }[...])
    }
  }

  @Test("A page holds up to 1,000 alerts, more is lowered to that, and $skip ends at 500")
  func limits() async throws {
    try await withAlerts(incidents: 600) { lab, _, token in
      for (top, count) in [("", 50), ("&$top=1000", 1000), ("&$top=5000", 1000)] {
        let page = try await lab.get("\(security)/alerts_v2?$select=id\(top)", token)
        #expect(try page.items().count == count)
        #expect(try page.object()["@odata.nextLink"] is String)
      }
      #expect(try await lab.get("\(security)/alerts_v2?$select=id&$top=1&$skip=500", token).status == 200)
      #expect(try await lab.get("\(security)/alerts_v2?$top=1&$skip=501", token).status == 400)
    }
  }

  @Test("A filter on the time of change finds the same alerts whatever stands beside it")
  func bounds() async throws {
    try await withAlerts(incidents: 60) { lab, _, token in
      let all = try await lab.get("\(security)/alerts_v2?$top=1000", token).items()
      let middle = all.map { $0.text("lastUpdateDateTime") }.sorted()[all.count / 2]
      let later = all.filter { $0.time("lastUpdateDateTime") > (date(middle) ?? .distantPast) }.count
      let same = all.filter { $0.text("lastUpdateDateTime") == middle }.count
      let filters = [
        ("lastUpdateDateTime ge \(middle)", later + same), ("lastUpdateDateTime gt \(middle)", later),
        ("lastUpdateDateTime eq \(middle)", same), ("lastUpdateDateTime lt \(middle)", all.count - later - same),
        ("lastUpdateDateTime ge \(middle) or severity ne 'unknown'", all.count),
        ("lastUpdateDateTime ge \(middle) and severity ne 'unknown'", later + same),
        ("lastUpdateDateTime gt \(middle) or lastUpdateDateTime eq \(middle)", later + same),
        ("lastUpdateDateTime ge 2000-01-01 or lastUpdateDateTime ge \(middle)", all.count),
      ]
      for (filter, count) in filters {
        let found = try await lab.get("\(security)/alerts_v2?$top=1000&$filter=\(filter)", token).items()
        #expect(found.count == count, "\(filter)")
      }
    }
  }
}
