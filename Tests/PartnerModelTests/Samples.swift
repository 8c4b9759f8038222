import Foundation
import PartnerModel

/// Values that several tests begin with.
enum Sample {
  /// 2026-07-15T12:00:00Z.
  static let noon = Date(timeIntervalSince1970: 1_784_116_800)

  static func tenant(_ number: Int = 1) -> TenantID {
    let digits = String(number, radix: 16)
    let id = "11111111-2222-4333-8444-" + String(repeating: "0", count: 12 - digits.count) + digits
    guard let tenant = TenantID(id) else { preconditionFailure("not a GUID: \(id)") }
    return tenant
  }

  static func incident(
    status: IncidentStatus = .active, assignedTo: String? = nil, updatedAt: Timestamp? = nil
  ) -> Incident {
    Incident(
      tenant: tenant(), id: IncidentID("42"), displayName: "Multi-stage incident", severity: .high, status: status,
      assignedTo: assignedTo, createdAt: Timestamp(noon), updatedAt: updatedAt)
  }

  static func summary(
    severity: Severity = .high, status: IncidentStatus = .active, createdAt: Timestamp? = Timestamp(noon),
    updatedAt: Timestamp? = nil, acknowledgedAt: Timestamp? = nil
  ) -> IncidentSummary {
    IncidentSummary(
      key: IncidentKey(tenant: tenant(), id: IncidentID("42")), displayName: "Multi-stage incident",
      severity: severity, status: status, createdAt: createdAt, updatedAt: updatedAt, acknowledgedAt: acknowledgedAt)
  }
}
