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
    try requireFew(action, in: key.tenant)
    let tenant = try askable(key.tenant)
    var write = IncidentWrite(
      id: WriteID(""), key: key, action: signed(action, in: key.tenant), state: .draft,
      operatorUPN: configuration.operatorUPN, intendedAt: now())
    let look = try await look(for: &write, in: tenant, takesOver: takesOver)
    guard let rest = look.rest else { return [] }
    guard let request = ActionRequest(rest, on: key.id, tags: look.incident?.customTags ?? []) else {
      throw PartnerError(.notFound, tenant: tenant.id, at: now())
    }
    try await requireRole(for: action, in: tenant)
    return [PlannedRequest(method: request.method, target: request.target, body: request.body)]
  }

  /// That the token which has just read holds a role that lets the action through, as far as it is known.
  private func requireRole(for action: IncidentAction, in tenant: Tenant) async throws(PartnerError) {
    guard let consent = await storedOverview(of: tenant)?.consent, [.granted, .partial].contains(consent.state),
      !consent.granted.contains(where: { role in action.neededRoles.contains { role.satisfies($0) } })
    else { return }
    throw PartnerError(.appRoleMissing(action.neededRoles), tenant: tenant.id, at: now())
  }
}
