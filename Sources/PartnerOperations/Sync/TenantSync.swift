import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore
import Synchronization

extension PartnerEngine {
  /// Seconds that somebody who asked waits for our own share; the window of a minute is over by then.
  private static let longestWait: TimeInterval = 61

  /// Turns in which somebody who asked reads on in a tenant's alerts: a program that ends soon would never come to those
  /// of today, where there are more each time than one turn takes. Our share of the limits is not used up by them.
  private static let mostTurns = 8

  /// Seconds after which all that is open is read again, to find what the service does not have any more; and by how much
  /// tenants that began together differ in it.
  private static let openPace: TimeInterval = 21_600
  private static let openSpread: UInt64 = 7_200

  /// Reads what changed in a tenant's incidents since the last time, then what changed in its alerts, page by page, into
  /// the store. The first time, and then every few hours, all that is open is read before.
  ///
  /// The first reading of its alerts may take several turns: a tenant says that there is more by ``hasMoreAlerts(of:)``.
  ///
  /// Every page that was read is kept, also when a later one fails. A page that cannot be kept is told all the same, and
  /// is read again the next time. An excluded tenant is not asked. Alerts that cannot be read are recorded by themselves.
  /// - Parameter alerts: when its alerts are read.
  /// - Returns: `nil` after a success, else why it failed; the failure is stored with the tenant too. `.budgetSpent`
  ///   is our own pacing and no failure of the tenant: the next read goes on where this one ended.
  @discardableResult
  package func sync(
    _ tenant: Tenant, priority: RequestPriority, alerts asking: AlertAsking = .withIncidents
  ) async -> PartnerError? {
    guard !tenant.isExcluded else { return nil }
    let started = now()
    // What a process that was killed had kept, and not yet put on record.
    if recording.withLock({ $0 == nil }) { await putChangesOnRecord() }
    let kept = await storedTenant(tenant)
    if let row = kept?.row { await heed(row) }
    let history = configuration.refresh.history
    let remembered = kept?.cursor.flatMap { IncidentCursor(text: $0) }
    var cursor = remembered ?? IncidentCursor(history: history, before: started)
    let absences = kept?.absences ?? []
    // What was taken out comes back as soon as a list gives it.
    for absence in absences where absence.known == nil { cursor.forget(absence.key.id) }
    let context = context(for: tenant)
    let pages = PageKeeper(
      engine: self, tenant: tenant, historyStart: started.addingTimeInterval(-history), holdsPages: kept != nil,
      expire: context.expire)
    pages.outcome.open = openListings.withLock { $0.removeValue(forKey: tenant.id) }
    let openEvery = Self.openPace + TimeInterval(tenant.id.halves.low % Self.openSpread)
    var failure: PartnerError?
    do throws(PartnerError) {
      _ = try await context.readIncidentChanges(
        in: tenant.id, since: cursor, priority: priority, openEvery: openEvery
      ) { page in await pages.take(page) }
    } catch {
      failure = error
    }
    let alerts =
      failure == nil
      ? await readAlerts(of: tenant, kept, into: pages, started, priority, asking) : .notAsked
    await pages.settle()
    // Without the row that is stored there is nothing to build on, and nothing to tell.
    failure = failure ?? storageFailure(of: pages.outcome, in: tenant)
    if let kept { failure = await end(tenant, after: failure, alerts, pages: pages, from: kept, remembered, started) }
    let outcome = pages.outcome
    await endOpenList(of: tenant, after: outcome, historyStart: pages.historyStart)
    // One that was only missing from a list was never told as denied.
    for absence in absences where absence.signs > 0 && outcome.listed.contains(absence.key.id) {
      // It is there after all, be it unchanged.
      if let known = await storedIncident(absence.key)?.summary { report(.incidentsChanged([known])) }
    }
    if !absences.isEmpty, failure == nil {
      await lookAgain(
        for: absences, listed: outcome.listed, wholeFrom: outcome.wholeFrom, in: tenant, priority: priority)
    }
    return failure
  }

