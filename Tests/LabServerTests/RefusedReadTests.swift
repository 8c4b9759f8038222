import Foundation
import LabServer
import Testing

@Suite struct RefusedReadTests {
  @Test(
    "An option that Graph refuses is refused",
    arguments: [
      ("incidents?$top=51", 400, ""),
      ("incidents?$top=0", 400, "BadRequest"),
      ("incidents?$top=ten", 400, "BadRequest"),
      ("incidents?$top=5&$top=6", 400, "BadRequest"),
      ("incidents?$search=x", 400, "BadRequest"),
      ("incidents?$select=id,colour", 400, "BadRequest"),
      ("incidents?$select=", 400, "BadRequest"),
      ("incidents?$select=evidence", 400, "BadRequest"),
      ("incidents/1000001?$select=alerts", 400, "BadRequest"),
      ("incidents/$count?$filter=colour eq 'red'", 400, "BadRequest"),
      ("incidents/$count?$search=x", 400, "BadRequest"),
      ("incidents/7/alerts", 404, "NotFound"),
      ("incidents/1000001/alerts?$expand=evidence", 400, "BadRequest"),
      ("alerts_v2/da1_1/comments", 404, "NotFound"),
      ("incidents?$expand=comments", 400, "BadRequest"),
      ("incidents?$orderby=severity", 400, "BadRequest"),
      ("incidents?$skiptoken=1.50.000000000000", 400, "BadRequest"),
      ("incidents?$filter=displayName eq 'x'", 400, "BadRequest"),
      ("incidents?$filter=severity eq high", 400, "BadRequest"),
      ("incidents?$filter=severity eq 'extreme'", 400, "BadRequest"),
      ("incidents?$filter=severity gt 'low'", 400, "BadRequest"),
      ("incidents?$filter=severity eq null", 400, "BadRequest"),
      ("incidents?$filter=lastUpdateDateTime gt '2026-01-01T00:00:00Z'", 400, "BadRequest"),
      ("incidents?$filter=lastUpdateDateTime gt yesterday", 400, "BadRequest"),
      ("incidents?$filter=lastUpdateDateTime gt 2026-01-01T00:00:00%2B9223372036854775807:00", 400, "BadRequest"),
      ("incidents?$filter=lastUpdateDateTime gt 2026-01-01T-9223372036854775808:00Z", 400, "BadRequest"),
      ("incidents?$filter=lastUpdateDateTime gt 2026-02-30", 400, "BadRequest"),
      ("incidents?$skiptoken=-9223372036854775808.0.x", 400, "BadRequest"),
      ("incidents?$skiptoken=0.0.x", 400, "BadRequest"),
      ("incidents?$skip=1&$skiptoken=1.50.000000000000", 400, "BadRequest"),
      ("incidents?$filter=(status eq 'active'", 400, "BadRequest"),
      ("incidents?$filter=status eq 'active", 400, "BadRequest"),
      ("incidents?$filter=status in ('active')", 400, "BadRequest"),
      ("incidents/1", 404, "NotFound"),
      ("incidents/1000900", 404, "NotFound"),
      ("incidents/abc", 404, "NotFound"),
      ("incidents/1000001?$expand=evidence", 400, "BadRequest"),
      ("incidents/1000001/history", 400, "BadRequest"),
      ("alerts_v2?$skip=501", 400, ""),
      ("alerts_v2?$filter=incidentId eq '1000001'", 400, "BadRequest"),
      ("alerts_v2?$filter=investigationState eq 'running'", 400, "BadRequest"),
      ("alerts_v2?$expand=evidence", 400, "BadRequest"),
      ("alerts_v2?$select=id,colour", 400, "BadRequest"),
      ("alerts_v2?$select=", 400, "BadRequest"),
      ("alerts_v2/da1_1", 404, "NotFound"),
      ("cases", 400, "BadRequest"),
    ])
  func refused(_ path: String, status: Int, code: String) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let answer = try await lab.get("\(security)/\(path)", token, [prefer, ("client-request-id", "abc")])
      #expect(answer.status == status)
      let error = try answer.error()
      #expect(error["code"] as? String == code)
      #expect((error["message"] as? String)?.isEmpty == false)
      let inner = error["innerError"] as? [String: Any]
      #expect(inner?["client-request-id"] as? String == "abc")
      #expect(inner?["request-id"] as? String == answer.header("request-id"))
      #expect((inner?["date"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/) != nil)
    }
  }

  @Test("The body for a page that is too large is the observed one")
  func topTooLarge() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let error = try await lab.get("\(security)/incidents?$top=100", token).error()
      let message =
        "The query specified in the URI is not valid. The limit of '50' for Top query has been exceeded."
        + " The value from the incoming request is '100'."
      #expect(error["message"] as? String == message)
      #expect((error["details"] as? [Any])?.isEmpty == true)
    }
  }

  @Test("Without a good token there is only a 401", arguments: ["", "garbage", "a.b.c"])
  func unauthorised(_ token: String) async throws {
    try await withLabServer(options(.granted)) { lab in
      let answer = try await lab.get("\(security)/incidents", token)
      #expect(answer.status == 401)
      #expect(try answer.error()["code"] as? String == "InvalidAuthenticationToken")
      #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer ") == true)
    }
  }

  @Test("A token whose payload was changed, or that is too old, is refused")
  func forgedAndExpired() async throws {
    let clock = HandClock(fixedEpoch)
    let options = options(.granted, clock: clock)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      var parts = token.split(separator: ".").map(String.init)
      let payload = try #require(decoded(parts[1]))
      let forged = String(decoding: payload, as: UTF8.self).replacing("\"roles\":[", with: "\"roles\":[\"X\",")
      parts[1] = Data(forged.utf8).base64EncodedString().replacing("=", with: "")
      #expect(try await lab.get("\(security)/incidents", parts.joined(separator: ".")).status == 401)
      #expect(try await lab.get("\(security)/incidents", token).status == 200)
      clock.pass(3601)
      let late = try await lab.get("\(security)/incidents", token)
      #expect(late.status == 401)
      #expect(try late.error()["message"] as? String == "Lifetime validation failed, the token is expired.")
    }
  }

  @Test("F32: when the lab's time is moved on a token expires, and a new one is of the time that it is then")
  func expiredByTick() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      lab.tick(seconds: 3601)
      #expect(try await lab.get("\(security)/incidents", token).status == 401)
      let renewed = try await lab.token(options.tenants[0].id)
      #expect(try await lab.get("\(security)/incidents", renewed).status == 200)
    }
  }

  @Test("A selection of alerts' properties is honoured")
  func selection() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let whole = try await lab.get("\(security)/alerts_v2?$top=3", token).items()
      let path = "\(security)/alerts_v2?$top=3&$select=id, evidence,title"
      let answer = try await lab.get(path, token)
      #expect((try answer.object()["@odata.context"] as? String)?.hasSuffix("alerts_v2(id,evidence,title)") == true)
      let some = try answer.items()
      #expect(some.count == 3)
      for (part, alert) in zip(some, whole) {
        #expect(Set(part.keys) == ["@odata.type", "id", "evidence", "title"])
        #expect(try canonical(part) == canonical(alert.filter { part.keys.contains($0.key) }))
      }
    }
  }

  @Test("A token without the role gets a 403 that names the roles")
  func missingRole() async throws {
    let options = options(.notGranted, .partial)
    try await withLabServer(options) { lab in
      let none = try await lab.token(options.tenants[0].id)
      let refused = try await lab.get("\(security)/incidents", none)
      #expect(refused.status == 403)
      let message =
        "Missing application roles. API required roles: SecurityIncident.Read.All,SecurityIncident.ReadWrite.All,"
        + " application roles: ."
      #expect(try refused.error()["message"] as? String == message)
      let reader = try await lab.token(options.tenants[1].id)
      #expect(try await lab.get("\(security)/incidents/2000001", reader).status == 200)
      #expect(try await lab.patch("2000001", reader, #"{"status":"resolved"}"#).status == 403)
    }
  }
}
