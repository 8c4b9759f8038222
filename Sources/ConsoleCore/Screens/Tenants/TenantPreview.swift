import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// Everything that is known of the tenant under the cursor, in the right third.
func tenantPreview(_ state: SharedState, _ layout: FrameLayout, _ kept: inout KeptLines) -> [Line] {
  guard let row = state.tenants.selectedRow else { return [] }
  var panel = Panel(preview: layout, isASCII: state.isASCII, &kept)
  let tenant = row.tenant
  panel.title(SafeText(tenant.name))
  let advice = whatToKnow(
    row, now: state.now, staleAfter: state.settings.staleAfter,
    mayChange: state.settings.configuration.mayChange(tenant))
  if !advice.words.isEmpty { panel.text(advice.words, advice.style.adding(.bold)) }
  if !advice.next.isEmpty { panel.text(advice.next + ".", .plain) }
  panel.blank()
  panel.fact("domain", tenant.domain.map { SafeText($0) })
  panel.fact("tenant id", SafeText(tenant.id.rawValue))
  panel.fact("groups", tenant.groups.isEmpty ? nil : SafeText(tenant.groups.joined(separator: ", ")))
  panel.fact("contact", tenant.contact.map { SafeText($0) })
  panel.fact("runbook", tenant.runbook.map { SafeText($0) })
  panel.fact("notes", tenant.notes.map { SafeText($0) })
  if !tenant.isExcluded {
    addConsent(row, state, to: &panel)
    addAccess(row, state, to: &panel)
    addCredentials(tenant, state, to: &panel)
    addReading(row, state, to: &panel)
  }
  return panel.end(&kept)
}

private func addConsent(_ row: TenantOverview, _ state: SharedState, to panel: inout Panel) {
  let consent = row.consent
  panel.section("Consent")
  panel.text(Theme.glyph(consent.state) + " " + SafeText(consent.state.summary), Theme.style(consent.state))
  for role in consent.granted { panel.text("+ \(role.rawValue)", Theme.quiet) }
  for role in consent.missing { panel.text("– \(role.rawValue)", Theme.warning) }
  panel.fact("checked", consent.checkedAt.map { ago($0, state.now) } ?? "never")
  addProblem(consent.error, state, to: &panel)
  panel.section("Token")
  let tokenState = row.token.state(at: state.now)
  panel.fact("state", spelledOut(tokenState.rawValue))
  if tokenState == .valid || tokenState == .expiring, let expiry = row.token.expiresAt {
    panel.fact("expires in", Age(seconds: expiry.timeIntervalSince(state.now)).text)
  }
  if let facts = row.token.facts {
    panel.fact("issued", facts.issuedAt.map { ago($0, state.now) })
    panel.fact("audience", facts.audience.map { SafeText($0) })
    panel.fact("scopes", facts.scopes.isEmpty ? nil : SafeText(facts.scopes.joined(separator: " ")))
    panel.fact("got by", facts.credential.map { SafeText($0) })
  }
  if let error = row.token.lastError, error.correlationID != consent.error?.correlationID {
    addProblem(error, state, to: &panel)
  }
}

/// Who acts in the tenant, and what allows it, where that is more than the app's consent.
private func addAccess(_ row: TenantOverview, _ state: SharedState, to panel: inout Panel) {
  let access = row.access
  guard row.tenant.context == .user || !access.relations.isEmpty || access.state.keepsOut || access.state == .ending
  else { return }
  panel.section("Access")
  panel.fact("context", row.tenant.context == .user ? "people sign in" : "we act as the app")
  panel.text(access.state.glyph + " " + SafeText(access.state.summary), access.state.style)
  for relation in access.relations.prefix(3) {
    let end: SafeText =
      relation.endsAt.map { end in
        let left = end.timeIntervalSince(state.now)
        return left > 0 ? ", ends in \(Age(seconds: left).text)" : ", ended \(ago(end, state.now))"
      } ?? ""
    panel.fact("GDAP", "\(SafeText(beginningOf: relation.displayName, limit: 80))\(end)")
    panel.fact("may give", rolesWords(relation.roles))
  }
  addProblem(access.error, state, to: &panel)
}

/// The credentials that act in the tenant, in their order.
private func addCredentials(_ tenant: Tenant, _ state: SharedState, to panel: inout Panel) {
  guard let standings = state.credentials.first(where: { $0.app == tenant.app })?.standings, !standings.isEmpty else {
    return
  }
  panel.section("Credentials")
  for standing in standings {
    let (words, style) = credentialWords(standing, state.now)
    panel.text("\(standing.position)  " + SafeText(standing.label), .plain)
    panel.fact(.empty, words, style)
    if let end = standing.validUntil {
      let isNear = standing.ends(within: CredentialWarning.notice, of: state.now)
      panel.fact(
        .empty, (end <= state.now ? "ended " : "ends ") + SafeText(String(Timestamp(end).description.prefix(10))),
        isNear ? Theme.warning : .plain)
    }
  }
}

