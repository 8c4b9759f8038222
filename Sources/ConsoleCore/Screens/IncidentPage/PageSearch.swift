import PartnerModel
import SafeText

extension IncidentPageState {
  /// Looks for a text from a line on, around the end of the page; the cursor goes to the first line that holds it.
  /// - Returns: whether there is one.
  mutating func find(_ text: String, from line: Int) -> Bool {
    search = text
    guard let hit = hits.first(from: line) else { return false }
    goTo(hit)
    return true
  }

  /// Goes to the next line that holds what was looked for, or to the one before, around the ends of the page.
  /// - Returns: which of how many it is; `nil` if there is none.
  mutating func findAgain(isForward: Bool) -> (number: Int, of: Int)? {
    guard let next = hits.next(to: viewport.cursor, isForward: isForward) else { return nil }
    goTo(next.line)
    return (next.number, next.of)
  }

  /// The lines that hold what is looked for; an alert or evidence that is folded also by what it hides.
  private var hits: FoundLines {
    guard let sought = FoundLines.sought(search) else { return FoundLines(lines: []) }
    return FoundLines(lines: rows.indices.filter { rows[$0].isStop && text(of: rows[$0]).contains(folded: sought) })
  }

  private func text(of row: PageRow) -> String {
    switch row {
    case .blank, .rule, .times: ""
    case .title(let text), .text(let text, _): text.text
    case .standing:
      [summary?.severity.wire, summary.map { Theme.words($0.status).text }, summary?.assignedTo].compactMap { $0 }
        .joined(separator: "\n")
    case .facts(let facts): facts.map { "\($0.label.text) \($0.value.text)" }.joined(separator: "\n")
    case .detail(let detail): "\(detail.label.text) \(detail.text.text)"
    case .comment(let index):
      incident.flatMap { $0.comments.indices.contains(index) ? $0.comments[index].createdBy : nil } ?? ""
    case .event(let index, let item): eventText(index, isFolded: !expanded.contains(item))
    case .link(let text, _): text.text
    case .alert(let index, let item): alertText(index, isFolded: !expanded.contains(item))
    case .evidence(let index, let item): evidenceText(index, isFolded: !expanded.contains(item))
    }
  }

  private func alertText(_ index: Int, isFolded: Bool) -> String {
    guard let alerts = incident?.alerts, alerts.indices.contains(index) else { return "" }
    let alert = alerts[index]
    let shown = [alert.title, alert.severity.wire, alert.status.wire, alert.serviceSource.map { productName($0).text }]
    if !isFolded { return shown.compactMap { $0 }.joined(separator: "\n") }
    let hidden = [alert.details, alert.recommendedActions, alert.category, alert.assignedTo, alert.id]
    let evidence = alertEvidence.indices.contains(index) ? alertEvidence[index].map(\.subject) : []
    return (shown + hidden + alert.mitreTechniques + evidence).compactMap { $0 }.joined(separator: "\n")
  }

  private func evidenceText(_ index: Int, isFolded: Bool) -> String {
    guard evidence.indices.contains(index) else { return "" }
    let item = evidence[index]
    let shown = [item.evidence.kind, item.subject, Theme.words(item.evidence.verdict).text]
    let facts = item.facts.map { "\($0.label) \($0.value)" }
    let hidden = facts + item.evidence.roles + item.evidence.detailedRoles + item.evidence.tags
    return (isFolded ? shown + hidden : shown).joined(separator: "\n")
  }

  // MARK: Sections

  /// Goes to the first line of the next section, or of the one before; around the ends of the page.
  /// - Parameter height: lines of the window; the section's title is brought to its top.
  mutating func goToSection(isForward: Bool, height: Int) {
    let titles = [0] + rows.indices.filter { if case .rule = rows[$0] { true } else { false } }
    let sections = titles.compactMap { title in
      rows[title...].firstIndex(where: \.isStop).map { (title: title, line: $0) }
    }
    let cursor = viewport.cursor
    let next =
      isForward
      ? sections.first { $0.title > cursor } ?? sections.first
      : sections.last { $0.line < cursor } ?? sections.last
    guard let next else { return }
    goTo(next.line)
    viewport.top = next.title
    viewport.settle(count: rows.count, height: height)
  }
}
