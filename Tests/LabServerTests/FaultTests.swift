import Foundation
import LabServer
import Testing

@Suite struct FaultTests {
  @Test("A fault answers instead of the service, as often as it says, for its tenant and route only")
  func status() async throws {
    let options = options(.granted, .granted)
    try await withLabServer(options) { lab in
      let tokens = [try await lab.token(options.tenants[0].id), try await lab.token(options.tenants[1].id)]
      let fault = """
        [{"tenant":"\(options.tenants[0].id.uppercased())","route":"incidents.list","times":2,"status":418,
          "headers":{"Retry-After":"soon","X-Odd":"1"},"body":{"error":{"code":"teapot"}}}]
        """
      #expect(try await lab.control("POST", "faults", fault).status == 204)
      #expect(try await lab.get("\(security)/incidents", tokens[1]).status == 200)
      #expect(try await lab.get("\(security)/alerts_v2", tokens[0]).status == 200)
      for _ in 0..<2 {
        let answer = try await lab.get("\(security)/incidents", tokens[0])
        #expect(answer.status == 418)
        #expect(answer.header("X-Odd") == "1")
        #expect(answer.text == #"{"error":{"code":"teapot"}}"#)
      }
      #expect(try await lab.get("\(security)/incidents", tokens[0]).status == 200)
    }
  }

  @Test("H24: a fault's body may be any bytes")
  func bytes() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let fault = #"[{"route":"token","status":200,"headers":{"Content-Encoding":"gzip"},"bodyBase64":"/8CAAA=="}]"#
      _ = try await lab.control("POST", "faults", fault)
      let answer = try await lab.askToken(options.tenants[0].id)
      #expect(answer.body == [0xFF, 0xC0, 0x80, 0x00])
      #expect(answer.header("Content-Encoding") == "gzip")
    }
  }

  @Test("A fault without an end lasts until it is deleted")
  func lasting() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      lab.add(LabFault(.answer(status: 503, headers: [:], body: ""), route: "token", times: 0))
      for _ in 0..<5 { #expect(try await lab.askToken(options.tenants[0].id).status == 503) }
      let deleted = try await lab.control("DELETE", "faults")
      #expect(deleted.status == 204)
      #expect(try await lab.askToken(options.tenants[0].id).status == 200)
    }
  }

  @Test(
    "F6: a reset before leaves nothing done, a reset after leaves it done",
    arguments: [
      ("before", 0), ("after", 1),
    ])
  func reset(_ when: String, writes: Int) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let id = try #require(try await lab.get("\(security)/incidents", token).items()[0]["id"] as? String)
      _ = try await lab.get("\(security)/incidents/\(id)", token)
      _ = try await lab.control("POST", "faults", #"[{"route":"incidents.update","reset":"\#(when)"}]"#)
      await #expect(throws: (any Error).self) { try await lab.patch(id, token, #"{"summary":"seen"}"#) }
      #expect(lab.state()[0].writes == writes)
      let summary = try await lab.get("\(security)/incidents/\(id)", token).object()["summary"] as? String
      #expect(summary == (writes == 1 ? "seen" : nil))
    }
  }

  @Test("F8, F9: a body is cut after so many bytes", arguments: [0, 100])
  func truncated(_ count: Int) async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      lab.add(LabFault(.truncate(after: count), route: "incidents.list"))
      let answer = try await lab.get("\(security)/incidents", token)
      #expect(answer.status == 200)
      #expect(!answer.isComplete)
      #expect(answer.body.count == count)
      #expect(Int(answer.header("Content-Length") ?? "") ?? 0 > count)
    }
  }

  @Test("F10, F11: slow answers are late, not wrong")
  func slow() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let plain = try await lab.get("\(security)/incidents?$top=1", token)
      let clock = ContinuousClock()
      for effect in [LabFault.Effect.delay(milliseconds: 120), .trickle(bytesPerSecond: 8000)] {
        lab.add(LabFault(effect))
        let start = clock.now
        let answer = try await lab.get("\(security)/incidents?$top=1", token)
        #expect(clock.now - start > .milliseconds(90))
        #expect(answer.body == plain.body && answer.isComplete)
      }
    }
  }

  @Test(
    "A fault that cannot be read is refused with the reason",
    arguments: [
      "{}", "[1]", "[{}]", #"[{"status":500,"reset":"before"}]"#, #"[{"reset":"now"}]"#, #"[{"status":99}]"#,
      #"[{"status":500,"route":"home"}]"#, #"[{"delayMs":-1}]"#, #"[{"delayMs":1,"colour":"red"}]"#, "not json",
      #"[{"bytesPerSecond":1e17}]"#, #"[{"delayMs":1e15}]"#, #"[{"delayMs":1,}]"#,
      #"[{"status":200,"bodyBase64":"%"}]"#, #"[{"status":200,"body":"","bodyBase64":""}]"#,
    ])
  func unreadable(_ body: String) async throws {
    try await withLabServer(options(.granted)) { lab in
      let answer = try await lab.control("POST", "faults", body)
      #expect(answer.status == 400)
      let message = try answer.object()["message"] as? String
      #expect(message?.isEmpty == false)
    }
  }

  @Test(
    "A fault that answers instead of the service hides nothing of what the request does wrong",
    arguments: [
      LabFault.Effect.answer(status: 500, headers: [:], body: ""), .bytes(status: 200, headers: [:], body: [0x7B]),
      .resetBefore,
    ])
  func judgedAllTheSame(_ effect: LabFault.Effect) async throws {
    var options = options(.granted, .granted)
    options.incidentsPerTenant = 60
    options.expectedViolations = [.missingPrefer, .crossTenantId, .crossTenantLink, .overLimit]
    try await withLabServer(options) { lab in
      let owner = try await lab.token(options.tenants[0].id)
      let page = try await lab.get("\(security)/incidents", owner).object()
      let link = try #require(page["@odata.nextLink"] as? String)
      let token = try await lab.token(options.tenants[1].id)
      lab.add(LabFault(effect, times: 0))
      _ = try? await lab.get("\(security)/incidents", token, [])
      _ = try? await lab.get("\(security)/incidents/1000001", token)
      _ = try? await lab.get(String(link.dropFirst(lab.baseURL.count + 1)), token)
      #expect(lab.violations().map(\.kind) == [.missingPrefer, .crossTenantId, .crossTenantLink])
      for _ in 0..<48 { _ = try? await lab.get("\(security)/incidents", token) }
      #expect(lab.violations().map(\.kind).last == .overLimit)
    }
  }

  @Test("A flaky tenant fails by a fixed pattern")
  func flaky() async throws {
    let options = options(.flaky)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      var seen: [String] = []
      for number in 0..<8 {
        let id = "request-\(number)"
        let answer = try await lab.get("\(security)/incidents", token, [prefer, ("client-request-id", id)])
        seen.append(answer.isComplete ? "\(answer.status)" : "cut")
        #expect(answer.header("client-request-id") == id)
        if answer.status >= 500 {
          let inner = try answer.error()["innerError"] as? [String: Any]
          #expect(inner?["client-request-id"] as? String == id)
        }
      }
      #expect(seen == ["200", "200", "503", "200", "200", "500", "cut", "200"])
    }
  }
}
