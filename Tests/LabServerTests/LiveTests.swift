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
}
