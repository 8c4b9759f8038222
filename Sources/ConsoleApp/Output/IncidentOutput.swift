import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

/// How incidents are told to programs and to people.
struct IncidentOutput {
  var now: Date
  var policy: (TenantID) -> SLAPolicy
  var tenantName: (TenantID) -> String
  /// When what is told of an incident was read; `nil` if that is not known.
  var readAt: (IncidentKey) -> Date?

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
      "readAt": .moment(readAt(incident.key)),
    ]
  }

  static let csvColumns: [CSV.Column] = columnsOfAll + ["readAt"]

  private static let columnsOfAll: [CSV.Column] = [
    "tenantId", "tenantName", "id", "displayName", "severity", "status", "assignedTo", "classification",
    "determination", "tags", "createdAt", "updatedAt", "alertCount", "url", "sla.acknowledgeBy", "sla.resolveBy",
    "sla.state",
  ]

  /// One incident in one row; alerts, evidence and comments are lists in their cells.
  static let csvColumnsOfOne: [CSV.Column] =
    columnsOfAll + [
      "description", "summary", "systemTags", "resolvingComment", "lastModifiedBy", "redirectIncidentId",
      "priorityScore", "alerts.id", "alerts.title", "alerts.severity", "alerts.status", "alerts.serviceSource",
      "alerts.evidence.type", "alerts.evidence.verdict", "comments.createdDateTime", "comments.createdByDisplayName",
      "comments.comment", "alerts.evidence.subject", "alerts.evidence.facts", "readAt",
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

  /// The same for CSV: each piece of evidence with what names it and what is to know of it, and with nothing missing,
  /// so that the lists of a row stay in step.
  func flat(_ node: JSONNode, _ incident: Incident, times: TimeForm) -> JSONNode {
    var members = node.members ?? []
    guard let alerts = incident.alerts, let place = members.firstIndex(where: { $0.key == "alerts" }) else {
      return node
    }
    members[place].value = .array(
      alerts.map { alert in
        let evidence = JSONNode.array(alert.evidence.map { flat($0, times) })
        let others = (json(alert).members ?? []).filter { $0.key != "evidence" }
        return JSONNode(.object(others + [.init(key: "evidence", value: evidence)]))
      })
    return JSONNode(.object(members))
  }

  private func flat(_ evidence: Evidence, _ times: TimeForm) -> JSONNode {
    var evidence = evidence
    if times == .seconds, let item = try? JSONReader.read(evidence.json) {
      let cut = item.timesCutToSeconds
      evidence.json = cut.text(isPretty: false)
      evidence.createdAt = cut["createdDateTime"]?.string.flatMap { Timestamp($0) }
    }
    let overview = evidence.overview
    return .object([
      "type": .string(evidence.type), "verdict": .string(evidence.verdict.wire), "subject": .string(overview.subject),
      "facts": .string(
        (overview.facts + evidence.standing).map { "\($0.label): \($0.value)" }.joined(separator: " | ")),
    ])
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

  /// - Parameter width: of the window; `nil` for a file or a pipe.
  func text(_ incidents: [IncidentSummary], width: Int?) -> String {
    var table = TextTable(
      [
        .init("SEV"), .init("STATUS"), .init("AGE", .trailing), .init("TENANT", most: 40),
        .init("ID", .trailing), .init("INCIDENT", most: 80), .init("OWNER", most: 40), .init("READ"),
      ],
      givingWay: [
        .shorten(7), .shrink(6, to: 18), .shrink(3, to: 26), .shrink(5, to: 24), .drop(6), .drop(1), .shrink(3, to: 14),
        .drop(2), .shrink(5, to: 12), .drop(7), .drop(3), .shrink(5, to: 8),
      ])
    for incident in incidents {
      table.add([
        "\(incident.severity.wire)", "\(incident.status.wire)", incident.createdAt.map { .init(age($0)) } ?? "?",
        "\(tenantName(incident.key.tenant))", "\(incident.key.id.rawValue)", "\(incident.displayName)",
        "\(incident.assignedTo ?? "–")", .init(readAt(incident.key), now: now),
      ])
    }
    return table.text(width: width)
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

  /// - Parameter width: of the window, to which long values are wrapped; `nil` for a file or a pipe.
  func text(_ incident: Incident, width: Int?) -> String {
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
      lines += SafeText.paragraphs(paragraph, width: min(width ?? 100, 100))
    }
    let shown = incident.alerts?.count
    let count = incident.alertGaps.total(shown: shown ?? 0)
    section(SafeText("Alerts " + (shown.map { "\($0)" == count ? count : "\($0) of \(count)" } ?? "? (not read)")))
    for words in incident.missingParts { lines.append(SafeText("  \(words)")) }
    for alert in incident.alerts ?? [] {
      let product = alert.serviceSource ?? ""
      lines.append(SafeText("  [\(alert.severity.wire)] \(alert.title ?? alert.id)  \(product)  \(alert.status.wire)"))
      for evidence in alert.evidence {
        let overview = evidence.overview
        lines += hanging("      \(evidence.kind): ", "\(overview.subject)  \(evidence.verdict.wire)", width)
        for fact in overview.facts + evidence.standing {
          lines += hanging("          \(fact.label): ", fact.value, width)
        }
      }
      if alert.unreadableEvidence > 0 {
        lines.append(SafeText("      \(alert.unreadableEvidence) unreadable evidence items"))
      }
    }
    section(SafeText("Comments \(incident.comments.count)"))
    for comment in incident.comments {
      lines.append(SafeText("  \(comment.createdAt?.description ?? "?")  \(comment.createdBy ?? "?"):"))
      lines += SafeText.paragraphs(comment.text, width: min(width ?? 100, 100) - 4).map { "    " + $0 }
    }
    return lines.map { $0.text + "\n" }.joined()
  }

  /// A value behind its label; where it is wider than the window its further lines stand below its first.
  private func hanging(_ label: String, _ value: String, _ width: Int?) -> [SafeText] {
    let label = SafeText(label)
    let value = SafeText(value)
    guard let width, label.columns + value.columns > width else { return [label + value] }
    let lines = value.wrapped(to: max(width - label.columns, 20))
    return lines.enumerated().map { ($0 == 0 ? label : .blank(label.columns)) + $1 }
  }
}
