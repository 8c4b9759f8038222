import PartnerModel
import SafeText

extension ConsoleState {
  /// Why nothing can be undone; `nil` if something can.
  var obstacleToUndoing: SafeText? {
    if let reason = shared.readOnlyReason { return "Nothing can be changed: \(reason)." }
    let undoable = shared.writes.undoable
    if let write = undoable.write, undoable.cannot == nil {
      return write.state.isPending ? "\(name(of: write)) is not settled yet: wait for its outcome." : nil
    }
    if undoable.write != nil { return nil }
    return undoable.cannot.map { "\(name(of: $0)) cannot be undone: \($0.action.whyNotUndone)" }
      ?? "Nothing was changed from here in this session."
  }

  private func name(of write: IncidentWrite) -> SafeText {
    "\(shared.directory.name(of: write.key.tenant)) #\(write.key.id.rawValue), \(write.words)"
  }

  /// What the second key does.
  fileprivate func question(_ undoable: WritesState.Undoable, _ write: IncidentWrite) -> SafeText {
    let earlier: SafeText =
      undoable.cannot.map { "\(name(of: $0)): that cannot be undone, \($0.action.whyNotUndone) " } ?? ""
    let before: SafeText = undoable.cannot == nil ? "" : ", done before it"
    return "\(earlier)u again undoes \(name(of: write))\(before): \(write.undone).\(write.alertRemark)"
  }
}

/// Takes back what was done last from here, after a question that names it.
func undo(_ console: inout ConsoleState, confirming asked: WriteID?) -> [Effect] {
  let undoable = console.shared.writes.undoable
  guard let write = undoable.write, !write.state.isPending else {
    console.shared.message = .information("What was changed before is not settled yet: wait for its outcome.")
    return []
  }
  guard asked == write.id else {
    console.shared.askedUndo = write.id
    console.shared.message = .warning(console.question(undoable, write))
    return []
  }
  console.shared.writes.beginUndoing(write.id)
  console.shared.message = .information("Undoing \(write.words) of #\(write.key.id.rawValue).")
  return [.undo(write.id)]
}

extension IncidentAction {
  fileprivate var whyNotUndone: SafeText {
    switch self {
    case .comment, .commentAlert: "the service keeps every comment."
    case .merge: "the service does not part incidents."
    case .update, .updateAlert, .moveAlerts: "it is of another kind."
    }
  }
}

extension IncidentWrite {
  /// What undoing it leaves closed, as the end of what is said before; empty where nothing is known to be.
  var alertRemark: SafeText { alertsNotOnRecord.map { " \(SafeText($0))" } ?? .empty }

  /// What undoing it comes to, in the fields that it changed.
  fileprivate var undone: SafeText {
    if case .moveAlerts = action { return "the alerts go back to #\(SafeText(key.id.rawValue))" }
    guard case .update(let update) = action, let before else { return "as it was before" }
    var parts: [SafeText] = update.values.compactMap { field, _ in
      if field == .status, let status = before.status, let settable = status.settable, settable != status {
        let shown = FieldValue.text(settable.wire).shown(of: field)
        return "\(field.word) \(shown) (only the service lets it wait again)"
      }
      return before.values[field].map { "\(field.word) \($0.shown(of: field))" }
    }
    if !update.addedTags.isEmpty {
      parts.append("without " + update.addedTags.map { SafeText($0) }.joined(separator: ", "))
    }
    if !update.removedTags.isEmpty {
      parts.append("with " + update.removedTags.map { SafeText($0) }.joined(separator: ", ") + " again")
    }
    if update.status == .resolved, before.alerts != nil { parts.append("the alerts that it closed opened") }
    return parts.isEmpty ? "as it was before" : parts.joined(separator: ", ")
  }
}
