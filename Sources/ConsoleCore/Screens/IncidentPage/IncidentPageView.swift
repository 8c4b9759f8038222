import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// The lines of the page that are on screen.
func pageLines(_ state: SharedState, _ page: IncidentPageState, _ layout: FrameLayout) -> [Line] {
  let width = layout.mainWidth
  return page.viewport.visible(count: page.rows.count, height: layout.bodyHeight).map { index in
    let isAtCursor = index == page.viewport.cursor
    let row = page.rows[index]
    let line = drawnLine(width, isASCII: state.isASCII) { pen in
      switch row {
      case .blank: break
      case .rule(let title, let count):
        pen.skip(1)
        pen.rule(title, count: count)
      default:
        if isAtCursor { pen.add("▸", Theme.accent) }
        pen.fill(to: 2)
        draw(row, page, state, on: &pen)
      }
    }
    return isAtCursor && row.item != nil ? line.restyled(Style(.standard, .reverse)) : line
  }
}

private func draw(_ row: PageRow, _ page: IncidentPageState, _ state: SharedState, on pen: inout Pen) {
  switch row {
  case .blank, .rule: break
  case .title(let text): pen.add(text, Theme.strong)
  case .standing: drawStanding(page, state, on: &pen)
  case .times: drawTimes(page, state, on: &pen)
  case .facts(let facts):
    for (index, fact) in facts.enumerated() {
      if index > 0 { pen.skip(3) }
      pen.add(fact.label + " ", Theme.quiet)
      pen.add(fact.value)
    }
  case .text(let text, let tone): pen.add(text, style(tone))
  case .alert(let index, _):
    if let alerts = page.incident?.alerts, alerts.indices.contains(index) { draw(alerts[index], on: &pen) }
  case .evidence(let index, _):
    if page.evidence.indices.contains(index) { draw(page.evidence[index], on: &pen) }
  case .comment(let index):
    guard let comments = page.incident?.comments, comments.indices.contains(index) else { return }
    pen.add(ownerName(comments[index].createdBy), Theme.strong)
    pen.add("  \(comments[index].createdAt.map { happened($0, state.now) } ?? "?")", Theme.quiet)
  case .event(let index, _):
    if page.timeline.entries.indices.contains(index) { draw(page.timeline.entries[index], of: page, on: &pen) }
  case .link(let text, _): pen.add(text, Theme.warning)
  case .detail(let detail):
    pen.skip(4)
    pen.add(detail.label, Theme.quiet)
    pen.add(detail.text)
  }
}

private func drawStanding(_ page: IncidentPageState, _ state: SharedState, on pen: inout Pen) {
  guard let incident = page.summary else {
    return pen.add("severity ?   status ?   owner ?", Theme.quiet)
  }
  let isOld = page.isOld(now: state.now, staleAfter: state.settings.staleAfter)
  func shade(_ style: Style) -> Style { isOld ? Theme.quiet : style }
  if isOld { pen.add(TrustMark.old.glyph + " ", TrustMark.old.style) }
  pen.add(severityWords(incident.severity), shade(Theme.style(incident.severity)))
  pen.add("   ")
  pen.add(Theme.words(incident.status), shade(incident.status.isOpen ? .plain : Theme.quiet))
  pen.add("   ")
  if let owner = incident.assignedTo, !owner.isEmpty {
    pen.add(SafeText(beginningOf: owner), shade(.plain))
  } else {
    pen.add("unassigned", shade(Theme.warning))
  }
  if let mark = state.writes.mark(for: page.key) {
    pen.add("   ")
    pen.add("\(mark.glyph) \(state.writes.what(page.key)) \(state.writes.standing(page.key))", mark.style)
  }
}

private func drawTimes(_ page: IncidentPageState, _ state: SharedState, on pen: inout Pen) {
  func fact(_ label: SafeText, _ value: SafeText, _ style: Style = .plain) {
    pen.add(label + " ", Theme.quiet)
    pen.add(value, style)
    pen.skip(3)
  }
  guard let incident = page.summary else {
    fact("created", "?")
    return fact("updated", "?")
  }
  if page.isOld(now: state.now, staleAfter: state.settings.staleAfter), let readAt = page.readAt {
    fact("read", ago(readAt, state.now), TrustMark.old.style)
  }
  fact("created", incident.createdAt.map { Age(seconds: $0.age(at: state.now)).text } ?? "?")
  fact("updated", incident.updatedAt.map { Age(seconds: $0.age(at: state.now)).text } ?? "?")
  for (index, (words, style)) in deadlineWords(incident, state).enumerated() {
    if index == 0 { pen.add("SLA ", Theme.quiet) } else { pen.add(", ", Theme.quiet) }
    pen.add(words, style)
  }
}

