import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// A table of incidents: of all tenants, or of one; or why there is none.
func incidentLines(
  _ state: ConsoleState, _ list: IncidentList, _ layout: FrameLayout, showsTenant: Bool, cache: inout RowCache
) -> [Line] {
  let width = layout.mainWidth
  let columns = IncidentColumns(
    width: width, showsTenant: showsTenant, hasDeadlines: state.directory.hasDeadlines)
  var lines = [headLine(columns, width: width, isASCII: state.isASCII)]
  if list.count == 0 {
    return lines + emptyLines(incidentsEmpty(state, list), width: width, isASCII: state.isASCII)
  }
  for index in list.viewport.visible(count: list.count, height: layout.listHeight) {
    let slot = list.slot(at: index)
    let summary = list.tables.summary(list.slots[slot], withLink: false)
    let row = IncidentRow(summary, state)
    let key = RowKey(
      list: showsTenant ? .queue : .tenantIncidents(request: state.tenantIncidents?.request ?? 0),
      version: list.versions[slot], width: width,
      times: [row.age, row.sla], mark: row.mark, isSelected: index == list.viewport.cursor, isOld: row.isOld,
      isASCII: state.isASCII)
    lines.append(
      cache.line(key) {
        let line = drawnLine(width, isASCII: state.isASCII) { draw(row, columns, on: &$0) }
        return key.isSelected ? line.restyled(Style(.standard, .reverse)) : line
      })
  }
  return lines
}

/// An incident with what its row tells besides.
private struct IncidentRow {
  var summary: IncidentSummary
  var tenantName: String
  var age: TimeCell
  var sla: TimeCell
  var mark: WriteMark?
  /// Closed, or of a tenant whose data is not fresh.
  var isOld: Bool
  var operatorUPN: String?

  init(_ summary: IncidentSummary, _ state: ConsoleState) {
    self.summary = summary
    tenantName = state.directory.name(of: summary.key.tenant)
    age = summary.createdAt.map { .since(Age(seconds: $0.age(at: state.now))) } ?? .unknown
    sla = slaCell(summary, state.directory, now: state.now)
    mark = state.writes.mark(for: summary.key)
    let sync = state.tenants.syncState(
      of: summary.key.tenant, now: state.now, staleAfter: state.settings.staleAfter)
    isOld = !summary.status.isOpen || sync == .stale || sync == .failed
    operatorUPN = state.settings.operatorUPN
  }
}

/// How an incident's next deadline stands.
func slaCell(_ incident: IncidentSummary, _ directory: TenantDirectory, now: Date) -> TimeCell {
  let sla = SLA(of: incident, policy: directory.policy(of: incident.key.tenant), now: now)
  switch sla.state {
  case .none: return .none
  case .met: return .met
  case .ok: return .fine
  case .breached: return .breached
  case .due: return .due(Age(seconds: -(sla.next?.age(at: now) ?? 0)))
  }
}

private func headLine(_ columns: IncidentColumns, width: Int, isASCII: Bool) -> Line {
  drawnLine(width, isASCII: isASCII) { pen in
    pen.skip(IncidentColumns.lead)
    func head(_ text: SafeText, _ columns: Int?) { if let columns { pen.field(text, columns, .leading, Theme.quiet) } }
    head("SEV", columns.severity)
    head("SLA", columns.sla)
    head("AGE", columns.age)
    head("TENANT", columns.tenant)
    head("ID", columns.id)
    head("INCIDENT", columns.name - 1)
    head("STATUS", columns.status)
    head("OWNER", columns.owner)
  }
}

private func draw(_ row: IncidentRow, _ columns: IncidentColumns, on pen: inout Pen) {
  let incident = row.summary
  let isClosed = !incident.status.isOpen
  let base: Style = row.isOld ? Theme.quiet : .plain
  func shade(_ style: Style) -> Style { row.isOld ? Theme.quiet : style }
  pen.skip(1)
  if let mark = row.mark {
    pen.add(mark.glyph, mark.style)
  } else if isClosed {
    pen.add("✓", Theme.quiet)
  }
  pen.fill(to: IncidentColumns.lead)
  pen.field(Theme.letter(incident.severity), columns.severity, .leading, shade(Theme.style(incident.severity)))
  if let width = columns.sla { pen.field(row.sla.text, width, .leading, shade(row.sla.style)) }
  pen.field(row.age.text, columns.age, .leading, base)
  if let width = columns.tenant { pen.field(SafeText(row.tenantName), width, .leading, base) }
  if let width = columns.id { pen.field(SafeText(incident.key.id.rawValue), width, .leading, base) }
  pen.field(SafeText(beginningOf: incident.displayName), columns.name - 1, .leading, base)
  if let width = columns.status { pen.field(Theme.words(incident.status), width, .leading, base) }
  if let width = columns.owner {
    let isMine = row.operatorUPN.map { $0.lowercased() == incident.assignedTo?.lowercased() } ?? false
    pen.field(ownerName(incident.assignedTo), width, .leading, isMine ? shade(Theme.accent) : base)
  }
}

/// Who has it, without the domain.
func ownerName(_ upn: String?) -> SafeText {
  guard let upn, !upn.isEmpty else { return "–" }
  return SafeText(beginningOf: String(upn.prefix { $0 != "@" }))
}

/// Why a table of incidents is empty, and what would fill it.
private func incidentsEmpty(_ state: ConsoleState, _ list: IncidentList) -> [SafeText] {
  if !list.isLoaded { return ["Loading what is known…", "Rows appear as they are read."] }
  if !list.filter.isEmpty, list.total > 0 {
    if list.isWorking { return ["Looking through \(list.total) incidents…"] }
    return [
      "None of \(list.total) incidents holds every word of the filter.", "/ changes it; Esc while typing drops it.",
    ]
  }
  if let tenant = state.tenantIncidents?.tenant { return tenantEmpty(state, tenant) }
  let coverage = state.tenants.coverage
  let readable = coverage[.ok] + coverage[.stale] + coverage[.partial]
  if readable == 0 {
    return [
      "No tenant was read yet, so nothing is known about open incidents.",
      "r reads all tenants now; Tab shows what keeps each of them.",
    ]
  }
  let unread = coverage[.failed] + coverage[.never]
  return [
    "No open incident in the \(readable) tenants that were read.",
    unread == 0 ? "New ones appear by themselves." : "\(unread) could not be read: Tab shows which, and why.",
  ]
}

private func tenantEmpty(_ state: ConsoleState, _ tenant: TenantID) -> [SafeText] {
  guard let row = state.tenants[tenant] else { return ["This tenant is not in the configuration."] }
  let advice = whatToKnow(row, now: state.now, staleAfter: state.settings.staleAfter)
  switch row.syncState(at: state.now, staleAfter: state.settings.staleAfter) {
  case .ok, .stale, .partial:
    let age = row.sync.lastSuccess.map { ago($0, state.now) } ?? "never"
    return ["No incident is known here.", "Read \(age); r reads it again."]
  case .excluded: return ["This tenant is excluded in the configuration, so it is never read."]
  case .never, .failed:
    var lines: [SafeText] = ["Nothing was read here yet: \(advice.words.isEmpty ? "not read yet" : advice.words)."]
    if let attempt = row.sync.lastAttempt { lines.append("Last tried \(ago(attempt, state.now)).") }
    if !advice.next.isEmpty { lines.append(advice.next + ".") }
    return lines
  }
}
