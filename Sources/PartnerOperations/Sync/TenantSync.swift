import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// Reads what changed in a tenant's incidents since the last time, page by page, into the store.
  ///
  /// Every page that was read is kept, also when a later one fails. An excluded tenant is not asked.
  /// - Returns: `nil` after a success, else why it failed; the failure is stored with the tenant too.
  @discardableResult
  package func sync(_ tenant: Tenant, priority: RequestPriority) async -> PartnerError? {
    guard !tenant.isExcluded else { return nil }
    let started = now()
    var record = await overview(of: tenant).sync
    let remembered = (try? await cache.syncCursor(of: tenant.id)).flatMap { $0 }.flatMap { IncidentCursor(text: $0) }
    if remembered == nil { record.unreadable = 0 }
    let pages = PageKeeper(engine: self, tenant: tenant)
    var failure: PartnerError?
    do throws(PartnerError) {
      _ = try await context(for: tenant).readIncidentChanges(
        in: tenant.id, since: remembered ?? IncidentCursor(history: configuration.refresh.history, before: started),
        priority: priority
      ) { page in await pages.keep(page) }
    } catch {
      failure = error
    }
    let (cursor, unreadable) = await pages.outcome
    record.unreadable = max(record.unreadable, unreadable)
    record.lastAttempt = started
    record.error = failure?.problem
    if failure == nil { record.lastSuccess = now() }
    if let watermark = cursor?.watermark { record.watermark = watermark }
    if failure?.cause != .cancelled {
      await keep(tenant.id) { [record] in try await cache.save(record, cursor: cursor?.text, of: tenant.id) }
    }
    await keepIdentity(of: tenant, after: failure)
    await reportTenant(tenant)
    return failure
  }

  /// Stores how the tenant's token and consent stand after something was asked of it.
  func keepIdentity(of tenant: Tenant, after failure: PartnerError?) async {
    let client = context(for: tenant)
    let (token, roles) = (await client.tokenRecord(of: tenant.id), await client.grantedRoles(in: tenant.id))
    await keep(tenant.id) {
      if let token { try await cache.save(token, of: tenant.id) }
      let before = await overview(of: tenant).consent
      let after = consent(of: tenant, before: before, roles: roles, failure: failure)
      if after != before { try await keepConsent(after, of: tenant, before: before) }
    }
  }

  /// Stores a consent, and puts a change of it on record.
  func keepConsent(_ after: ConsentRecord, of tenant: Tenant, before: ConsentRecord) async throws {
    try await cache.save(after, of: tenant.id)
    guard before.state != .unknown, after.state != before.state || after.granted != before.granted else { return }
    do {
      try await journal.append(
        JournalEntry(
          .consentChanged, at: now(), tenant: tenant.id, operatorUPN: configuration.operatorUPN,
          requestID: after.error?.requestID, problem: after.error,
          detail: "\(before.state.rawValue) to \(after.state.rawValue)"))
    } catch {
      report(.warned("\(error)", tenant.id))
    }
  }

  /// A refusal tells the state; a token's roles tell it; anything else leaves the last one with its age.
  private func consent(
    of tenant: Tenant, before: ConsentRecord, roles: [AppRole]?, failure: PartnerError?
  ) -> ConsentRecord {
    let required = configuration.requiredRoles(for: tenant)
    if case .consent(let state) = failure?.cause, let failure {
      return ConsentRecord(state: state, missing: required, checkedAt: now(), error: failure.problem)
    }
    guard let roles else { return before }
    let after = ConsentRecord.from(granted: roles, required: required, tenant: tenant.id, at: now())
    // A cached token tells nothing new: what it told stays, with the moment of its check.
    let isSame = after.state == before.state && after.granted == before.granted && after.missing == before.missing
    return isSame ? before : after
  }
}

/// Keeps the pages of one read as they come.
private actor PageKeeper {
  private let engine: PartnerEngine
  private let tenant: Tenant
  private var cursor: IncidentCursor?
  private var unreadable = 0

  init(engine: PartnerEngine, tenant: Tenant) {
    self.engine = engine
    self.tenant = tenant
  }

  var outcome: (IncidentCursor?, Int) { (cursor, unreadable) }

  func keep(_ page: IncidentPage) async {
    unreadable += page.unreadable.count
    if page.foreign > 0 {
      let problem = PartnerError(.foreignData, tenant: tenant.id)
      engine.report(.warned("\(problem.summary). \(problem.nextAction)", tenant.id))
    }
    do {
      let change = try await engine.cache.apply(page.incidents, in: tenant.id, at: engine.now())
      if !change.changed.isEmpty { engine.report(.incidentsChanged(change.changed)) }
      // Only behind what was kept: a page that could not be stored is read again.
      cursor = page.cursor
    } catch {
      engine.reportPaused(error, tenant.id)
    }
  }
}
