import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The table of tenants: heads, then the rows on screen; or why there is none.
func tenantLines(_ state: SharedState, _ layout: FrameLayout, cache: inout RowCache) -> [Line] {
  let width = layout.mainWidth
  let columns = TenantColumns(width: width, hasDeadlines: state.directory.hasDeadlines)
  var lines = [cache.frame.line(.heads, heads(columns, width: width, isASCII: state.isASCII))]
  let tenants = state.tenants
  if tenants.order.isEmpty {
    return lines + emptyLines(tenantsEmpty(state), width: width, isASCII: state.isASCII)
  }
  let visible = tenants.viewport.visible(count: tenants.order.count, height: layout.listHeight)
  for index in visible {
    let row = tenants.rows[tenants.order[index]]
    let cells = TenantCells(row, state)
    let key = RowKey(
      list: .tenants, version: tenants.versions[tenants.order[index]], width: width,
      token: cells.tokenState, sync: cells.sync, trust: cells.trust,
      times: RowTimes(
        age: cells.oldest, sla: cells.sla, read: cells.synced, token: cells.token, problem: cells.problem),
      isSelected: index == tenants.viewport.cursor, isMarked: state.isMarked(row.id),
      isOld: cells.isOld, isNew: row.drift.isUnseen, isWorking: cells.isWorking, isASCII: state.isASCII)
    let place = index - visible.lowerBound
    if let line = cache.line(key, at: place) {
      lines.append(line)
      continue
    }
    let drawn = drawnLine(width, isASCII: state.isASCII) { draw(row, cells, columns, state, on: &$0) }
    let line = key.isSelected ? drawn.restyled(Style(.standard, .reverse)) : drawn
    cache.keep(line, key, at: place)
    lines.append(line)
  }
  return lines
}

/// The cells that depend on the time and on what is under way.
private struct TenantCells {
  var tokenState: TokenState
  var sync: SyncState
  var token: TimeCell
  var oldest: TimeCell
  var sla: TimeCell
  var synced: TimeCell
  var trust: TrustMark?
  /// Since what is told as wrong was met.
  var problem: TimeCell
  var isOld: Bool
  var isWorking: Bool

  init(_ row: TenantOverview, _ state: SharedState) {
    let now = state.now
    tokenState = row.token.state(at: now)
    sync = row.syncState(at: now, staleAfter: state.settings.staleAfter)
    let trust = state.trust(in: row.id)
    self.trust = trust?.mark
    isOld = sync == .excluded || trust?.isOld ?? false
    isWorking = state.syncing.contains(row.id)
    switch tokenState {
    case .throttled: token = .due(Age(seconds: row.token.parkedUntil?.timeIntervalSince(now) ?? 0))
    case .valid: token = .left(Age(seconds: row.token.expiresAt?.timeIntervalSince(now) ?? 0))
    case .expiring: token = .due(Age(seconds: row.token.expiresAt?.timeIntervalSince(now) ?? 0))
    case .expired: token = .expired
    case .none, .signInNeeded, .refused, .failed: token = .none
    }
    oldest =
      row.tenant.isExcluded
      ? .none
      : row.counts.map { counts in counts.oldest.map { .since(Age(seconds: $0.age(at: now))) } ?? .none } ?? .unknown
    synced =
      row.tenant.isExcluded
      ? .none : row.sync.lastSuccess.map { .since(Age(since: $0, at: now)) } ?? .never
    let told = [.refused, .failed].contains(tokenState) ? row.token.lastError : sync == .failed ? row.sync.error : nil
    problem = told?.at.map { .since(Age(since: $0, at: now)) } ?? .none
    sla = deadline(of: row, state)
  }
}

private func deadline(of row: TenantOverview, _ state: SharedState) -> TimeCell {
  if row.tenant.isExcluded { return .none }
  guard row.counts != nil else { return .unknown }
  guard state.queue.isLoaded else { return .unknown }
  guard let first = state.queue.knownFirstDeadline(of: row.id) else { return .none }
  return slaCell(SLA(of: first, policy: state.directory.policy(of: row.id), now: state.now), state.now)
}

private func heads(_ columns: TenantColumns, width: Int, isASCII: Bool) -> Writing {
  written(width, isASCII: isASCII) { pen in
    pen.skip(TenantColumns.lead)
    func head(_ text: SafeText, _ columns: Int?, _ alignment: Alignment = .leading) {
      if let columns { pen.field(text, columns, alignment, Theme.quiet) }
    }
    head("TENANT", columns.name)
    head("CONSENT", columns[.consent])
    head("TOKEN", columns[.token])
    head("H", columns[.high], .trailing)
    head("M", columns[.medium], .trailing)
    head("L", columns[.low], .trailing)
    head("OLDEST", columns[.oldest])
    head("SLA", columns[.sla])
    head("SYNCED", columns[.synced])
    head("WHAT TO KNOW", columns.know)
  }
}

