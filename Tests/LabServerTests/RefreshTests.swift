import Foundation
import LabServer
import Testing

struct RefreshCase: Sendable, CustomTestStringConvertible {
  var what: String
  var access = LabAccess.ok
  var scenario = LabScenario.granted
  var user: String?
  var tenant: String?
  var waits = 0.0
  var refusal: String

  var testDescription: String { what }
}

private let refreshCases = [
  RefreshCase(what: "no relation", access: .noRelation, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "relation expired", access: .relationExpired, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "in no group", access: .notInGroup, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "inbound policy", access: .blockedByPolicy, refusal: "400 access_denied 500213"),
  RefreshCase(what: "not consented", access: .notConsented, refusal: "400 unauthorized_client 90099"),
  RefreshCase(
    what: "no principal for a guest", access: .guest, scenario: .missing, refusal: "400 invalid_grant 65001"),
  RefreshCase(
    what: "no principal by a relation", scenario: .missing, refusal: "400 unauthorized_client 90099"),
  RefreshCase(what: "nothing granted", scenario: .notGranted, refusal: "400 invalid_grant 65001"),
  RefreshCase(what: "app disabled", scenario: .disabled, refusal: "400 unauthorized_client 7000112"),
  RefreshCase(
    what: "outbound policy", tenant: #"{"policy": "outbound"}"#, refusal: "400 access_denied 500212"),
  RefreshCase(what: "second factor there", tenant: #"{"mfa": true}"#, refusal: "400 invalid_grant 50076"),
  RefreshCase(what: "policy", tenant: #"{"refusal": 53003}"#, refusal: "400 access_denied 53003"),
  RefreshCase(what: "frequency", tenant: #"{"refusal": 70043}"#, refusal: "400 invalid_grant 70043"),
  RefreshCase(what: "assignment pending", tenant: #"{"assignment": "pending"}"#, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "relation ended", tenant: #"{"endsInDays": 0}"#, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "terminated", tenant: #"{"relation": "terminated"}"#, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "ends meanwhile", access: .ending, waits: 13 * 86_400, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "disabled", user: #"{"disabled": true}"#, refusal: "400 invalid_grant 50057"),
  RefreshCase(what: "deleted", user: #"{"deleted": true}"#, refusal: "400 invalid_grant 500341"),
  RefreshCase(what: "second factor for her", user: #"{"mfa": true}"#, refusal: "400 invalid_grant 50076"),
  RefreshCase(what: "left the group", user: #"{"groups": []}"#, refusal: "400 invalid_grant 50020"),
  RefreshCase(what: "idle", waits: 90 * 86_400, refusal: "400 invalid_grant 700082"),
]

@Suite struct RefreshTests {
  @Test("What keeps a person out of a tenant is told by its number", arguments: refreshCases)
  func refused(_ wrong: RefreshCase) async throws {
    let clock = HandClock(fixedEpoch)
    let options = peopleOptions(wrong.access, scenarios: [wrong.scenario], clock: clock)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let token = try await lab.refreshToken()
      if let body = wrong.user {
        #expect(try await lab.control("POST", "users/\(lab.people[0])", body).status == 204)
      }
      if let body = wrong.tenant {
        #expect(try await lab.control("POST", "tenants/\(tenant)/access", body).status == 204)
      }
      clock.pass(wrong.waits)
      let answer = try await lab.refresh(tenant, token)
      #expect(try answer.refusal() == wrong.refusal)
      let suberror = try answer.object()["suberror"] as? String
      if wrong.refusal.hasSuffix("50076") {
        #expect(suberror == "basic_action")
        #expect(try answer.object()["claims"] is String)
      }
      if wrong.refusal.hasSuffix("65001") { #expect(suberror == "consent_required") }
      #expect(wrong.refusal.contains("AADSTS") == false)
    }
  }

  @Test(
    "One sign-in is redeemed at every tenant that lets the person in",
    arguments: [LabAccess.ok, .ending, .guest, .roleMissing])
  func everywhere(_ access: LabAccess) async throws {
    let options = peopleOptions(access)
    try await withLabServer(options) { lab in
      let answer = try await lab.refresh(options.tenants[0].id, try await lab.refreshToken()).object()
      let token = try claims(answer["access_token"] as? String)
      #expect(token["tid"] as? String == options.tenants[0].id)
      #expect(token["idp"] as? String == "https://sts.windows.net/\(homeID)/")
      #expect((token["scp"] as? String)?.contains("SecurityIncident.ReadWrite.All") == true)
      #expect(
        token["wids"] as? [String]
          == (access == .roleMissing
            ? []
            : [
              "5d6b6bb7-de71-4623-b4af-96380a352509", "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
            ]))
      #expect(answer["id_token"] == nil)
    }
  }

  @Test("Every use gives a new token, the old one stays good, and using it again breaks a rule")
  func rotation() async throws {
    var options = peopleOptions(.ok)
    options.expectedViolations = [.refreshTokenReused]
    try await withLabServer(options) { lab in
      let first = try await lab.refreshToken()
      let second = try #require(try await lab.refresh(homeID, first).object()["refresh_token"] as? String)
      #expect(second != first)
      #expect(try await lab.refresh(options.tenants[0].id, second).status == 200)
      #expect(lab.violations().isEmpty)
      #expect(try await lab.refresh(homeID, first).status == 200)
      #expect(lab.violations().map(\.kind) == [.refreshTokenReused])
    }
  }

  @Test(
    "A token whose successor never arrived may be redeemed again",
    arguments: [LabFault.Effect.resetAfter, .truncate(after: 40), .answer(status: 503, headers: [:], body: "")])
  func lost(_ effect: LabFault.Effect) async throws {
    try await withLabServer(peopleOptions()) { lab in
      let token = try await lab.refreshToken()
      lab.add(LabFault(effect, route: "token"))
      _ = try? await lab.refresh(homeID, token)
      #expect(try await lab.refresh(homeID, token).status == 200)
    }
  }

  @Test("What was revoked is refused, also what came of it, and a new sign-in is not")
  func revoked() async throws {
    try await withLabServer(peopleOptions()) { lab in
      let first = try await lab.refreshToken()
      let second = try #require(try await lab.refresh(homeID, first).object()["refresh_token"] as? String)
      #expect(try await lab.control("POST", "users/\(lab.people[0])/revoke").status == 204)
      #expect(try await lab.refresh(homeID, second).refusal() == "400 invalid_grant 50173")
      #expect(try await lab.refresh(homeID, try await lab.refreshToken()).status == 200)
    }
  }

  @Test("A second factor that was given at the tenant is enough there from then on")
  func secondFactor() async throws {
    let options = peopleOptions(.ok)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let weak = try await lab.refreshToken()
      lab.change(signInTo: tenant, needsMFA: true)
      #expect(try await lab.refresh(tenant, weak).refusal() == "400 invalid_grant 50076")
      #expect(try await lab.refresh(tenant, try await lab.refreshToken(tenant)).status == 200)
    }
  }

  @Test("A partial consent shows in the scopes")
  func partial() async throws {
    let options = peopleOptions(.ok, scenarios: [.partial])
    try await withLabServer(options) { lab in
      let answer = try await lab.refresh(options.tenants[0].id, try await lab.refreshToken()).object()
      let scopes = try claims(answer["access_token"] as? String)["scp"] as? String
      #expect(scopes == "SecurityIncident.Read.All SecurityAlert.Read.All User.Read")
    }
  }

  @Test("The rotation of mixed access changes nothing of what apps by themselves get")
  func mixedAccess() async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: 30, seed: 7), scenarios: .mixed)
    options.homeTenant = homeID
    var states: [String] = []
    try await withLabServer(options) { lab in
      states = lab.state().map(\.scenario.rawValue)
    }
    let cases = LabScenario.allCases.map(\.rawValue)
    #expect(states == cases + cases + ["granted"])
  }
}