  /// Keeps how the tenant stands after a reading, together with the reading's last pages, and tells its row.
  /// - Returns: why the reading, or the keeping of what it brought, failed.
  private func end(
    _ tenant: Tenant, after failure: PartnerError?, _ alerts: AlertReading, pages: PageKeeper, from kept: KeptTenant,
    _ remembered: IncidentCursor?, _ started: Date
  ) async -> PartnerError? {
    var failure = failure
    let testimony = await context(for: tenant).testimony(of: tenant.id)
    while true {
      let held = pages.held
      var outcome = pages.outcome
      for held in held { outcome.note(held) }
      /// How the tenant stands, from how it stood.
      let standing: @Sendable (inout TenantOverview, Int?) -> Void = { [self, failure, outcome] row, unreadable in
        var outcome = outcome
        if let unreadable { outcome.unreadable = unreadable }
        if failure?.cause != .cancelled {
          row.sync = record(row.sync, of: outcome, after: failure, started: started, in: tenant)
          row.sync.alerts = record(row.sync.alerts, of: outcome.alerts, after: alerts, started: started, in: tenant)
        }
        noteIdentity(in: &row, testimony, after: failure)
      }
      let cursor = failure?.cause == .cancelled || outcome.cursor == remembered ? nil : outcome.cursor
      do throws(StoreError) {
        let change = try await cache.change(
          tenant, pages: held.map(pages.kept), cursor: cursor?.text, alertCursor: outcome.alerts.newCursorText,
          at: now(), standing)
        cacheWorked(.writing)
        pages.outcome = outcome
        if change.hasUnrecorded { await putChangesOnRecord() }
        if !change.changed.isEmpty { report(.incidentsChanged(change.changed)) }
        tell(judged(await putOnRecord(change, of: tenant)))
        return failure
      } catch {
        cacheFailed(.writing, error)
        guard !held.isEmpty else {
          var row = kept.row
          standing(&row, nil)
          tell(judged(row))
          return failure
        }
        // It may be the pages alone that cannot be kept: they are told, and all the rest is kept without them.
        await pages.lose(held, error)
        pages.held = []
        failure = failure ?? storageFailure(of: pages.outcome, in: tenant)
      }
    }
  }

  private func storageFailure(of outcome: PageKeeper.Outcome, in tenant: Tenant) -> PartnerError? {
    guard let reason = outcome.failure else { return nil }
    var failure = reason.partnerError(tenant: tenant.id)
    failure.at = now()
    return failure
  }

  /// Reads a tenant until all is read, waiting while our own share of its limits is used up, and as long as `patience`
  /// allows where the service names a time.
  /// - Returns: as ``sync(_:priority:)``; `.budgetSpent` when the wait was cancelled, or would be longer than a minute.
  @discardableResult
  package func syncToEnd(
    _ tenant: Tenant, priority: RequestPriority, alerts asking: AlertAsking = .withIncidents,
    patience: Patience = .none,
    sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) async -> PartnerError? {
    await patience.repeating(in: tenant, now: now, sleep: sleep) {
      var turns = 0
      while true {
        let failure = await sync(tenant, priority: priority, alerts: asking)
        turns += 1
        // Nobody reads on when this program has ended.
        if failure == nil, turns < Self.mostTurns, hasMoreAlerts(of: tenant.id),
          await storedOverview(of: tenant)?.sync.alerts != nil
        {
          continue
        }
        guard case .budgetSpent(let until) = failure?.cause, until.timeIntervalSince(now()) <= Self.longestWait else {
          return (failure, failure)
        }
        do { try await sleep(.seconds(max(0.1, until.timeIntervalSince(now())))) } catch { return (failure, failure) }
      }
    }
  }

  private func record(
    _ before: SyncRecord, of kept: PageKeeper.Outcome, after failure: PartnerError?, started: Date, in tenant: Tenant
  ) -> SyncRecord {
    var record = before
    record.lastAttempt = started
    if let unreadable = kept.unreadable { record.unreadable = unreadable }
    if let item = kept.unreadableItem { record.unreadableItem = item }
    if record.unreadable == 0 { record.unreadableItem = nil }
    if let cursor = kept.cursor { record.leftOut = cursor.leftOut.problem(requestID: kept.partialRequestID, at: now()) }
    if let watermark = kept.cursor?.watermark { record.watermark = watermark }
    switch failure?.cause {
    case nil:
      record.error = nil
      record.lastSuccess = now()
    case .budgetSpent, .tokensSpent:
      // The tenant answers; only the age of what is shown grows.
      if kept.cursor != nil { record.error = nil }
    case _?: record.error = failure.map { configuration.problem(of: $0, in: tenant) }
    }
    return record
  }
}
