import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("What the team said the last times")
struct VerdictTests {
  private func incident(
    _ number: Int, _ title: String = "Phish", _ classification: Classification? = .truePositive,
    _ determination: Determination? = .phishing, status: IncidentStatus = .resolved, in tenant: TenantID = contoso
  ) -> Incident {
    Incident(
      tenant: tenant, id: IncidentID("\(number)"), displayName: title, severity: .high, status: status,
      classification: classification, determination: determination,
      updatedAt: Timestamp(Date(timeIntervalSince1970: Double(number))))
  }

  @Test("The verdicts of a title in all tenants are counted, the most frequent first, then the latest; nothing else is")
  func counts() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      let kept = [
        incident(1), incident(2, in: fabrikam), incident(9), incident(3, "Phish", .falsePositive, .notMalicious),
        incident(4, "Phish", .informationalExpectedActivity, .securityTesting), incident(5, "Other"),
        incident(6, "Phish", .truePositive, .phishing, status: .active),
        incident(7, "Phish", .unknown, .unknown), incident(8, "Phish", nil, nil),
        incident(10, "Phish", .falsePositive, .malware),
        incident(11, "Phish", .truePositive, .phishing, status: .redirected),
      ]
      for incident in kept { try cache.save(incident, readAt: noon) }
      let counts = try cache.verdicts(on: "Phish")
      #expect(
        counts.map(\.verdict) == [
          Verdict(.truePositive, .phishing), Verdict(.informationalExpectedActivity, .securityTesting),
          Verdict(.falsePositive, .notMalicious),
        ])
      #expect(counts.map(\.count) == [3, 1, 1])
      #expect(counts.first?.lastAt == Timestamp(Date(timeIntervalSince1970: 9)))
      #expect(try cache.verdicts(on: "nothing") == [])
      let plan = try cache.read { db in
        try String.fetchAll(
          db,
          sql:
            "EXPLAIN QUERY PLAN SELECT count(*) FROM incidents INDEXED BY verdictsByTitle WHERE displayName = 'x' AND status = 'resolved' AND classification IS NOT NULL AND determination IS NOT NULL"
        )
      }
      #expect(!plan.contains { $0.contains("SCAN") })
      cache.close()
      let some = try Cache.open(in: folder, showing: [contoso], now: noon)
      #expect(try some.verdicts(on: "Phish").map(\.count) == [2, 1, 1], "what is excluded gives no advice")
      some.close()
    }
  }
}
