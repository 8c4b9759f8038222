import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// Seconds that somebody who asked waits for our own share; the window of a minute is over by then.
  private static let longestWait: TimeInterval = 61

  /// Reads what changed in a tenant's incidents since the last time, page by page, into the store.
  ///
  /// Every page that was read is kept, also when a later one fails. A page that cannot be kept is told all the same, and
  /// is read again the next time. An excluded tenant is not asked.
  /// - Returns: `nil` after a success, else why it failed; the failure is stored with the tenant too. `.budgetSpent`
  ///   is our own pacing and no failure of the tenant: the next read goes on where this one ended.
  @discardableResult
  package func sync(_ tenant: Tenant, priority: RequestPriority) async -> PartnerError? {
    guard !tenant.isExcluded else { return nil }
    let started = now()
    let before = await storedOverview(of: tenant)
    if let before { await heed(before) }
    let history = configuration.refresh.history
    let remembered = (try? await cache.syncCursor(of: tenant.id)).flatMap { $0 }.flatMap { IncidentCursor(text: $0) }
    var cursor = remembered ?? IncidentCursor(history: history, before: started)
    let absences = (try? await cache.absences(of: tenant.id)) ?? []
    // What was taken out comes back as soon as a list gives it.
    for absence in absences where absence.known == nil { cursor.forget(absence.key.id) }
    let pages = PageKeeper(engine: self, tenant: tenant, historyStart: started.addingTimeInterval(-history))
    var failure: PartnerError?
    do throws(PartnerError) {
      _ = try await context(for: tenant).readIncidentChanges(
        in: tenant.id, since: cursor, priority: priority
      ) { page in await pages.keep(page) }
    } catch {
      failure = error
    }
    let kept = await pages.outcome
    if failure == nil, let reason = kept.failure {
      failure = reason.partnerError(tenant: tenant.id)
      failure?.at = now()
    }
    // Without the row that is stored there is nothing to build on, and nothing to tell.
    guard var row = before else { return failure }
    row.sync = record(row.sync, of: kept, after: failure, started: started, in: tenant)
    if failure?.cause != .cancelled {
      await keep { [row] in try await cache.save(row.sync, cursor: kept.cursor?.text, of: tenant.id) }
    }
    await keepIdentity(in: &row, after: failure)
    await tellRow(row)
    for absence in absences where kept.listed.contains(absence.key.id) {
      // It is there after all, be it unchanged.
      if let known = await storedIncident(absence.key)?.summary { report(.incidentsChanged([known])) }
    }
    if !absences.isEmpty, failure == nil {
      await lookAgain(
        for: absences, listed: kept.listed, wholeFrom: kept.wholeFrom, in: tenant, priority: priority)
    }
    return failure
  }

  /// Reads a tenant until all is read, waiting while our own share of its limits is used up, and as long as `patience`
  /// allows where the service names a time.
  /// - Returns: as ``sync(_:priority:)``; `.budgetSpent` when the wait was cancelled, or would be longer than a minute.
  @discardableResult
  package func syncToEnd(
    _ tenant: Tenant, priority: RequestPriority, patience: Patience = .none,
    sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) async -> PartnerError? {
    await patience.repeating(in: tenant, now: now, sleep: sleep) {
      while true {
        let failure = await sync(tenant, priority: priority)
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

/// Keeps the pages of one read as they come.
private actor PageKeeper {
  struct Outcome {
    /// Behind the last page up to which all were kept; `nil` when none was.
    var cursor: IncidentCursor?
    /// Items of the tenant that could not be read; `nil` when nothing was kept.
    var unreadable: Int?
    /// Where the last of those stood.
    var unreadableItem: Problem?
    /// The service's id of the last request to which it answered in part.
    var partialRequestID: String?
    /// What the list gave.
    var listed: Set<IncidentID> = []
    /// The change time from which on the list was read; `nil` where something of it is missing.
    var wholeFrom: Timestamp?
    var isWhole = true
    /// Why the first page that was not kept was not.
    var failure: StoreError?
  }

  private let engine: PartnerEngine
  private let tenant: Tenant
  private let historyStart: Date
  private(set) var outcome = Outcome()

  init(engine: PartnerEngine, tenant: Tenant, historyStart: Date) {
    self.engine = engine
    self.tenant = tenant
    self.historyStart = historyStart
  }

  func keep(_ page: IncidentPage) async {
    if page.foreign > 0 {
      let problem = PartnerError(.foreignData, tenant: tenant.id)
      engine.report(.warned("\(problem.summary). \(problem.nextAction)", tenant.id))
    }
    let now = engine.now()
    do throws(StoreError) {
      let change = try await engine.cache.apply(
        page.incidents, unreadable: page.unreadable.map(\.id) + (page.foreign > 0 ? [nil] : []),
        unchanged: page.unchanged, forgettingBefore: historyStart, in: tenant.id, at: now)
      engine.cacheWorked(.writing)
      if !change.changed.isEmpty { engine.report(.incidentsChanged(change.changed)) }
      outcome.unreadable = change.unreadable
      note(page, at: now)
      // Behind a page that was not kept the cursor stays, so that all from there on is read again.
      if outcome.failure == nil { outcome.cursor = page.cursor }
    } catch {
      engine.cacheFailed(.writing, error)
      outcome.failure = outcome.failure ?? error
      let summaries = await engine.cache.summaries(of: page.incidents, at: now)
      if !summaries.isEmpty { engine.report(.incidentsChanged(summaries)) }
    }
  }

  private func note(_ page: IncidentPage, at now: Date) {
    outcome.listed.formUnion(page.incidents.map(\.id))
    outcome.listed.formUnion(page.unchanged)
    if !page.leftOut.isEmpty { outcome.partialRequestID = page.requestID }
    if let item = page.unreadable.last {
      outcome.unreadableItem = Problem(
        cause: "unreadableItem", error: item.place.isEmpty ? nil : item.place, requestID: page.requestID, at: now,
        nextAction: "See the portal for what could not be read; quote the request id to Microsoft if it stays.")
    }
    if page.foreign > 0 {
      // What stands in its place in this tenant is not known.
      outcome.unreadableItem = Problem(
        cause: "unreadableItem", error: "\(page.foreign) of another tenant, left out", requestID: page.requestID,
        at: now,
        nextAction: "See the portal for what this tenant has; quote the request id to Microsoft if it stays.")
      outcome.isWhole = false
    }
    if !page.unreadable.isEmpty || !page.leftOut.isEmpty { outcome.isWhole = false }
    outcome.wholeFrom = outcome.isWhole ? page.readFrom : nil
  }
}
