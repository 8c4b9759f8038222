import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What a tenant lets us do: its consent, its token, and whether people of ours may act there, with what mends each.
struct TenantAccessScreen: ConsoleScreen {
  static let name: ScreenName = "tenant-access"
  static let commands = Set<Command>.moves.union([
    .open, .filter, .nextSection, .previousSection, .findNext, .findPrevious, .requestConsent, .cancel, .signIn,
  ])
  static let hints: [Command] = [
    .open, .cancel, .refresh, .nextSection, .openTenant, .filter, .back, .show("help"), .quit,
  ]

  let id: TenantID
  private var document = Document()
  private var history = ConsentHistory()
  /// The number of the request for the history.
  private var request = 0
  /// The newest change when the history was asked for.
  private var historyOf: Date?
  /// When its consent changed, where nobody had looked at that before.
  private var drift: Date?
  /// For an admin who sits somewhere else, with the number of the request for it.
  private var link: String?
  private var linkRequest = 0

  static func screen(of command: Command, for tenants: [TenantID], in state: SharedState) -> TenantAccessScreen? {
    command == .consent && tenants.count == 1 ? TenantAccessScreen(id: tenants[0]) : nil
  }

  private init(id: TenantID) { self.id = id }

  var tenant: TenantID? { id }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    tenant == id ? ["consent"] : [SafeText(state.directory.name(of: id)), "consent"]
  }

  func hintWord(for command: Command) -> SafeText? {
    switch command {
    case .open: document.item == .step ? "do it" : "more"
    case .filter: "find"
    case .refresh: "check"
    case .openTenant: "incidents"
    default: nil
    }
  }

  // MARK: What keys act on

  func target(in state: SharedState) -> Target? { Target(tenant: id) }
  func need(in state: SharedState) -> Need? { Need.tenant(id) == state.lastNeed ? state.lastNeed : nil }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    switch command {
    case .consent: "It is what is shown."
    case .open where document.item == .step && state.access.consent?.tenant == id: "It is waited for: X cancels it."
    case .open: document.item == nil ? "Put the cursor on a permission, a change or a failure to see more of it." : nil
    case .requestConsent: state.obstacleToRequestingConsent(of: id)
    case .cancel: state.access.consent?.tenant == id ? nil : "Nothing is waited for here."
    case .signIn: state.obstacleToSigningIn
    case .refresh: state.obstacleToCheckingConsent([id])
    case .findNext, .findPrevious: document.search.isEmpty ? "/ looks for something on this page first." : nil
    case .claim: "Claim an incident: T opens the tenant's."
    case .assign: "Assign an incident: T opens the tenant's."
    case _ where command.opensForm: "Change an incident: T opens the tenant's."
    case .portal: "Open an incident first: T opens the tenant's."
    default: nil
    }
  }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    linkRequest = state.nextRequest()
    return lookAtDrift(in: state) + [.makeConsentLinks([id], request: linkRequest)] + loadHistory(in: &state)
  }

  mutating func shownAgain(in state: inout SharedState) -> [Effect] { lookAtDrift(in: state) }

  private mutating func loadHistory(in state: inout SharedState) -> [Effect] {
    request = state.nextRequest()
    historyOf = state.tenants[id]?.drift.changedAt
    return [.loadConsentHistory(id, request: request)]
  }

  /// Whoever sees the page has seen what changed.
  private mutating func lookAtDrift(in state: SharedState) -> [Effect] {
    guard let news = state.tenants[id]?.drift, news.isUnseen, news.changedAt != drift else { return [] }
    drift = news.changedAt
    return [.noteConsentSeen([id])]
  }

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    switch event {
    case .consentHistoryLoaded(request, id, let changes): history = ConsentHistory(changes: changes, isLoaded: true)
    case .consentHistoryNotLoaded(request, id, let reason): history.failure = reason
    case .consentLinksMade(linkRequest, let links): link = links[id]
    case .tenantsChanged(let rows):
      guard let row = rows.last(where: { $0.id == id }) else { break }
      let seen = isShown ? lookAtDrift(in: state) : []
      // What is on record now is another history.
      return seen + (row.drift.changedAt == historyOf ? [] : loadHistory(in: &state))
    default: break
    }
    return []
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion): document.move(motion, height: layout.bodyHeight)
    case .nextSection, .previousSection:
      document.goToSection(isForward: command == .nextSection, height: layout.bodyHeight)
    case .open where document.item == .step: return takeStep(in: &state)
    case .open: document.toggle()
    case .requestConsent:
      document.begin()
      return Step(effects: state.requestConsent(of: id))
    case .cancel: return Step(effects: state.cancelConsent())
    case .signIn: return signIn(to: state.tenants[id]?.signInPlace)
    case .findNext, .findPrevious: state.findAgain(in: &document, isForward: command == .findNext)
    default: return nil
    }
    return .done
  }

  private mutating func takeStep(in state: inout SharedState) -> Step {
    guard let row = state.tenants[id] else { return .done }
    let act = AccessGuide(row, in: state).act
    let obstacle: SafeText? =
      switch act {
      case .requestConsent: state.obstacleToRequestingConsent(of: id)
      case .signIn: state.obstacleToSigningIn
      case .check: state.obstacleToCheckingConsent([id])
      case nil: nil
      }
    if let obstacle {
      state.message = .information(obstacle)
      return .done
    }
    switch act {
    case .requestConsent: return Step(effects: state.requestConsent(of: id))
    case .signIn(let tenant): return signIn(to: tenant)
    case .check: return Step(effects: state.checkConsent([id]))
    case nil: return .done
    }
  }

  private func signIn(to tenant: TenantID?) -> Step {
    Step(passage: .screen(of: .signIn, tenant.map { [$0] } ?? []))
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    document.arrange(rows(layout, in: state), height: layout.bodyHeight)
  }

  private func rows(_ layout: FrameLayout, in state: SharedState) -> [DocumentRow] {
    guard let row = state.tenants[id] else {
      var page = DocumentRows(width: layout.size.columns, windowWidth: layout.size.columns)
      page.text("This tenant is not in the configuration any more. Esc goes back.", Theme.warning)
      return page.rows
    }
    var rows = TenantAccessRows(
      row, state, width: Self.width(layout), expanded: document.expanded, history: history, drift: drift,
      link: link)
    return rows.rows()
  }

  // MARK: Finding, by the prompt that filters lists

  func prompt(in state: SharedState) -> FilterPrompt? { FilterPrompt(kept: document.search, document.viewport) }
  mutating func filter(by text: String, in state: inout SharedState) { state.find(text, in: &document) }
  mutating func restore(_ prompt: FilterPrompt, in state: inout SharedState) { state.restore(prompt, in: &document) }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] {
    state.tenants[id].map { $0.tenant.isExcluded ? [] : [id] } ?? []
  }
  func canRefresh(in state: SharedState) -> Bool { true }
  func refreshScope(in state: SharedState) -> [TenantID] { [id] }

  /// The refresh key asks for a fresh token, which tells more of all this than reading incidents.
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] {
    let asked = state.checkConsent([id])
    return history.failure == nil ? asked : asked + loadHistory(in: &state)
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {
    due.age(drift)
    state.addAccessTimes(to: &due)
    guard let row = state.tenants[id] else { return }
    for moment in [row.consent.checkedAt, row.token.lastError?.at, row.token.facts?.issuedAt, row.access.checkedAt] {
      due.age(moment)
    }
    due.age(row.consent.error?.at)
    due.left(row.token.expiresAt)
    due.left(row.token.parkedUntil)
  }

  // MARK: Its picture

  /// Columns of the document where something is told beside it.
  private static func width(_ layout: FrameLayout) -> Int {
    layout.size.columns >= FrameLayout.previewColumns ? layout.size.columns * 2 / 3 : layout.size.columns
  }

  func viewport(in state: SharedState) -> Viewport? { document.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    let width = Self.width(layout)
    var side: [Line] = []
    if width < layout.size.columns, let row = state.tenants[id] {
      side = tenantAccessSide(
        row, document.item, history, state, width: layout.size.columns - width - FrameLayout.dividerWidth)
    }
    return documentLines(document, layout, width: width, side: side, isASCII: state.isASCII)
  }
}
