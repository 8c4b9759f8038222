import PartnerModel
import SafeText

/// Exactly what an action sends, and where, spelled as Graph spells it.
func requestWords(of action: IncidentAction, on subject: FormSubject) -> SafeText {
  let place = "in \(subject.tenantName)"
  let incident: SafeText = "incident \(subject.number) \(place)"
  func alert(_ id: String) -> SafeText { "alert \(SafeText(beginningOf: id, limit: 80)) of \(incident)" }
  switch action {
  case .update(let update): return "PATCH \(incident): \(update.requestWords(tagsNow: subject.incident.tags))"
  case .updateAlert(let id, let update): return "PATCH \(alert(id)): \(update.requestWords)"
  case .comment(let text): return "POST a comment to \(incident): \(quoted(text)). It cannot be undone."
  case .commentAlert(let id, let text): return "POST a comment to \(alert(id)): \(quoted(text)). It cannot be undone."
  case .merge(let others, let comment, let reasons):
    let ids = ([subject.key.id] + others).map { SafeText($0.rawValue) }.joined(separator: ", ")
    let rest = requestWords(comment, "incidentComment", reasons, "mergeReasons")
    return
      "POST mergeIncidents \(place): incidentIds = \(ids)\(rest). The service says which one stays. It cannot be undone."
  case .moveAlerts(let ids, let target, let comment, let reasons):
    let alerts = ids.map { SafeText(beginningOf: $0, limit: 80) }.joined(separator: ", ")
    let rest = requestWords(comment, "alertComment", reasons, "newCorrelationReasons")
    return
      "POST moveAlerts \(place): alertIds = \(alerts), incidentId = \(target.rawValue)\(rest)."
  }
}

private func requestWords(
  _ comment: String?, _ name: String, _ reasons: [CorrelationReason], _ reasonsName: String
) -> SafeText {
  var words = SafeText.empty
  if let comment { words += ", \(name) = \(quoted(comment))" }
  if !reasons.isEmpty { words += ", \(reasonsName) = \(reasons.map(\.rawValue).joined(separator: ", "))" }
  return words
}

/// A text whose lines are told apart.
func quoted(_ text: String) -> SafeText {
  "“"
    + text.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText(String($0)) }.joined(
      separator: " ⏎ ")
    + "”"
}

extension IncidentUpdate {
  /// - Parameter tagsNow: those that the incident has as it was seen; what is sent is worked out from those that it has then.
  func requestWords(tagsNow: [String]) -> SafeText {
    var parts = fieldWords(status?.wire, assignment, classification, determination)
    if let severity { parts.append("severity = \(severity.wire)") }
    if let displayName { parts.append("displayName = \(quoted(displayName))") }
    if let details { parts.append("description = \(quoted(details))") }
    if let resolvingComment { parts.append("resolvingComment = \(quoted(resolvingComment))") }
    if changesTags {
      let tags = tags(after: tagsNow)
      parts.append(
        "customTags = " + (tags.isEmpty ? "none" : tags.map { SafeText($0) }.joined(separator: ", ")))
    }
    return parts.joined(separator: ", ")
  }
}

extension AlertUpdate {
  var requestWords: SafeText {
    fieldWords(status?.wire, assignment, classification, determination).joined(separator: ", ")
  }
}

private func fieldWords(
  _ status: String?, _ assignment: IncidentUpdate.Assignment?, _ classification: Classification?,
  _ determination: Determination?
) -> [SafeText] {
  var parts: [SafeText] = []
  if let status { parts.append("status = \(status)") }
  switch assignment {
  case nil: break
  case .nobody: parts.append("assignedTo = null (nobody)")
  case .to(let name): parts.append("assignedTo = \(SafeText(name))")
  }
  if let classification { parts.append("classification = \(classification.wire)") }
  if let determination { parts.append("determination = \(determination.wire)") }
  return parts
}
