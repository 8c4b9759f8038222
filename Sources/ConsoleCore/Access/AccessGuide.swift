import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What is amiss in a tenant, who acts, and the next step with what the console does for it.
struct AccessGuide: Hashable, Sendable {
  enum Act: Hashable, Sendable {
    case requestConsent
    /// `nil`: at the home tenant.
    case signIn(TenantID?)
    case check
  }

  var happened: SafeText
  var style: Style
  var glyph: SafeText
  var whoActs: WhoActs?
  var next: SafeText
  var act: Act?

  init(_ row: TenantOverview, in state: borrowing SharedState) {
    if row.tenant.isExcluded {
      self.init(nothing: "Excluded in the configuration: it is never asked.", Theme.quiet, "–")
      return
    }
    if let need = row.signInNeed {
      self.init(need, of: row)
    } else if row.access.state.keepsOut {
      self.init(row.access)
    } else if row.consent.state != .granted {
      self.init(row.consent)
    } else if let problem = row.token.lastError, row.token.trouble != nil {
      self.init(problem, Theme.warning)
    } else if row.access.state == .ending {
      self.init(row.access)
    } else {
      self.init(nothing: "Consent is granted, and we may act here.", Theme.good, "●")
    }
  }

  /// Nothing to do.
  private init(nothing happened: SafeText, _ style: Style, _ glyph: SafeText) {
    (self.happened, self.style, self.glyph, next) = (happened, style, glyph, "")
  }

  private init(_ need: SignInNeed, of row: TenantOverview) {
    glyph = "✖"
    style = Theme.failure
    whoActs = .partner
    switch need {
    case .nobody:
      happened = "Nobody is signed in, and people act in this tenant."
      next = "Sign in, once for all tenants that people act in."
      act = .signIn(row.signInPlace)
    case .ended:
      happened = "The sign-in is not accepted any more."
      next = "Sign in again, once for all tenants that people act in."
      act = .signIn(row.signInPlace)
    case .more:
      let summary = row.token.lastError?.summary ?? row.access.error?.summary
      happened = "The tenant asks for more than the sign-in gave\(summary.map { ": \($0)" } ?? "")."
      next = "Sign in to this tenant, with what it asks for."
      act = .signIn(row.signInPlace)
    }
  }

  private init(_ access: AccessRecord) {
    let state = access.state
    happened = sentence(access.error?.summary ?? state.summary)
    (style, glyph) = (state.style, state.glyph)
    whoActs = access.error?.whoActs ?? state.whoActs
    switch state {
    case .notConsented:
      next = "They open the consent page and accept; a fresh token proves it."
      act = .requestConsent
    case .signInNeeded:
      next = "Sign in, once for all tenants that people act in."
      act = .signIn(nil)
    default:
      next = SafeText(access.error?.nextAction ?? state.nextAction)
      act = .check
    }
  }

  private init(_ consent: ConsentRecord) {
    let state = consent.state
    happened = sentence(consent.error?.summary ?? state.summary)
    (style, glyph) = (Theme.style(state), Theme.glyph(state))
    whoActs = consent.error?.whoActs ?? state.whoActs
    switch state {
    case .partial, .missing, .notGranted:
      next = "They open the consent page and accept; a fresh token proves it."
      act = .requestConsent
    case .unknown:
      next = "Ask for a fresh token: it tells."
      act = .check
    default:
      next = SafeText(consent.error?.nextAction ?? state.nextAction)
      act = .check
    }
  }

  private init(_ problem: Problem, _ style: Style) {
    happened = sentence(problem.summary ?? problem.cause)
    (self.style, glyph) = (style, "◌")
    whoActs = problem.whoActs
    next = SafeText(problem.nextAction)
    act = .check
  }
}

/// A clause as a sentence.
private func sentence(_ clause: String) -> SafeText {
  SafeText(clause.prefix(1).uppercased() + clause.dropFirst() + (clause.hasSuffix(".") ? "" : "."))
}

extension AccessGuide.Act {
  /// What Enter does.
  var words: SafeText {
    switch self {
    case .requestConsent: "requests consent: opens the page, and waits for the answer"
    case .signIn(nil): "signs in"
    case .signIn: "signs in to this tenant"
    case .check: "checks again: asks for a fresh token"
    }
  }
}

extension DocumentRows {
  /// The lines on how a request for consent goes on.
  mutating func add(_ run: ConsentRun, _ state: borrowing SharedState) {
    let waited = Age(seconds: state.now.timeIntervalSince(run.begun))
    let limit = Int(ConsentRun.limit / 60)
    switch run.stage {
    case .beginning: wideText("⟳ The page for their admin is being opened.", Theme.accent)
    case .waiting:
      let time: SafeText = waited.words == "now" ? "up to \(limit) m" : "\(waited.words) of \(limit) m"
      wideText("⟳ Waiting for their admin's answer: \(time).", Theme.accent)
    case .asking: wideText("⟳ The page was answered: a fresh token is asked for, which alone proves it.", Theme.accent)
    case .lagging(let until):
      wideText(
        "⟳ The grant does not show yet, which can take minutes: a token is asked for again at \(clockSeconds(until)).",
        Theme.warning)
    }
    if let link = run.link {
      if run.stage == .waiting { wideText(link.words, link.openedBy == nil ? Theme.warning : Theme.quiet) }
      self.link(link.url)
    }
    wideText("X cancels. Whoever leaves this page goes on waiting.", .plain, item: .step)
  }

  /// The lines on how the last request ended.
  mutating func add(_ ended: ConsentEnded, _ state: borrowing SharedState) {
    let words: SafeText = "Last request, \(clock(ended.at, on: state.now)): \(SafeText(ended.end.summary))."
    wideText(words, ended.end.level == .information ? .plain : style(ended.end.level))
    if ended.end != .granted { wideText(SafeText(ended.end.nextAction)) }
  }

  /// What is amiss, who acts, and the step.
  mutating func add(_ guide: AccessGuide) {
    wideText(guide.glyph + " " + guide.happened, guide.style)
    if !guide.next.isEmpty {
      let who: SafeText =
        guide.whoActs.map {
          $0 == .partner ? "You act. " : $0 == .customer ? "Their admin acts. " : "\($0.words) acts. "
        } ?? ""
      wideText(who + guide.next)
    }
    if let act = guide.act { wideText("Enter " + act.words, Theme.strong, item: .step) }
  }
}

extension ConsentRun {
  /// Seconds for which an answer is waited for.
  static let limit: TimeInterval = 600
}

/// The time of day to the second, in Z.
func clockSeconds(_ moment: Date) -> SafeText {
  SafeText("\(Timestamp(moment).description.dropFirst(11).prefix(8))Z")
}
