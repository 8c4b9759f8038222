import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The open incidents of all tenants. Its rows, its filter and its cursor are the queue's in the shared state.
struct QueueScreen: ConsoleScreen {
  static let name: ScreenName = "queue"
  static let preview = PreviewPlace.besideOrInFront
  static let commands = IncidentList.commands
  static let hints: [Command] = [
    .open, .back, .claim, .portal, .filter, .sort, .refresh, .switchHome, .show("help"), .quit, .preview, .assign,
    .judge, .setStatus, .comment, .tag,
  ]

  static let opener: CommandEntry? = CommandEntry(
    .show(name), "queue", [], "", .look, "the open incidents of all tenants, on top of what is shown")

  /// How the queue was looked at below, where it lies on other screens.
  private var below: IncidentList.View?

  static func screen(in state: SharedState) -> QueueScreen? { QueueScreen() }
  static func lists(_ target: Target) -> Bool { target.incident != nil }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Queue"] }
  var scopeCrumbs: [SafeText] { ["all tenants", "open"] }
  func notes(in state: SharedState) -> ScreenNotes? { state.queue.notes(of: nil, in: state) }
  func hintWord(for command: Command) -> SafeText? { command == .switchHome ? "tenants" : nil }

  // MARK: What keys act on

  func target(in state: SharedState) -> Target? { state.queue.target }
  func incident(in state: SharedState) -> IncidentSummary? { state.queue.selectedSummary }
  func hasPortalLink(in state: SharedState) -> Bool { state.queue.hasSelectedLink }
  func restsOn(in state: SharedState) -> IncidentKey? { state.queue.isPinned ? state.queue.selectedKey : nil }
  func obstacle(to command: Command, in state: SharedState) -> SafeText? { state.queue.obstacle(to: command) }

  func need(in state: SharedState) -> Need? {
    // Why a write was refused stands on the page: whoever is on its row is not there yet.
    state.queue.selectedKey.flatMap { state.writes.mark(for: $0) == .refused ? nil : .incident($0) }
  }

  func news(in state: SharedState) -> (count: Int, above: Int) {
    (state.queue.unseen.count, state.queue.above(state.queue.unseen))
  }

  func takesMark(of target: Target) -> Bool { target.incident != nil }
  func hasRow(of target: Target, in state: SharedState) -> Bool { state.queue.hasRow(of: target) }

  mutating func reveal(_ target: Target, in state: inout SharedState) -> Bool {
    guard let key = target.key else { return false }
    if state.queue.select(key) { return true }
    if state.queue.filter.isEmpty { return false }
    state.queue.filter(by: .none)
    return state.queue.select(key)
  }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    below = state.queue.view
    state.queue.showAll()
    return []
  }

  mutating func closed(in state: inout SharedState) {
    if let below { state.queue.show(below) }
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    state.queue.follow(command, height: layout.listHeight)
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    // While it is filled for the first time its first row is no choice of anybody.
    let isFirstRead = state.queue.isFilling || state.progress.isUnderWay && state.tenants.coverage[.never] > 0
    if state.queue.job == nil, !isFirstRead { state.queue.pin() }
    state.queue.settle(height: layout.listHeight)
  }

  mutating func pin(in state: inout SharedState) { state.queue.pin() }
  func isPinned(in state: SharedState) -> Bool { state.queue.isPinned }

  // MARK: Order and filter

  var orders: [String] { IncidentList.orders }
  mutating func order(by name: String, in state: inout SharedState) -> Bool { state.queue.order(by: name) }

  func hasFilter(in state: SharedState) -> Bool { !state.queue.filter.isEmpty }
  func prompt(in state: SharedState) -> FilterPrompt? { state.queue.prompt }
  mutating func filter(by text: String, in state: inout SharedState) { state.queue.filter(by: WordFilter(text)) }
  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) { state.queue.restore(prompt) }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] {
    state.queue.tenantsOnScreen(height: layout.listHeight)
  }

  func canRefresh(in state: SharedState) -> Bool { state.tenants.rows.contains { !$0.tenant.isExcluded } }

  func refreshScope(in state: SharedState) -> [TenantID] {
    state.tenants.rows.filter { !$0.tenant.isExcluded }.map(\.id)
  }

  /// Asks the store again for what it could not give.
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] {
    guard state.queue.loadFailure != nil else { return effects }
    state.queue.loadFailure = nil
    return [.loadQueue] + effects
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {
    state.queue.addTimes(to: &due, height: layout.listHeight, in: state)
  }

  // MARK: Its picture

  func headHeight(_ layout: FrameLayout, in state: SharedState) -> Int { 1 }
  func viewport(in state: SharedState) -> Viewport? { state.queue.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    incidentLines(
      state, state.queue, of: nil, .incidents(number: 0), layout, height: layout.listHeight, cache: &cache)
  }

  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line] {
    guard let incident = state.queue.selectedSummary else { return [] }
    return incidentPreview(state, incident, leavesWhenClosed: true, layout, &kept)
  }
}
