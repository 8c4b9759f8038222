import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore

/// Keeps the pages of one read as they come, but for the last, which is kept together with how the read ended.
struct PageKeeper {
  struct Outcome: Sendable {
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

  let engine: PartnerEngine
  let tenant: Tenant
  let historyStart: Date
  /// Whether the last page waits for the read's end; else it is kept at once like the others.
  let holdsLast: Bool
  var outcome = Outcome()
  /// The last page, while it waits, and when it came.
  var held: (page: IncidentPage, at: Date)?

  init(engine: PartnerEngine, tenant: Tenant, historyStart: Date, holdsLast: Bool) {
    self.engine = engine
    self.tenant = tenant
    self.historyStart = historyStart
    self.holdsLast = holdsLast
  }

  mutating func take(_ page: IncidentPage) async {
    if page.foreign > 0 {
      let problem = PartnerError(.foreignData, tenant: tenant.id)
      engine.report(.warned("\(problem.summary). \(problem.nextAction)", tenant.id))
    }
    let now = engine.now()
    if page.isLast, holdsLast {
      held = (page, now)
      return
    }
    do throws(StoreError) {
      let change = try await engine.cache.apply(kept(page, at: now), of: tenant.id)
      engine.cacheWorked(.writing)
      if !change.changed.isEmpty { engine.report(.incidentsChanged(change.changed)) }
      outcome.unreadable = change.unreadable
      outcome.note(page, at: now)
    } catch {
      engine.cacheFailed(.writing, error)
      await lose(page, at: now, error)
    }
  }

  /// A page as it is kept.
  func kept(_ page: IncidentPage, at now: Date) -> KeptPage {
    KeptPage(
      incidents: page.incidents, unreadable: page.unreadable.map(\.id) + (page.foreign > 0 ? [nil] : []),
      unchanged: page.unchanged, forgettingBefore: historyStart, at: now)
  }

  /// What cannot be kept is told all the same.
  mutating func lose(_ page: IncidentPage, at now: Date, _ reason: StoreError) async {
    outcome.failure = outcome.failure ?? reason
    let summaries = await engine.cache.summaries(of: page.incidents, at: now)
    if !summaries.isEmpty { engine.report(.incidentsChanged(summaries)) }
  }
}

extension PageKeeper.Outcome {
  /// Notes a page that was kept.
  mutating func note(_ page: IncidentPage, at now: Date) {
    listed.formUnion(page.incidents.map(\.id))
    listed.formUnion(page.unchanged)
    if !page.leftOut.isEmpty { partialRequestID = page.requestID }
    if let item = page.unreadable.last {
      unreadableItem = Problem(
        cause: "unreadableItem", error: item.place.isEmpty ? nil : item.place, requestID: page.requestID, at: now,
        nextAction: "See the portal for what could not be read; quote the request id to Microsoft if it stays.")
    }
    if page.foreign > 0 {
      // What stands in its place in this tenant is not known.
      unreadableItem = Problem(
        cause: "unreadableItem", error: "\(page.foreign) of another tenant, left out", requestID: page.requestID,
        at: now,
        nextAction: "See the portal for what this tenant has; quote the request id to Microsoft if it stays.")
      isWhole = false
    }
    if !page.unreadable.isEmpty || !page.leftOut.isEmpty { isWhole = false }
    wholeFrom = isWhole ? page.readFrom : nil
    // Behind a page that was not kept the cursor stays, so that all from there on is read again.
    if failure == nil { cursor = page.cursor }
  }
}