private func credentialWords(_ standing: CredentialStanding, _ now: Date) -> (SafeText, Style) {
  switch standing.state {
  case .notTried: ("not tried in this run", Theme.quiet)
  case .served: ("tokens come by it", .plain)
  case .refused(let problem):
    ("refused" + (problem.code.map { " \($0)" } ?? "") + (problem.at.map { ", \(ago($0, now))" } ?? ""), Theme.failure)
  case .unreadable(let reason, _): (SafeText(reason), Theme.failure)
  }
}

private func addReading(_ row: TenantOverview, _ state: SharedState, to panel: inout Panel) {
  panel.section("Incidents")
  if let (mark, words) = countWords(row, state) { panel.text(mark.glyph + " " + words, mark.style) }
  if let counts = row.counts {
    panel.fact("open", "\(counts.open)")
    panel.fact(
      "by severity", "H \(counts.high)  M \(counts.medium)  L \(counts.low)  I \(counts.informational)")
    let isWhole = state.trust(in: row.id)?.isWhole ?? false
    let none: SafeText = isWhole ? "no high one" : "no high one that is known"
    panel.fact("unassigned", counts.unassignedHigh == 0 ? none : "\(counts.unassignedHigh) high")
  } else {
    panel.fact("open", "?")
  }
  panel.fact("read", row.sync.lastSuccess.map { ago($0, state.now) } ?? "never")
  if row.sync.unreadable > 0 { panel.fact("unreadable", "\(row.sync.unreadable) items of the last read") }
  if let leftOut = row.sync.leftOut { panel.fact("missing", leftOutWords(leftOut), Theme.warning) }
  if let alerts = row.sync.alerts { addAlerts(alerts, state, to: &panel) }
  // What kept it from a token stands above.
  let problem = row.sync.problem
  if problem?.correlationID == nil || problem?.correlationID != row.consent.error?.correlationID {
    addProblem(problem, state, to: &panel)
  }
}

/// What the counts of a tenant lack.
private func countWords(_ row: TenantOverview, _ state: SharedState) -> (TrustMark, SafeText)? {
  guard let trust = state.trust(in: row.id), let mark = trust.mark else { return nil }
  switch (mark, trust.readAt.map { ago($0, state.now) }) {
  case (.partial, _): return (mark, "Read in part: there may be more.")
  case (.old, let age?): return (mark, "As they were read \(age): they may be others by now.")
  case (.old, nil): return (mark, "Never read: nothing is known.")
  }
}

private func addProblem(_ problem: Problem?, _ state: SharedState, to panel: inout Panel) {
  guard let problem else { return }
  let age: SafeText = problem.at.map { ", \(ago($0, state.now))" } ?? .empty
  panel.fact("problem", happened(problem) + age)
  panel.fact("who acts", problem.whoActs.map { SafeText($0.words) })
  panel.fact("next", SafeText(problem.nextAction))
  panel.fact("it said", problem.message.map { SafeText($0) })
  panel.whole("correlation", problem.correlationID.map { SafeText($0) })
  panel.whole("request id", problem.requestID.map { SafeText($0) })
  panel.whole("time", problem.at.map { SafeText(Timestamp($0).description) })
}

/// What happened, in a clause, with the service's own word and number.
private func happened(_ problem: Problem) -> SafeText {
  guard let summary = problem.summary else { return reason(problem) }
  let words = [problem.error, problem.code.map(String.init)].compactMap(\.self).map { SafeText(beginningOf: $0) }
  return SafeText(summary) + (words.isEmpty ? .empty : " (\(words.joined(separator: " ")))")
}

/// How long ago something happened by the service's clock: what ours has not reached yet is now.
func happened(_ moment: Timestamp, _ now: Date) -> SafeText { SafeText(Age(seconds: moment.age(at: now)).ago) }

func ago(_ moment: Date, _ now: Date) -> SafeText {
  SafeText(Age(since: moment, at: now).ago)
}

/// How far the tenant's alerts are known, which says nothing of its incidents.
private func addAlerts(_ alerts: AlertSync, _ state: SharedState, to panel: inout Panel) {
  if let problem = alerts.error {
    panel.fact("alerts", "not read: \(reason(problem)); those of an incident come when it is opened", Theme.warning)
    return
  }
  panel.fact("alerts", alerts.lastSuccess.map { "read \(ago($0, state.now))" } ?? "never read")
  if alerts.unreadable > 0 { panel.fact("unreadable", counted(alerts.unreadable, "alert")) }
  if let leftOut = alerts.leftOut { panel.fact("missing", leftOutWords(leftOut), Theme.warning) }
}
