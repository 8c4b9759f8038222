import Foundation
import LabServer
import Testing

extension LabServer {
  func askFirstEndpoint(_ tenant: String, _ changes: [String: String?] = [:]) async throws -> RawAnswer {
    var changes = changes
    if changes["scope"] == nil { changes["scope"] = .some(nil) }
    if changes["resource"] == nil { changes["resource"] = "https://graph.microsoft.com" }
    return try await send(
      "POST", "\(baseURL)/\(tenant)/oauth2/token", [("Content-Type", "application/x-www-form-urlencoded")],
      body: form(changes))
  }
}

@Suite struct FirstTokenEndpointTests {
  @Test("The first version answers with texts for numbers, and its token is as good", arguments: ["", "/"])
  func texts(_ slash: String) async throws {
    let options = options(.granted, clock: HandClock(fixedEpoch))
    try await withLabServer(options) { lab in
      let answer = try await lab.askFirstEndpoint(
        options.tenants[0].id, ["resource": "https://graph.microsoft.com\(slash)", "scope": "is not looked at"])
      let body = try answer.object()
      let now = Int(fixedEpoch.timeIntervalSince1970)
      #expect(answer.status == 200)
      #expect(body["token_type"] as? String == "Bearer")
      #expect(body["expires_in"] as? String == "3599")
      #expect(body["ext_expires_in"] as? String == "3599")
      #expect(body["expires_on"] as? String == "\(now + 3599)")
      #expect(body["not_before"] as? String == "\(now)")
      #expect(body["resource"] as? String == "https://graph.microsoft.com")
      let token = try #require(body["access_token"] as? String)
      #expect(try await lab.get("\(security)/incidents", token).status == 200)
    }
  }

  @Test(
    "What the second version refuses is refused by the first",
    arguments: [
      (["resource": ""], 900_144), (["resource": "https://graph.microsoft.us"], 500_011),
      (["client_secret": "x"], 7_000_215), (["client_id": "other"], 700_016), (["grant_type": "password"], 70003),
    ] as [([String: String], Int)])
  func refused(_ changes: [String: String], _ code: Int) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let answer = try await lab.askFirstEndpoint(options.tenants[0].id, changes.mapValues { .some($0) })
      #expect(try answer.object()["error_codes"] as? [Int] == [code])
    }
  }

  @Test("A tenant that was told to refuse does so on both endpoints")
  func toldRefusal() async throws {
    let options = options(.granted)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      lab.refuse(tenant, code: 53000)
      for answer in [try await lab.askFirstEndpoint(tenant), try await lab.askToken(tenant)] {
        #expect(try answer.object()["error_codes"] as? [Int] == [53000])
      }
    }
  }

  @Test("A secret counts until it ends, and one that is registered beside it goes on")
  func endedSecret() async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.granted, clock: clock)
    options.secretEnds = fixedEpoch + 60
    options.furtherSecrets = [LabClientSecret("next"), LabClientSecret("old", ends: fixedEpoch)]
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      #expect(try await lab.askToken(tenant).status == 200)
      clock.pass(60)
      let ended = try await lab.askToken(tenant)
      #expect(ended.status == 401)
      #expect(try ended.object()["error_codes"] as? [Int] == [7_000_222])
      #expect(try await lab.askToken(tenant, ["client_secret": "old"]).object()["error_codes"] as? [Int] == [7_000_222])
      #expect(
        try await lab.askToken(tenant, ["client_secret": "none"]).object()["error_codes"] as? [Int] == [7_000_215])
      #expect(try await lab.askToken(tenant, ["client_secret": "next"]).status == 200)
    }
  }
}
