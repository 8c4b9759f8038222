import Foundation
import LabServer
import Testing

private let graphApp = "00000003-0000-0000-c000-000000000000"
private let relationsPath = "v1.0/tenantRelationships/delegatedAdminRelationships"

@Suite struct DirectoryTests {
  /// A confidential client's lab, and a token of the home tenant and of the first customer.
  private func withApp(
    _ access: [LabAccess], _ roles: [String],
    _ body: (LabServer, _ tenant: String, _ home: String, _ customer: String) async throws -> Void
  ) async throws {
    var options = peopleOptions(.ok)
    options.tenants = LabTenant.generate(count: access.count, seed: 7)
    for index in access.indices { options.tenants[index].access = access[index] }
    options.isPublicClient = false
    options.secret = "a+secret/with=signs"
    options.requiredRoles = roles
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      try await body(lab, tenant, try await lab.token(homeID), try await lab.token(tenant))
    }
  }

  @Test("The app's principal and its grants are told by the ids that Graph's own principal lists")
  func principals() async throws {
    let roles = ["SecurityIncident.Read.All", "Application.Read.All", "Directory.Read.All", "SecurityEvents.Read.All"]
    try await withApp([.ok], roles) { lab, tenant, _, token in
      let path = "v1.0/servicePrincipals"
      let app = try await lab.get(
        "\(path)(appId='11111111-2222-3333-4444-555555555555')?$select=id,accountEnabled", token
      )
      .object()
      #expect(app["accountEnabled"] as? Bool == true && app["displayName"] == nil)
      let id = try #require(app["id"] as? String)
      let graph = try await lab.get("\(path)(appId='\(graphApp)')", token).object()
      let known = try #require(graph["appRoles"] as? [[String: Any]])
      let assigned = try await lab.get("\(path)/\(id)/appRoleAssignments", token).items()
      let names = assigned.compactMap { item in
        known.first { $0["id"] as? String == item["appRoleId"] as? String }?["value"] as? String
      }
      #expect(names == roles)
      #expect(assigned.allSatisfy { $0["resourceId"] as? String == graph["id"] as? String })
      #expect(assigned[0]["appRoleId"] as? String == "45cc0394-e837-488b-a098-1918f48d186c")
      let grants = try await lab.get("v1.0/oauth2PermissionGrants?$filter=clientId eq '\(id)'", token).items()
      #expect(grants.count == 1 && grants[0]["consentType"] as? String == "AllPrincipals")
      #expect((grants[0]["scope"] as? String)?.split(separator: " ").contains("SecurityIncident.Read.All") == true)
      let others = try await lab.get("v1.0/oauth2PermissionGrants?$filter=clientId eq 'x'", token).items()
      #expect(others.isEmpty)
      let organization = try await lab.get("v1.0/organization", token).items()
      #expect(organization[0]["id"] as? String == tenant)
      let missing = try await lab.get("\(path)(appId='22222222-2222-3333-4444-555555555555')", token)
      #expect(missing.status == 404)
      #expect(try missing.error()["code"] as? String == "Request_ResourceNotFound")
      lab.changeConsent(of: tenant, .revoke)
      let gone = try await lab.get("\(path)(appId='11111111-2222-3333-4444-555555555555')", token)
      #expect(gone.status == 404)
    }
  }

  @Test(
    "Each route wants its permission, in the words of the directory",
    arguments: [
      "servicePrincipals(appId='\(graphApp)')", "servicePrincipals", "servicePrincipals/x/appRoleAssignments",
      "oauth2PermissionGrants", "organization", "contracts",
      "tenantRelationships/delegatedAdminRelationships", "tenantRelationships/delegatedAdminCustomers",
    ])
  func denied(_ path: String) async throws {
    try await withApp([.ok], ["SecurityIncident.Read.All"]) { lab, _, home, customer in
      let isRelation = path.hasPrefix("tenantRelationships")
      for token in isRelation ? [customer] : [customer, home] {
        let answer = try await lab.get("v1.0/\(path)", token)
        #expect(answer.status == 403)
        #expect(try answer.error()["code"] as? String == "Authorization_RequestDenied")
      }
      // The home tenant's consent includes what tells of relations.
      if isRelation { #expect(try await lab.get("v1.0/\(path)", home).status == 200) }
    }
  }

  @Test("Relations are told in pages, each with its customer, its end and its roles")
  func relations() async throws {
    let access: [LabAccess] = [.ok, .noRelation, .ending, .relationExpired, .roleMissing, .notInGroup]
    try await withApp(access, ["Directory.Read.All"]) { lab, tenant, home, _ in
      var (link, items, pages) = ("\(lab.baseURL)/\(relationsPath)?$top=2", [[String: Any]](), 0)
      while true {
        let answer = try await send("GET", link, [("Authorization", "Bearer \(home)")])
        items += try answer.items()
        pages += 1
        guard let next = try answer.object()["@odata.nextLink"] as? String else { break }
        link = next
      }
      #expect(pages == 3)
      #expect(items.map { $0["status"] as? String } == ["active", "active", "expired", "active", "active"])
      let customer = try #require(items[0]["customer"] as? [String: Any])
      #expect(customer["tenantId"] as? String == tenant)
      let roles = items.map { (($0["accessDetails"] as? [String: Any])?["unifiedRoles"] as? [Any])?.count }
      #expect(roles == [2, 2, 2, 0, 2])
      let ids = items.compactMap { $0["id"] as? String }
      let groups = try await ids.asyncMap { id in
        let found = try await lab.get("\(relationsPath)/\(id)/accessAssignments", home).items()[0]
        return (found["accessContainer"] as? [String: Any])?["accessContainerId"] as? String
      }
      #expect(groups[0] == lab.operatorsGroup && groups[4] != lab.operatorsGroup)
      let one = try await lab.get("\(relationsPath)?$filter=customer/tenantId eq '\(tenant)'", home).items()
      #expect(one.compactMap { $0["id"] as? String } == [ids[0]])
      let expired = try await lab.get("\(relationsPath)?$filter=status eq 'expired'", home).items()
      #expect(expired.compactMap { $0["id"] as? String } == [ids[2]])
      let tooMany = try await lab.get("\(relationsPath)?$top=301", home)
      #expect(tooMany.status == 400)
      let unknown = try await lab.get("\(relationsPath)?$filter=displayName ne 'x'", home)
      #expect(unknown.status == 400)
      let customers = try await lab.get("v1.0/tenantRelationships/delegatedAdminCustomers", home).items()
      let contracts = try await lab.get("v1.0/contracts", home).items()
      #expect(customers.count == 5 && contracts.count == 6)
    }
  }

  @Test("A person asks for themselves and for their groups, an app by itself does not")
  func me() async throws {
    try await withLabServer(peopleOptions()) { lab in
      let token = try #require(try await lab.signIn(homeID)["access_token"] as? String)
      let me = try await lab.get("v1.0/me", token).object()
      #expect(me["userPrincipalName"] as? String == "anna@partner.example")
      func check(_ groups: [String]) async throws -> RawAnswer {
        try await send(
          "POST", "\(lab.baseURL)/v1.0/me/checkMemberGroups",
          [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")],
          body: String(decoding: try JSONEncoder().encode(["groupIds": groups]), as: UTF8.self))
      }
      let own = try await check([lab.operatorsGroup, graphApp]).object()
      #expect(own["value"] as? [String] == [lab.operatorsGroup])
      var statuses: [Int] = []
      for count in [0, 20, 21] {
        statuses.append(try await check(Array(repeating: graphApp, count: count)).status)
      }
      #expect(statuses == [400, 200, 400])
    }
    try await withApp([.ok], ["Directory.Read.All"]) { lab, _, home, _ in
      let answer = try await lab.get("v1.0/me", home)
      #expect(answer.status == 400)
    }
  }
}

extension Array {
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