private func draw(
  _ row: TenantOverview, _ cells: TenantCells, _ columns: TenantColumns, _ state: SharedState, on pen: inout Pen
) {
  let base: Style = cells.isOld ? Theme.quiet : .plain
  if state.isMarked(row.id) { pen.add("▌", Theme.accent) }
  pen.fill(to: 1)
  if let mark = cells.trust { pen.add(mark.glyph, mark.style) }
  pen.fill(to: 2)
  if row.drift.isUnseen { pen.add("•", Theme.accent) }
  pen.fill(to: TenantColumns.lead)
  pen.field(SafeText(row.tenant.name), columns.name, .leading, row.tenant.isExcluded ? Theme.quiet : .plain)
  if let width = columns[.consent] {
    let required = state.settings.configuration.requiredRoles(for: row.tenant).count
    let word = Theme.glyph(row.consent.state) + " " + Theme.word(row.consent, required: required)
    let text = row.tenant.isExcluded ? "–" : word
    pen.field(text, width, .leading, row.tenant.isExcluded ? Theme.quiet : Theme.style(row.consent.state))
  }
  if let width = columns[.token] {
    let (text, style) = tokenCell(row, cells, now: state.now)
    pen.field(text, width, .leading, style)
  }
  let counts = row.tenant.isExcluded ? nil : row.counts
  func count(_ column: TenantColumns.Column, _ value: Int?, _ severity: Severity) {
    guard let width = columns[column] else { return }
    guard let value else { return pen.field(row.tenant.isExcluded ? "–" : "?", width, .trailing, Theme.quiet) }
    // Of what was read in part, or not lately, no count is the last word.
    let text: SafeText = cells.trust != nil && value < 100 ? "\(value)+" : "\(value)"
    pen.field(text, width, .trailing, value == 0 || cells.isOld ? Theme.quiet : Theme.style(severity))
  }
  count(.high, counts?.high, .high)
  count(.medium, counts?.medium, .medium)
  count(.low, counts?.low, .low)
  if let width = columns[.oldest] {
    pen.field(cells.oldest.text, width, .leading, cells.isOld ? base : cells.oldest.style)
  }
  if let width = columns[.sla] { pen.field(cells.sla.text, width, .leading, cells.isOld ? base : cells.sla.style) }
  if let width = columns[.synced] {
    let text = cells.isWorking && columns[.token] == nil ? "⟳" : cells.synced.text
    pen.field(text, width, .leading, cells.isOld ? Theme.quiet : cells.synced.style)
  }
  let advice = whatToKnow(
    row, now: state.now, staleAfter: state.settings.staleAfter,
    mayChange: state.settings.configuration.mayChange(row.tenant))
  let words = advice.words.columns > columns.know ? advice.short ?? advice.words : advice.words
  pen.add(words.clipped(to: columns.know), advice.style)
}

private func tokenCell(_ row: TenantOverview, _ cells: TenantCells, now: Date) -> (SafeText, Style) {
  if cells.isWorking { return ("⟳", Theme.accent) }
  switch row.token.state(at: now) {
  case .valid: return (cells.token.text, .plain)
  case .expiring: return (cells.token.text, Theme.warning)
  case .expired: return ("expired", Theme.quiet)
  case .none: return ("–", Theme.quiet)
  case .signInNeeded: return ("sign in", Theme.failure)
  case .failed: return ("no answer", Theme.warning)
  case .refused: return (row.token.lastError?.code.map { "\($0)" } ?? "refused", Theme.failure)
  case .throttled:
    guard case .due(let age) = cells.token else { return ("throttled", Theme.warning) }
    return (
      age.unit == .seconds ? "retry \(max(age.value, 10))s" : "retry \(age.words.filter { $0 != " " })", Theme.warning
    )
  }
}

/// Why the table is empty and what would fill it.
private func tenantsEmpty(_ state: SharedState) -> [EmptyText] {
  if state.tenants.rows.isEmpty {
    return EmptyText.list("There are no tenants in the configuration.", "Add them to tenants.json, then start again.")
  }
  if !state.tenants.filter.owners.isEmpty {
    return EmptyText.list("Tenants have no owner: assigned: is for the Queue (Tab).", "/ changes it; Esc drops it.")
  }
  return EmptyText.list(
    "None of \(state.tenants.rows.count) tenants holds every word of the filter.", "/ changes it; Esc drops it.")
}

/// A few lines in the middle of nothing.
func emptyLines(_ texts: [EmptyText], width: Int, isASCII: Bool) -> [Line] {
  [Line.blank(width)]
    + texts.flatMap { text in
      text.text.wrapped(to: max(width - 6, 1)).map { part in
        drawnLine(width, isASCII: isASCII) {
          $0.skip(3)
          $0.add(part, text.style)
        }
      }
    }
}
