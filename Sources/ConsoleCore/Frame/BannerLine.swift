import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What is amiss for all tenants at once, and what helps.
struct Banner: Hashable, Sendable {
  var isFailure: Bool
  var text: SafeText

  fileprivate init(_ warning: CredentialWarning) {
    isFailure = warning.isFailure
    text = SafeText(warning.summary) + ": " + SafeText(warning.nextAction)
  }

  /// One sign-in for all that wait for it.
  fileprivate init(_ need: SignInNeed, tenants: Int) {
    isFailure = true
    let wait: SafeText = tenants == 1 ? "1 tenant waits" : "\(tenants) tenants wait"
    text =
      need == .ended
      ? "The sign-in is not accepted any more, \(wait): I signs in again."
      : "Nobody is signed in, \(wait): I signs in."
  }
}

extension Banner {
  /// One for all tenants that wait for the same host.
  fileprivate init(_ common: Problem, tenants: Int) {
    isFailure = common.cause != "appThrottled"
    let wait: SafeText = tenants == 1 ? "1 tenant waits" : "\(tenants) tenants wait"
    let next: SafeText = isFailure ? "r tries at once" : "what you ask for goes once a second"
    text = SafeText(common.summary ?? common.cause) + "; \(wait), \(next)."
  }
}

extension SharedState {
  /// The most pressing first.
  var banners: [Banner] {
    let common = isCommonProblemLately ? tenants.commonProblem : nil
    let credentials =
      credentialWarnings.map(Banner.init)
      + (common.map { [Banner($0, tenants: tenants.behindCommonProblem)] } ?? [])
    let waiting = tenants.awaitingSignIn.filter(isWaitingStill)
    guard let first = waiting.first, access.signIn == nil else { return credentials }
    return [Banner(tenants[first]?.signInNeed ?? .nobody, tenants: waiting.count)] + credentials
  }

  /// Whether there is one: it is asked for at every key.
  var hasBanner: Bool {
    access.signIn == nil && tenants.awaitingSignIn.contains(where: isWaitingStill) || !credentialWarnings.isEmpty
      || isCommonProblemLately
  }

  /// Whether many tenants wait for the same, or did a minute ago: so long the one that is asked for all may take.
  private var isCommonProblemLately: Bool {
    tenants.commonProblem.map { ($0.retryAt ?? .distantPast).addingTimeInterval(60) > now } ?? false
  }

  /// Whether nobody signed in since the tenant asked for it: after that it is only a matter of reading it again.
  func isWaitingStill(_ tenant: TenantID) -> Bool {
    guard let newest = access.standings.lazy.map(\.signedInAt).max(), let row = tenants[tenant] else { return true }
    return [row.token.lastError?.at, row.access.error?.at].lazy.compactMap(\.self).max().map { $0 > newest } ?? false
  }
}

func bannerLine(_ state: SharedState, _ layout: FrameLayout, _ kept: inout KeptLines) -> Line {
  let banners = state.banners
  let writing = written(layout.size.columns, isASCII: state.isASCII) { pen in
    guard let first = banners.first else { return }
    let style = (first.isFailure ? Theme.failure : Theme.warning).adding(.bold)
    let more: SafeText = banners.count > 1 ? SafeText("  +\(banners.count - 1) more") : .empty
    pen.skip(1)
    pen.add(first.isFailure ? "✖ " : "◐ ", style)
    let room = max(pen.remaining - more.columns - 1, 1)
    pen.add(first.text.clipped(to: room), style)
    pen.add(more, style)
  }
  return kept.line(.banner, writing)
}
