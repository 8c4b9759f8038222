import FoundationEssentials
import PartnerContext
import PartnerModel
import PartnerStore
import Synchronization

/// Keeps the pages of one read, a few at a time: a transaction costs many times what a page in it does. The last ones are
/// kept together with how the read ended.
final class PageKeeper: Sendable {
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
    /// What the list of all that is open gave so far; `nil` where its beginning was not seen.
    var open: OpenListing?
    var alerts = Alerts()

    /// The same of the tenant's alerts.
    struct Alerts: Sendable {
      /// Where the reading began by what is kept; `nil` where nothing of the kind is.
      var remembered: ChangeCursor?
      /// Whether the reading began with the history.
      var beginsAnew = false
      /// Behind the last page up to which all were kept; `nil` when none was.
      var cursor: ChangeCursor?
      /// What is to be kept of it; `nil` where that is there already, and is long.
      var newCursorText: String? { cursor == remembered ? nil : cursor?.text }
      /// Alerts that could not be read.
      var unreadable = 0
      /// The service's id of the last request to which it answered in part.
      var partialRequestID: String?
    }
  }

  /// What a list of all that is open gave, which several reads may have brought.
  struct OpenListing: Sendable {
    var ids: Set<IncidentID> = []
    var isWhole = true
    var isEnded = false
  }

  let engine: PartnerEngine
  let tenant: Tenant
  let historyStart: Date
  /// Whether pages wait for others, and the last ones for the read's end; else each is kept at once.
  let holdsPages: Bool
  /// As `PartnerDependencies.expire`.
  private let expire: Expire
  private let state = Mutex(State())
  /// So many wait at most, and no longer than so many seconds: a long first reading is to be seen while it goes on.
  private static let mostHeld = 4
  private static let longestHeld: TimeInterval = 1

  typealias Expire = @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void

  private struct State {
    var outcome = Outcome()
    var hasNews = false
    var held: [HeldPage] = []
    /// Which wait for a next page this is; one that has ended begins nothing any more.
    var wait = 0
    var callOff: (@Sendable () -> Void)?
    /// Keeps pages whose next one is long in coming.
    var keeping: Task<Void, Never>?
  }

  struct HeldPage: Sendable {
    enum Content: Sendable {
      case incidents(IncidentPage)
      case alerts(AlertPage)
    }
    var content: Content
    /// When it came.
    var at: Date
  }

  init(
    engine: PartnerEngine, tenant: Tenant, historyStart: Date, holdsPages: Bool, expire: @escaping Expire
  ) {
    self.engine = engine
    self.tenant = tenant
    self.historyStart = historyStart
    self.holdsPages = holdsPages
    self.expire = expire
  }

  var outcome: Outcome {
    get { state.withLock { $0.outcome } }
    set { state.withLock { $0.outcome = newValue } }
  }

  /// Whether the list gave an incident that is new, or changed.
  var hasNews: Bool { state.withLock { $0.hasNews } }

  /// The pages that wait, in their order. Whoever takes them calls ``settle()`` before.
  var held: [HeldPage] {
    get { state.withLock { $0.held } }
    set { state.withLock { $0.held = newValue } }
  }

  /// Ends the wait for a next page, and returns when what it began is done: the cursor never passes a page that is not
  /// kept yet.
  func settle() async {
    let (callOff, keeping) = state.withLock { state in
      state.wait += 1
      defer { (state.callOff, state.keeping) = (nil, nil) }
      return (state.callOff, state.keeping)
    }
    callOff?()
    await keeping?.value
  }

  func take(_ page: IncidentPage) async {
    if !page.incidents.isEmpty { state.withLock { $0.hasNews = true } }
    await take(.incidents(page), isLast: page.isLast, foreign: page.foreign)
  }

  func take(_ page: AlertPage) async { await take(.alerts(page), isLast: page.isLast, foreign: page.foreign) }

  private func take(_ content: HeldPage.Content, isLast: Bool, foreign: Int) async {
    if foreign > 0 {
      let problem = PartnerError(.foreignData, tenant: tenant.id)
      engine.report(.warned("\(problem.summary). \(problem.nextAction)", tenant.id))
    }
    await settle()
    let came = HeldPage(content: content, at: engine.now())
    let (count, first) = state.withLock { state in
      state.held.append(came)
      return (state.held.count, state.held.first ?? came)
    }
    let waited = came.at.timeIntervalSince(first.at)
    if holdsPages, isLast { return }
    guard holdsPages, count < Self.mostHeld, waited >= 0, waited < Self.longestHeld else { return await keepHeld() }
    waitForNext(atMost: Self.longestHeld - waited)
  }

  /// The next page may hang, or be asked for again and again: those that are there are not held back for it.
  private func waitForNext(atMost seconds: TimeInterval) {
    let wait = state.withLock { $0.wait }
    let callOff = expire(.seconds(seconds)) { [self] in
      state.withLock { state in
        guard state.wait == wait else { return }
        state.keeping = Task { await self.keepHeld() }
      }
    }
    state.withLock { $0.callOff = callOff }
  }

  private func keepHeld() async {
    let pages = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    do throws(StoreError) {
      let change = try await engine.cache.apply(pages.map(kept), of: tenant.id)
      engine.cacheWorked(.writing)
      if change.hasUnrecorded { await engine.putChangesOnRecord() }
      if !change.changed.isEmpty { engine.report(.incidentsChanged(change.changed)) }
      state.withLock { state in
        state.outcome.unreadable = change.unreadable
        for held in pages { state.outcome.note(held) }
      }
    } catch {
      engine.cacheFailed(.writing, error)
      await lose(pages, error)
    }
  }

  /// A page as it is kept.
  func kept(_ held: HeldPage) -> KeptPage {
    switch held.content {
    case .incidents(let page):
      KeptPage(
        incidents: page.incidents, unreadable: page.unreadable.map(\.id) + (page.foreign > 0 ? [nil] : []),
        unchanged: page.unchanged, forgettingBefore: historyStart, at: held.at)
    case .alerts(let page): KeptPage(alerts: page.alerts, at: held.at)
    }
  }

  /// What cannot be kept is told all the same.
  func lose(_ pages: [HeldPage], _ reason: StoreError) async {
    state.withLock { $0.outcome.failure = $0.outcome.failure ?? reason }
    for held in pages {
      guard case .incidents(let page) = held.content else { continue }
      let summaries = await engine.cache.summaries(of: page.incidents, at: held.at)
      if !summaries.isEmpty { engine.report(.incidentsChanged(summaries)) }
    }
  }
}

extension PageKeeper.Outcome {
  /// Notes a page that was kept.
  mutating func note(_ held: PageKeeper.HeldPage) {
    switch held.content {
    case .incidents(let page): note(page, at: held.at)
    case .alerts(let page): note(page)
    }
  }

  private mutating func note(_ page: AlertPage) {
    if !page.leftOut.isEmpty { alerts.partialRequestID = page.requestID }
    alerts.unreadable += page.unreadable.count + page.foreign
    if failure == nil { alerts.cursor = page.cursor }
  }

  private mutating func note(_ page: IncidentPage, at now: Date) {
    listed.formUnion(page.incidents.map(\.id))
    listed.formUnion(page.unchanged)
    note(open: page)
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

  private mutating func note(open page: IncidentPage) {
    guard let part = page.openPart else { return }
    if part.isFirst { open = PageKeeper.OpenListing() }
    open?.ids.formUnion(page.incidents.map(\.id))
    open?.ids.formUnion(page.unchanged)
    if !page.unreadable.isEmpty || !page.leftOut.isEmpty || page.foreign > 0 { open?.isWhole = false }
    if part.isLast { open?.isEnded = true }
  }
}
