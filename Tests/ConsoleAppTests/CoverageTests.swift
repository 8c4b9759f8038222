import Foundation
import LabServer
import Testing

@Suite("What a list does not show", .serialized)
struct CoverageTests {
  private static var time: Regex<Substring> { /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/ }

  @Sendable private func excludeAll(_ root: inout [String: Any]) {
    guard var tenants = root["tenants"] as? [[String: Any]] else { return }
    for index in tenants.indices { tenants[index]["excluded"] = true }
    root["tenants"] = tenants
  }

  @Sendable private func excludeSecond(_ root: inout [String: Any]) {
    guard var tenants = root["tenants"] as? [[String: Any]] else { return }
    tenants[1]["excluded"] = true
    root["tenants"] = tenants
  }

  @Test("A question that names nothing but excluded tenants is not answered: said, and 2; tenants still shows them")
  func nothingButExcluded() async throws {
    try await Workplace.with(tenants: 2, change: excludeAll) { place in
      for command in [
        ["incidents", "list"], ["incidents", "list", "--offline"], ["consent", "check"], ["token", "list"],
      ] {
        let outcome = try await place.run(bare: command + ["--config", place.configuration])
        #expect(outcome.status == 2, "\(command)")
        for tenant in place.tenants { #expect(outcome.words.contains(tenant.name)) }
        #expect(outcome.words.contains("nothing was asked: the configuration excludes "))
      }
      let tenants = try await place.run("tenants")
      #expect(tenants.status == 0 && tenants.words == "" && tenants.output.contains(place.tenants[1].name))
    }
  }

  @Test("An excluded tenant that was named is told; one that was not is nobody's question")
  func namedExcluded() async throws {
    try await Workplace.with(tenants: 2, change: excludeSecond) { place in
      let named = try await place.run("incidents", "list", "@all")
      #expect(
        named.status == 0 && named.words == "not asked, as the configuration excludes it: \(place.tenants[1].name)\n")
      #expect(try await place.run("incidents", "list").words == "")
    }
  }

