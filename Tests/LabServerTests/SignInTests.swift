import Foundation
import LabServer
import Testing

struct AuthorizeCase: Sendable, CustomTestStringConvertible {
  var what: String
  var changes: [String: String?]
  /// Told on a page, since the address to go back to is not to be trusted.
  var isPage = false
  var error: String
  var code: Int

  var testDescription: String { what }
}

private let authorizeCases = [
  AuthorizeCase(what: "no client", changes: ["client_id": nil], isPage: true, error: "", code: 900144),
  AuthorizeCase(what: "other client", changes: ["client_id": "x"], isPage: true, error: "", code: 700016),
  AuthorizeCase(what: "no redirect", changes: ["redirect_uri": nil], isPage: true, error: "", code: 900144),
  AuthorizeCase(
    what: "other path", changes: ["redirect_uri": "http://localhost:1/cb"], isPage: true, error: "", code: 50011),
  AuthorizeCase(
    what: "an address", changes: ["redirect_uri": "http://127.0.0.1:1/"], isPage: true, error: "", code: 50011),
  AuthorizeCase(
    what: "other host", changes: ["redirect_uri": "http://localhost.example/"], isPage: true, error: "", code: 50011),
  AuthorizeCase(
    what: "no port", changes: ["redirect_uri": "http://localhost:0/"], isPage: true, error: "", code: 50011),
  AuthorizeCase(
    what: "https", changes: ["redirect_uri": "https://localhost:51234/"], isPage: true, error: "", code: 50011),
  AuthorizeCase(what: "no type", changes: ["response_type": nil], error: "invalid_request", code: 900144),
  AuthorizeCase(
    what: "other type", changes: ["response_type": "token"], error: "unsupported_response_type", code: 700054),
  AuthorizeCase(what: "no scope", changes: ["scope": nil], error: "invalid_request", code: 900144),
  AuthorizeCase(
    what: "all and one", changes: ["scope": "\(graphDefault) User.Read"], error: "invalid_scope", code: 70011),
  AuthorizeCase(
    what: "other API", changes: ["scope": "https://foo.example/.default"], error: "invalid_resource", code: 500011),
  AuthorizeCase(
    what: "short challenge", changes: ["code_challenge": "short"], error: "invalid_request", code: 501491),
  AuthorizeCase(
    what: "challenge of another size", changes: ["code_challenge": String(repeating: "a", count: 44)],
    error: "invalid_request", code: 501491),
  AuthorizeCase(
    what: "other method", changes: ["code_challenge_method": "S512"], error: "invalid_request", code: 90023),
  AuthorizeCase(what: "no session", changes: ["prompt": "none"], error: "login_required", code: 50058),
  AuthorizeCase(what: "other prompt", changes: ["prompt": "magic"], error: "invalid_request", code: 90023),
  AuthorizeCase(what: "broken claims", changes: ["claims": "{"], error: "invalid_request", code: 90023),
]

struct RedeemCase: Sendable, CustomTestStringConvertible {
  var what: String
  var asked: [String: String?] = [:]
  var changes: [String: String?] = [:]
  var waits = 0.0
  var refusal: String

  var testDescription: String { what }
}

private let redeemCases = [
  RedeemCase(what: "no verifier", changes: ["code_verifier": nil], refusal: "400 invalid_grant 501481"),
  RedeemCase(
    what: "other verifier", changes: ["code_verifier": String(repeating: "w", count: 43)],
    refusal: "400 invalid_grant 501481"),
  RedeemCase(
    what: "other redirect", changes: ["redirect_uri": "http://localhost:51235/"], refusal: "400 invalid_grant 500112"),
  RedeemCase(what: "other code", changes: ["code": "1.AXx"], refusal: "400 invalid_grant 70000"),
  RedeemCase(
    what: "a secret", changes: ["client_secret": "lab-secret"], refusal: "401 invalid_client 700025"),
  RedeemCase(what: "too late", waits: 600, refusal: "400 invalid_grant 70008"),
  RedeemCase(
    what: "two APIs", changes: ["scope": "User.Read https://vault.azure.net/.default"],
    refusal: "400 invalid_scope 28002"),
  RedeemCase(
    what: "not consented", changes: ["scope": "https://graph.microsoft.com/Mail.Read"],
    refusal: "400 invalid_grant 65001"),
]

