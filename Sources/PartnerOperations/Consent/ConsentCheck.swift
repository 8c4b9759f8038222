import PartnerContext
package import PartnerModel
import PartnerStore

/// What came of asking for a fresh token.
package struct ConsentProbe: Sendable {
  /// The tenant's row as it is afterwards.
  package var row: TenantOverview
  /// Why there was no token; `nil` when there was one, or when the tenant is never asked.
  package var failure: PartnerError?
}

extension PartnerEngine {
  /// Asks for a fresh token in `tenant` and compares its app roles with those required.
  ///
  /// A tenant that cannot be reached keeps its last consent state; its token record tells why. An excluded one is not
  /// asked.
  /// - Returns: the tenant's row as it is afterwards.
  package func checkConsent(in tenant: Tenant) async -> TenantOverview { await probeConsent(in: tenant).row }

  /// The same with the reason of a failure, and as often as `patience` allows where the service names a time.
  package func probeConsent(
    in tenant: Tenant, patience: Patience = .none,
    sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) async -> ConsentProbe {
    await patience.repeating(in: tenant, now: now, sleep: sleep) {
      let probe = await probeOnce(tenant)
      return (probe, probe.failure)
    }
  }

  private func probeOnce(_ tenant: Tenant) async -> ConsentProbe {
    let stored = await storedOverview(of: tenant)
    let before = stored ?? TenantOverview(tenant: tenant)
    guard !tenant.isExcluded else { return ConsentProbe(row: before) }
    let required = configuration.requiredRoles(for: tenant)
    let answer = await context(for: tenant).probeConsent(in: tenant.id, required: required, priority: .foreground)
    var after = before
    // Where nothing was asked, nothing was told.
    if answer.token.toldAt != nil { after.token = answer.token.withFacts(of: before.token) }
    let told = answer.consent?.keepingGrants(of: before.consent)
    if let told {
      after.consent = told
    } else {
      // The state stays with its age; why it could not be told is said beside it.
      after.consent.error = answer.failure?.problem ?? before.consent.error
    }
    // It may have been read while this was asked.
    let read = await storedOverview(of: tenant)?.sync ?? before.sync
    after.sync = Self.sync(read, after: answer.consent, failure: answer.failure)
    let (token, sync) = (answer.token.withFacts(of: before.token), after.sync)
    await keep {
      if token.toldAt != nil { try await cache.save(token, of: tenant.id, at: now()) }
      if let told { try await keepConsent(told, of: tenant, before: before.consent) }
      if sync != read { try await cache.save(sync, of: tenant.id) }
    }
    if stored != nil { tell(after) }
    return ConsentProbe(row: after, failure: answer.failure)
  }

  /// A token proves that no token is missing, and not that the list can be read: what kept the last read from a token is
  /// over, and what else it met stays.
  private static func sync(
    _ before: SyncRecord, after consent: ConsentRecord?, failure: PartnerError?
  ) -> SyncRecord {
    guard failure == nil, let consent, let error = before.error, error.concernsToken,
      error.cause != "appRoleMissing" || consent.state == .granted
    else { return before }
    var sync = before
    sync.error = nil
    // Nobody has read it yet, so it is read first.
    if sync.lastSuccess == nil { sync.lastAttempt = nil }
    return sync
  }
}
