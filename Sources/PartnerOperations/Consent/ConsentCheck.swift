import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

/// What came of asking for a fresh token.
package struct ConsentProbe: Sendable {
  /// The tenant's row as it is afterwards.
  package var row: TenantOverview
  /// Why there was no token; `nil` when there was one, or when the tenant is never asked.
  package var failure: PartnerError?
  /// What its directory has granted and the token does not hold yet, of what is required.
  package var lag: PartnerError?
}

extension PartnerEngine {
  /// Asks for a fresh token in `tenant` and compares its permissions with those required; where the app may look into
  /// the tenant's directory, it confirms them there.
  ///
  /// A tenant that cannot be reached keeps its last consent state; its token record tells why. An excluded one is not
  /// asked.
  /// - Returns: the tenant's row as it is afterwards.
  package func checkConsent(in tenant: Tenant) async -> TenantOverview { await probeConsent(in: tenant).row }

  /// The same with the reason of a failure, and as often as `patience` allows where the service names a time, or where a
  /// grant stands in the directory and in no token yet.
  package func probeConsent(
    in tenant: Tenant, patience: Patience = .none,
    sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) async -> ConsentProbe {
    await patience.repeating(in: tenant, now: now, sleep: sleep) {
      let probe = await probeOnce(tenant)
      return (probe, probe.failure ?? probe.lag)
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
    let found = answer.failure == nil ? await look(into: tenant, answer.consent) : nil
    let told = found?.consent ?? answer.consent?.keepingGrants(of: before.consent)
    after.directory = found?.directory ?? before.directory
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
    var changedAt: Date?
    await keep {
      if token.toldAt != nil { try await cache.save(token, of: tenant.id, at: now()) }
      if let told { changedAt = try await keepConsent(told, of: tenant, before: before.consent) }
      if let directory = found?.directory { try await cache.save(directory, of: tenant.id) }
      if sync != read { try await cache.save(sync, of: tenant.id) }
    }
    if let changedAt { after.drift.changedAt = changedAt }
    after = judged(after)
    if stored != nil { tell(after) }
    return ConsentProbe(row: after, failure: answer.failure, lag: found?.lag)
  }

  /// What the tenant's directory says beside the token.
  private struct Found {
    var consent: ConsentRecord
    var directory: DirectoryConsent?
    var lag: PartnerError?
  }

  /// - Parameter consent: as the token told it.
  /// - Returns: `nil` where the app may not look, or could not: then the token's word stands alone.
  private func look(into tenant: Tenant, _ consent: ConsentRecord?) async -> Found? {
    guard let consent, tenant.context == .application,
      consent.granted.contains(where: { $0.satisfies(.readApplications) }),
      let look = try? await context(for: tenant).lookInDirectory(of: tenant.id)
    else { return nil }
    switch look {
    case .absent: return Found(consent: consent.refuted(.missing, "the tenant's directory does not hold the app"))
    case .present(let directory) where !directory.isEnabled:
      return Found(
        consent: consent.refuted(.disabled, "the app is disabled in the tenant's directory"), directory: directory)
    case .present(let directory):
      let lagging = AppRole.missing(
        from: consent.granted, required: configuration.requiredRoles(for: tenant)
      ).filter { role in directory.granted.contains { $0.satisfies(role) } }
      guard !lagging.isEmpty else { return Found(consent: consent, directory: directory) }
      let lag = PartnerError(.grantLags(lagging), tenant: tenant.id, at: now())
      var told = consent
      if lagging == consent.missing { told.error = lag.problem }
      return Found(consent: told, directory: directory, lag: lag)
    }
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

extension ConsentRecord {
  /// The same, where the directory says that the token of a moment ago is not to be believed.
  fileprivate func refuted(_ state: ConsentState, _ summary: String) -> ConsentRecord {
    var record = self
    record.state = state
    record.error = Problem(
      cause: state.rawValue, at: checkedAt, nextAction: state.nextAction, whoActs: state.whoActs, summary: summary)
    return record
  }
}
