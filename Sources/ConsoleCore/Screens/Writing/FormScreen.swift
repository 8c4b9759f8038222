import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// A form on whatever its incident was seen on: what was typed stays whatever goes wrong, and what will be sent is told
/// before it is.
struct FormScreen<Kind: WriteForm>: ConsoleScreen {
  static var name: ScreenName { Kind.name }
  static var commands: Set<Command> { [] }
  static var hints: [Command] { [] }

  private(set) var kind: Kind
  /// The field whose text is in the operator's editor, and the number of that request.
  private var editing: Editing?

  private struct Editing: Hashable {
    var field: Int
    var request: Int
  }

  static func form(of command: Command, for subject: FormSubject, in state: SharedState) -> FormScreen? {
    Kind(command, for: subject, in: state).map { FormScreen(kind: $0) }
  }

  static func form(again write: IncidentWrite, for subject: FormSubject, in state: SharedState) -> FormScreen? {
    write.conflict == nil || write.update == nil
      ? Kind(again: write.action, for: subject, in: state).map { FormScreen(kind: $0) } : nil
  }

  private var key: IncidentKey { kind.subject.key }
  var tenant: TenantID? { key.tenant }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    let own: SafeText = "\(kind.verb) \(kind.subject.number)"
    return tenant == key.tenant ? [own] : [SafeText(state.directory.name(of: key.tenant)), own]
  }

  func target(in state: SharedState) -> Target? { Target(key) }
  func need(in state: SharedState) -> Need? { .incident(key) }

  // MARK: What happens to it

  mutating func opened(in state: inout SharedState) -> [Effect] {
    kind.opened(in: &state) + (isOld(in: state) ? read(in: &state) : [])
  }

  /// Seconds after which what a list told of an incident is looked at again before it is changed.
  private static var fresh: Double { 60 }

  /// Whether the incident may be otherwise by now than it is shown: what is decided on it should be seen as it is.
  private func isOld(in state: SharedState) -> Bool {
    if kind.subject.whole != nil { return false }
    guard let readAt = state.tenants[key.tenant]?.sync.lastSuccess else { return true }
    return kind.needsWhole || state.now.timeIntervalSince(readAt) > Self.fresh
  }

  private func read(in state: inout SharedState) -> [Effect] { [.readIncident(key, request: state.nextRequest())] }

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    switch event {
    case .incidentsChanged(let summaries):
      guard let incident = summaries.last(where: { $0.key == key }) else { break }
      let wasWhole = kind.subject.whole != nil
      if let words = kind.take(incident, in: state) { state.message = .warning(words) }
      // It is about another one now, of which nothing is known yet.
      if incident.key != key, kind.needsWhole { return read(in: &state) }
      // The page below is covered and does not ask: its texts and alerts would stay as they were.
      if wasWhole, kind.subject.whole == nil { return read(in: &state) }
    case .incidentRead(_, key, .fresh(let incident, _)):
      let words = kind.subject.take(incident, watching: Kind.watched)
      let more = kind.take(kind.subject.incident, in: state)
      if let words = words ?? more { state.message = .warning(words) }
    case .textEdited(let request, let edit):
      guard let editing, editing.request == request else { break }
      self.editing = nil
      switch edit {
      case .changed(let text):
        let complaint = kind.form.replaceText(of: editing.field, with: text)
        kind.keyTaken()
        state.textCameAt = state.now
        state.message = complaint.map { Message.information($0) }
      case .kept(let reason): state.message = .failure(SafeText(reason))
      }
    default: kind.hear(event, in: &state)
    }
    return []
  }

  // MARK: Filling it in

  var takesText: Bool { true }
  var textHints: [TextHint] { kind.form.hints }

  mutating func type(_ key: Key, maySend: Bool, _ layout: FrameLayout, in state: inout SharedState) -> Step {
    let answer = kind.form.take(key, width: layout.size.columns, height: layout.bodyHeight)
    kind.keyTaken()
    switch answer {
    case .stays: break
    case .says(let words): state.message = .information(words)
    case .leaves: return .close
    case .sends where !maySend:
      state.message = .information(
        "\(CommandTable.name(of: key)) came together with a text and sent nothing: press it again.")
    case .sends: return send(in: &state)
    case .edits(let text):
      let request = state.nextRequest()
      editing = Editing(field: kind.form.focus, request: request)
      return Step(effects: [.editText(text, request: request)])
    case .ignores:
      state.message = .information(
        "\(CommandTable.name(of: key)) does nothing in a form: the last line lists its keys.")
    }
    return .done
  }

  private mutating func send(in state: inout SharedState) -> Step {
    // What stood against it when the form was opened may have come since.
    if let obstacle = obstacle(in: state) {
      state.message = .warning(obstacle)
      return .done
    }
    guard let action = kind.send() else {
      if !kind.form.fields.contains(where: { $0.error != nil }) {
        state.message = .warning("It changed meanwhile: Enter again sends it as it stands below.")
      }
      return .done
    }
    state.writes.intend(action, for: key)
    // What becomes one is not marked any more: the next command would take what is left of it.
    if case .merge(let others, _, _) = action {
      state.marks.remove(([key.id] + others).map { Target(IncidentKey(tenant: key.tenant, id: $0)) })
    }
    return Step(effects: [.act(key, action, seen: kind.subject.image(for: action))], passage: .close)
  }

  /// Why what is filled in cannot be sent, whatever it is.
  private func obstacle(in state: SharedState) -> SafeText? {
    switch kind.outcome {
    case .success(let action): state.obstacle(to: action, on: kind.subject)
    // Who fills it in for nothing hears of it at once.
    case .failure: state.obstacleToWriting(on: kind.subject)
    }
  }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] { [key.tenant] }

  // MARK: Its picture

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    drawn(layout, in: state).lines
  }

  func cursor(_ layout: FrameLayout, in state: SharedState) -> Position? {
    drawn(layout, in: state).cursor
  }

  private func drawn(_ layout: FrameLayout, in state: SharedState) -> (lines: [Line], cursor: Position?) {
    let sentence = obstacle(in: state).map(FormSentence.lacks) ?? kind.sentence
    return formLines(
      kind.form, head: kind.head, sentence: sentence, width: layout.size.columns, height: layout.bodyHeight,
      isASCII: state.isASCII)
  }
}
