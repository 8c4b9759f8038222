import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The consent of several marked tenants: asking for fresh tokens in all of them, their links, and requesting it of one
/// after the other.
struct ConsentRoundScreen: ConsoleScreen {
  static let name: ScreenName = "consent-round"
  static let commands = Set<Command>.moves.union([.open, .nextSection, .previousSection, .requestConsent, .cancel])
  static let hints: [Command] = [
    .open, .cancel, .refresh, .requestConsent, .nextSection, .back, .show("help"), .quit,
  ]

  let tenants: [TenantID]
  private var document = Document()
  /// When it was opened: requests that ended before are none of this round.
  private var begun: Date?
  /// The last check of all of them, as it came out.
  private var summary: SafeText?
  private var check: ConsentChecks?
  /// The number of the request for the links.
  private var request = 0
  private var links: [TenantID: String]?

  static func screen(of command: Command, for tenants: [TenantID], in state: SharedState) -> ConsentRoundScreen? {
    command == .consent && tenants.count > 1 ? ConsentRoundScreen(tenants: tenants) : nil
  }

  private init(tenants: [TenantID]) { self.tenants = tenants }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    ["consent of \(tenants.count) marked"]
  }

  func hintWord(for command: Command) -> SafeText? {
    switch command {
    case .open: document.item == .step ? "do it" : "open"
    case .refresh: "check all"
    case .requestConsent: "request in turn"
    default: nil
    }
  }

  // MARK: What keys act on

  func target(in state: SharedState) -> Target? {
    if case .tenant(let id) = document.item { Target(tenant: id) } else { nil }
  }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    switch command {
    case .open where document.item == .step && state.access.consent != nil: "It is waited for: X cancels it."
    case .open: document.item == nil ? "Put the cursor on a tenant to open its consent." : nil
    case .requestConsent:
      if let next = next(in: state) {
        state.obstacleToRequestingConsent(of: next)
      } else {
        "None of them is left to be requested: each is granted, was requested, or needs something else first."
      }
    case .cancel:
      state.access.consent.map { tenants.contains($0.tenant) } ?? false ? nil : "Nothing is waited for here."
    case .refresh: state.obstacleToCheckingConsent(tenants)
    case .claim, .assign, .portal: "There is no incident here."
    default: nil
    }
  }

  /// Whose consent is requested next: the first that a request would help and that this round has not asked yet.
  private func next(in state: SharedState) -> TenantID? {
    tenants.first { id in
      guard let row = state.tenants[id], !row.tenant.isExcluded, state.access.consent?.tenant != id else {
        return false
      }
      guard AccessGuide(row, in: state).act == .requestConsent else { return false }
      return !isRequested(id, in: state)
    }
  }

  private func isRequested(_ id: TenantID, in state: SharedState) -> Bool {
    guard let ended = state.access.ends[id], let begun else { return false }
    return ended.at >= begun
  }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    begun = state.now
    request = state.nextRequest()
    return [.makeConsentLinks(tenants, request: request)]
  }

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    if case .consentLinksMade(request, let made) = event { links = made }
    if case .consentChecked(check?.request, _) = event, let check,
      !state.access.checks.contains(where: { $0.request == check.request })
    {
      summary = ConsentSummary(check, in: state).words
      self.check = nil
    }
    return []
  }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion): document.move(motion, height: layout.bodyHeight)
    case .nextSection, .previousSection:
      document.goToSection(isForward: command == .nextSection, height: layout.bodyHeight)
    case .open:
      if case .tenant(let id) = document.item { return Step(passage: .screen(of: .consent, [id])) }
      return requestNext(in: &state)
    case .requestConsent: return requestNext(in: &state)
    case .cancel: return Step(effects: state.cancelConsent())
    default: return nil
    }
    return .done
  }

  private mutating func requestNext(in state: inout SharedState) -> Step {
    if let obstacle = obstacle(to: .requestConsent, in: state) {
      state.message = .information(obstacle)
      return .done
    }
    guard let next = next(in: state) else { return .done }
    document.begin()
    return Step(effects: state.requestConsent(of: next))
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    document.arrange(rows(layout, in: state), height: layout.bodyHeight)
  }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] {
    tenants.filter { state.tenants[$0].map { !$0.tenant.isExcluded } ?? false }
  }
  func canRefresh(in state: SharedState) -> Bool { true }
  func refreshScope(in state: SharedState) -> [TenantID] { tenants }

  /// The refresh key asks for fresh tokens.
  mutating func refresh(asking effects: [Effect], in state: inout SharedState) -> [Effect] {
    let asked = state.checkConsent(tenants)
    check = state.access.checks.last
    summary = nil
    return asked
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) {
    state.addAccessTimes(to: &due)
    for id in tenants { due.age(state.tenants[id]?.consent.checkedAt) }
  }

  // MARK: Its picture

  func viewport(in state: SharedState) -> Viewport? { document.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    documentLines(document, layout, width: layout.size.columns, isASCII: state.isASCII)
  }

  private func rows(_ layout: FrameLayout, in state: SharedState) -> [DocumentRow] {
    let columns = layout.size.columns
    var page = DocumentRows(width: columns, windowWidth: columns)
    addSteps(to: &page, state)
    page.section("Tenants", count: tenants.count)
    let nameWidth = min(max(columns / 3, 16), 32)
    for id in tenants { add(id, nameWidth: nameWidth, to: &page, state) }
    addLinks(to: &page, state)
    return page.rows
  }

  private func addSteps(to page: inout DocumentRows, _ state: SharedState) {
    if let check {
      let left = state.access.checks.first { $0.request == check.request }?.left.count ?? 0
      page.text(
        "⟳ Fresh tokens are being asked for: \(check.tenants.count - left) of \(check.tenants.count).", Theme.accent)
    }
    if let summary { page.text("Checked \(tenants.count): \(summary).", Theme.strong) }
    if let run = state.access.consent {
      let name = state.directory.name(of: run.tenant)
      page.text("\(name): its admin's answer is waited for.", Theme.strong)
      return page.add(run, state)
    }
    guard let next = next(in: state) else {
      return page.text("r asks for a fresh token in each of them. None is left to be requested.", .plain)
    }
    let open = tenants.count { id in
      state.tenants[id].map { AccessGuide($0, in: state).act == .requestConsent } ?? false
        && !isRequested(id, in: state)
    }
    page.text("r asks for a fresh token in each of the \(tenants.count). Their links stand below.")
    let others: SafeText = open > 1 ? ", the first of \(open) that lack it; the others follow one by one" : ""
    page.text("Enter: request the consent of \(state.directory.name(of: next))\(others)", Theme.strong, item: .step)
  }

  private func add(_ id: TenantID, nameWidth: Int, to page: inout DocumentRows, _ state: SharedState) {
    guard let row = state.tenants[id] else {
      return page.text("\(SafeText(id.rawValue)) is not in the configuration any more.", Theme.quiet)
    }
    let required = state.settings.configuration.requiredRoles(for: row.tenant).count
    let consent = Theme.glyph(row.consent.state) + " " + Theme.word(row.consent, required: required)
    let (words, style): (SafeText, Style) =
      if state.access.isChecking(id) {
        ("⟳ a token is asked for", Theme.accent)
      } else if let ended = state.access.ends[id], isRequested(id, in: state) {
        (SafeText(ended.end.summary), ended.end.level == .information ? .plain : ConsoleCore.style(ended.end.level))
      } else {
        (row.consent.checkedAt.map { "checked \(ago($0, state.now))" } ?? "never checked", Theme.quiet)
      }
    page.spans(
      [
        .init(text: SafeText(row.tenant.name), style: .plain, columns: nameWidth),
        .init(text: consent, style: Theme.style(row.consent.state), columns: 14),
        .init(text: words.clipped(to: max(page.width - nameWidth - 16, 8)), style: style),
      ], item: .tenant(id))
  }

  /// The links of all of them, each whole.
  private func addLinks(to page: inout DocumentRows, _ state: SharedState) {
    page.section("Links to send to their admins")
    var hasNone = false
    for id in tenants {
      guard let tenant = state.tenants[id]?.tenant else { continue }
      guard let links, !tenant.isExcluded else { continue }
      guard let link = links[id] else {
        hasNone = true
        continue
      }
      page.text(SafeText(tenant.name), Theme.strong)
      page.link(link)
    }
    if hasNone {
      page.text("No link without consentRedirect in the app's configuration: the service demands one.", Theme.warning)
    }
    page.text("partner-console consent link T… --output csv writes them to a file.", Theme.quiet)
  }
}
