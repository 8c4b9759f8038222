import Foundation
import LabServer
import Testing

/// What a person's token opens.
@Suite struct DelegatedReadTests {
  /// A lab with one customer, a person's token there, and an incident of its.
  private func withPerson(
    _ access: LabAccess, scenario: LabScenario = .granted,
    _ body: (LabServer, _ tenant: String, _ token: String) async throws -> Void
  ) async throws {
    var options = peopleOptions(access, scenarios: [scenario])
    options.requiredRoles = ["SecurityIncident.ReadWrite.All", "SecurityAlert.ReadWrite.All"]
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let answer = try await lab.refresh(tenant, try await lab.refreshToken()).object()
      try await body(lab, tenant, try #require(answer["access_token"] as? String))
    }
  }

  private func send(
    _ lab: LabServer, _ method: String, _ path: String, _ token: String, _ body: String
  ) async throws -> RawAnswer {
    try await LabServerTests.send(
      method, "\(lab.baseURL)/\(path)",
      [("Authorization", "Bearer \(token)"), prefer, ("Content-Type", "application/json")], body: body)
  }

  @Test("A person reads and writes with scope and role, and is told as the author")
  func author() async throws {
    try await withPerson(.ok) { lab, _, token in
      let first = try await lab.get("\(security)/incidents?$expand=alerts", token).items()[0]
      let id = try #require(first["id"] as? String)
      let alert = try #require((first["alerts"] as? [[String: Any]])?[0]["id"] as? String)
      let commented = try await send(lab, "POST", "\(security)/incidents/\(id)/comments", token, #"{"comment":"mine"}"#)
      #expect(try commented.items().last?["createdByDisplayName"] as? String == "Anna Lindqvist")
      let alertComment = try await send(
        lab, "POST", "\(security)/alerts_v2/\(alert)/comments", token, #"{"comment":"mine"}"#)
      #expect(try alertComment.items().last?["createdByDisplayName"] as? String == "Anna Lindqvist")
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      let changed = try await lab.patch(id, token, #"{"status":"resolved"}"#)
      #expect(try changed.object()["lastModifiedBy"] as? String == "anna@partner.example")
    }
  }

  @Test(
    "Reading takes a reader's role and writing an operator's, whatever the scopes say",
    arguments: [
      (#"{"roles": []}"#, 403, 403), (#"{"roles": ["securityReader"]}"#, 200, 403),
      (#"{"roles": ["globalReader"]}"#, 200, 403), (#"{"roles": ["securityOperator"]}"#, 200, 200),
      (#"{"roles": ["securityAdministrator"]}"#, 200, 200), (#"{"relation": "terminated"}"#, 403, 403),
    ])
  func roles(_ access: String, _ read: Int, _ write: Int) async throws {
    try await withPerson(.ok) { lab, tenant, token in
      let id = try #require(try await lab.get("\(security)/incidents", token).items()[0]["id"] as? String)
      let set = try await lab.control("POST", "tenants/\(tenant)/access", access)
      #expect(set.status == 204)
      let got = try await lab.get("\(security)/incidents/\(id)", token)
      let put = try await lab.patch(id, token, #"{"status":"inProgress"}"#)
      #expect(got.status == read && put.status == write)
      if read == 403 {
        #expect(try got.error()["message"] as? String == "The user does not have a role that allows this operation.")
      }
    }
  }

  @Test("Without the scope the API names those that it wants and those that there are")
  func scopes() async throws {
    try await withPerson(.ok, scenario: .partial) { lab, _, token in
      let id = try #require(try await lab.get("\(security)/incidents", token).items()[0]["id"] as? String)
      let answer = try await lab.patch(id, token, #"{"status":"inProgress"}"#)
      #expect(answer.status == 403)
      let message = try answer.error()["message"] as? String
      #expect(
        message
          == "Missing application scopes. API required scopes: SecurityIncident.ReadWrite.All, application scopes:"
          + " SecurityIncident.Read.All,User.Read.")
    }
  }

  @Test("A claims challenge is met by a token that was got with the claims", arguments: [false, true])
  func claimsChallenge(_ byPerson: Bool) async throws {
    let options = peopleOptions(.ok)
    let tenant = options.tenants[0].id
    let claims = #"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#
    try await withLabServer(options) { lab in
      let token = try await lab.refreshToken()
      let before = try await lab.refresh(tenant, token).object()
      let access = try #require(before["access_token"] as? String)
      let set = try await lab.control(
        "POST", "tenants/\(tenant)/claims", #"{"claims": \#(claims), "byPerson": \#(byPerson)}"#)
      #expect(set.status == 204)
      let refused = try await lab.get("\(security)/incidents", access)
      let header = try #require(refused.header("WWW-Authenticate"))
      #expect(refused.status == 401 && header.contains(#"error="insufficient_claims""#))
      let sent = header.split(separator: "claims=\"").last.map { $0.prefix { $0 != "\"" } } ?? ""
      #expect(
        try canonical(try JSONSerialization.jsonObject(with: try #require(Data(base64Encoded: String(sent)))))
          == canonical(try JSONSerialization.jsonObject(with: Data(claims.utf8))))
      let next = try #require(before["refresh_token"] as? String)
      var better = try await lab.refresh(tenant, next, ["claims": claims])
      if byPerson {
        #expect(try better.refusal() == "400 interaction_required 50076")
        #expect(try better.object()["claims"] is String)
        better = try await lab.redeem(tenant, try await lab.code(tenant, ["claims": claims]))
      }
      let good = try #require(try better.object()["access_token"] as? String)
      #expect(try await lab.get("\(security)/incidents", good).status == 200)
      #expect(try await lab.get("\(security)/incidents", access).status == 401)
      #expect(try await lab.control("DELETE", "tenants/\(tenant)/claims").status == 204)
      #expect(try await lab.get("\(security)/incidents", access).status == 200)
    }
  }

  @Test(
    "What must stay secret breaks a rule in an address", arguments: ["access_token", "code_verifier", "refresh_token"])
  func secretInURL(_ name: String) async throws {
    var options = peopleOptions(.ok)
    options.expectedViolations = [.secretInURL]
    try await withLabServer(options) { lab in
      _ = try await lab.authorize(homeID, [name: "x"])
      #expect(lab.violations().map(\.kind) == [.secretInURL])
    }
  }
}
