import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// Who is signed in, and a sign-in while it is waited for. Whoever leaves it ends nothing.
struct SignInScreen: ConsoleScreen {
  static let name: ScreenName = "signing-in"
  static let commands = Set<Command>.moves.union([.open, .cancel, .signIn, .signInByCode])
  static let hints: [Command] = [
    .cancel, .signIn, .signInByCode, .signOut, .move(.down), .back, .show("help"), .quit,
  ]

  /// What it was opened for.
  private let target: TenantID?
  private let byCode: Bool
  private var document = Document()

  static func screen(of command: Command, for tenants: [TenantID], in state: SharedState) -> SignInScreen? {
    guard [.signIn, .signInByCode].contains(command), tenants.count < 2 else { return nil }
    return SignInScreen(target: tenants.first, byCode: command == .signInByCode)
  }

  private init(target: TenantID?, byCode: Bool) {
    self.target = target
    self.byCode = byCode
  }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] { ["Sign-in"] }

  func obstacle(to command: Command, in state: SharedState) -> SafeText? {
    switch command {
    case .open: "Nothing here opens: I signs in, X cancels."
    case .cancel: state.access.signIn == nil ? "No sign-in is waited for." : nil
    case .signIn, .signInByCode: state.obstacleToSigningIn ?? state.signInUnderWay
    default: nil
    }
  }

  mutating func opened(in state: inout SharedState) -> [Effect] { state.signIn(to: target, byCode: byCode) }

  mutating func follow(_ command: Command, _ layout: FrameLayout, in state: inout SharedState) -> Step? {
    switch command {
    case .move(let motion): document.move(motion, height: layout.bodyHeight)
    case .cancel: return Step(effects: state.cancelSignIn())
    case .signIn: return Step(effects: state.signIn(to: target, byCode: false))
    case .signInByCode: return Step(effects: state.signIn(to: target, byCode: true))
    default: return nil
    }
    return .done
  }

  mutating func settle(_ layout: FrameLayout, in state: inout SharedState) {
    document.arrange(rows(layout, in: state), height: layout.bodyHeight)
  }

  func addTimes(to due: inout Due, _ layout: FrameLayout, in state: SharedState) { state.addAccessTimes(to: &due) }

  // MARK: Its picture

  func viewport(in state: SharedState) -> Viewport? { document.viewport }

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    documentLines(document, layout, width: layout.size.columns, isASCII: state.isASCII)
  }

  private func rows(_ layout: FrameLayout, in state: SharedState) -> [DocumentRow] {
    let columns = layout.size.columns
    var page = DocumentRows(width: min(columns, 110), windowWidth: columns)
    if let run = state.access.signIn {
      add(run, state, to: &page)
    } else if let failed = state.access.signInFailure {
      page.text(
        "✖ Not signed in, \(clock(failed.at, on: state.now)): \(SafeText(failed.error.summary)).", Theme.failure)
      page.text(SafeText(failed.error.nextAction))
      let details = problemDetails(failed.error.problem)
      for (label, value) in details where label != "who acts" { page.text(label + " " + value, Theme.quiet) }
      page.text("I tries it again.", Theme.strong)
    }
    page.section("Who is signed in")
    if state.access.standings.isEmpty { page.text("Nobody.", Theme.quiet) }
    for standing in state.access.standings {
      page.text("● " + SafeText(standing.account), Theme.good)
      let home: SafeText = standing.tenant == state.settings.configuration.app.homeTenant ? "home, " : ""
      page.fact("at", home + SafeText(state.directory.name(of: standing.tenant)))
      page.fact("since", "\(ago(standing.signedInAt, state.now)) (\(clock(standing.signedInAt, on: state.now)))")
      page.fact("rests", standing.rest, standing.reason == nil ? .plain : Theme.warning)
    }
    let people = state.settings.configuration.tenants.filter { $0.context == .user }
    let waiting = state.tenants.rows.count { row in
      !row.tenant.isExcluded && row.signInNeed != nil && state.isWaitingStill(row.id)
    }
    page.blank()
    page.text("People act in \(counted(people.count, "tenant")); \(waiting) of them wait for a sign-in.", Theme.quiet)
    if !state.access.standings.isEmpty { page.text(":sign-out forgets it, here and where it rests.", Theme.quiet) }
    return page.rows
  }

  private func add(_ run: SignInRun, _ state: SharedState, to page: inout DocumentRows) {
    let waited = Age(seconds: state.now.timeIntervalSince(run.begun))
    let time: SafeText = waited.words == "now" ? "up to 10 m" : "\(waited.words) of 10 m"
    let place = state.place(of: run.tenant)
    switch run.stage {
    case .beginning: page.text("⟳ A sign-in \(place) is being prepared.", Theme.accent)
    case .link(let link):
      page.text("⟳ Waiting for the sign-in \(place): \(time).", Theme.accent)
      page.text(link.words, link.openedBy == nil ? Theme.warning : Theme.quiet)
      page.link(link.url)
    case .code(let code, let address, let until):
      let left = until.timeIntervalSince(state.now)
      let end: SafeText = left > 0 ? "good for \(Age(seconds: left).text)" : "run out"
      page.text("⟳ Waiting for the sign-in \(place), \(end).", Theme.accent)
      page.text("Open this page on any device, and type the code there:")
      page.link(address)
      page.blank()
      page.text(SafeText(beginningOf: code, limit: 80), Theme.strong)
      page.blank()
      page.text(
        "Only type a code that you asked for yourself, a moment ago: with one that somebody sends you, you sign them in as you.",
        Theme.warning)
    }
    page.text("X cancels. Whoever leaves this page goes on waiting.", Theme.strong)
  }
}

extension SharedState {
  /// When what is told of waiting reads differently.
  func addAccessTimes(to due: inout Due) {
    due.age(access.consent?.begun)
    due.age(access.signIn?.begun)
    if case .code(_, _, let until) = access.signIn?.stage { due.left(until) }
  }
}
