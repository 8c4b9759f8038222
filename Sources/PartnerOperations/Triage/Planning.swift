import PartnerContext
package import PartnerModel

/// A request as it would be sent.
package struct PlannedRequest: Hashable, Sendable {
  package var method: String
  /// Path and query below the version.
  package var target: String
  /// JSON.
  package var body: String
}

extension PartnerEngine {
  /// The requests that an action would send now, after the same fresh reading and checks: nothing is changed, and nothing
  /// is on record. None where it is in effect already.
  /// - Throws: what would keep it from being sent.
  package func plan(
    _ action: IncidentAction, on key: IncidentKey, takesOver: Bool
  ) async throws(PartnerError) -> [PlannedRequest] {
    let tenant = try askable(key.tenant)
    var write = IncidentWrite(
      id: WriteID(""), key: key, action: signed(action, in: key.tenant), state: .draft,
      operatorUPN: configuration.operatorUPN, intendedAt: now())
    let look = try await look(for: &write, in: tenant, takesOver: takesOver)
    guard let rest = look.rest else { return [] }
    guard let request = ActionRequest(rest, on: key.id, tags: look.incident?.customTags ?? []) else {
      throw PartnerError(.notFound, tenant: tenant.id, at: now())
    }
    return [PlannedRequest(method: request.method, target: request.target, body: request.body)]
  }
}