@Suite struct SignInTests {
  @Test(
    "A sign-in that cannot be is told at the app's address, or on a page where that is not known",
    arguments: authorizeCases)
  func authorizeRefused(_ wrong: AuthorizeCase) async throws {
    try await withLabServer(peopleOptions()) { lab in
      let answer = try await lab.authorize(homeID, wrong.changes)
      if wrong.isPage {
        #expect(answer.status == 400 && answer.header("Location") == nil)
        #expect(answer.text.contains("AADSTS\(wrong.code): "))
      } else {
        let fields = try redirected(answer)
        #expect(fields["error"] == wrong.error && fields["state"] == "s" && fields["code"] == nil)
        #expect(fields["error_description"]?.hasPrefix("AADSTS\(wrong.code)%3A") == true)
      }
    }
  }

  @Test(
    "The state comes back byte for byte",
    arguments: ["a%2Fb+c%20d~%c3%a9", "%E2%82%AC=&", "", "a=b", "%00"])
  func state(_ raw: String) async throws {
    try await withLabServer(peopleOptions()) { lab in
      lab.answer(signIn: .auto)
      for tail in ["", "&response_mode=fragment"] {
        let fields = formText([
          "client_id": "11111111-2222-3333-4444-555555555555", "response_type": "code",
          "redirect_uri": "http://localhost:51234", "scope": everything, "code_challenge": try lab.challenge(),
          "code_challenge_method": "S256",
        ])
        let answer = try await send(
          "GET", "\(lab.baseURL)/\(homeID)/oauth2/v2.0/authorize?\(fields)\(tail)&state=\(raw)")
        let location = try #require(answer.header("Location"))
        #expect(location.hasSuffix("&state=\(raw.prefix { $0 != "&" })"))
        #expect(location.hasPrefix(tail.isEmpty ? "http://localhost:51234/?code=" : "http://localhost:51234/#code="))
      }
    }
  }

  @Test("A person signs in on a page without scripts, and the tokens say who it was")
  func page() async throws {
    try await withLabServer(peopleOptions()) { lab in
      let page = try await lab.authorize(homeID, ["nonce": "n1"])
      #expect(page.status == 200 && !page.text.contains("<script"))
      #expect(page.text.contains("anna@partner.example"))
      let back = try await lab.post(
        "\(homeID)/login",
        ["flow": try hidden("flow", on: page), "account": "anna@partner.example", "action": "signin"])
      let code = try #require(try redirected(back)["code"])
      let answer = try await lab.redeem(homeID, code).object()
      let id = try claims(answer["id_token"] as? String)
      #expect(id["aud"] as? String == "11111111-2222-3333-4444-555555555555" && id["nonce"] as? String == "n1")
      #expect(id["preferred_username"] as? String == "anna@partner.example" && id["tid"] as? String == homeID)
      #expect(id["iss"] as? String == "\(lab.baseURL)/\(homeID)/v2.0")
      let access = try claims(answer["access_token"] as? String)
      #expect(access["roles"] == nil && access["idtyp"] as? String == "user" && access["appidacr"] as? String == "0")
      #expect(access["upn"] as? String == "anna@partner.example" && access["oid"] as? String == id["oid"] as? String)
      let scopes = (access["scp"] as? String ?? "").split(separator: " ")
      #expect(scopes.contains("SecurityIncident.ReadWrite.All") && scopes.contains("openid"))
      #expect(answer["refresh_token"] is String && answer["expires_in"] as? Int == 3599)
      // Whoever has signed in is known without a page.
      let cookie = try #require(back.header("Set-Cookie")?.split(separator: ";").first).description
      #expect(try redirected(try await lab.authorize(homeID, ["prompt": "none"], cookie: cookie))["code"] != nil)
    }
  }

  @Test("What the person does on the pages is what the app is told", arguments: ["cancel", "deny"])
  func declined(_ action: String) async throws {
    try await withLabServer(peopleOptions()) { lab in
      lab.change(user: lab.people[0], needsMFA: true)
      let page = try await lab.authorize(homeID)
      var fields = ["flow": try hidden("flow", on: page), "account": lab.people[0], "action": "signin"]
      if action == "deny" {
        let second = try await lab.post("\(homeID)/login", fields)
        #expect(second.status == 200 && second.text.contains("Approve"))
      }
      fields["action"] = action
      #expect(try redirected(try await lab.post("\(homeID)/login", fields))["error"] == "access_denied")
      #expect(try await lab.post("\(homeID)/login", fields).status == 400)
    }
  }

