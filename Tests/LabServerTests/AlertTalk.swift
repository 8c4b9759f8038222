import Foundation
import LabServer
import Testing

/// A lab whose one tenant has granted everything, with a token.
func withAlerts(
  _ expected: Set<LabViolation.Kind> = [], clock: HandClock = HandClock(fixedEpoch), incidents: Int = 25,
  _ body: (LabServer, _ tenant: String, _ token: String) async throws -> Void
) async throws {
  var options = options(.granted, clock: clock)
  options.requiredRoles += ["SecurityAlert.ReadWrite.All", "SecurityData.Manage.All"]
  options.incidentsPerTenant = incidents
  options.expectedViolations = expected
  try await withLabServer(options) { lab in
    try await body(lab, options.tenants[0].id, try await lab.token(options.tenants[0].id))
  }
}

extension LabServer {
  /// Incidents that a filter chooses, the newest first.
  func incidents(_ token: String, _ filter: String) async throws -> [[String: Any]] {
    try await get("\(security)/incidents?$filter=\(filter)", token).items()
  }

  func incident(_ id: String, _ token: String) async throws -> [String: Any] {
    try await get("\(security)/incidents/\(id)", token).object()
  }

  func alert(_ id: String, _ token: String) async throws -> [String: Any] {
    try await get("\(security)/alerts_v2/\(id)", token).object()
  }

  /// Told the same by the incident's list, by its expansion and by the list of all, or the test fails.
  func alerts(of incident: String, _ token: String) async throws -> [[String: Any]] {
    let own = try await get("\(security)/incidents/\(incident)/alerts?$orderby=createdDateTime asc", token).items()
    let expanded = try await get("\(security)/incidents/\(incident)?$expand=alerts", token).object()["alerts"]
    let all = try await get("\(security)/alerts_v2?$top=1000", token).items()
    let sets = [own, try #require(expanded as? [[String: Any]]), all.filter { $0.text("incidentId") == incident }]
      .map { alerts in Set(alerts.map { "\($0.text("id")) \($0.text("lastUpdateDateTime")) \($0.text("status"))" }) }
    #expect(sets[0] == sets[1] && sets[1] == sets[2])
    #expect(own.allSatisfy { $0.text("incidentId") == incident })
    return own
  }
}

extension [String: Any] {
  /// Empty where there is none.
  func text(_ name: String) -> String { self[name] as? String ?? "" }

  func time(_ name: String) -> Date { date(text(name)) ?? .distantPast }
}
