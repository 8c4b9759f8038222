import Foundation
import NIOHTTP1
import Testing

@testable import LabServer

@Suite struct LiveTests {
  @Test("A live lab changes something with every step")
  func live() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      var seen: Set<[UInt8]> = []
      for _ in 0..<12 {
        seen.insert(try await lab.get("\(security)/incidents", token).body)
        lab.world.liveStep()
      }
      #expect(seen.count == 12)
    }
  }

  @Test("A slow tenant answers 2.5 s late, the others at once")
  func slow() async throws {
    let options = options(.slow, .granted)
    try await withLabServer(options) { lab in
      var delays: [Int] = []
      for tenant in options.tenants {
        let token = try await lab.token(tenant.id)
        var request = LabRequest(method: "GET", target: "/\(security)/incidents", headers: [:])
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Prefer", value: "include-unknown-enum-members")
        delays.append(lab.world.answer(request).delayMilliseconds)
      }
      #expect(delays == [2500, 0])
    }
  }

  @Test(
    "Times are written as Graph writes them, and read back",
    arguments: [
      ("2026-02-25T06:13:20Z", "2026-02-25T06:13:20Z"),
      ("2024-02-29T23:59:59.1234567Z", "2024-02-29T23:59:59.1234567Z"),
      ("2024-02-29T23:59:59.1200000Z", "2024-02-29T23:59:59.12Z"),
      ("1999-12-31T23:00:00+02:00", "1999-12-31T21:00:00Z"),
      ("2000-03-01", "2000-03-01T00:00:00Z"),
      ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
      ("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00Z"), ("2026-01-01T00:00:00-00:30", "2026-01-01T00:30:00Z"),
      ("2026-01-01T06:30Z", "2026-01-01T06:30:00Z"), ("2028-02-29", "2028-02-29T00:00:00Z"),
      ("2026-02-29", nil), ("2026-04-31", nil), ("2026-00-10", nil), ("2026-01-00", nil), ("0000-01-01", nil),
      ("2026-01-01T1:00:00Z", nil), ("2026-01-01T-1:00:00Z", nil), ("2026-01-01T+1:00:00Z", nil),
      ("2026-01-01T00:00:60Z", nil), ("2026-01-01T00:00:00.Z", nil), ("2026-01-01T00:00:00+14:01", nil),
      ("2026-01-01T00:00:00+1:00", nil), ("2026-01-01T00:00:00+01:60", nil), ("2026-01-01T00:00:00ZZ", nil),
      ("2026-01-01T00:00:00+9223372036854775807:00", nil), ("２０２６-01-01", nil), ("", nil),
      ("yesterday", nil), ("2026-13-01T00:00:00Z", nil), ("2026-01-01T25:00:00Z", nil), ("2026-01-01T00:00:00", nil),
    ] as [(String, String?)])
  func moments(_ text: String, _ expected: String?) {
    #expect(Moment(graphText: text[...])?.graphText == expected)
  }

  @Test("An answer whose delay has several causes is late by all of them, and what hurries until then is forgiven")
  func wholeDelay() async throws {
    let clock = HandClock(fixedEpoch)
    var options = options(.throttled, clock: clock)
    options.latencyMilliseconds = 5000
    options.expectedViolations = [.beforeRetryAfter]
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      var request = LabRequest(method: "GET", target: "/\(security)/incidents", headers: [:])
      request.headers.add(name: "Authorization", value: "Bearer \(token)")
      request.headers.add(name: "Prefer", value: "include-unknown-enum-members")
      #expect(lab.world.answer(request).delayMilliseconds == 5000)
      clock.pass(4)
      _ = lab.world.answer(request)
      #expect(lab.violations().isEmpty, "the refusal has not arrived yet")
      clock.pass(39)
      _ = lab.world.answer(request)
      #expect(lab.violations().map(\.kind) == [.beforeRetryAfter], "40 s count from when it arrived")
    }
  }

  @Test(
    "R2: every form of a wait is understood, and the longest counts",
    arguments: [
      (["Retry-After": "2"], 2), (["Retry-After": "1.5"], 1.5), (["retry-after-ms": "2500"], 2.5),
      (["x-ms-retry-after-ms": "700", "Retry-After": "0.5"], 0.7), (["Retry-After": "1000000000000"], 86_400),
      (["Retry-After": "Wed, 25 Feb 2026 06:14:20 GMT"], 60),
      (["Retry-After": "Wed, 25 Feb 2026 06:14:20 GMT", "Date": "Wed, 25 Feb 2026 06:14:10 GMT"], 10),
      (["Retry-After": "-5"], nil), (["Retry-After": "soon"], nil), (["Retry-After": ""], nil),
      (["Retry-After": "0x10"], nil), (["Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"], nil), ([:], nil),
    ] as [([String: String], Double?)])
  func waits(_ headers: [String: String], _ seconds: Double?) {
    let answer = LabAnswer(status: 429, headers: headers.map { ($0.key, $0.value) })
    #expect(answer.wait(at: Moment(fixedEpoch)) == seconds.map { Int64($0 * 10_000_000) })
  }
}