  @Test("A second factor is asked for where it is wanted, and the token says so", arguments: [true, false])
  func secondFactor(_ isWanted: Bool) async throws {
    try await withLabServer(peopleOptions()) { lab in
      lab.change(user: lab.people[0], needsMFA: isWanted)
      let page = try await lab.authorize(homeID)
      let fields = ["flow": try hidden("flow", on: page), "account": lab.people[0], "action": "signin"]
      var back = try await lab.post("\(homeID)/login", fields)
      if isWanted { back = try await lab.post("\(homeID)/login", ["flow": fields["flow"], "action": "approve"]) }
      let answer = try await lab.redeem(homeID, try #require(try redirected(back)["code"])).object()
      #expect(
        try claims(answer["access_token"] as? String)["amr"] as? [String] == (isWanted ? ["pwd", "mfa"] : ["pwd"]))
    }
  }

  @Test("A code is bound to what it was asked with, and lives for ten minutes", arguments: redeemCases)
  func redeemRefused(_ wrong: RedeemCase) async throws {
    let clock = HandClock(fixedEpoch)
    try await withLabServer(peopleOptions(clock: clock)) { lab in
      let code = try await lab.code(homeID, wrong.asked)
      clock.pass(wrong.waits)
      #expect(try await lab.redeem(homeID, code, wrong.changes).refusal() == wrong.refusal)
    }
  }

  @Test("A code is redeemed once, and at its own tenant")
  func once() async throws {
    let options = peopleOptions(.ok)
    try await withLabServer(options) { lab in
      let code = try await lab.code(homeID)
      #expect(try await lab.redeem(options.tenants[0].id, code).refusal() == "400 invalid_grant 700005")
      #expect(try await lab.redeem(homeID, code).status == 200)
      #expect(try await lab.redeem(homeID, code).refusal() == "400 invalid_grant 54005")
    }
  }

  @Test("A code without a challenge breaks a rule")
  func noChallenge() async throws {
    var options = peopleOptions()
    options.expectedViolations = [.verifierMissing]
    try await withLabServer(options) { lab in
      let code = try await lab.code(homeID, ["code_challenge": nil, "code_challenge_method": nil])
      #expect(try await lab.redeem(homeID, code, ["code_verifier": nil]).status == 200)
      #expect(lab.violations().map(\.kind) == [.verifierMissing])
    }
  }

  @Test("Refresh and identity tokens come to whoever asks for them")
  func asked() async throws {
    try await withLabServer(peopleOptions()) { lab in
      let answer = try await lab.signIn(homeID, ["scope": graphDefault])
      #expect(answer["access_token"] is String && answer["refresh_token"] == nil && answer["id_token"] == nil)
      #expect(
        (answer["scope"] as? String)?.contains("https://graph.microsoft.com/SecurityIncident.ReadWrite.All") == true)
    }
  }

  @Test("A confidential client shows its credential with every grant, and a public one has none")
  func credentials() async throws {
    var options = peopleOptions()
    options.isPublicClient = false
    try await withLabServer(options) { lab in
      let code = try await lab.code(homeID)
      #expect(try await lab.redeem(homeID, code).refusal() == "401 invalid_client 7000218")
      let answer = try await lab.redeem(homeID, code, ["client_secret": "lab-secret"]).object()
      let token = try #require(answer["refresh_token"] as? String)
      #expect(try claims(answer["access_token"] as? String)["appidacr"] as? String == "1")
      #expect(try await lab.refresh(homeID, token).refusal() == "401 invalid_client 7000218")
      #expect(try await lab.refresh(homeID, token, ["client_secret": "lab-secret"]).status == 200)
    }
    try await withLabServer(peopleOptions()) { lab in
      let shown = try await lab.askToken(homeID, ["client_secret": "lab-secret"]).refusal()
      let missing = try await lab.askToken(homeID, ["client_secret": nil]).refusal()
      #expect(shown == "401 invalid_client 700025" && missing == "401 invalid_client 7000218")
    }
  }
}
