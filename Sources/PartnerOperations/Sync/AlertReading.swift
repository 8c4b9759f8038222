import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore
import Synchronization

/// When a tenant's alerts are read.
package enum AlertAsking: Sendable {
  /// Whenever its incidents are; in the background more rarely where no incident changed.
  case withIncidents
  /// The same, but not together with the first reading of its incidents, because others wait for theirs.
  case afterOthers
  /// Nobody asks for what alerts tell.
  case never
}

/// What came of reading a tenant's alerts.
enum AlertReading: Sendable {
  case notAsked
  case ended(PartnerError?)
}

extension PartnerEngine {
  /// Pages of the first reading of a tenant's alerts that one turn of it takes. They weigh many times what its incidents
  /// do: a turn that is short leaves the others theirs, and the next one goes on where this one ended.
  private static let pagesOfHistory = 4
  /// Seconds before alerts are asked for again in the background that could not be read: mostly a permission is missing.
  private static let alertPause: TimeInterval = 600
  /// Seconds before alerts are asked for again in the background of a tenant where no incident changed: an alert mostly
  /// changes with its incident, and what is read again for the look-back weighs many times what incidents do. By the usual
  /// pace that is every second turn.
  private static let quietPause: TimeInterval = 500

  /// Seconds after which the alerts of the whole history are read again where some could not be read.
  private static let secondReading: TimeInterval = 86_400

  /// Whether a tenant's alerts were not yet read as far back as is wanted, and can be.
  func hasMoreAlerts(of tenant: TenantID) -> Bool { withMoreAlerts.withLock { $0.contains(tenant) } }

  /// Reads what changed in a tenant's alerts since the last time.
  func readAlerts(
    of tenant: Tenant, _ kept: KeptTenant?, into pages: PageKeeper, _ started: Date, _ priority: RequestPriority,
    _ asking: AlertAsking
  ) async -> AlertReading {
    _ = withMoreAlerts.withLock { $0.remove(tenant.id) }
    // Without what is stored there is nothing to go on from.
    guard let kept, pages.outcome.failure == nil, asking != .never else { return .notAsked }
    if priority == .background, let before = kept.row.sync.alerts, let last = before.lastAttempt {
      // Where not all was read yet, nothing is quiet.
      let isQuiet = before.coversFrom != nil && !pages.hasNews
      let pause = before.error != nil ? Self.alertPause : isQuiet ? Self.quietPause : 0
      if abs(started.timeIntervalSince(last)) < pause { return .notAsked }
    }
    let history = configuration.refresh.history
    let unreadable = kept.row.sync.alerts?.unreadable ?? 0
    // One that was begun when less of the history was wanted is begun anew; so is, once a day, one that came by what could
    // not be read.
    let known = kept.alertCursor.flatMap { ChangeCursor(text: $0, list: .alerts) }.flatMap { cursor in
      let age = started.timeIntervalSince(cursor.historyStart.date)
      return age < history / 2 || unreadable > 0 && cursor.isComplete && age > history + Self.secondReading
        ? nil : cursor
    }
    pages.outcome.alerts.remembered = known
    pages.outcome.alerts.beginsAnew = known == nil
    let cursor = known ?? ChangeCursor(history: history, before: started, list: .alerts)
    if asking == .afterOthers, kept.row.sync.lastSuccess == nil {
      _ = withMoreAlerts.withLock { $0.insert(tenant.id) }
      return .notAsked
    }
    do throws(PartnerError) {
      let end = try await context(for: tenant).readAlertChanges(
        in: tenant.id, since: cursor, priority: priority, pagesOfHistory: Self.pagesOfHistory
      ) { page in await pages.take(page) }
      if !end.isComplete { _ = withMoreAlerts.withLock { $0.insert(tenant.id) } }
      return .ended(nil)
    } catch {
      return .ended(error)
    }
  }

  func record(
    _ before: AlertSync?, of kept: PageKeeper.Outcome.Alerts, after reading: AlertReading, started: Date,
    in tenant: Tenant
  ) -> AlertSync? {
    guard case .ended(let failure) = reading, failure?.cause != .cancelled else { return before }
    var record = before ?? AlertSync()
    record.lastAttempt = started
    // What could not be read stays missing, though later reads do not come by it.
    record.unreadable = kept.beginsAnew ? kept.unreadable : max(record.unreadable, kept.unreadable)
    if let cursor = kept.cursor {
      record.leftOut = cursor.leftOut.problem(requestID: kept.partialRequestID, at: now())
      // Older ones leave the store where their incident is not kept, and do not come again with it.
      let known = kept.beginsAnew ? nil : before?.coversFrom
      let forgotten = max(Timestamp(started - configuration.refresh.history), known ?? cursor.historyStart)
      record.coversFrom = cursor.isComplete && cursor.leftOut.isEmpty ? max(cursor.historyStart, forgotten) : nil
    }
    switch failure?.cause {
    case nil:
      record.error = nil
      record.lastSuccess = now()
    case .budgetSpent, .tokensSpent: break
    case _?: record.error = failure.map { configuration.problem(of: $0, in: tenant) }
    }
    return record
  }

  /// Judges what is open here by a whole list of all that is open, when such a one has come to its end.
  func endOpenList(of tenant: Tenant, after outcome: PageKeeper.Outcome, historyStart: Date) async {
    guard let open = outcome.open else { return }
    guard open.isEnded else {
      openListings.withLock { $0[tenant.id] = open }
      return
    }
    guard outcome.failure == nil else { return }
    await keep {
      var gone = try await cache.endOpenList(
        of: tenant.id, listed: open.isWhole ? open.ids.union(outcome.listed) : nil, forgettingBefore: historyStart,
        at: now())
      guard !gone.isEmpty else { return }
      for index in gone.indices { gone[index].status = .gone }
      report(.incidentsChanged(gone))
      if let row = await storedOverview(of: tenant) { tell(row) }
    }
  }
}