private func draw(_ alert: Alert, on pen: inout Pen) {
  let room = pen.remaining
  // The products stand above all the same: as the window narrows theirs gives way first.
  let product = room >= 84 ? 15 : 0
  let status = room >= 50 ? 11 : 0
  pen.field(Theme.letter(alert.severity), 3, .leading, Theme.style(alert.severity))
  pen.field(shortMoment(alert.firstActivityAt ?? alert.createdAt), 11, .leading, Theme.quiet)
  let used = 16 + (product > 0 ? product + 1 : 0) + (status > 0 ? status + 1 : 0)
  pen.field(alert.title.map { SafeText(beginningOf: $0) } ?? "?", max(room - used - 2, 8))
  if product > 0 { pen.field(alert.serviceSource.map(productName) ?? "?", product, .leading, Theme.quiet) }
  if status > 0 { pen.field(spelledOut(alert.status.wire), status, .leading, Theme.quiet) }
}

private func draw(_ item: EvidenceItem, on pen: inout Pen) {
  let room = pen.remaining
  let alerts = room >= 84 ? 9 : 0
  let facts = room >= 66 ? room / 4 : 0
  let kind = room >= 66 ? 17 : 12
  pen.field(item.isFirstOfKind ? SafeText(item.evidence.kind) : "", kind, .leading, Theme.quiet)
  let used = kind + 1 + 16 + (facts > 0 ? facts + 1 : 0) + (alerts > 0 ? alerts + 1 : 0)
  pen.field(SafeText(beginningOf: item.subject), max(room - used - 1, 10))
  if facts > 0 {
    pen.field(
      SafeText(beginningOf: item.facts.prefix(2).map(\.value).joined(separator: "  ")), facts, .leading, Theme.quiet)
  }
  pen.field(Theme.words(item.evidence.verdict), 15, .leading, Theme.style(item.evidence.verdict))
  if alerts > 0 { pen.field(item.alerts == 1 ? "" : "\(item.alerts) alerts", alerts, .trailing, Theme.quiet) }
}

private func style(_ tone: PageRow.Tone) -> Style {
  switch tone {
  case .plain: .plain
  case .quiet: Theme.quiet
  case .warning: Theme.warning
  case .failure: Theme.failure
  }
}

/// More of the alert or the evidence under the cursor, in the right third.
func pageSide(
  _ state: SharedState, _ page: IncidentPageState, _ layout: FrameLayout, _ kept: inout KeptLines
) -> [Line] {
  var panel = Panel(preview: layout, isASCII: state.isASCII, &kept)
  if page.itemAtCursor == nil {
    if page.incident?.alerts?.isEmpty == false {
      panel.text("Alerts and evidence under the cursor are told here.", Theme.quiet)
    }
  } else {
    addItem(at: page.rows[page.viewport.cursor], of: page, width: layout.previewWidth - 1, to: &panel)
  }
  return panel.end(&kept)
}

private func addItem(at row: PageRow, of page: IncidentPageState, width: Int, to panel: inout Panel) {
  switch row {
  case .alert(let index, _):
    guard let alerts = page.incident?.alerts, alerts.indices.contains(index) else { return }
    panel.title(alerts[index].title.map { SafeText(beginningOf: $0) } ?? "?")
  case .evidence(let index, _):
    guard page.evidence.indices.contains(index) else { return }
    panel.title(SafeText(beginningOf: "\(page.evidence[index].evidence.kind)  \(page.evidence[index].subject)"))
  case .event(let index, _):
    guard page.timeline.entries.indices.contains(index) else { return }
    panel.title(page.words(of: page.timeline.entries[index]))
  default: break
  }
  panel.blank()
  for detail in page.details(of: row, width: width, hasTitle: true) {
    panel.add { pen in
      pen.add(detail.label, Theme.quiet)
      pen.add(detail.text)
    }
  }
}
