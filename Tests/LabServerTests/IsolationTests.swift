import Foundation
import LabServer
import Testing

@Suite struct IsolationTests {
  @Test("Nothing of one tenant is reached with another's token, and the attempt is recorded")
  func crossTenant() async throws {
    var options = options(.granted, .granted)
    options.incidentsPerTenant = 60
    options.expectedViolations = [.crossTenantId, .crossTenantLink]
    try await withLabServer(options) { lab in
      let first = try await lab.token(options.tenants[0].id)
      let second = try await lab.token(options.tenants[1].id)
      let page = try await lab.get("\(security)/incidents", first)
      let items = try page.items()
      let id = try #require(items[0]["id"] as? String)
      #expect(items.allSatisfy { $0["tenantId"] as? String == options.tenants[0].id })
      let link = try #require(try page.object()["@odata.nextLink"] as? String)
      let alert = try #require(try await lab.get("\(security)/alerts_v2?$top=1", first).items()[0]["id"] as? String)
      #expect(try await lab.get("\(security)/incidents/\(id)", second).status == 404)
      #expect(try await lab.patch(id, second, #"{"status":"resolved"}"#).status == 404)
      #expect(try await lab.get("\(security)/alerts_v2/\(alert)", second).status == 404)
      #expect(try await lab.get(String(link.dropFirst(lab.baseURL.count + 1)), second).status == 400)
      #expect(
        lab.violations().map(\.kind) == [.crossTenantId, .crossTenantId, .crossTenantId, .crossTenantLink])
      #expect(lab.violations().allSatisfy { $0.tenant == options.tenants[1].id })
    }
  }

  @Test("A lab with an unexpected violation throws when it closes")
  func closing() async throws {
    let options = options(.granted)
    await #expect(throws: LabViolations.self) {
      try await withLabServer(options) { lab in
        let token = try await lab.token(options.tenants[0].id)
        _ = try await lab.get("\(security)/incidents", token, [])
      }
    }
  }

  @Test("Newer members of enumerations are sent only to those who ask, and not asking is a violation")
  func prefer() async throws {
    var options = options(.granted)
    options.incidentsPerTenant = 200
    options.expectedViolations = [.missingPrefer]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let path = "\(security)/incidents?$filter=status eq 'awaitingAction'&$expand=alerts"
      let asked = try await lab.get(path, token)
      #expect(asked.header("Preference-Applied") == "include-unknown-enum-members")
      #expect(try asked.items().isEmpty == false)
      #expect(try asked.items().allSatisfy { $0["status"] as? String == "awaitingAction" })
      #expect(lab.violations().isEmpty)
      let unasked = try await lab.get(path, token, [])
      #expect(unasked.header("Preference-Applied") == nil)
      #expect(try unasked.items().count == asked.items().count)
      #expect(try unasked.items().allSatisfy { $0["status"] as? String == "unknownFutureValue" })
      #expect(!unasked.text.contains("microsoftSentinel") && !unasked.text.contains("microsoftDefenderForCloud\""))
      #expect(lab.violations().map(\.kind) == [.missingPrefer])
    }
  }
}
