import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The known incidents of one tenant, closed ones included.
struct TenantIncidentsScreen: ConsoleScreen {
  static let name: ScreenName = "tenant"
  static let preview = PreviewPlace.besideOrInFront
  static let commands = IncidentList.commands
  static let hints: [Command] = [
    .open, .claim, .portal, .consent, .filter, .sort, .refresh, .back, .show("help"), .preview, .assign,
    .judge, .setStatus, .comment, .tag,
  ]

  let id: TenantID
  private(set) var request = 0
  var list: IncidentList

  var tenant: TenantID? { id }

  static func screen(for target: Target, known: IncidentSummary?, in state: SharedState) -> TenantIncidentsScreen? {
    guard target.incident == nil else { return nil }
    return TenantIncidentsScreen(
      id: target.tenant, list: IncidentList(directory: state.directory, includesClosed: true, now: state.now))
  }

  func shows(_ target: Target) -> Bool { target == Target(tenant: id) }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    [SafeText(state.directory.name(of: id))]
  }
  var scopeCrumbs: [SafeText] { ["all"] }
  func notes(in state: SharedState) -> ScreenNotes? { list.notes(of: id, in: state) }

  // MARK: What keys act on

  func target(in state: SharedState) -> Target? { list.target }
  func incident(in state: SharedState) -> IncidentSummary? { list.selectedSummary }
  func hasPortalLink(in state: SharedState) -> Bool { list.hasSelectedLink }
  func need(in state: SharedState) -> Need? { list.selectedKey.map(Need.incident) }
  func restsOn(in state: SharedState) -> IncidentKey? { list.isPinned ? list.selectedKey : nil }
  func obstacle(to command: Command, in state: SharedState) -> SafeText? { list.obstacle(to: command) }

  func news(in state: SharedState) -> (count: Int, above: Int) {
    let keys = state.queue.unseen.lazy.map { state.queue.tables.key(state.queue.slots[$0]) }.filter { $0.tenant == id }
    return (keys.count, list.above(Set(keys.compactMap(list.slot))))
  }

  func takesMark(of target: Target) -> Bool { target.incident != nil && target.tenant == id }
  func hasRow(of target: Target, in state: SharedState) -> Bool { list.hasRow(of: target) }
  func incident(_ key: IncidentKey, in state: SharedState) -> IncidentSummary? { list.slot(of: key).map(list.summary) }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    request = state.nextRequest()
    return [.loadTenantIncidents(id, request: request)]
  }

  mutating func shownAgain(in state: inout SharedState) -> [Effect] {
    list.timePassed(to: state.now)
    return []
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    list.follow(command, height: height(layout, in: state))
  }

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    switch event {
    case .ticked(let now) where isShown: list.timePassed(to: now)
    case .incidentsChanged(let summaries):
      let own = summaries.filter { $0.key.tenant == id }
      if !own.isEmpty { list.take(own, areChanges: true, areNews: false) }
    case .tenantIncidentsLoaded(request, id, let summaries):
      list.take(summaries, areChanges: false, completes: true)
    case .tenantIncidentsNotLoaded(request, id, let reason):
      list.loadFailure = reason
      state.message = .cacheFailure(reason)
    case .workContinued: if list.isWorking { list.work() }
    default: break
    }
    return []
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    // While it is filled for the first time its first row is no choice of anybody.
    let isFirstRead =
      list.isFilling || state.syncing.contains(id) && state.tenants[id]?.sync.lastSuccess == nil
    if list.job == nil, !isFirstRead { list.pin() }
    list.settle(height: height(layout, in: state))
  }

  mutating func pin(in state: inout SharedState) { list.pin() }
  func isPinned(in state: SharedState) -> Bool { list.isPinned }
  var isWorking: Bool { list.isWorking }

  // MARK: Order and filter

  var orders: [String] { IncidentList.orders }
  mutating func order(by name: String, in state: inout SharedState) -> Bool { list.order(by: name) }

  func hasFilter(in state: SharedState) -> Bool { !list.filter.isEmpty }
  func prompt(in state: SharedState) -> FilterPrompt? { list.prompt }
  mutating func filter(by text: String, in state: inout SharedState) { list.filter(by: WordFilter(text)) }
  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) { list.restore(prompt) }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] { [id] }
  func canRefresh(in state: SharedState) -> Bool { true }
  func refreshScope(in state: SharedState) -> [TenantID] { [id] }

  /// Asks the store again for what it could not give.
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] {
    guard list.loadFailure != nil else { return effects }
    list.loadFailure = nil
    return [.loadTenantIncidents(id, request: request)] + effects
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {
    list.addTimes(to: &due, height: height(layout, in: state), in: state)
    guard let row = state.tenants[id] else { return }
    due.age(row.sync.lastSuccess)
    due.age(row.sync.error?.at)
    due.age(row.token.lastError?.at)
    due.left(row.token.expiresAt)
  }

  // MARK: Its picture

  private func height(_ layout: FrameLayout, in state: SharedState) -> Int {
    max(layout.listHeight - tenantHead(id, state, width: layout.mainWidth).count, 0)
  }

  func headHeight(_ layout: FrameLayout, in state: SharedState) -> Int {
    tenantHead(id, state, width: layout.mainWidth).count + 1
  }

  func viewport(in state: SharedState) -> Viewport? { list.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    let head = tenantHeadLines(id, state, width: layout.mainWidth)
    let height = max(layout.listHeight - head.count, 0)
    return head
      + incidentLines(state, list, of: id, .incidents(number: request), layout, height: height, cache: &cache)
  }

  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line] {
    guard let incident = list.selectedSummary else { return [] }
    return incidentPreview(state, incident, leavesWhenClosed: false, layout, &kept)
  }
}
