import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// A table of incidents: of all tenants, or of one; or why there is none.
/// - Parameters:
///   - tenant: the one whose incidents they are; `nil` for all.
///   - kind: tells the rows of this list from those of others.
///   - height: of the rows, in lines.
func incidentLines(
  _ state: SharedState, _ list: IncidentList, of tenant: TenantID?, _ kind: RowKey.List, _ layout: FrameLayout,
  height: Int, cache: inout RowCache
) -> [Line] {
  let width = layout.mainWidth
  let columns = IncidentColumns(
    width: width, showsTenant: tenant == nil, hasDeadlines: state.directory.hasDeadlines)
  var lines = [cache.frame.line(.heads, heads(columns, width: width, isASCII: state.isASCII))]
  if list.count == 0 {
    return lines
      + emptyLines(incidentsEmpty(state, list, of: tenant, width: width), width: width, isASCII: state.isASCII)
  }
  let visible = list.viewport.visible(count: list.count, height: height)
  for index in visible {
    let slot = list.slot(at: index)
    let key = list.slots.lend(slot) { incident in
      rowKey(
        incident, state, list.tables, of: kind, version: list.versions[slot], width: width,
        isSelected: slot == list.selected)
    }
    let row = index - visible.lowerBound
    if let line = cache.line(key, at: row) {
      lines.append(line)
      continue
    }
    let cells = IncidentRow(list.summary(slot, withLink: false), key, state)
    let drawn = drawnLine(width, isASCII: state.isASCII) { draw(cells, columns, on: &$0) }
    let line = key.isSelected ? drawn.restyled(Style(.standard, .reverse)) : drawn
    cache.keep(line, key, at: row)
    lines.append(line)
  }
  return lines
}

/// What a row's cells depend on, found without taking the row out of its list: most rows of a frame were drawn before.
private func rowKey(
  _ incident: UnsafePointer<CompactIncident>, _ state: SharedState, _ tables: IncidentTables, of list: RowKey.List,
  version: UInt32, width: Int, isSelected: Bool
) -> RowKey {
  let number = incident.pointee.tenant
  let tenant = tables.tenants[number]
  let trust = state.trust(in: tenant, numbered: number)
  let isOld = trust?.isOld ?? false
  func sla() -> TimeCell {
    let target = state.directory.target(of: tenant, numbered: number, tables.severity(incident.pointee))
    return slaCell(SLA(of: incident.pointee, tables, target: target, now: state.now), state.now)
  }
  let times = RowTimes(
    age: incident.pointee.createdAt.map { .since(Age(seconds: $0.age(at: state.now))) } ?? .unknown,
    sla: state.directory.hasDeadlines ? sla() : .none,
    read: !isOld ? .none : trust?.readAt.map { .since(Age(seconds: state.now.timeIntervalSince($0))) } ?? .never)
  return RowKey(
    list: list, version: version, width: width, trust: trust?.mark, times: times,
    mark: state.writes.isEmpty ? nil : state.writes.mark(for: IncidentKey(tenant: tenant, id: incident.pointee.id)),
    isSelected: isSelected, isMarked: state.isMarked(IncidentKey(tenant: tenant, id: incident.pointee.id)),
    isOld: !tables.isOpen(incident.pointee) || isOld,
    isNew: !state.queue.unseen.isEmpty
      && state.queue.isNew(IncidentKey(tenant: tenant, id: incident.pointee.id)),
    isDenied: !state.denied.isEmpty
      && state.denied[IncidentKey(tenant: tenant, id: incident.pointee.id)] != nil,
    isASCII: state.isASCII)
}

/// An incident with what its row tells besides.
private struct IncidentRow {
  var summary: IncidentSummary
  var tenantName: String
  var times: RowTimes
  var mark: WriteMark?
  /// Where its tenant's incidents are not all there and fresh.
  var trust: TrustMark?
  /// Closed, or of a tenant whose data is not fresh.
  var isOld: Bool
  var isNew: Bool
  var isMarked: Bool
  var operatorUPN: String?
  var isDenied: Bool

