import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore
import Synchronization

/// What came of reading a tenant's alerts.
enum AlertReading: Sendable {
  case notAsked
  case ended(PartnerError?)
}

extension PartnerEngine {
  /// Seconds that the first reading of a tenant's alerts goes back. Older alerts come with their incident, when it is
  /// opened: all of a month would weigh many times what the incidents do.
  private static let alertHistory: TimeInterval = 86_400
  /// Seconds before alerts are asked for again in the background that could not be read: mostly a permission is missing.
  private static let alertPause: TimeInterval = 600

  /// Reads what changed in a tenant's alerts since the last time.
  func readAlerts(
    of tenant: Tenant, _ kept: KeptTenant?, into pages: PageKeeper, _ started: Date, _ priority: RequestPriority
  ) async -> AlertReading {
    // Without what is stored there is nothing to go on from.
    guard let kept, pages.outcome.failure == nil else { return .notAsked }
    if priority == .background, let before = kept.row.sync.alerts, before.error != nil,
      let last = before.lastAttempt, abs(started.timeIntervalSince(last)) < Self.alertPause
    {
      return .notAsked
    }
    let history = min(configuration.refresh.history, Self.alertHistory)
    let remembered = kept.alertCursor.flatMap { ChangeCursor(text: $0, list: .alerts) }
    pages.outcome.alerts.remembered = remembered
    let cursor = remembered ?? ChangeCursor(history: history, before: started, list: .alerts)
    do throws(PartnerError) {
      _ = try await context(for: tenant).readAlertChanges(in: tenant.id, since: cursor, priority: priority) { page in
        await pages.take(page)
      }
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
    record.unreadable = kept.unreadable
    if let cursor = kept.cursor {
      record.leftOut = cursor.leftOut.problem(requestID: kept.partialRequestID, at: now())
      record.coversFrom = cursor.isComplete && cursor.leftOut.isEmpty ? cursor.historyStart : nil
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
