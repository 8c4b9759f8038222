import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore

// How tenants' tokens and consents are kept: in the order in which they were told, whichever process was told them.

extension PartnerEngine {
  /// Lets the client know what is kept of the tenant before it is asked.
  func heed(_ row: TenantOverview) async {
    await context(for: row.tenant).heed(row.consent, row.token, of: row.id)
  }

  /// Stores how the tenant's token and consent stand after something was asked of it, and tells its row.
  func keepIdentity(of tenant: Tenant, after failure: PartnerError?) async {
    let testimony = await context(for: tenant).testimony(of: tenant.id)
    do throws(StoreError) {
      let change = try await cache.change(tenant, at: now()) { [self] row, _ in
        noteIdentity(in: &row, testimony, after: failure)
      }
      cacheWorked(.writing)
      tell(judged(await putOnRecord(change, of: tenant)))
    } catch {
      cacheFailed(.writing, error)
      guard var row = await storedOverview(of: tenant) else { return }
      noteIdentity(in: &row, testimony, after: failure)
      tell(judged(row))
    }
  }

  /// Notes how the tenant's token and consent stand after something was asked of it.
  /// - Parameter row: as it is stored, because somebody may have checked the consent meanwhile.
  func noteIdentity(in row: inout TenantOverview, _ testimony: TokenTestimony?, after failure: PartnerError?) {
    var token = testimony?.record
    if case .throttled(let until) = failure?.cause, failure?.host == nil, token?.trouble == nil {
      // The service asked for silence: the token rests as long as the tenant does.
      token = token ?? row.token
      token?.trouble = .throttled
      token?.parkedUntil = until
      token?.lastError = failure?.problem
    }
    row.token = token?.withFacts(of: row.token) ?? row.token
    let before = configuration.judged(row).consent
    if let told = testimony.flatMap({ consent(of: row.tenant, before: before, $0) }), told != before {
      row.consent = told
    }
  }

  /// Puts a change of the tenant's consent on record.
  /// - Returns: the row as it is kept.
  func putOnRecord(_ change: TenantChange, of tenant: Tenant) async -> TenantOverview {
    var row = change.after
    await putForeignTokenOnRecord(change, of: tenant)
    guard row.consent != change.before.consent else { return row }
    let before = configuration.judged(change.before).consent
    if let changedAt = await putOnRecord(row.consent, of: tenant, before: before) { row.drift.changedAt = changedAt }
    return row
  }

  /// That a token was another tenant's is for whoever looks into it later: once, not at each read that meets it again.
  private func putForeignTokenOnRecord(_ change: TenantChange, of tenant: Tenant) async {
    let cause = PartnerError(.foreignToken, tenant: tenant.id).causeName
    guard let problem = change.after.sync.error, problem.cause == cause, change.before.sync.error?.cause != cause else {
      return
    }
    do {
      try await journal.append(
        JournalEntry(
          .tokenFailed, at: now(), tenant: tenant.id, operatorUPN: configuration.operatorUPN,
          requestID: problem.requestID, problem: problem, detail: problem.summary))
    } catch {
      report(.warned("\(error)", tenant.id))
    }
  }

  /// Stores a consent, and puts a change of it on record; one that was told before what is kept changes nothing.
  /// - Returns: when it changed; `nil` where it did not.
  func keepConsent(_ after: ConsentRecord, of tenant: Tenant, before: ConsentRecord) async throws -> Date? {
    guard try await cache.save(after, of: tenant.id, at: now()) else { return nil }
    return await putOnRecord(after, of: tenant, before: before)
  }

  private func putOnRecord(_ after: ConsentRecord, of tenant: Tenant, before: ConsentRecord) async -> Date? {
    guard before.state != .unknown, after.isOther(than: before) else { return nil }
    let moment = now()
    let change = ConsentChange(of: tenant.id, from: before, to: after, at: moment)
    do {
      try await journal.append(
        JournalEntry(
          .consentChanged, at: moment, tenant: tenant.id, operatorUPN: configuration.operatorUPN,
          requestID: after.error?.requestID, problem: after.error, detail: change.sentence))
    } catch {
      report(.warned("\(error)", tenant.id))
    }
    await keep { try await cache.noteConsentChange(of: tenant.id, at: moment) }
    return moment
  }

  /// A refusal tells the state; a token's roles tell it; anything else leaves the last one with its age, and so does
  /// what was told before it.
  private func consent(
    of tenant: Tenant, before: ConsentRecord, _ testimony: TokenTestimony
  ) -> ConsentRecord? {
    let required = configuration.requiredRoles(for: tenant)
    let told: ConsentRecord
    if let refusal = testimony.refusal, case .consent(let state) = refusal.cause {
      told = ConsentRecord(state: state, missing: required, checkedAt: testimony.refusedAt, error: refusal.problem)
        .keepingGrants(of: before)
    } else if let askedAt = testimony.askedAt, testimony.refusal == nil {
      if let roles = testimony.roles {
        told = .from(granted: roles, required: required, tenant: tenant.id, at: askedAt)
      } else {
        // There is a token, so what kept us from one is over; what it allows, it does not tell.
        guard !before.state.allowsReading else { return nil }
        told = ConsentRecord(checkedAt: askedAt)
      }
    } else {
      return nil
    }
    guard ClockStep.mayReplace(before.checkedAt, with: told.checkedAt ?? now(), at: now()) else { return nil }
    return told
  }
}
