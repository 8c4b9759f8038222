import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// All tenants. Their rows, their filter and their cursor are those of the shared state.
struct TenantsScreen: ConsoleScreen {
  static let name: ScreenName = "tenants"
  static let preview = PreviewPlace.besideOrInFront
  static let commands = Set<Command>.moves.union([.open, .sort, .filter])
  static let hints: [Command] = [
    .open, .consent, .back, .filter, .sort, .refresh, .nextNeed, .switchHome, .show("help"), .quit, .preview,
  ]

  static let opener: CommandEntry? = CommandEntry(
    .show(name), "tenants", [], "", .look, "all tenants, on top of what is shown")

  /// How the tenants were looked at below, where they lie on other screens.
  private var below: TenantsState.View?

  static func screen(in state: SharedState) -> TenantsScreen? { TenantsScreen() }
  static func lists(_ target: Target) -> Bool { target.incident == nil }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Tenants"] }
  var scopeCrumbs: [SafeText] { ["all"] }

  func notes(in state: SharedState) -> ScreenNotes? {
    let shown: SafeText = state.tenants.filter.isEmpty ? "" : "\(state.tenants.order.count) of "
    let note: SafeText =
      state.tenants.loadFailure != nil ? "cache not read  " : state.tenants.isLoaded ? "" : "loading… "
    return ScreenNotes(
      list: "\(note)\(shown)\(state.tenants.rows.count) tenants", sort: state.tenants.sort.rawValue,
      filter: state.tenants.filter.text, in: state)
  }

  // MARK: What keys act on

  func target(in state: SharedState) -> Target? { state.tenants.selected.map { Target(tenant: $0) } }
  /// A tenant only if the key for needs led there.
  func need(in state: SharedState) -> Need? {
    state.tenants.selected.map(Need.tenant).flatMap { $0 == state.lastNeed ? $0 : nil }
  }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    switch command {
    case .open: state.tenants.selected == nil ? "There is no tenant to open here." : nil
    case .claim: "Claim an incident: Enter opens the tenant's."
    case .assign: "Assign an incident: Enter opens the tenant's."
    case _ where command.opensForm: "Change an incident: Enter opens the tenant's."
    case .portal: "Open a tenant first: incidents have portal links."
    default: nil
    }
  }

  func takesMark(of target: Target) -> Bool { target.incident == nil }
  func hasRow(of target: Target, in state: SharedState) -> Bool {
    state.tenants.order.contains { state.tenants.rows[$0].id == target.tenant }
  }

  mutating func reveal(_ target: Target, in state: inout SharedState) -> Bool {
    if state.tenants.select(target.tenant) { return true }
    state.tenants.filter(by: .none)
    return state.tenants.select(target.tenant)
  }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    below = state.tenants.view
    state.tenants.showAll()
    return []
  }

  mutating func closed(in state: inout SharedState) {
    if let below { state.tenants.show(below) }
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion): state.tenants.move(motion, height: layout.listHeight)
    case .open: return state.tenants.selected.map { .open(Target(tenant: $0)) } ?? .done
    case .sort: state.tenants.sort(by: state.tenants.sort.next)
    default: return nil
    }
    return .done
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    state.tenants.viewport.settle(count: state.tenants.order.count, height: layout.listHeight)
    guard state.directory.hasDeadlines, state.queue.isLoaded else { return }
    for row in state.tenants.visible(height: layout.listHeight) { state.queue.findFirstDeadline(of: row.id) }
  }

  mutating func pin(in state: inout SharedState) { state.tenants.pin() }

  // MARK: Order and filter

  var orders: [String] { TenantSort.allCases.map(\.rawValue) }

  mutating func order(by name: String, in state: inout SharedState) -> Bool {
    guard let order = TenantSort.allCases.first(where: { $0.rawValue == name }) else { return false }
    state.tenants.sort(by: order)
    return true
  }

  func hasFilter(in state: SharedState) -> Bool { !state.tenants.filter.isEmpty }

  func prompt(in state: SharedState) -> FilterPrompt? {
    FilterPrompt(kept: state.tenants.filter.text, state.tenants.viewport, target(in: state))
  }

  mutating func filter(by text: String, in state: inout SharedState) { state.tenants.filter(by: WordFilter(text)) }

  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) {
    state.tenants.filter(by: WordFilter(prompt.before))
    if let target = prompt.target { _ = state.tenants.select(target.tenant, line: prompt.line) }
  }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] {
    state.tenants.visible(height: layout.listHeight).filter { !$0.tenant.isExcluded }.map(\.id)
  }

  func canRefresh(in state: SharedState) -> Bool {
    state.tenants.order.contains { !state.tenants.rows[$0].tenant.isExcluded }
  }

  func refreshScope(in state: SharedState) -> [TenantID] {
    state.tenants.order.map { state.tenants.rows[$0] }.filter { !$0.tenant.isExcluded }.map(\.id)
  }

  /// Asks the store again for what it could not give.
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] {
    guard state.tenants.loadFailure != nil else { return effects }
    state.tenants.loadFailure = nil
    return [.loadTenants] + effects
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {
    for row in state.tenants.visible(height: layout.listHeight) where !row.tenant.isExcluded {
      due.age(row.sync.lastSuccess)
      due.age(row.sync.error?.at)
      due.age(row.token.lastError?.at)
      due.age(row.counts?.oldest?.date)
      due.left(row.token.parkedUntil)
      due.left(row.token.expiresAt)
    }
  }

  // MARK: Its picture

  func headHeight(_ layout: FrameLayout, in state: SharedState) -> Int { 1 }
  func viewport(in state: SharedState) -> Viewport? { state.tenants.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    tenantLines(state, layout, cache: &cache)
  }

  func side(_ layout: FrameLayout, in state: SharedState, kept: inout KeptLines) -> [Line] {
    tenantPreview(state, layout, &kept)
  }
}
