import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// How far a tenant's incidents can be trusted, above them: consent, token, age, cause and what helps, in at most two
/// lines.
func tenantHead(_ tenant: TenantID, _ state: SharedState, width: Int) -> [SafeText] {
  guard let row = state.tenants[tenant] else { return [] }
  if row.tenant.isExcluded { return ["Excluded in the configuration: it is never read."] }
  let (now, staleAfter) = (state.now, state.settings.staleAfter)
  var parts: [SafeText] = []
  let required = state.settings.configuration.requiredRoles(for: row.tenant).count
  parts.append(Theme.glyph(row.consent.state) + " " + Theme.word(row.consent, required: required))
  switch row.token.state(at: now) {
  case .valid, .expiring:
    let left = Age(seconds: row.token.expiresAt?.timeIntervalSince(now) ?? 0)
    parts.append("token \(left.words)")
  case let other: parts.append(other == .none ? "no token" : "token \(spelledOut(other.rawValue))")
  }
  let read: SafeText = row.sync.lastSuccess.map { "read \(ago($0, now))" } ?? "never read"
  parts.append(read)
  let advice = whatToKnow(
    row, now: now, staleAfter: staleAfter, mayChange: state.settings.configuration.mayChange(row.tenant))
  // Nothing is said twice.
  let isSaid = advice.words.isEmpty || advice.words == read || !row.consent.state.allowsReading && row.needsPerson
  let sync = row.syncState(at: now, staleAfter: staleAfter)
  if !isSaid { parts.append(advice.words) }
  var text = parts.joined(separator: " · ")
  // A quiet tenant needs no advice; what is wrong comes with what helps.
  if sync != .ok, !advice.next.isEmpty { text += ": \(advice.next)." }
  let room = max(width - 4, 1)
  let lines = text.wrapped(to: room)
  if lines.count <= 2 { return lines }
  return [lines[0], lines.dropFirst().joined(separator: " ").clipped(to: room)]
}

func tenantHeadLines(_ tenant: TenantID, _ state: SharedState, width: Int) -> [Line] {
  let style = state.trust(in: tenant)?.mark?.style ?? Theme.quiet
  return tenantHead(tenant, state, width: width).map { text in
    drawnLine(width, isASCII: state.isASCII) { pen in
      pen.skip(IncidentColumns.lead)
      pen.add(text, style)
    }
  }
}
