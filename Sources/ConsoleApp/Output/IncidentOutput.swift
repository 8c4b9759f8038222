import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

/// How incidents are told to programs and to people.
struct IncidentOutput {
  var now: Date
  var policy: (TenantID) -> SLAPolicy
  var tenantName: (TenantID) -> String

  func json(_ incident: IncidentSummary) -> JSONNode { .object(members(incident)) }

  private func members(_ incident: IncidentSummary) -> KeyValuePairs<String, JSONNode> {
    let sla = SLA(of: incident, policy: policy(incident.key.tenant), now: now)
    return [
      "tenantId": .string(incident.key.tenant.rawValue),
      "tenantName": .string(tenantName(incident.key.tenant)),
      "id": .string(incident.key.id.rawValue),
      "displayName": .string(incident.displayName),
      "severity": .string(incident.severity.wire),
      "status": .string(incident.status == .unknown ? nil : incident.status.wire),
      "assignedTo": .string(incident.assignedTo),
      "classification": .string(incident.classification?.wire),
      "determination": .string(incident.determination?.wire),
      "tags": .strings(incident.tags),
      "createdAt": .string(incident.createdAt?.description),
      "updatedAt": .string(incident.updatedAt?.description),
      "alertCount": .number(incident.alertCount),
      "url": .string(incident.webURL),
      "sla": .object([
        "acknowledgeBy": .string(sla.acknowledgeBy?.description),
        "resolveBy": .string(sla.resolveBy?.description),
        "state": .string(sla.state.rawValue),
      ]),
    ]
  }

  static let csvColumns = [
    "tenantId", "tenantName", "id", "displayName", "severity", "status", "assignedTo", "classification",
    "determination", "tags", "createdAt", "updatedAt", "alertCount", "url", "sla.acknowledgeBy", "sla.resolveBy",
    "sla.state",
  ]

  /// One incident in one row; alerts, evidence and comments are lists in their cells.
  static let csvColumnsOfOne =
    csvColumns + [
      "description", "summary", "systemTags", "resolvingComment", "lastModifiedBy", "redirectIncidentId",
      "priorityScore", "alerts.id", "alerts.title", "alerts.severity", "alerts.status", "alerts.serviceSource",
      "alerts.evidence.type", "alerts.evidence.verdict", "comments.createdDateTime", "comments.createdByDisplayName",
      "comments.comment",
    ]

  /// One incident whole: its summary's fields, then alerts with their evidence, and comments.
  func json(_ incident: Incident, acknowledgedAt: Timestamp?, alertCount: Int?) -> JSONNode {
    let summary = IncidentSummary(incident, acknowledgedAt: acknowledgedAt, alertCount: alertCount)
    var all = members(summary).map { JSONNode.Member(key: $0.key, keyPosition: .start, value: $0.value) }
    func add(_ key: String, _ value: JSONNode) { all.append(.init(key: key, keyPosition: .start, value: value)) }
    add("description", .string(incident.details))
    add("summary", .string(incident.summary))
    add("systemTags", .strings(incident.systemTags))
    add("resolvingComment", .string(incident.resolvingComment))
    add("lastModifiedBy", .string(incident.lastModifiedBy))
    add("redirectIncidentId", .string(incident.redirectIncidentID?.rawValue))
    add("priorityScore", .number(incident.priorityScore))
    add("alerts", incident.alerts.map { .array($0.map(json)) } ?? .null)
    add(
      "comments",
      .array(
        incident.comments.map {
          .object([
            "comment": .string($0.text), "createdByDisplayName": .string($0.createdBy),
            "createdDateTime": .string($0.createdAt?.description),
          ])
        }))
    return JSONNode(.object(all))
  }

  private func json(_ alert: Alert) -> JSONNode {
    .object([
      "id": .string(alert.id),
      "title": .string(alert.title),
      "description": .string(alert.details),
      "recommendedActions": .string(alert.recommendedActions),
      "category": .string(alert.category),
      "severity": .string(alert.severity.wire),
      "status": .string(alert.status.wire),
      "classification": .string(alert.classification?.wire),
      "determination": .string(alert.determination?.wire),
      "assignedTo": .string(alert.assignedTo),
      "serviceSource": .string(alert.serviceSource),
      "detectionSource": .string(alert.detectionSource),
      "mitreTechniques": .strings(alert.mitreTechniques),
      "createdDateTime": .string(alert.createdAt?.description),
      "lastUpdateDateTime": .string(alert.updatedAt?.description),
      "firstActivityDateTime": .string(alert.firstActivityAt?.description),
      "lastActivityDateTime": .string(alert.lastActivityAt?.description),
      "alertWebUrl": .string(alert.webURL),
      "evidence": .array(alert.evidence.map(json)),
    ])
  }

