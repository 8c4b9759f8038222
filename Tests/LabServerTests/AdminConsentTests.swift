import Foundation
import LabServer
import Testing

struct ConsentCase: Sendable, CustomTestStringConvertible {
  var action: LabConsentAnswer
  var version = "v2.0/"
  var scenario = LabScenario.missing
  /// What the redirect says, without the state.
  var told: [String: String]
  /// Roles that a token shows afterwards; nil: there is none.
  var roles: Int?

  var testDescription: String { "\(action) \(version) \(scenario)" }
}

private let declined = "AADSTS65004%3A%20User%20declined%20to%20consent%20to%20access%20the%20app."
private let scope = "https%3A%2F%2Fgraph.microsoft.com%2F.default"
private let consentCases = [
  ConsentCase(action: .accept, told: ["admin_consent": "True", "tenant": "", "scope": scope], roles: 3),
  ConsentCase(action: .partial, told: ["admin_consent": "True", "tenant": "", "scope": scope], roles: 2),
  ConsentCase(
    action: .decline, told: ["admin_consent": "True", "error": "consent_required", "error_description": declined]),
  ConsentCase(action: .noRights, told: ["admin_consent": "True", "error": "access_denied"]),
  ConsentCase(action: .accept, version: "", told: ["admin_consent": "True", "tenant": ""], roles: 3),
  ConsentCase(
    action: .decline, version: "",
    told: ["error": "permission_denied", "error_description": "The%20admin%20canceled%20the%20request"]),
  ConsentCase(action: .noRights, version: "", told: ["error": "access_denied"]),
  ConsentCase(
    action: .accept, scenario: .unlicensed, told: ["admin_consent": "True", "error": "access_denied"]),
  ConsentCase(
    action: .accept, scenario: .disabled, told: ["admin_consent": "True", "tenant": "", "scope": scope]),
  ConsentCase(
    action: .decline, scenario: .granted,
    told: ["admin_consent": "True", "error": "consent_required", "error_description": declined], roles: 3),
]

@Suite struct AdminConsentTests {
  private func options(_ scenario: LabScenario, clock: HandClock = HandClock(fixedEpoch)) -> LabOptions {
    var options = peopleOptions(.ok, scenarios: [scenario], clock: clock)
    options.isPublicClient = false
    options.secret = "a+secret/with=signs"
    options.redirects = ["https://partner.example/consented"]
    return options
  }

  private func open(
    _ lab: LabServer, _ tenant: String, _ path: String, _ changes: [String: String?] = [:]
  ) async throws -> RawAnswer {
    var fields: [String: String?] = [
      "client_id": "11111111-2222-3333-4444-555555555555", "redirect_uri": "http://localhost:51234/",
      "scope": graphDefault, "state": "s%/+",
    ]
    for (name, value) in changes { fields[name] = value }
    return try await send("GET", "\(lab.baseURL)/\(tenant)/\(path)?\(formText(fields))")
  }

  private func roles(_ lab: LabServer, _ tenant: String) async throws -> Int? {
    guard let token = try await lab.askToken(tenant).object()["access_token"] as? String else { return nil }
    return (try claims(token)["roles"] as? [String])?.count ?? 0
  }

