import PartnerModel
import SafeText

extension IncidentPageState {
  /// What is known of the alert or the evidence of a line, as lines of a width.
  /// - Parameter hasTitle: whether its title stands above already.
  func details(of row: PageRow, width: Int, hasTitle: Bool = false) -> [DetailLine] {
    switch row {
    case .alert(let index, _):
      guard let alerts = incident?.alerts, alerts.indices.contains(index) else { return [] }
      return alertDetails(alerts[index], index, width: width, hasTitle: hasTitle)
    case .evidence(let index, _):
      guard evidence.indices.contains(index) else { return [] }
      return evidenceDetails(evidence[index], width: width)
    case .event(let index, _):
      guard timeline.entries.indices.contains(index) else { return [] }
      return eventDetails(timeline.entries[index], width: width)
    default: return []
    }
  }

  func alertDetails(_ alert: Alert, _ index: Int, width: Int, hasTitle: Bool) -> [DetailLine] {
    var lines = DetailLines(width: width)
    // The row shows it as far as its columns go.
    if !hasTitle, let title = alert.title, title.unicodeScalars.count > max(width - 40, 8) {
      lines.addOutside("title", title)
    }
    lines.add("product", alert.serviceSource.map(productName))
    lines.add("detected by", alert.detectionSource.map(detectorName))
    lines.add("category", alert.category.map { SafeText($0) })
    lines.add(
      "techniques", alert.mitreTechniques.isEmpty ? nil : SafeText(alert.mitreTechniques.joined(separator: " ")))
    lines.add("status", spelledOut(alert.status.wire))
    lines.add("assigned to", alert.assignedTo.map { SafeText($0) })
    lines.add("first seen", alert.firstActivityAt.map(moment))
    lines.add("last seen", alert.lastActivityAt.map(moment))
    lines.addParagraphs(alert.details)
    lines.addParagraphs(alert.recommendedActions)
    let listed = alertEvidence.indices.contains(index) ? alertEvidence[index] : []
    if !listed.isEmpty {
      lines.addBlank()
      for item in listed {
        let words = Theme.words(item.evidence.verdict)
        lines.add(SafeText(item.evidence.kind), "\(SafeText(beginningOf: item.subject))  \(words)", labelWidth: 17)
      }
      let more = alert.evidence.count - listed.count
      if more > 0 { lines.add("", "+\(more) more") }
    }
    return lines.lines
  }

  private func evidenceDetails(_ item: EvidenceItem, width: Int) -> [DetailLine] {
    var lines = DetailLines(width: width)
    let evidence = item.evidence
    // The row shows them as far as its columns go.
    lines.add("kind", SafeText(evidence.kind))
    lines.addOutside("value", item.subject)
    lines.add("verdict", Theme.words(evidence.verdict))
    lines.add("remediation", evidence.remediationStatus.map(spelledOut))
    lines.add("named by", item.alerts == 1 ? "1 alert" : "\(item.alerts) alerts")
    lines.add("first seen", evidence.createdAt.map(moment))
    let roles = evidence.roles + evidence.detailedRoles
    lines.add("roles", roles.isEmpty ? nil : roles.map(spelledOut).joined(separator: ", "))
    lines.add("tags", evidence.tags.isEmpty ? nil : SafeText(evidence.tags.joined(separator: ", ")))
    for fact in item.facts { lines.addOutside(SafeText(fact.label), fact.value) }
    return lines.lines
  }
}

/// Collects labelled lines, wrapped beside their labels.
struct DetailLines {
  private static let paragraphLines = 300
  let width: Int
  private(set) var lines: [DetailLine] = []

  init(width: Int) { self.width = width }

  mutating func add(_ label: SafeText, _ value: SafeText?, labelWidth: Int = 13) {
    guard let value, !value.isEmpty else { return }
    let label = label.clipped(to: labelWidth).padded(to: labelWidth + 1)
    var isFirst = true
    for part in value.wrapped(to: max(width - label.columns, 8)) {
      lines.append(DetailLine(label: isFirst ? label : .blank(label.columns), text: part))
      isFirst = false
    }
  }

  /// What is known of a write; an empty value is an empty line of its text.
  mutating func add(_ facts: [(label: SafeText, value: SafeText)]) {
    let labelWidth = 17
    for fact in facts {
      if fact.value.isEmpty {
        lines.append(DetailLine(label: fact.label.padded(to: labelWidth + 1), text: .empty))
      } else {
        add(fact.label, fact.value, labelWidth: labelWidth)
      }
    }
  }

  /// A value from outside, whole; of a huge one the beginning, and how much is not shown.
  mutating func addOutside(_ label: SafeText, _ value: String?) {
    guard let value else { return }
    let limit = 20_000
    add(label, SafeText(beginningOf: value, limit: limit))
    let more = value.utf8.count <= limit ? 0 : value.unicodeScalars.count - limit
    if more > 0 { add("", "+\(more) characters more: the command incidents show has them.") }
  }

  mutating func addBlank() {
    if !lines.isEmpty { lines.append(DetailLine(label: .empty, text: .empty)) }
  }

  /// Free text, after a blank line.
  mutating func addParagraphs(_ text: String?) {
    guard let text, !text.isEmpty else { return }
    addBlank()
    let parts = SafeText.shownParagraphs(text, width: max(width, 8))
    lines += parts.prefix(Self.paragraphLines).map { DetailLine(label: .empty, text: $0) }
    let more = parts.count - Self.paragraphLines
    if more > 0 { lines.append(DetailLine(label: .empty, text: "+\(more) more lines: see the portal (o).")) }
  }
}

/// A moment to the minute, in Z.
func moment(_ time: Timestamp) -> SafeText {
  let text = time.description
  return SafeText("\(text.prefix(10)) \(text.dropFirst(11).prefix(5))Z")
}

/// A moment to the minute without its year, for columns.
func shortMoment(_ time: Timestamp?) -> SafeText {
  guard let time else { return "?" }
  let text = time.description
  return SafeText("\(text.dropFirst(5).prefix(5)) \(text.dropFirst(11).prefix(5))")
}
