import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What is known of the incident under the cursor without opening it, in the right third.
/// - Parameter leavesWhenClosed: whether its list has open incidents only.
func incidentPreview(
  _ state: SharedState, _ incident: IncidentSummary, leavesWhenClosed: Bool, _ layout: FrameLayout,
  _ kept: inout KeptLines
) -> [Line] {
  var panel = Panel(preview: layout, isASCII: state.isASCII, &kept)
  panel.title("#\(incident.key.id.rawValue) \(SafeText(beginningOf: incident.displayName))")
  panel.blank()
  if let words = state.writes.words(for: incident.key), let mark = state.writes.mark(for: incident.key) {
    panel.text(mark.glyph + " " + words, mark.style)
    panel.blank()
  }
  if let denied = state.denied[incident.key] {
    panel.text("◌ Could not be read, 404 \(ago(denied, state.now)): it stays listed.", Theme.warning)
    panel.blank()
  }
  if let (mark, words) = trustWords(state, incident.key.tenant) {
    panel.text(mark.glyph + " " + words, mark.style)
    panel.blank()
  }
  panel.fact("tenant", SafeText(state.directory.name(of: incident.key.tenant)))
  panel.fact("severity", severityWords(incident.severity), Theme.style(incident.severity))
  panel.fact("status", Theme.words(incident.status))
  panel.fact("owner", incident.assignedTo.map { SafeText(beginningOf: $0) } ?? "nobody")
  panel.fact("created", incident.createdAt.map { happened($0, state.now) } ?? "?")
  panel.fact("updated", incident.updatedAt.map { happened($0, state.now) } ?? "?")
  if let words = slaWords(incident, state) { panel.fact("SLA", words.0, words.1) }
  panel.fact("alerts", incident.alertCount.map { "\($0)" } ?? "? (Enter reads them)")
  panel.fact("tags", incident.tags.isEmpty ? nil : SafeText(beginningOf: incident.tags.joined(separator: ", ")))
  let judged = [incident.classification?.wire, incident.determination?.wire].compactMap { $0 }
  let known = judged.filter { $0 != "unknown" }
  panel.fact("judged", known.isEmpty ? "–" : known.map(spelledOut).joined(separator: ", "))
  if let next = incident.redirectIncidentID { panel.fact("merged into", "#\(next.rawValue)", Theme.warning) }
  if !incident.status.isOpen, leavesWhenClosed {
    panel.text("Closed: it leaves this list when the cursor moves.", Theme.quiet)
  }
  if let row = state.tenants[incident.key.tenant], let read = row.sync.lastSuccess {
    panel.section("Tenant")
    panel.fact("read", ago(read, state.now))
    let advice = whatToKnow(row, now: state.now, staleAfter: state.settings.staleAfter)
    if !advice.words.isEmpty { panel.text(advice.words, advice.style) }
  }
  return panel.end(&kept)
}

/// Where a tenant's incidents are not all there and fresh: since when, and what that means.
func trustWords(_ state: SharedState, _ tenant: TenantID) -> (TrustMark, SafeText)? {
  guard let trust = state.trust(in: tenant), let mark = trust.mark else { return nil }
  switch mark {
  case .partial: return (mark, "Its tenant was read in part: there may be more.")
  case .old:
    let age: SafeText? = trust.readAt.map { ago($0, state.now) }
    return (mark, age.map { "As it was read \($0): it may be otherwise by now." } ?? "Its tenant was never read.")
  }
}

func severityWords(_ severity: Severity) -> SafeText {
  severity == .unknown ? "?" : SafeText(severity.wire)
}

/// The deadlines of an incident that is worked on, the next one first.
func deadlineWords(_ incident: IncidentSummary, _ state: SharedState) -> [(SafeText, Style)] {
  let sla = SLA(of: incident, policy: state.directory.policy(of: incident.key.tenant), now: state.now)
  guard let next = slaWords(incident, state) else { return [] }
  guard incident.status.isOpen, incident.acknowledgedAt == nil, sla.acknowledgeBy != nil, let resolveBy = sla.resolveBy
  else { return [next] }
  let left = -resolveBy.age(at: state.now)
  let first: (SafeText, Style) = sla.state == .breached ? ("acknowledge breached", Theme.failure) : next
  if left <= 0 { return [first, ("resolve breached", Theme.failure)] }
  return [first, ("resolve in \(Age(seconds: left).words)", .plain)]
}

/// The deadline that counts next.
func slaWords(_ incident: IncidentSummary, _ state: SharedState) -> (SafeText, Style)? {
  let sla = SLA(of: incident, policy: state.directory.policy(of: incident.key.tenant), now: state.now)
  switch sla.state {
  case .none: return nil
  case .met: return ("met", Theme.quiet)
  case .breached where sla.next == nil && sla.isAcknowledgedLate: return ("acknowledged late", Theme.failure)
  case .breached: return ("breached", Theme.failure)
  case .ok, .due:
    let isAcknowledging = sla.next == sla.acknowledgeBy && incident.acknowledgedAt == nil
    let left = Age(seconds: -(sla.next?.age(at: state.now) ?? 0)).words
    return (
      "\(isAcknowledging ? "acknowledge" : "resolve") in \(left)", sla.state == .due ? Theme.warning : .plain
    )
  }
}
