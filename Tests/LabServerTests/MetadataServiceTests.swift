import Foundation
import LabServer
import Testing

extension LabServer {
  func askIdentity(_ query: String, _ headers: [(String, String)] = [("Metadata", "true")]) async throws -> RawAnswer {
    try await send("GET", "\(baseURL)/metadata/identity/oauth2/token?\(query)", headers)
  }

  func identityToken(_ resource: String) async throws -> String {
    try await askIdentity("api-version=2018-02-01&resource=\(resource)").object()["access_token"] as? String ?? ""
  }
}

@Suite struct MetadataServiceTests {
  private func withHome(_ body: (LabServer) async throws -> Void) async throws {
    var options = options(.granted)
    options.homeTenant = home
    try await withLabServer(options, body)
  }

  @Test("The machine's identity gets a token of its own tenant, told in texts alone")
  func token() async throws {
    try await withHome { lab in
      let resource = "https://graph.microsoft.com/"
      let identity = try #require(lab.managedIdentity)
      let answer = try await lab.askIdentity("api-version=2018-02-01&resource=\(resource)&client_id=\(identity.client)")
      let body = try #require(try answer.object() as? [String: String])
      let now = Int(fixedEpoch.timeIntervalSince1970)
      #expect(answer.status == 200)
      #expect(body["resource"] == resource)
      #expect(body["token_type"] == "Bearer" && body["refresh_token"] == "")
      #expect(body["expires_in"] == "3599" && body["not_before"] == "\(now)" && body["expires_on"] == "\(now + 3600)")
      let claims = try payload(of: body["access_token"] ?? "")
      #expect(claims["tid"] as? String == home)
      #expect(claims["aud"] as? String == "https://graph.microsoft.com")
      #expect(claims["oid"] as? String == identity.principal && claims["appid"] as? String == identity.client)
      // It is of one tenant, and has no rights in Graph.
      #expect(try await lab.get("\(security)/incidents", body["access_token"] ?? "").status == 401)
      #expect(lab.state().first { $0.id == home }?.requests["identity"] == 1)
    }
  }

  @Test(
    "What is asked wrongly is refused by name",
    arguments: [
      ("api-version=2018-02-01&resource=https://graph.microsoft.com", "false", "bad_request_102"),
      ("resource=https://graph.microsoft.com", "true", "bad_request"),
      ("api-version=2018-02-01", "true", "invalid_request"),
      ("api-version=2018-02-01&resource=https://foo.example", "true", "invalid_resource"),
      ("api-version=2018-02-01&resource=https://graph.microsoft.com&client_id=other", "true", "invalid_request"),
      ("api-version=2018-02-01&resource=https://graph.microsoft.com&msi_res_id=other", "true", "invalid_request"),
    ])
  func refused(_ query: String, _ metadata: String, _ error: String) async throws {
    try await withHome { lab in
      let answer = try await lab.askIdentity(query, [("Metadata", metadata)])
      #expect(answer.status == 400)
      #expect(try answer.object()["error"] as? String == error)
      #expect(try answer.object()["error_description"] is String)
    }
  }

  @Test("Without a tenant of the partner there is no identity")
  func noHome() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let answer = try await lab.askIdentity("api-version=2018-02-01&resource=https://graph.microsoft.com")
      #expect(try answer.object()["error"] as? String == "invalid_request")
      #expect(try await send("GET", "\(lab.baseURL)/metadata/instance").status == 404)
    }
  }

  @Test("It can be away, busy or silent for a while", arguments: [404, 410, 429, 500])
  func faults(_ status: Int) async throws {
    try await withHome { lab in
      let fault = #"[{"route": "identity", "tenant": "\#(home)", "status": \#(status)}]"#
      let set = try await lab.control("POST", "faults", fault)
      #expect(set.status == 204)
      #expect(try await lab.askIdentity("").status == status)
      #expect(try await lab.askIdentity("api-version=2018-02-01&resource=https://graph.microsoft.com").status == 200)
    }
  }

  @Test("A silent service never answers, and the next request is answered")
  func silent() async throws {
    try await withHome { lab in
      let query = "api-version=2018-02-01&resource=https://graph.microsoft.com"
      let set = try await lab.control("POST", "faults", #"[{"route": "identity", "silent": true}]"#)
      #expect(set.status == 204)
      let waiting = Task { try await lab.askIdentity(query) }
      while lab.state().first(where: { $0.id == home })?.requests["identity"] != 1 { await Task.yield() }
      #expect(try await lab.askIdentity(query).status == 200)
      await lab.stop()
      await #expect(throws: NoAnswer.self) { try await waiting.value }
    }
  }
}
