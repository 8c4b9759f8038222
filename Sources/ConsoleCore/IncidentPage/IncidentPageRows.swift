import FoundationEssentials
import PartnerModel
import SafeText

extension IncidentPageState {
  /// The lines of the page for a width.
  func pageRows(width: Int, write: SafeText?) -> [PageRow] {
    let textWidth = max(width - 3, 1)
    var rows: [PageRow] = [.standing, .times]
    rows += flowed(facts, width: textWidth).map(PageRow.facts)
    if let write { rows += write.wrapped(to: textWidth).map { .text($0, .warning) } }
    if let failure {
      let time = failure.at.map { " at \(clock($0))" } ?? ""
      let words: SafeText = "Could not be read\(time): \(failure.summary). \(failure.nextAction) r reads it again."
      rows += words.wrapped(to: textWidth).map { .text($0, .failure) }
    }
    if let next = summary.redirectIncidentID {
      rows.append(.text("Merged into #\(next.rawValue): work on that one.", .warning))
    }
    guard let incident else {
      rows.append(.blank)
      rows.append(
        failure == nil
          ? .text("Reading it for the first time: alerts, evidence and comments follow.", .quiet)
          : .text("Its alerts, evidence and comments were never read.", .quiet))
      return rows
    }
    let paragraphs = [incident.details, incident.summary, incident.resolvingComment].compactMap { $0 }
    for text in paragraphs where !text.isEmpty {
      rows.append(.blank)
      rows += SafeText.paragraphs(text, width: min(textWidth, 110)).map { .text($0, .plain) }
    }
    rows += alertRows(incident, width: textWidth) + evidenceRows(incident, width: textWidth)
    rows.append(.blank)
    rows.append(.rule("Comments", count: incident.comments.count))
    if incident.comments.isEmpty { rows.append(.text("Nobody has commented yet.", .quiet)) }
    for (index, comment) in incident.comments.enumerated() {
      rows.append(.comment(index))
      rows += SafeText.paragraphs(comment.text, width: max(min(textWidth - 2, 110), 1)).map { .text("  " + $0, .plain) }
    }
    return rows
  }

  private func alertRows(_ incident: Incident, width: Int) -> [PageRow] {
    var rows: [PageRow] = [.blank, .rule("Alerts", count: incident.alerts?.count)]
    guard let alerts = incident.alerts else {
      return rows + [.text("The alerts were not read yet: r reads them.", .quiet)]
    }
    if alerts.isEmpty { rows.append(.text("The service lists no alert for it.", .quiet)) }
    for index in alerts.indices {
      rows.append(.alert(index))
      if expanded.contains(.alert(index)) { rows += details(of: .alert(index), width: width - 6).map(PageRow.detail) }
    }
    return rows
  }

  private func evidenceRows(_ incident: Incident, width: Int) -> [PageRow] {
    guard let alerts = incident.alerts else { return [] }
    var rows: [PageRow] = [.blank, .rule("Evidence", count: evidence.count)]
    if evidence.isEmpty { rows.append(.text("No alert came with evidence.", .quiet)) }
    for index in evidence.indices {
      rows.append(.evidence(index))
      if expanded.contains(.evidence(index)) {
        rows += details(of: .evidence(index), width: width - 6).map(PageRow.detail)
      }
    }
    let unreadable = alerts.reduce(0) { $0 + $1.unreadableEvidence }
    if unreadable > 0 { rows.append(.text("\(unreadable) more could not be read: see the portal (o).", .warning)) }
    return rows
  }

  private var facts: [PageFact] {
    var facts: [PageFact] = []
    func add(_ label: SafeText, _ value: SafeText) { facts.append(PageFact(label: label, value: value)) }
    let judged = [summary.classification?.wire, summary.determination?.wire].compactMap { $0 }
    let known = judged.filter { $0 != "unknown" }
    add("judged", known.isEmpty ? "–" : known.map(spelledOut).joined(separator: ", "))
    let tags = summary.tags + (incident?.systemTags ?? [])
    add("tags", tags.isEmpty ? "–" : tags.map { SafeText(beginningOf: $0) }.joined(separator: ", "))
    if let alerts = incident?.alerts {
      let products = unique(alerts.compactMap(\.serviceSource)).map(productName)
      if !products.isEmpty { add("products", products.joined(separator: ", ")) }
      let techniques = unique(alerts.flatMap(\.mitreTechniques)).map { SafeText($0) }
      if !techniques.isEmpty { add("techniques", techniques.joined(separator: " ")) }
    }
    if let score = incident?.priorityScore { add("priority", "\(score)") }
    if let editor = incident?.lastModifiedBy, !editor.isEmpty { add("last change by", SafeText(editor)) }
    return facts
  }

  private func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }

  /// Facts side by side, as many as fit a line.
  private func flowed(_ facts: [PageFact], width: Int) -> [[PageFact]] {
    var lines: [[PageFact]] = []
    var used = 0
    for fact in facts {
      if !lines.isEmpty, used + 3 + fact.columns <= width {
        lines[lines.count - 1].append(fact)
        used += 3 + fact.columns
      } else {
        lines.append([fact])
        used = fact.columns
      }
    }
    return lines
  }
}

/// A product's short name, from the word Graph has for it.
func productName(_ wire: String) -> SafeText {
  switch wire {
  case "microsoftDefenderForEndpoint": "Endpoint"
  case "microsoftDefenderForIdentity": "Identity"
  case "microsoftDefenderForCloudApps": "Cloud Apps"
  case "microsoftDefenderForOffice365": "Office 365"
  case "microsoftDefenderForCloud": "Cloud"
  case "azureAdIdentityProtection": "Entra ID"
  case "microsoft365Defender": "Defender XDR"
  case "microsoftAppGovernance": "App Governance"
  case "dataLossPrevention": "DLP"
  case "microsoftSentinel": "Sentinel"
  default: SafeText(wire)
  }
}
