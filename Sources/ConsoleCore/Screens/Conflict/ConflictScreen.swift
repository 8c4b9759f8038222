import PartnerModel
import SafeText
import TerminalKit

/// Somebody was faster: what it was, what they made of it, what we want; for each field one of the two stays.
struct ConflictScreen: ConsoleScreen {
  static let name: ScreenName = "conflict"
  static let commands: Set<Command> = []
  static let hints: [Command] = []

  /// Fields that are decided on together.
  struct Row: Hashable, Sendable {
    var fields: [IncidentField]
    var was: SafeText
    var theirs: SafeText
    var ours: SafeText
    var keepsOurs = false

    var label: SafeText {
      fields.count > 1 ? "Verdict" : fields.first.map(\.label) ?? .empty
    }
  }

  let write: IncidentWrite
  let update: IncidentUpdate
  let subject: FormSubject
  private let theirs: IncidentImage
  private let conflict: IncidentConflict
  private(set) var rows: [Row]
  private(set) var focus = 0

  static func form(again write: IncidentWrite, for subject: FormSubject, in state: SharedState) -> ConflictScreen? {
    ConflictScreen(write, subject)
  }

  /// - Returns: `nil` where nobody was faster.
  init?(_ write: IncidentWrite, _ subject: FormSubject) {
    guard let conflict = write.conflict, let update = write.update, let before = write.before, let after = write.after
    else { return nil }
    self.write = write
    self.update = update
    self.subject = subject
    self.conflict = conflict
    theirs = after
    let judging: [IncidentField] = [.classification, .determination]
    let inConflict = Set(conflict.fields.map(\.field))
    rows = update.values.compactMap { field, ours in
      // A classification goes with a determination of its own: they stay together.
      if judging.contains(field) {
        guard field == .classification || update.classification == nil, !inConflict.isDisjoint(with: judging) else {
          return nil
        }
        func words(_ value: (IncidentField) -> FieldValue?) -> SafeText {
          let known = judging.compactMap { field in
            value(field).flatMap { field.holdsSame($0, .text(nil)) ? nil : $0.shown(of: field) }
          }
          return known.isEmpty ? "none" : known.joined(separator: ", ")
        }
        let values = Dictionary(update.values.map { ($0.field, $0.value) }, uniquingKeysWith: { first, _ in first })
        return Row(
          fields: judging, was: words { before.values[$0] }, theirs: words { after.values[$0] },
          ours: words { values[$0] })
      }
      guard inConflict.contains(field), let was = before.values[field], let theirs = after.values[field] else {
        return nil
      }
      return Row(
        fields: [field], was: was.shown(of: field), theirs: theirs.shown(of: field), ours: ours.shown(of: field))
    }
    if rows.isEmpty { return nil }
  }

