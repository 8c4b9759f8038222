import ConsoleCore
import FoundationEssentials
import PartnerModel
import PartnerStore
import SafeText

/// How the journal's entries are told to programs and to people.
struct AuditOutput {
  var names: [TenantID: String]
  /// Columns of the window; `nil` for a file or a pipe.
  var width: Int?

  func json(_ recorded: RecordedEntry) -> JSONNode {
    let entry = recorded.entry
    return .object([
      "entry": .number(Int(recorded.sequence)),
      "at": .moment(entry.at),
      "kind": .string(entry.kind.rawValue),
      "tenantId": .string(entry.tenant?.rawValue),
      "tenantName": .string(entry.tenant.flatMap { names[$0] }),
      "incidentId": .string(entry.incident?.rawValue),
      "write": .string(entry.write?.rawValue),
      "operator": .string(entry.operatorUPN),
      "requestId": .string(entry.requestID),
      "what": .string(what(entry)),
      "action": entry.action.map(ActionOutput.json) ?? .null,
      "undoes": .string(entry.undoes?.rawValue),
      "changes": entry.observed.map { .array($0.changes.map(json)) } ?? .null,
      "changedBy": .string(entry.observed?.by),
      "changedAt": .string(entry.observed?.changedAt?.description),
      "error": .problem(entry.problem),
      "detail": .string(entry.detail),
    ])
  }

  private func json(_ change: FieldChange) -> JSONNode {
    .object([
      "field": .string(change.field.rawValue), "before": ActionOutput.json(change.before),
      "after": ActionOutput.json(change.after),
    ])
  }

  static let csvColumns: [CSV.Column] =
    [
      "entry", "at", "kind", "tenantId", "tenantName", "incidentId", "write", "operator", "requestId", "what", "undoes",
      "changedBy", "changedAt",
    ] + TenantOutput.problemColumns("error") + ["detail"]

  func text(_ entries: [RecordedEntry]) -> String {
    var table = TextTable(
      [
        .init("ENTRY", .trailing), .init("WHEN"), .init("TENANT", most: 40), .init("INCIDENT", .trailing),
        .init("KIND"),
        .init("WHAT", most: 80), .init("WHO", most: 40), .init("REQUEST"),
      ],
      givingWay: [
        .drop(7), .shrink(6, to: 18), .shrink(2, to: 20), .shrink(5, to: 30), .drop(6), .shrink(2, to: 12),
        .shrink(5, to: 16), .drop(2),
      ])
    for recorded in entries {
      let entry = recorded.entry
      table.add([
        "\(recorded.sequence)", "\(Timestamp(entry.at).description.prefix(19))Z",
        "\(entry.tenant.map { names[$0] ?? $0.rawValue } ?? "–")", "\(entry.incident.map { "#\($0.rawValue)" } ?? "–")",
        .init(spelledOut(entry.kind.rawValue)), "\(what(entry) ?? "–")",
        "\(entry.observed.map { $0.by ?? "?" } ?? entry.operatorUPN ?? "–")", "\(entry.requestID ?? "–")",
      ])
    }
    return table.text(width: width)
  }

  /// What an entry tells beside its kind, in one line.
  private func what(_ entry: JournalEntry) -> String? {
    var parts: [String] = []
    if let action = entry.action { parts.append(ActionOutput.words(action)) }
    if let undoes = entry.undoes { parts.append("takes back \(undoes.rawValue)") }
    if let observed = entry.observed {
      parts += observed.changes.map { "\($0.field.rawValue): \($0.before.words) → \($0.after.words)" }
      if observed.count > 1 {
        let since = observed.readBefore.map { " since \(Timestamp($0).description)" } ?? ""
        parts.append("stands for \(observed.count) changes\(since)")
      }
    }
    if let problem = entry.problem { parts.append(spelledOut(problem.cause).text) }
    if let detail = entry.detail { parts.append(detail) }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
