import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore

/// Keeps the pages of one read, a few at a time: a transaction costs many times what a page in it does. The last ones are
/// kept together with how the read ended.
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
  /// Whether pages wait for others, and the last ones for the read's end; else each is kept at once.
  let holdsPages: Bool
  var outcome = Outcome()
  /// The pages that wait, in their order.
  var held: [HeldPage] = []
  /// So many wait at most, and no longer than seconds: a long first reading is to be seen while it goes on.
  private static let mostHeld = 4
  private static let longestHeld: TimeInterval = 1

  struct HeldPage: Sendable {
    var page: IncidentPage
    /// When it came.
    var at: Date
  }

  init(engine: PartnerEngine, tenant: Tenant, historyStart: Date, holdsPages: Bool) {
    self.engine = engine
    self.tenant = tenant
    self.historyStart = historyStart
    self.holdsPages = holdsPages
  }

  mutating func take(_ page: IncidentPage) async {
    if page.foreign > 0 {
      let problem = PartnerError(.foreignData, tenant: tenant.id)
      engine.report(.warned("\(problem.summary). \(problem.nextAction)", tenant.id))
    }
    held.append(HeldPage(page: page, at: engine.now()))
    if holdsPages, page.isLast || !isDue { return }
    let pages = held
    held = []
    do throws(StoreError) {
      let change = try await engine.cache.apply(pages.map(kept), of: tenant.id)
      engine.cacheWorked(.writing)
      if !change.changed.isEmpty { engine.report(.incidentsChanged(change.changed)) }
      outcome.unreadable = change.unreadable
      for held in pages { outcome.note(held.page, at: held.at) }
    } catch {
      engine.cacheFailed(.writing, error)
      await lose(pages, error)
    }
  }

  private var isDue: Bool {
    guard let (first, last) = held.first.flatMap({ first in held.last.map { (first, $0) } }) else { return false }
    let waited = last.at.timeIntervalSince(first.at)
    return held.count >= Self.mostHeld || waited >= Self.longestHeld || waited < 0
  }

  /// A page as it is kept.
  func kept(_ held: HeldPage) -> KeptPage {
    let page = held.page
    return KeptPage(
      incidents: page.incidents, unreadable: page.unreadable.map(\.id) + (page.foreign > 0 ? [nil] : []),
      unchanged: page.unchanged, forgettingBefore: historyStart, at: held.at)
  }

  /// What cannot be kept is told all the same.
  mutating func lose(_ pages: [HeldPage], _ reason: StoreError) async {
    outcome.failure = outcome.failure ?? reason
    for held in pages {
      let summaries = await engine.cache.summaries(of: held.page.incidents, at: held.at)
      if !summaries.isEmpty { engine.report(.incidentsChanged(summaries)) }
    }
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