  @Test("An empty list over tenants of which some were not read says how many and which, and never just nothing")
  func emptyIsNotNone() async throws {
    try await Workplace.with(tenants: 3, incidents: 0) { place in
      let (first, second) = (place.tenants[0], place.tenants[1])
      #expect(try await place.run("incidents", "list").words == "")
      place.lab.add(LabFault(.resetBefore, tenant: second.id, times: 0))
      let some = try await place.run("incidents", "list")
      #expect(some.status == 1)
      #expect(some.words.contains("\(second.name): not read: "))
      #expect(
        some.words.contains(
          "none of the 2 tenants that were read has an open incident; 1 of 3 not read: \(second.name)\n"))
      place.lab.add(LabFault(.resetBefore, tenant: first.id, times: 0))
      let one = try await place.run("incidents", "list", "--all", first.domain, place.tenants[2].domain)
      #expect(one.words.contains("the 1 tenant that was read has not an incident; 1 of 2 not read: \(first.name)\n"))
      let nobody = try await place.run("incidents", "list", first.domain, second.domain)
      #expect(nobody.status == 2)
      #expect(
        nobody.words.contains(
          "whether any of the 2 tenants has an open incident is not known; not read: \(first.name), \(second.name)\n"))
    }
  }

  @Test("Rows of a tenant that could not be read stay, say when they were read, and so does standard error")
  func oldRows() async throws {
    try await Workplace.with(tenants: 2) { place in
      let before = try #require(try await place.run("incidents", "list", "--output", "json").json as? [String: Any])
      place.lab.changeConsent(of: place.tenants[1].id, .revoke)
      let after = try await place.run("incidents", "list", "--output", "json")
      #expect(after.status == 1)
      let root = try #require(after.json as? [String: Any])
      let old = place.tenants[1].id.lowercased()
      func rows(_ root: [String: Any]) -> [[String: Any]] { root["incidents"] as? [[String: Any]] ?? [] }
      let oldRow = try #require(rows(root).first { $0["tenantId"] as? String == old })
      let known = try #require(rows(before).first { $0["tenantId"] as? String == old })
      let readAt = try #require(oldRow["readAt"] as? String)
      #expect(readAt == known["readAt"] as? String && readAt.wholeMatch(of: Self.time) != nil)
      let count = rows(root).filter { $0["tenantId"] as? String == old }.count
      #expect(after.words.contains("\(place.tenants[1].name): its \(count) rows are as of \(readAt).\n"))
      #expect(after.words.contains("1 of 2 tenants not read: \(place.tenants[1].name)\n"))

      let text = try await place.run("incidents", "list", "--offline")
      #expect(text.output.split(separator: "\n")[0].hasSuffix("  READ"))
      for line in text.output.split(separator: "\n").dropFirst() {
        #expect(line.suffix(20).wholeMatch(of: Self.time) != nil)
      }
      #expect(text.words.contains("\(place.tenants[1].name): as of \(readAt): the last read failed: "))
      let csv = try await place.run("incidents", "list", "--offline", "--output", "csv")
      #expect(csv.output.components(separatedBy: "\r\n")[0].hasSuffix(",readAt"))

      let tenants = try await place.run("tenants")
      #expect(tenants.output.split(separator: "\n")[0].hasSuffix("  SYNCED"))
      #expect(tenants.output.split(separator: "\n")[2].hasSuffix("  \(readAt)"))
      let tenantRows = try await place.run("tenants", "--output", "csv").output.components(separatedBy: "\r\n")
      #expect(tenantRows[0].hasSuffix(",readAt") && tenantRows[2].hasSuffix(",\(readAt)"))
    }
  }

  @Test("A row that was read by itself, in a tenant whose list never came to its end, says when, and so does the line")
  func rowReadByItself() async throws {
    try await Workplace.with(tenants: 1) { place in
      let elsewhere = ["XDG_STATE_HOME": place.home.appending(path: "elsewhere").path]
      let tenant = place.tenants[0]
      let listed = try await place.run("incidents", "list", "--output", "json", environment: elsewhere)
      let id = try #require((listed.object["incidents"] as? [[String: Any]])?.first?["id"] as? String)
      place.lab.add(
        LabFault(.answer(status: 500, headers: [:], body: "{}"), tenant: tenant.id, route: "incidents.list", times: 0))
      #expect(try await place.run("incidents", "show", tenant.id, id).status == 0)
      for offline in [[], ["--offline"]] {
        let command = ["incidents", "list", "--config", place.configuration] + offline
        let json = try await place.run(bare: command + ["--output", "json"])
        #expect(json.status == 2)
        let row = try #require((json.object["incidents"] as? [[String: Any]])?.first)
        let readAt = try #require(row["readAt"] as? String)
        #expect(json.words.contains("\(tenant.name): its row is as of \(readAt).\n"), "\(json.words)")
        let text = try await place.run(bare: command)
        #expect(text.output.contains("  \(readAt)\n") && !text.output.contains("never"), "\(text.output)")
      }
    }
  }

  @Test("A tenant that is only read is not asked for more than its configuration needs")
  func onlyRead() async throws {
    let readOnly: @Sendable (inout [String: Any]) -> Void = { root in
      guard var app = root["app"] as? [String: Any] else { return }
      app["permissions"] = ["SecurityIncident.Read.All"]
      root["app"] = app
    }
    try await Workplace.with(tenants: 1, change: readOnly) { place in
      place.lab.changeConsent(of: place.tenants[0].id, .grant, roles: ["SecurityAlert.Read.All"])
      let listed = try await place.run("incidents", "list")
      #expect(listed.status == 2)
      let advice = "Send the consent link to the tenant's admin again, so that SecurityIncident.Read.All is granted"
      #expect(listed.words.contains(advice), "\(listed.words)")
    }
  }

  @Test("Without the network, reading again is advised only where that would help")
  func offlineInOutage() async throws {
    try await Workplace.with(tenants: 1) { place in
      let nothing = try await place.run("incidents", "list", "--offline")
      #expect(nothing.words.contains("nothing is known of it yet. Run without --offline."))
      #expect(try await place.run("incidents", "list").status == 0)
      place.lab.add(LabFault(.answer(status: 503, headers: [:], body: "{}"), route: "incidents.list", times: 0))
      #expect(try await place.run("incidents", "list", "--no-wait").status == 2)
      let old = try await place.run("incidents", "list", "--offline")
      #expect(old.words.contains("the last read failed: outage 503, "), "\(old.words)")
      #expect(old.words.contains("Wait or refresh") && !old.words.contains("Run without --offline"), "\(old.words)")
    }
  }

  @Test("--times seconds gives every time of JSON and CSV in whole seconds and Z; without it they stay as received")
  func times() async throws {
    try await Workplace.with(tenants: 1) { place in
      let listed = try await place.run("incidents", "list", "--output", "json")
      let incident = try #require(((listed.json as? [String: Any])?["incidents"] as? [[String: Any]])?.first)
      #expect((incident["createdAt"] as? String)?.contains(".") == true)
      let id = try #require(incident["id"] as? String)
      let fractions = /\d{2}:\d{2}:\d{2}\.\d/
      for command in [
        ["incidents", "list"], ["incidents", "show", place.tenants[0].domain, id], ["tenants"], ["token", "list"],
      ] {
        for format in ["json", "csv"] {
          let cut = try await place.run(
            bare: command + ["--times", "seconds", "--output", format, "--config", place.configuration])
          #expect(cut.status == 0, "\(cut.words)")
          #expect(cut.output.firstMatch(of: fractions) == nil, "\(command) \(format)")
          #expect(cut.output.firstMatch(of: Self.time) != nil)
        }
      }
      let received = try await place.run("incidents", "show", place.tenants[0].domain, id, "--output", "json")
      #expect(received.output.firstMatch(of: fractions) != nil)
    }
  }
}