  @Test(
    "What an administrator does is told as the service tells it, and tokens show it", arguments: consentCases,
    [true, false])
  func decided(_ wanted: ConsentCase, byItself: Bool) async throws {
    let options = options(wanted.scenario)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      if byItself { lab.answer(consent: wanted.action) }
      var answer = try await open(lab, tenant, "\(wanted.version)adminconsent")
      if !byItself {
        #expect(answer.status == 200 && answer.text.contains("ThreatHunting.Read.All"))
        let flow = try hidden("flow", on: answer)
        answer = try await lab.post("\(tenant)/consent", ["flow": flow, "action": wanted.action.rawValue])
        if wanted.action == .noRights {
          #expect(answer.text.contains("AADSTS90094: "))
          answer = try await lab.post("\(tenant)/consent", ["flow": flow, "action": "return"])
        }
        #expect(try await lab.post("\(tenant)/consent", ["flow": flow, "action": "accept"]).status == 400)
      }
      var told = try redirected(answer)
      #expect(told.removeValue(forKey: "state") == "s%25%2F%2B")
      if let owner = told["tenant"] {
        #expect(owner == tenant)
        told["tenant"] = ""
      }
      #expect(
        Set(told.keys).subtracting(["error_description"]) == Set(wanted.told.keys).subtracting(["error_description"]))
      for (name, value) in wanted.told { #expect(told[name] == value) }
      #expect(try await roles(lab, tenant) == wanted.roles)
    }
  }

  @Test(
    "A consent page that cannot be is told on a page, or at the app's address",
    arguments: [
      ("v2.0/adminconsent", ["client_id": "x"], 700016, true),
      ("v2.0/adminconsent", ["redirect_uri": "https://elsewhere.example/"], 50011, true),
      ("v2.0/adminconsent", ["scope": nil], 900144, false), ("v2.0/adminconsent", ["scope": "a://b/c"], 500011, false),
      ("adminconsent", ["client_id": nil], 900144, true),
    ] as [(String, [String: String?], Int, Bool)])
  func wrong(_ path: String, _ changes: [String: String?], _ code: Int, _ isPage: Bool) async throws {
    let options = options(.missing)
    try await withLabServer(options) { lab in
      let answer = try await open(lab, options.tenants[0].id, path, changes)
      if isPage {
        #expect(answer.status == 400 && answer.text.contains("AADSTS\(code): "))
      } else {
        #expect(try redirected(answer)["error_description"]?.hasPrefix("AADSTS\(code)%3A") == true)
      }
    }
  }

  @Test("The registered page of the partner's may be led back to, and by an alias the administrator names the tenant")
  func alias() async throws {
    let options = options(.missing)
    let tenant = options.tenants[0]
    try await withLabServer(options) { lab in
      #expect(try await open(lab, "common", "v2.0/adminconsent").text.contains("AADSTS9001023"))
      let page = try await open(
        lab, "organizations", "v2.0/adminconsent", ["redirect_uri": "https://partner.example/consented"])
      var fields = ["flow": try hidden("flow", on: page), "action": "accept", "tenant": "nobody.example"]
      let again = try await lab.post("organizations/consent", fields)
      #expect(again.text.contains("no such organization"))
      fields["flow"] = try hidden("flow", on: again)
      fields["tenant"] = tenant.domain
      let back = try await lab.post("organizations/consent", fields)
      #expect(
        back.header("Location")?.hasPrefix("https://partner.example/consented?admin_consent=True&tenant=\(tenant.id)")
          == true)
    }
  }

  @Test("The first version's authorize gives a code beside the consent")
  func authorize() async throws {
    let options = options(.missing)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      lab.answer(consent: .accept)
      let answer = try await open(
        lab, tenant, "oauth2/authorize",
        [
          "prompt": "admin_consent", "response_type": "code", "resource": "https://graph.microsoft.com", "scope": nil,
          "code_challenge": try lab.challenge(), "code_challenge_method": "S256",
        ])
      let told = try redirected(answer)
      #expect(told["admin_consent"] == "True" && told["error"] == nil)
      #expect(try await roles(lab, tenant) == 3)
      let code = try #require(told["code"])
      let tokens = try await lab.redeem(tenant, code, ["client_secret": "a+secret/with=signs"]).object()
      #expect(try claims(tokens["access_token"] as? String)["upn"] as? String == "admin@\(options.tenants[0].domain)")
    }
  }

  @Test("Tokens show a consent when its lag has passed, and until then an app without permissions")
  func lag() async throws {
    let clock = HandClock(fixedEpoch)
    let options = options(.missing, clock: clock)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let set = try await lab.control("POST", "tenants/\(tenant)/consent", #"{"lagSeconds": 30}"#)
      #expect(set.status == 204)
      lab.answer(consent: .accept)
      var seen = [try await roles(lab, tenant)]
      let told = try redirected(try await open(lab, tenant, "v2.0/adminconsent"))
      #expect(told["error"] == nil)
      for wait in [0.0, 29, 1] {
        clock.pass(wait)
        seen.append(try await roles(lab, tenant))
      }
      #expect(seen == [nil, 0, 0, 3])
      let body = #"{"action": "grant", "roles": ["X"], "lagSeconds": 9}"#
      let changed = try await lab.control("POST", "tenants/\(tenant)/consent", body)
      #expect(changed.status == 204)
      seen = [try await roles(lab, tenant)]
      clock.pass(9)
      seen.append(try await roles(lab, tenant))
      #expect(seen == [3, 1])
    }
  }

  @Test("A consent opens the tenant for people as well, and one to single permissions only for them")
  func people() async throws {
    let options = options(.missing)
    let tenant = options.tenants[0].id
    let secret = ["client_secret": "a+secret/with=signs"]
    try await withLabServer(options) { lab in
      lab.answer(signIn: .auto, consent: .accept)
      let first = try await lab.redeem(homeID, try await lab.code(homeID), secret).object()
      let token = try #require(first["refresh_token"] as? String)
      #expect(try await lab.refresh(tenant, token, secret).refusal() == "400 unauthorized_client 90099")
      _ = try await open(
        lab, tenant, "v2.0/adminconsent", ["scope": "https://graph.microsoft.com/SecurityIncident.Read.All"])
      #expect(try await roles(lab, tenant) == 0)
      let answer = try await lab.refresh(tenant, token, secret).object()
      #expect(try claims(answer["access_token"] as? String)["scp"] as? String == "SecurityIncident.Read.All User.Read")
    }
  }
}
