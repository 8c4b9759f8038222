import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The one thing to know of a tenant, for a row and for people.
struct TenantAdvice: Hashable, Sendable {
  /// A few words for the row.
  var words: SafeText
  var style: Style
  /// The next step as a sentence without its full stop; empty if there is none.
  var next: SafeText
}

func whatToKnow(_ row: TenantOverview, now: Date, staleAfter: TimeInterval) -> TenantAdvice {
  func advice(_ words: SafeText, _ style: Style, next: String = "") -> TenantAdvice {
    TenantAdvice(words: words, style: style, next: SafeText(next.hasSuffix(".") ? String(next.dropLast()) : next))
  }
  if row.tenant.isExcluded { return advice("excluded", Theme.quiet) }
  if row.consent.state != .granted, row.consent.state != .unknown {
    let next = row.consent.error?.nextAction ?? row.consent.state.nextAction
    return advice(consentWords(row.consent), Theme.style(row.consent.state), next: next)
  }
  switch row.token.state(at: now) {
  case .throttled:
    let until = row.token.parkedUntil.map { " to \(clock($0))" } ?? ""
    return advice("throttled\(until)", Theme.warning, next: "Wait: it is asked again by itself.")
  case .signInNeeded: return advice("sign in again", Theme.failure, next: row.token.lastError?.nextAction ?? "")
  case .refused:
    return advice("token refused", Theme.failure, next: row.token.lastError?.nextAction ?? "Check consent.")
  case .failed:
    return advice("no token: endpoint fails", Theme.warning, next: row.token.lastError?.nextAction ?? "")
  case .valid, .expiring, .expired, .none: break
  }
  let sync = row.syncState(at: now, staleAfter: staleAfter)
  // Who cannot be seen comes before what was seen.
  if sync == .failed {
    guard let problem = row.sync.error else { return advice("last read failed", Theme.warning) }
    return advice(
      "\(spelledOut(problem.cause))\(problem.code.map { " \($0)" } ?? "")", Theme.warning, next: problem.nextAction)
  }
  let unassigned = row.counts?.unassignedHigh ?? 0
  if unassigned > 0 {
    return advice("\(unassigned) unassigned high", Theme.failure, next: "Open the tenant and claim them.")
  }
  switch sync {
  case .partial:
    return advice(
      "\(row.sync.unreadable) unreadable", Theme.warning, next: "See the portal for what could not be read.")
  case .never: return advice("not read yet", Theme.quiet, next: "Wait or press r.")
  case .stale:
    return advice("old data", Theme.quiet, next: "Press r to read it now.")
  case .excluded, .ok, .failed: return advice("", .plain)
  }
}

private func consentWords(_ consent: ConsentRecord) -> SafeText {
  switch consent.state {
  case .granted, .unknown: ""
  case .partial:
    consent.missing.first.map { first in
      let others: SafeText = consent.missing.count > 1 ? " +\(consent.missing.count - 1)" : ""
      return roleWords(first) + others
    } ?? "some permissions missing"
  case .missing: "send consent link"
  case .notGranted: "send consent link"
  case .disabled: "ask admin to enable"
  case .blocked: "blocked: ask admin"
  case .unlicensed: "no Defender licence"
  case .tenantNotFound: "check the tenant id"
  case .appProblem: "fix our registration"
  case .credentialProblem: "renew our credential"
  }
}

private func roleWords(_ role: AppRole) -> SafeText {
  let word: SafeText =
    switch role {
    case .hunt: "no hunting: "
    case .readAlerts: "no alerts: "
    case .updateIncidents: "cannot change: "
    case .readIncidents: "no incidents: "
    default: "lacks "
    }
  return word + SafeText(role.rawValue)
}