  init(_ summary: IncidentSummary, _ key: RowKey, _ state: borrowing SharedState) {
    self.summary = summary
    tenantName = state.directory.name(of: summary.key.tenant)
    (times, mark, trust, isOld, isNew) = (key.times, key.mark, key.trust, key.isOld, key.isNew)
    operatorUPN = state.settings.operatorUPN
    isDenied = key.isDenied
    isMarked = key.isMarked
  }
}

/// How an incident's next deadline stands.
func slaCell(_ sla: SLA, _ now: Date) -> TimeCell {
  switch sla.state {
  case .none: return .none
  case .met: return .met
  case .ok: return .fine
  case .breached: return .breached
  case .due: return .due(Age(seconds: -(sla.next?.age(at: now) ?? 0)))
  }
}

extension SLA {
  init(of incident: borrowing CompactIncident, _ tables: IncidentTables, target: SLATarget?, now: Date) {
    self.init(
      target: target, isOpen: tables.isOpen(incident), createdAt: incident.createdAt, updatedAt: incident.updatedAt,
      acknowledgedAt: incident.acknowledgedAt, now: now)
  }
}

private func heads(_ columns: IncidentColumns, width: Int, isASCII: Bool) -> Writing {
  written(width, isASCII: isASCII) { pen in
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
    head("OWNER STATUS", columns.standing)
  }
}

private func draw(_ row: IncidentRow, _ columns: IncidentColumns, on pen: inout Pen) {
  let incident = row.summary
  let isClosed = !incident.status.isOpen
  let base: Style = row.isOld ? Theme.quiet : .plain
  func shade(_ style: Style) -> Style { row.isOld ? Theme.quiet : style }
  if row.isMarked { pen.add("▌", Theme.accent) }
  pen.fill(to: 1)
  if let mark = row.mark {
    pen.add(mark.glyph, mark.style)
  } else if isClosed {
    pen.add("✓", Theme.quiet)
  } else if row.isDenied {
    pen.add("◌", Theme.warning)
  } else if let mark = row.trust {
    pen.add(mark.glyph, mark.style)
  }
  pen.fill(to: 2)
  if row.isNew { pen.add("•", Theme.accent) }
  pen.fill(to: IncidentColumns.lead)
  pen.field(Theme.letter(incident.severity), columns.severity, .leading, shade(Theme.style(incident.severity)))
  if let width = columns.sla { pen.field(row.times.sla.text, width, .leading, shade(row.times.sla.style)) }
  pen.field(row.times.age.text, columns.age, .leading, base)
  if let width = columns.tenant {
    let age: SafeText = row.times.read == .none ? .empty : " " + row.times.read.text
    let name = SafeText(row.tenantName).clipped(to: width - age.columns).padded(to: width - age.columns)
    pen.field(name + age, width, .leading, base)
  }
  if let width = columns.id { pen.field(SafeText(incident.key.id.rawValue), width, .leading, base) }
  pen.field(SafeText(beginningOf: incident.displayName), columns.name - 1, .leading, base)
  if let width = columns.status {
    let words = width <= IncidentColumns.shortStatus ? shortWords(incident.status) : Theme.words(incident.status)
    pen.field(words, width, .leading, base)
  }
  if let width = columns.owner {
    let isMine = row.operatorUPN.map { $0.lowercased() == incident.assignedTo?.lowercased() } ?? false
    pen.field(ownerName(incident.assignedTo), width, .leading, isMine ? shade(Theme.accent) : base)
  }
  if let width = columns.standing { pen.field(standing(incident, width: width), width, .leading, base) }
}

/// Who has it and how it stands.
private func standing(_ incident: IncidentSummary, width: Int) -> SafeText {
  let status = shortWords(incident.status)
  return ownerName(incident.assignedTo).clipped(to: max(width - status.columns - 1, 1)) + " " + status
}

/// How it stands, for a narrow column.
private func shortWords(_ status: IncidentStatus) -> SafeText {
  switch status {
  case .inProgress: "in work"
  case .resolved: "closed"
  default: Theme.words(status)
  }
}

/// Who has it, without the domain.
func ownerName(_ upn: String?) -> SafeText {
  guard let upn, !upn.isEmpty else { return "–" }
  return SafeText(beginningOf: String(upn.prefix { $0 != "@" }))
}