  var tenant: TenantID? { write.key.tenant }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    let own: SafeText = "compare \(subject.number)"
    return tenant == write.key.tenant ? [own] : [SafeText(subject.tenantName), own]
  }

  func target(in state: SharedState) -> Target? { Target(write.key) }
  func need(in state: SharedState) -> Need? { .incident(write.key) }
  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] { [write.key.tenant] }

  // MARK: Deciding

  /// What is sent: ours where it is kept, what nobody else touched, and our tags beside theirs.
  var resolved: IncidentUpdate {
    var rest = update
    for row in rows where !row.keepsOurs { row.fields.forEach { rest.leaveOut($0) } }
    return rest
  }

  var takesText: Bool { true }
  var textHints: [TextHint] {
    [
      TextHint("t", "take theirs"), TextHint("o", "keep ours"), TextHint("↑↓", ascii: "Up Down", "field"),
      TextHint("↵", ascii: "Enter", resolved.isEmpty ? "done" : "send"), TextHint("Esc", "later"),
    ]
  }

  mutating func type(_ key: Key, maySend: Bool, _ layout: FrameLayout, in state: inout SharedState) -> Step {
    switch key {
    case .up, .character("k"): focus = max(focus - 1, 0)
    case .down, .character("j"), .tab: focus = min(focus + 1, rows.count - 1)
    case .character("t"), .left: rows[focus].keepsOurs = false
    case .character("o"), .right: rows[focus].keepsOurs = true
    case .character(" "): rows[focus].keepsOurs.toggle()
    case .escape, .control("c"), .control("g"):
      state.message = .information("Nothing was sent: = compares them again.")
      return .close
    case .enter, .control("s"):
      guard maySend else {
        state.message = .information(
          "\(CommandTable.name(of: key)) came together with a text and sent nothing: press it again.")
        break
      }
      return decide(in: &state)
    default:
      state.message = .information(
        "\(CommandTable.name(of: key)) does nothing here: t takes theirs, o keeps ours, Enter sends.")
    }
    return .done
  }

  private func decide(in state: inout SharedState) -> Step {
    let rest = resolved
    guard !rest.isEmpty else {
      state.writes.drop(write.id, of: write.key)
      state.message = .information("Theirs stays: nothing was sent.")
      return .close
    }
    if let obstacle = obstacle(in: state) {
      state.message = .warning(obstacle)
      return .done
    }
    state.writes.drop(write.id, of: write.key)
    state.writes.intend(rest, for: write.key)
    return Step(effects: [.act(write.key, .update(rest), seen: theirs)], passage: .close)
  }

  private func obstacle(in state: SharedState) -> SafeText? {
    state.obstacle(to: .update(resolved), on: subject)
  }

  // MARK: Its picture

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    drawn(layout, in: state).lines
  }

  func cursor(_ layout: FrameLayout, in state: SharedState) -> Position? { drawn(layout, in: state).cursor }

  private func drawn(_ layout: FrameLayout, in state: SharedState) -> (lines: [Line], cursor: Position?) {
    let who: SafeText = conflict.by.flatMap { $0.isEmpty ? nil : SafeText(beginningOf: $0) } ?? "Somebody"
    let when: SafeText = conflict.at.map { " " + ago($0.date, state.now) } ?? ""
    let head: [SafeText] = [
      "\(subject.number) \(SafeText(beginningOf: subject.incident.displayName))",
      "\(subject.tenantName)   \(who) changed it\(when), after you had looked: nothing of yours was sent.",
    ]
    let rest = resolved
    let sentence: FormSentence
    if rest.isEmpty {
      sentence = .lacks("Theirs stays. Enter leaves it so; o keeps ours for the field under the cursor.")
    } else if let obstacle = obstacle(in: state) {
      sentence = .lacks(obstacle)
    } else {
      sentence = .sends(requestWords(of: .update(rest), on: subjectNow))
    }
    return conflictLines(
      self, head: head, sentence: sentence, width: layout.size.columns, height: layout.bodyHeight,
      isASCII: state.isASCII)
  }

  /// Their tags are what ours are added to.
  private var subjectNow: FormSubject {
    guard case .list(let tags)? = theirs.values[.customTags] else { return subject }
    var incident = subject.incident
    incident.tags = tags
    return FormSubject(incident, tenantName: subject.tenantName)
  }

  /// What becomes of the tags, where ours are among what is sent.
  var tagWords: (was: SafeText, theirs: SafeText, both: SafeText)? {
    guard update.changesTags, case .list(let there)? = theirs.values[.customTags] else { return nil }
    let was = write.before?.values[.customTags] ?? .list([])
    return (
      was.shown(of: .customTags), FieldValue.list(there).shown(of: .customTags),
      FieldValue.list(update.tags(after: there)).shown(of: .customTags)
    )
  }
}

extension IncidentUpdate {
  fileprivate mutating func leaveOut(_ field: IncidentField) {
    switch field {
    case .status: status = nil
    case .assignedTo: assignment = nil
    case .classification: classification = nil
    case .determination: determination = nil
    case .severity: severity = nil
    case .displayName: displayName = nil
    case .description: details = nil
    case .resolvingComment: resolvingComment = nil
    case .customTags: (addedTags, removedTags) = ([], [])
    }
  }
}

extension IncidentField {
  /// In front of its value.
  var label: SafeText {
    switch self {
    case .status: "Status"
    case .assignedTo: "Owner"
    case .classification: "Classification"
    case .determination: "Determination"
    case .severity: "Severity"
    case .customTags: "Tags"
    case .displayName: "Name"
    case .description: "Description"
    case .resolvingComment: "Resolving comment"
    }
  }
}