  /// The item as the service sent it, with `type` in front instead of `@odata.type`.
  private func json(_ evidence: Evidence) -> JSONNode {
    let type = JSONNode.Member(key: "type", keyPosition: .start, value: .string(evidence.type))
    guard let members = (try? JSONReader.read(evidence.json))?.members else { return JSONNode(.object([type])) }
    return JSONNode(.object([type] + members.filter { $0.key != "@odata.type" && $0.key != "type" }))
  }

  func text(_ incidents: [IncidentSummary]) -> String {
    var table = TextTable([
      .init("SEV"), .init("STATUS"), .init("AGE", .trailing), .init("TENANT", most: 40),
      .init("ID", .trailing), .init("INCIDENT", most: 80), .init("OWNER", most: 40),
    ])
    for incident in incidents {
      table.add([
        SafeText(incident.severity.wire), SafeText(incident.status.wire),
        incident.createdAt.map { age($0) } ?? "?", SafeText(tenantName(incident.key.tenant)),
        SafeText(incident.key.id.rawValue), SafeText(incident.displayName), SafeText(incident.assignedTo ?? "–"),
      ])
    }
    return table.text
  }

  private func age(_ moment: Timestamp) -> SafeText {
    let seconds = max(0, moment.age(at: now))
    return switch seconds {
    case ..<60: "\(Int(seconds)) s"
    case ..<3600: "\(Int(seconds / 60)) m"
    case ..<86_400: "\(Int(seconds / 3600)) h"
    default: "\(Int(seconds / 86_400)) d"
    }
  }

  /// Whether its portal link is one that the console refuses to open: it leads into another tenant.
  func opensElsewhere(_ incident: Incident) -> Bool {
    incident.webURL.map { PortalLink.isForeign($0, to: incident.tenant) } ?? false
  }

  /// What of an incident is missing, a clause each, without full stops.
  func missing(_ incident: Incident) -> [String] {
    guard let alerts = incident.alerts else { return ["its alerts could not be read"] }
    let evidence = alerts.reduce(0) { $0 + $1.unreadableEvidence }
    return incident.alertGaps.words(shown: alerts.count)
      + (evidence > 0 ? ["\(evidence) evidence item\(evidence == 1 ? "" : "s") could not be read"] : [])
  }

  func text(_ incident: Incident) -> String {
    var lines: [SafeText] = []
    func line(_ label: SafeText, _ value: String?) {
      guard let value, !value.isEmpty else { return }
      lines.append(label.padded(to: 16) + SafeText(value))
    }
    func section(_ title: SafeText) { lines += ["", title] }
    lines.append(SafeText("#\(incident.id.rawValue)  \(incident.displayName ?? "")"))
    line("tenant", tenantName(incident.tenant))
    line("severity", incident.severity.wire)
    line("status", incident.status.wire)
    line("assigned to", incident.assignedTo ?? "–")
    line("classification", incident.classification?.wire)
    line("determination", incident.determination?.wire)
    line("created", incident.createdAt?.description)
    line("updated", incident.updatedAt?.description)
    line("tags", (incident.customTags + incident.systemTags).joined(separator: ", "))
    line("merged into", incident.redirectIncidentID?.rawValue)
    line("portal", incident.webURL)
    if opensElsewhere(incident) { line("", "this link opens another tenant") }
    for paragraph in [incident.details, incident.summary] {
      guard let paragraph, !paragraph.isEmpty else { continue }
      lines.append("")
      lines += SafeText.paragraphs(paragraph, width: 100)
    }
    let shown = incident.alerts?.count
    let count = incident.alertGaps.total(shown: shown ?? 0)
    section(SafeText("Alerts " + (shown.map { "\($0)" == count ? count : "\($0) of \(count)" } ?? "? (not read)")))
    for words in missing(incident) { lines.append(SafeText("  \(words)")) }
    for alert in incident.alerts ?? [] {
      let product = alert.serviceSource ?? ""
      lines.append(SafeText("  [\(alert.severity.wire)] \(alert.title ?? alert.id)  \(product)  \(alert.status.wire)"))
      for evidence in alert.evidence {
        lines.append(SafeText("      \(evidence.kind): \(evidence.overview.subject)  \(evidence.verdict.wire)"))
      }
      if alert.unreadableEvidence > 0 {
        lines.append(SafeText("      \(alert.unreadableEvidence) unreadable evidence items"))
      }
    }
    section(SafeText("Comments \(incident.comments.count)"))
    for comment in incident.comments {
      lines.append(SafeText("  \(comment.createdAt?.description ?? "?")  \(comment.createdBy ?? "?"):"))
      lines += SafeText.paragraphs(comment.text, width: 96).map { "    " + $0 }
    }
    return lines.map { $0.text + "\n" }.joined()
  }
}
