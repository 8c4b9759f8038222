import PartnerModel

/// How what a write does is told to programs, with Graph's names, and to people.
enum ActionOutput {
  /// Only what is set is a member, beside `type`.
  static func json(_ action: IncidentAction) -> JSONNode {
    switch action {
    case .update(let update): object("update", members(update))
    case .comment(let text): object("comment", [("comment", .string(text))])
    case .updateAlert(let id, let update):
      object(
        "updateAlert",
        [("alertId", .string(id))]
          + members(byNamesOfIncident(update)))
    case .commentAlert(let id, let text):
      object("commentAlert", [("alertId", .string(id)), ("comment", .string(text))])
    case .merge(let others, let comment, let reasons):
      object(
        "merge",
        [
          ("incidentIds", .strings(others.map(\.rawValue))), ("comment", .string(comment)),
          ("reasons", .strings(reasons.map(\.rawValue))),
        ])
    case .moveAlerts(let ids, let target, let comment, let reasons):
      object(
        "moveAlerts",
        [
          ("alertIds", .strings(ids)), ("incidentId", .string(target.rawValue)), ("comment", .string(comment)),
          ("reasons", .strings(reasons.map(\.rawValue))),
        ])
    }
  }

  /// A change of an alert, by the names that an incident has for the same; a status keeps an alert's word.
  private static func byNamesOfIncident(_ update: AlertUpdate) -> IncidentUpdate {
    IncidentUpdate(
      status: update.status.map { IncidentStatus(wire: $0.wire) }, assignment: update.assignment,
      classification: update.classification, determination: update.determination)
  }

  private static func object(_ type: String, _ members: [(String, JSONNode)]) -> JSONNode {
    .object([("type", .string(type))] + members)
  }

  private static func members(_ update: IncidentUpdate) -> [(String, JSONNode)] {
    var members = update.values.map { ($0.field.rawValue, json($0.value)) }
    if !update.addedTags.isEmpty { members.append(("addTags", .strings(update.addedTags))) }
    if !update.removedTags.isEmpty { members.append(("removeTags", .strings(update.removedTags))) }
    return members
  }

  static func json(_ value: FieldValue) -> JSONNode {
    switch value {
    case .text(let text): .string(text)
    case .list(let list): .strings(list)
    }
  }

  /// In the words of the command line.
  static func words(_ action: IncidentAction) -> String {
    switch action {
    case .update(let update): return words(update)
    case .comment(let text): return "comment “\(oneLine(text))”"
    case .updateAlert(let id, let update):
      return "alert \(id): \(words(byNamesOfIncident(update)))"
    case .commentAlert(let id, let text): return "alert \(id): comment “\(oneLine(text))”"
    case .merge(let others, _, _): return "merged with \(others.map { "#\($0.rawValue)" }.joined(separator: ", "))"
    case .moveAlerts(let ids, let target, _, _): return "moved \(ids.joined(separator: ", ")) to #\(target.rawValue)"
    }
  }

  static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private static func words(_ update: IncidentUpdate) -> String {
    var what = update.status.map { ["status \($0.wire)"] } ?? []
    switch update.assignment {
    case nil: break
    case .nobody: what.append("assigned to nobody")
    case .to(let upn): what.append("assigned to \(upn)")
    }
    if let classification = update.classification { what.append("classification \(classification.wire)") }
    if let determination = update.determination { what.append("determination \(determination.wire)") }
    if let severity = update.severity { what.append("severity \(severity.wire)") }
    what += update.addedTags.map { "tag \($0) added" } + update.removedTags.map { "tag \($0) taken away" }
    if let name = update.displayName { what.append("name “\(name)”") }
    if let details = update.details {
      what.append(details.isEmpty ? "no description" : "description “\(oneLine(details))”")
    }
    if let comment = update.resolvingComment {
      what.append(comment.isEmpty ? "no resolving comment" : "resolving comment “\(oneLine(comment))”")
    }
    return what.joined(separator: ", ")
  }
}
