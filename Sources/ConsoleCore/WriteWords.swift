import PartnerModel
import SafeText

// What is told of writes, in a few words.

extension IncidentWrite {
  /// What it is about, in a few words.
  var words: SafeText { (undoes == nil ? "" : "undoing: ") + action.words(by: operatorUPN) }
}

extension IncidentConflict {
  /// Who made what of it meanwhile.
  var words: SafeText {
    let who: SafeText = by.flatMap { $0.isEmpty ? nil : ownerName($0) } ?? "somebody"
    let changes = fields.map { field in
      "\(field.field.word) \(field.theirs.shown(of: field.field)) (it was \(field.was.shown(of: field.field)))"
        as SafeText
    }
    return "\(who) was faster and made \(changes.joined(separator: ", "))."
  }
}

extension IncidentAction {
  enum Kind: Hashable, Sendable { case update, comment, updateAlert, commentAlert, merge, moveAlerts }

  var kind: Kind {
    switch self {
    case .update: .update
    case .comment: .comment
    case .updateAlert: .updateAlert
    case .commentAlert: .commentAlert
    case .merge: .merge
    case .moveAlerts: .moveAlerts
    }
  }

  /// Whether it may change alerts, or where they are.
  var movesAlerts: Bool {
    switch self {
    case .update(let update): update.status == .resolved
    case .updateAlert, .merge, .moveAlerts: true
    case .comment, .commentAlert: false
    }
  }

  /// Whether what it did can be taken back.
  var isUndoable: Bool {
    switch self {
    case .update, .updateAlert, .moveAlerts: true
    case .comment, .commentAlert, .merge: false
    }
  }

  /// Whether a later one stands for this one, which failed: it is of the same kind and says something of the same.
  func isReplaced(by other: IncidentAction) -> Bool {
    guard kind == other.kind else { return false }
    guard case .update(let mine) = self, case .update(let theirs) = other else { return true }
    let fields = Set(mine.values.map(\.field))
    return theirs.values.contains { fields.contains($0.field) } || mine.changesTags && theirs.changesTags
  }

  /// What the write does, in a few words.
  /// - Parameter operatorUPN: who meant it; `nil` for whoever sits here.
  func words(by operatorUPN: String?) -> SafeText {
    switch self {
    case .update(let update): update.words(by: operatorUPN)
    case .comment: "comment"
    case .updateAlert(_, let update):
      update.status.map { "alert status \(spelledOut($0.wire))" } ?? "change of an alert"
    case .commentAlert: "comment on an alert"
    case .merge(let others, _, _): "merge with \(others.map { "#\($0.rawValue)" }.joined(separator: ", "))"
    case .moveAlerts(let ids, let target, _, _): "\(counted(ids.count, "alert")) to #\(target.rawValue)"
    }
  }
}

extension IncidentUpdate {
  /// Whether somebody takes the incident to work on it.
  /// - Parameter operatorUPN: who meant the write; `nil` for whoever sits here.
  func isClaim(by operatorUPN: String?) -> Bool {
    guard status == .inProgress, case .to(let upn) = assignment else { return false }
    return operatorUPN.map { $0.lowercased() == upn.lowercased() } ?? true
  }

  /// What the write does, in a few words.
  func words(by operatorUPN: String?) -> SafeText {
    if isClaim(by: operatorUPN) { return "claim" }
    var parts: [SafeText] = []
    if let status { parts.append("status \(Theme.words(status))") }
    switch assignment {
    case nil: break
    case .nobody: parts.append("given to nobody")
    case .to(let upn): parts.append("given to \(ownerName(upn))")
    }
    let isTakenBack = [classification?.wire, determination?.wire].allSatisfy { $0 ?? "unknown" == "unknown" }
    let verdict = isTakenBack ? [] : [classification?.title, determination?.title].compactMap { $0 }
    if isTakenBack, classification != nil || determination != nil { parts.append("without a verdict") }
    if !verdict.isEmpty { parts.append(SafeText(verdict.joined(separator: ", "))) }
    if let severity { parts.append("severity \(spelledOut(severity.wire))") }
    parts += addedTags.map { "tag \(SafeText($0))" } + removedTags.map { "without tag \(SafeText($0))" }
    if displayName != nil { parts.append("another name") }
    if details != nil { parts.append("another description") }
    if resolvingComment != nil { parts.append("a resolving comment") }
    if status == .resolved, !verdict.isEmpty { return "close (\(parts.dropFirst().joined(separator: ", ")))" }
    return parts.isEmpty ? "change" : "change (\(parts.joined(separator: ", ")))"
  }
}

/// What happened, in a few words, from a problem as it is kept.
func reason(_ problem: Problem) -> SafeText {
  var words = spelledOut(problem.cause)
  if let error = problem.error { words += " (\(SafeText(beginningOf: error))\(problem.code.map { " \($0)" } ?? ""))" }
  if problem.error == nil, let code = problem.code { words += " (\(code))" }
  return words
}
