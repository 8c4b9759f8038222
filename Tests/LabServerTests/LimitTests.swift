import Foundation
import LabServer
import Testing

@Suite struct LimitTests {
  @Test("R3: the 51st incident request of a minute is refused, and reported; the window slides")
  func incidents() async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.granted, clock: clock)
    options.expectedViolations = [.overLimit, .beforeRetryAfter]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      for _ in 0..<50 {
        #expect(try await lab.get("\(security)/incidents?$top=1", token).status == 200)
        clock.pass(0.5)
      }
      let refused = try await lab.get("\(security)/incidents?$top=1", token)
      #expect(refused.status == 429)
      #expect(refused.header("Retry-After") == "35")
      #expect(try refused.error()["code"] as? String == "TooManyRequests")
      #expect(lab.violations().map(\.kind) == [.overLimit])
      #expect(try await lab.get("\(security)/alerts_v2?$top=1", token).status == 200)
      clock.pass(20)
      _ = try await lab.get("\(security)/incidents?$top=1", token)
      #expect(lab.violations().map(\.kind).suffix(2) == [.beforeRetryAfter, .overLimit])
      clock.pass(16)
      #expect(try await lab.get("\(security)/incidents?$top=1", token).status == 200)
    }
  }

  @Test("Alerts may be asked for 150 times a minute, and tick lets the minute pass")
  func alerts() async throws {
    var options = options(.granted)
    options.expectedViolations = [.overLimit]
    options.incidentsPerTenant = 1
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      for _ in 0..<150 { #expect(try await lab.get("\(security)/alerts_v2/x", token).status == 404) }
      #expect(try await lab.get("\(security)/alerts_v2/x", token).status == 429)
      lab.tick(seconds: 61)
      #expect(try await lab.get("\(security)/alerts_v2/x", token).status == 404)
    }
  }

  @Test("B54: the 21st token of a tenant in five minutes is a loop, and reported; another tenant's is none")
  func tokens() async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.granted, .granted, clock: clock)
    options.expectedViolations = [.overLimit]
    try await withLabServer(options) { lab in
      let tenant = options.tenants[0].id
      for _ in 0..<20 {
        _ = try await lab.token(tenant)
        clock.pass(10)
      }
      for _ in 0..<2 {
        let refused = try await lab.askToken(tenant)
        #expect(refused.status == 400)
        let body = try refused.object()
        #expect(body["error_codes"] as? [Int] == [50_196] && body["error"] as? String == "invalid_grant")
        #expect((body["error_description"] as? String)?.hasPrefix("AADSTS50196: ") == true)
      }
      #expect(lab.violations().map(\.kind) == [.overLimit, .overLimit])
      _ = try await lab.token(options.tenants[1].id)
      clock.pass(100)
      _ = try await lab.token(tenant)
      #expect(lab.state()[0].tokensIssued == 21)
    }
  }

  @Test("1,500 incident requests an hour are the most")
  func hour() async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.granted, clock: clock)
    options.expectedViolations = [.overLimit]
    try await withLabServer(options) { lab in
      var token = try await lab.token(options.tenants[0].id)
      for count in 0..<1500 {
        if count == 750 { token = try await lab.token(options.tenants[0].id) }
        let answer = try await lab.get("\(security)/incidents/x", token)
        #expect(answer.status == 404)
        clock.pass(2)
      }
      let refused = try await lab.get("\(security)/incidents/x", token)
      #expect(refused.status == 429)
      #expect(refused.header("Retry-After") == "600")
    }
  }

  @Test("R3: a window counts all that come for the app, over connections, tokens and kinds of callers at once")
  func together() async throws {
    var options = options(.granted)
    options.expectedViolations = [.overLimit]
    try await withLabServer(options) { lab in
      var tokens: [String] = []
      for _ in 0..<4 { tokens.append(try await lab.token(options.tenants[0].id)) }
      #expect(Set(tokens).count == 4)
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<60 {
          let token = tokens[number % 4]
          group.addTask { try await lab.get("\(security)/incidents?$top=1", token).status }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == 200 }.count == 50 && statuses.filter { $0 == 429 }.count == 10)
      #expect(lab.violations().map(\.kind) == Array(repeating: .overLimit, count: 10))
    }
  }

  @Test("F19: a throttled tenant says when to come back, and coming earlier is a violation")
  func throttled() async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.throttled, clock: clock)
    options.expectedViolations = [.beforeRetryAfter]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      var statuses: [Int] = []
      for _ in 0..<4 {
        let answer = try await lab.get("\(security)/incidents", token)
        statuses.append(answer.status)
        if answer.status == 429 { #expect(answer.header("Retry-After") == "40") }
        clock.pass(41)
      }
      #expect(statuses == [429, 429, 429, 200])
      #expect(lab.violations().isEmpty)
      _ = try await lab.get("\(security)/incidents", token, [prefer, ("client-request-id", "same")])
      _ = try await lab.get("\(security)/incidents", token, [prefer, ("client-request-id", "other")])
      #expect(lab.violations().isEmpty, "what was under way already is forgiven")
      _ = try await lab.get("\(security)/incidents", token, [prefer, ("client-request-id", "same")])
      #expect(lab.violations().map(\.kind) == [.beforeRetryAfter])
    }
  }
}
