import PartnerContext
package import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// Asks for a fresh token in `tenant` and compares its app roles with those required.
  ///
  /// A tenant that cannot be reached keeps its last consent state; its token record tells why. An excluded one is not
  /// asked.
  /// - Returns: the tenant's row as it is afterwards.
  package func checkConsent(in tenant: Tenant) async -> TenantOverview {
    let stored = await storedOverview(of: tenant)
    let before = stored ?? TenantOverview(tenant: tenant)
    guard !tenant.isExcluded else { return before }
    let required = configuration.requiredRoles(for: tenant)
    let answer = await context(for: tenant).checkConsent(in: tenant.id, required: required, priority: .foreground)
    await keep {
      try await cache.save(answer.token, of: tenant.id)
      if let consent = answer.consent { try await keepConsent(consent, of: tenant, before: before.consent) }
    }
    var after = before
    after.token = answer.token
    if let consent = answer.consent {
      after.consent = consent
    } else {
      // The state stays with its age; why it could not be told is said beside it.
      after.consent.error = answer.token.lastError ?? before.consent.error
    }
    if stored != nil { tell(after) }
    return after
  }
}
