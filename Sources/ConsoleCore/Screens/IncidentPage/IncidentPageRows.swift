import FoundationEssentials
import PartnerModel
import SafeText

extension IncidentPageState {
  /// Comments and pieces of evidence that the page lists; how many more there are is told.
  private static let listed = 500

  /// The lines of the page for a width.
  func pageRows(width: Int, write: SafeText?, now: Date) -> [PageRow] {
    let textWidth = max(width - 3, 1)
    let name: SafeText = summary.map { SafeText(beginningOf: $0.displayName) } ?? "?"
    let title: SafeText = "#\(SafeText(beginningOf: key.id.rawValue)) \(name)"
    var rows = title.wrapped(to: textWidth).prefix(3).map(PageRow.title)
    rows += [.standing, .times]
    rows += flowed(facts, width: textWidth).map(PageRow.facts)
    if let write { rows += write.wrapped(to: textWidth).map { .text($0, .warning) } }
    if let failure {
      let time: SafeText = failure.at.map { " at \(clock($0, on: now))" } ?? ""
      let next = SafeText(incident == nil ? failure.nextActionBeforeFirstRead : failure.nextAction)
      let happened: SafeText =
        failure.cause == .absentJustNow
        ? "Could not be read, 404 just now\(time)." : "Could not be read\(time): \(SafeText(failure.summary))."
      let words: SafeText = "\(happened) \(next) r reads it again."
      rows += words.wrapped(to: textWidth).map { .text($0, .failure) }
    }
    if let next = summary?.redirectIncidentID {
      rows += link("Merged into #\(SafeText(next.rawValue)): work on that one, Enter opens it.", next, width: textWidth)
    }
    rows += mergedRows(width: textWidth)
    guard let incident else {
      rows.append(.blank)
      rows.append(
        failure == nil
          ? .text("Reading it for the first time: alerts, evidence and comments follow.", .quiet)
          : .text("Its alerts, evidence and comments were never read.", .quiet))
      return rows + timelineRows(width: textWidth)
    }
    let paragraphs = [incident.details, incident.summary, incident.resolvingComment].compactMap { $0 }
    for text in paragraphs where !text.isEmpty {
      rows.append(.blank)
      rows += SafeText.shownParagraphs(text, width: min(textWidth, 110)).map { .text($0, .plain) }
    }
    rows += alertRows(incident, width: textWidth) + evidenceRows(incident, width: textWidth)
    rows.append(.blank)
    rows.append(.rule("Comments", count: incident.comments.count))
    if incident.comments.isEmpty { rows.append(.text("Nobody has commented yet.", .quiet)) }
    for (index, comment) in incident.comments.prefix(Self.listed).enumerated() {
      rows.append(.comment(index))
      let lines = SafeText.shownParagraphs(comment.text, width: max(min(textWidth - 2, 110), 1))
      rows += lines.map { .text("  " + $0, .plain) }
    }
    if incident.comments.count > Self.listed {
      rows.append(.text("+\(incident.comments.count - Self.listed) more: see the portal (o).", .quiet))
    }
    return rows + timelineRows(width: textWidth)
  }

  private func alertRows(_ incident: Incident, width: Int) -> [PageRow] {
    let shown = incident.alerts?.count
    let total = shown.map { incident.alertGaps.total(shown: $0) }
    let heading: SafeText = total == shown.map { "\($0)" } ? "Alerts" : "Alerts \(shown ?? 0) of \(total ?? "?")"
    var rows: [PageRow] = [.blank, .rule(heading, count: heading == "Alerts" ? shown : nil)]
    guard let alerts = incident.alerts else {
      let words: SafeText = isReading ? "The alerts are being read…" : "The alerts were not read yet: r reads them."
      return rows + [.text(words, .quiet)]
    }
    let gaps = incident.alertGaps.words(shown: alerts.count)
    for words in gaps { rows += SafeText("Not all: \(words).").wrapped(to: width).map { .text($0, .warning) } }
    if alerts.isEmpty, gaps.isEmpty { rows.append(.text("The service lists no alert for it.", .quiet)) }
    for index in alertOrder where alertItems.indices.contains(index) {
      let item = alertItems[index]
      let row = PageRow.alert(index, item)
      rows.append(row)
      if expanded.contains(item) { rows += details(of: row, width: width - 6).map(PageRow.detail) }
    }
    return rows
  }

  private func evidenceRows(_ incident: Incident, width: Int) -> [PageRow] {
    guard let alerts = incident.alerts else { return [] }
    var rows: [PageRow] = [.blank, .rule("Evidence", count: evidence.count)]
    if evidence.isEmpty { rows.append(.text("No alert came with evidence.", .quiet)) }
    for (index, piece) in evidence.prefix(Self.listed).enumerated() {
      let row = PageRow.evidence(index, piece.item)
      rows.append(row)
      if expanded.contains(piece.item) { rows += details(of: row, width: width - 6).map(PageRow.detail) }
    }
    if evidence.count > Self.listed {
      rows.append(.text("+\(evidence.count - Self.listed) more: see the portal (o).", .quiet))
    }
    let unreadable = alerts.reduce(0) { $0 + $1.unreadableEvidence }
    if unreadable > 0 { rows.append(.text("\(unreadable) more could not be read: see the portal (o).", .warning)) }
    return rows
  }

  private var facts: [PageFact] {
    var facts: [PageFact] = []
    func add(_ label: SafeText, _ value: SafeText) { facts.append(PageFact(label: label, value: value)) }
    guard let summary else { return [] }
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

  /// Facts side by side, as many as fit a line; one that fits none is wrapped beside its label.
  private func flowed(_ facts: [PageFact], width: Int) -> [[PageFact]] {
    var lines: [[PageFact]] = []
    var used = 0
    for fact in facts {
      if !lines.isEmpty, used + 3 + fact.columns <= width {
        lines[lines.count - 1].append(fact)
        used += 3 + fact.columns
      } else if fact.columns > width {
        let parts = fact.value.wrapped(to: max(width - fact.label.columns - 1, 8)).prefix(20)
        for (index, part) in parts.enumerated() {
          lines.append([PageFact(label: index == 0 ? fact.label : .blank(fact.label.columns), value: part)])
        }
        used = width
      } else {
        lines.append([fact])
        used = fact.columns
      }
    }
    return lines
  }
}

extension PartnerError {
  /// What to do next where nothing was ever read, so that nothing can have stayed.
  fileprivate var nextActionBeforeFirstRead: String {
    switch cause {
    case .unreachable(.untrusted), .unreachable(.proxy): nextAction
    case .unreachable, .outage, .answerIncomplete, .deadlineExceeded, .breakerOpen:
      "It is read when the tenant answers again."
    default: nextAction
    }
  }
}

/// What found it: a product's short name, else the service's own word spelled out.
func detectorName(_ wire: String) -> SafeText {
  let name = productName(wire)
  return name == SafeText(wire) ? spelledOut(wire) : name
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
  case "microsoftInsiderRiskManagement": "Insider Risk"
  case "microsoftThreatIntelligence": "Threat Intel"
  case "microsoftSecurityForAI": "Security for AI"
  default: SafeText(wire)
  }
}
