import Foundation
import LabServer
import Testing

@Suite struct RandomFaultTests {
  /// How sixty requests fared, by status, or `none` without an answer.
  private func run(_ lab: LabServer, _ token: String, others: String? = nil) async throws -> [String] {
    var told: [String] = []
    for number in 0..<60 {
      let path = number % 2 == 0 ? "incidents?$top=2" : "alerts_v2?$top=1"
      if let others { _ = try? await lab.get("\(security)/\(path)", others) }
      do {
        let answer = try await lab.get("\(security)/\(path)", token)
        told.append("\(answer.status) \(answer.isComplete) \(answer.header("Content-Type") == "text/html")")
      } catch {
        told.append("none")
      }
      lab.tick(seconds: 10)
    }
    return told
  }

  private func run(seed: Int, alone: Bool, kinds: String = "") async throws -> [String] {
    var options = options(.granted, .granted)
    options.expectedViolations = [.beforeRetryAfter]
    return try await withLabServer(options) { lab in
      let tokens = [try await lab.token(options.tenants[0].id), try await lab.token(options.tenants[1].id)]
      #expect(try await lab.control("POST", "faults/random", #"{"seed":\#(seed),"rate":40\#(kinds)}"#).status == 204)
      let told = try await run(lab, tokens[0], others: alone ? nil : tokens[1])
      #expect(try await lab.control("DELETE", "faults").status == 204)
      for _ in 0..<10 { #expect(try await lab.get("\(security)/incidents", tokens[0]).status == 200) }
      return told
    }
  }

  @Test("The same seed and requests give the same faults, whatever others ask; another seed gives others")
  func seeds() async throws {
    let kinds = #","kinds":["throttle","error","reset","truncate","garbage"]"#
    let first = try await run(seed: 7, alone: true, kinds: kinds)
    #expect(try await run(seed: 7, alone: false, kinds: kinds) == first)
    #expect(try await run(seed: 8, alone: true, kinds: kinds) != first)
    #expect((12...40).contains(first.filter { $0 != "200 true false" }.count))
    #expect(Set(first).count >= 5)
  }

  @Test("Only the kinds that are asked for occur, at their rate")
  func kinds() async throws {
    let throttled = try await run(seed: 7, alone: true, kinds: #","kinds":["throttle"]"#)
    #expect(Set(throttled) == ["200 true false", "429 true false"])
    let other = try await run(seed: 7, alone: true, kinds: #","route":"token""#)
    #expect(Set(other) == ["200 true false"])
  }

  @Test("An answer that is not whole says so: 206, with a warning, and not with all items")
  func partial() async throws {
    try await withLabServer(options(.granted)) { lab in
      let token = try await lab.token(lab.state()[0].id)
      let whole = try await lab.get("\(security)/alerts_v2?$top=5", token).items()
      let fault = #"[{"route":"alerts.list","partial":"Microsoft/MDATP/504/10000"}]"#
      #expect(try await lab.control("POST", "faults", fault).status == 204)
      let answer = try await lab.get("\(security)/alerts_v2?$top=5", token)
      #expect(answer.status == 206)
      #expect(answer.header("Warning") == #"199 - "Microsoft/MDATP/504/10000""#)
      let items = try answer.items()
      #expect(try canonical(items) == canonical([whole[0], whole[2], whole[4]]))
      #expect(try answer.object()["@odata.nextLink"] is String)
      #expect(try await lab.get("\(security)/alerts_v2?$top=5", token).status == 200)
    }
  }

  @Test("A fault may hit only what is expanded")
  func expanded() async throws {
    try await withLabServer(options(.granted)) { lab in
      let token = try await lab.token(lab.state()[0].id)
      let fault = #"[{"route":"incidents.get","status":500,"expanded":true,"times":0}]"#
      #expect(try await lab.control("POST", "faults", fault).status == 204)
      #expect(try await lab.get("\(security)/incidents/1000001?$expand=alerts", token).status == 500)
      #expect(try await lab.get("\(security)/incidents/1000001", token).status == 200)
      #expect(try await lab.control("POST", "faults", #"[{"status":500,"expanded":1}]"#).status == 400)
      #expect(try await lab.control("POST", "faults", #"[{"partial":7}]"#).status == 400)
    }
  }
}
