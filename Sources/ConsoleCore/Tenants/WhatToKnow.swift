import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The one thing to know of a tenant, for a row and for people.
struct TenantAdvice: Hashable, Sendable {
  /// A few words for the row.
  var words: SafeText
  /// The same for a narrow row, or where the age stands beside it; `nil` where it cannot be said shorter.
  var short: SafeText?
  /// The same without an age, for a sentence about what just happened; `nil` where none is told.
  var bare: SafeText?
  var style: Style
  /// The next step as a sentence without its full stop; empty if there is none.
  var next: SafeText
}

/// - Parameter mayChange: whether the tenant's incidents are changed at all; one that is only read is told otherwise.
func whatToKnow(
  _ row: TenantOverview, now: Date, staleAfter: TimeInterval, mayChange: Bool = true
) -> TenantAdvice {
  func advice(_ words: SafeText, short: SafeText? = nil, _ style: Style, next: String = "") -> TenantAdvice {
    TenantAdvice(
      words: words, short: short, style: style, next: SafeText(next.hasSuffix(".") ? String(next.dropLast()) : next))
  }
  /// What went wrong, with its age: it may be mended by now.
  func aged(_ words: SafeText, _ style: Style, _ problem: Problem?, or next: String) -> TenantAdvice {
    let age = problem?.at.map { Age(since: $0, at: now) }
    var told = advice(
      words + (age.map { ", \($0.ago)" } ?? .empty), short: words + (age.map { ", \($0.words)" } ?? .empty), style,
      next: problem?.nextAction ?? next)
    told.bare = words
    return told
  }
  if row.tenant.isExcluded { return advice("excluded", Theme.quiet) }
  if let need = row.signInNeed {
    let next = need == .more ? "I on its consent page (c) signs in to it" : "I signs in, once for all"
    return advice(
      need == .nobody ? "sign in" : need == .more ? "asks for more: sign in" : "sign in again", Theme.failure,
      next: next)
  }
  if row.access.state.keepsOut {
    let next = row.access.error?.nextAction ?? row.access.state.nextAction
    return advice(row.access.state.words(row.access, now: now), row.access.state.style, next: next)
  }
  if row.consent.state != .granted, row.consent.state != .unknown {
    let next = row.consent.error?.nextAction ?? row.consent.state.nextAction
    return advice(consentWords(row.consent), Theme.style(row.consent.state), next: next)
  }
  let sync = row.syncState(at: now, staleAfter: staleAfter)
  // When it is asked again says more than that it failed, whatever it was that failed.
  if sync == .failed, let problem = row.sync.error, let until = problem.retryAt, until > now {
    let isEverywhere = Problem.everywhere.contains(problem.cause)
    // Rounded up, as in its summary: before that it may be refused once more.
    let minute = Date(timeIntervalSince1970: (until.timeIntervalSince1970 / 60).rounded(.up) * 60)
    let again = "next try \(clock(minute, on: now))" as SafeText
    return advice(
      (isEverywhere ? "waits, " : "keeps failing, ") + again, short: again, isEverywhere ? Theme.quiet : Theme.warning,
      next: "r tries at once; else it is asked again by itself.")
  }
  switch row.token.state(at: now) {
  case .throttled:
    let until = row.token.parkedUntil.map { "until \(clock($0, on: now))" }
    return advice(
      until.map { "throttled \($0)" } ?? "throttled", short: until.map { SafeText($0) }, Theme.warning,
      next: "Wait: it is asked again by itself.")
  case .refused where row.token.lastError?.cause == "credentialUnreadable":
    return aged("our credential: unreadable", Theme.failure, row.token.lastError, or: "")
  case .refused: return aged("token refused", Theme.failure, row.token.lastError, or: "Check consent.")
  case .failed: return aged("no token: endpoint fails", Theme.warning, row.token.lastError, or: "")
  case .valid, .expiring, .expired, .none, .signInNeeded: break
  }
  // Who cannot be seen comes before what was seen.
  if sync == .failed {
    guard let problem = row.sync.error else { return advice("last read failed", Theme.warning) }
    if problem.cause == "notProvisioned" { return aged("Defender is not set up", Theme.warning, problem, or: "") }
    let code: SafeText = problem.code.map { " \($0)" } ?? .empty
    return aged(spelledOut(problem.cause) + code, Theme.warning, problem, or: "")
  }
  let unassigned = row.counts?.unassignedHigh ?? 0
  if unassigned > 0 {
    // High incidents do not hide that there may be more of them.
    let gap = missingWords(row.sync)
    return advice(
      "\(unassigned) unassigned high" + (gap.map { ", \($0)" } ?? ""),
      short: gap.map { "\(unassigned) high, \($0)" }, Theme.failure,
      next: mayChange
        ? "Open the tenant and claim them."
        : "Its permissions in the configuration allow no changes: tell its own people about them.")
  }
  // What ends within a month does not hide what happens today.
  if row.access.state == .ending {
    let next = row.access.error?.nextAction ?? row.access.state.nextAction
    return advice(row.access.state.words(row.access, now: now), Theme.warning, next: next)
  }
  switch sync {
  case .partial:
    return advice(
      row.sync.leftOut.map(leftOutWords) ?? missingWords(row.sync) ?? "", short: missingWords(row.sync), Theme.warning,
      next: row.sync.leftOut?.nextAction ?? "See the portal for what could not be read.")
  case .never: return advice("not read yet", Theme.quiet, next: "Wait or press r.")
  case .stale where row.sync.isClockUndone(at: now):
    return advice(
      "read ?: the clock was set back", short: "clock was set back", Theme.warning, next: "Press r to read it now.")
  case .stale:
    let age = row.sync.lastSuccess.map { ago($0, now) } ?? "?"
    return advice("read \(age)", Theme.warning, next: "Press r to read it now.")
  case .excluded, .ok, .failed: return advice("", .plain)
  }
}

/// What of the tenant is known to be missing, in a few words; `nil` when nothing is.
func missingWords(_ sync: SyncRecord) -> SafeText? {
  var words: [SafeText] = []
  if let problem = sync.leftOut {
    let names = [LeftOutProduct](problem).map { $0.name ?? "a product" }
    words.append(SafeText("\(names.joined(separator: ", ")) missing"))
  }
  if sync.unreadable > 0 { words.append("\(sync.unreadable) unreadable") }
  return words.isEmpty ? nil : words.joined(separator: ", ")
}

/// Which products did not answer.
func leftOutWords(_ problem: Problem) -> SafeText {
  SafeText([LeftOutProduct](problem).summary ?? "")
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
