import Foundation
import LabServer
import Testing

@Suite struct ControlTests {
  @Test("The rotation shows every state, and granted shows none but that")
  func rotation() async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: 17, seed: 1), scenarios: .mixed)
    let mixed = try await withLabServer(options) { $0.state().map(\.scenario) }
    #expect(mixed == LabScenario.allCases + [.granted, .partial])
    options.scenarios = .granted
    let granted = try await withLabServer(options) { $0.state().map(\.scenario) }
    #expect(Set(granted) == [.granted])
  }

  @Test("The state counts requests by route, tokens and writes")
  func state() async throws {
    let options = options(.granted, .granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      _ = try await lab.get("\(security)/incidents", token)
      _ = try await lab.get("\(security)/alerts_v2", token)
      let tenants = try await lab.control("GET", "state").object()["tenants"] as? [[String: Any]]
      let first = try #require(tenants?.first)
      #expect(first["requests"] as? [String: Int] == ["token": 1, "incidents.list": 1, "alerts.list": 1])
      #expect(first["tokensIssued"] as? Int == 1)
      #expect(first["writes"] as? Int == 0)
      #expect(tenants?.last?["requests"] as? [String: Int] == [:])
    }
  }

  @Test("F39: consent comes and goes; a token keeps its roles")
  func consent() async throws {
    let options = options(.missing)
    let tenant = options.tenants[0].id
    try await withLabServer(options) { lab in
      let steps: [(String, Int)] = [
        (#"{"action":"grant"}"#, 200), (#"{"action":"revoke"}"#, 401), (#"{"action":"partial"}"#, 200),
        (#"{"action":"disable"}"#, 400), (#"{"action":"grant","roles":["X"]}"#, 200),
      ]
      for (body, status) in steps {
        let changed = try await lab.control("POST", "tenants/\(tenant)/consent", body)
        #expect(changed.status == 204)
        let answer = try await lab.askToken(tenant)
        #expect(answer.status == status, "\(body)")
      }
      lab.changeConsent(of: tenant, .grant)
      let token = try await lab.token(tenant)
      lab.changeConsent(of: tenant, .revoke)
      let still = try await lab.get("\(security)/incidents", token)
      #expect(still.status == 200)
    }
  }

  @Test(
    "A control request that makes no sense is refused with the reason",
    arguments: [
      ("POST", "tick", #"{"seconds":1e12}"#, 400), ("POST", "tick", #"{"newIncidents":1e12}"#, 400),
      ("POST", "tick", #"{"edits":10001}"#, 400), ("POST", "tick", #"{"seconds":1,"seconds":2}"#, 400),
      ("POST", "tick", #"{"seconds":-1}"#, 400), ("POST", "tick", "7", 400), ("POST", "tick", #"{"hours":1}"#, 400),
      ("POST", "tick", #"{"tenant":"nobody"}"#, 400), ("POST", "tenants/nobody/consent", #"{"action":"grant"}"#, 400),
      ("GET", "nothing", nil, 404), ("DELETE", "state", nil, 404),
    ] as [(String, String, String?, Int)])
  func refused(method: String, path: String, body: String?, status: Int) async throws {
    try await withLabServer(options(.granted)) { lab in
      let answer = try await lab.control(method, path, body)
      #expect(answer.status == status)
      let message = try answer.object()["message"] as? String
      #expect(message?.isEmpty == false)
    }
  }

  @Test("Time can be moved a hundred years and no further")
  func farthest() async throws {
    try await withLabServer(options(.granted)) { lab in
      for _ in 0..<100 { lab.tick(seconds: 366 * 86_400) }
      let last = try await lab.control("POST", "tick", #"{"seconds":1}"#)
      #expect(last.status == 400)
    }
  }

  @Test("A tenant that does not exist for the authority cannot consent")
  func consentOfNobody() async throws {
    let options = options(.tenantNotFound)
    try await withLabServer(options) { lab in
      let answer = try await lab.control("POST", "tenants/\(options.tenants[0].id)/consent", #"{"action":"grant"}"#)
      #expect(answer.status == 400)
      #expect(try await lab.askToken(options.tenants[0].id).status == 400)
    }
  }

  @Test("A tenant's own permissions are what its consent is about, and partial stays partial with a single one")
  func ownRoles() async throws {
    var options = options(.granted, .partial)
    for index in options.tenants.indices { options.tenants[index].requiredRoles = ["SecurityAlert.Read.All"] }
    try await withLabServer(options) { lab in
      var granted: [[String]] = []
      for tenant in options.tenants {
        let payload = try await lab.token(tenant.id).split(separator: ".").map(String.init)[1]
        let claims = try JSONSerialization.jsonObject(with: #require(decoded(payload))) as? [String: Any]
        granted.append(claims?["roles"] as? [String] ?? [])
      }
      #expect(granted[0] == ["SecurityAlert.Read.All"])
      #expect(!granted[1].isEmpty && !granted[1].contains("SecurityAlert.Read.All"))
    }
  }

  @Test("The control routes answer on a loopback host only")
  func loopback() async throws {
    try await withLabServer(options(.granted)) { lab in
      for (host, status) in [("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost:1", 200)] {
        let answer = try await send("GET", "\(lab.baseURL)/lab/state", [("Host", host)])
        #expect(answer.status == status)
      }
    }
  }

  @Test("Violations are told with their tenant and request")
  func violations() async throws {
    var options = options(.granted)
    options.expectedViolations = [.missingPrefer]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let answer = try await lab.get("\(security)/incidents", token, [])
      let list = try JSONSerialization.jsonObject(with: Data(try await lab.control("GET", "violations").body))
      let first = try #require((list as? [[String: Any]])?.first)
      #expect(first["kind"] as? String == "missingPrefer")
      #expect(first["tenant"] as? String == options.tenants[0].id)
      #expect(first["requestId"] as? String == answer.header("request-id"))
      #expect((first["time"] as? String).flatMap(date) == fixedEpoch)
    }
  }

  @Test("A busy port is its own error")
  func busyPort() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      var second = options
      second.port = lab.port
      await #expect(throws: LabStartError.portBusy(host: "127.0.0.1", port: lab.port)) {
        try await LabServer.start(second)
      }
    }
  }

  @Test("A body above 1 MiB is refused")
  func largeBody() async throws {
    try await withLabServer(options(.granted)) { lab in
      let answer = try await lab.control("POST", "tick", String(repeating: " ", count: (1 << 20) + 1))
      #expect(answer.status == 413)
    }
  }

  @Test("A thousand tenants start at once; their names differ and stay")
  func manyTenants() async throws {
    let tenants = LabTenant.generate(count: 1000, seed: 5)
    #expect(tenants == LabTenant.generate(count: 1000, seed: 5))
    #expect(Set(tenants.map(\.id)).count == 1000)
    #expect(Set(tenants.map(\.name)).count == 1000)
    #expect(Set(tenants.map(\.domain)).count == 1000)
    var options = LabOptions(tenants: tenants, secret: "a+secret/with=signs")
    options.incidentsPerTenant = 100
    try await withLabServer(options) { lab in
      let token = try await lab.token(tenants[999].id)
      let answer = try await lab.get("\(security)/incidents?$count=true", token)
      #expect(try answer.object()["@odata.count"] as? Int == 100)
    }
  }
}
