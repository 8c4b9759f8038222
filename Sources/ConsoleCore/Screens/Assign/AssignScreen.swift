import PartnerModel
import SafeText
import TerminalKit

/// The form that gives one incident to somebody, on whatever it was seen on.
struct AssignScreen: ConsoleScreen {
  static let name: ScreenName = "assign"
  static let commands: Set<Command> = []
  static let hints: [Command] = []

  private(set) var assign: AssignForm
  /// The field whose text is in the operator's editor, and the number of that request.
  private var editing: Editing?

  private struct Editing: Hashable {
    var field: Int
    var request: Int
  }

  static func form(of command: Command, for incident: IncidentSummary, in state: SharedState) -> AssignScreen? {
    command == .assign ? AssignScreen(incident, in: state) : nil
  }

  private init(_ incident: IncidentSummary, in state: SharedState) {
    let owners = state.queue.owners(in: incident.key.tenant)
    assign = AssignForm(
      incident, tenantName: state.directory.name(of: incident.key.tenant), operatorUPN: state.settings.operatorUPN,
      owners: owners.map { AssignForm.Owner(name: $0.key, count: $0.value) })
  }

  var tenant: TenantID? { assign.key.tenant }

  func crumbs(in state: SharedState, under tenant: TenantID?, isShort: Bool) -> [SafeText] {
    let own: SafeText = "assign #\(assign.key.id.rawValue)"
    return tenant == assign.key.tenant ? [own] : [SafeText(state.directory.name(of: assign.key.tenant)), own]
  }

  func target(in state: SharedState) -> Target? { Target(assign.key) }
  func need(in state: SharedState) -> Need? { .incident(assign.key) }

  // MARK: What happens to it

  mutating func hear(_ event: Event, isShown: Bool, in state: inout SharedState) -> [Effect] {
    switch event {
    case .incidentsChanged(let summaries):
      guard let incident = summaries.last(where: { $0.key == assign.key }) else { break }
      if let words = assign.take(incident) { state.message = .warning(words) }
    case .textEdited(let request, let edit):
      guard let editing, editing.request == request else { break }
      self.editing = nil
      switch edit {
      case .changed(let text):
        let complaint = assign.form.replaceText(of: editing.field, with: text)
        state.textCameAt = state.now
        state.message = complaint.map { Message.information($0) }
      case .kept(let reason): state.message = .failure(SafeText(reason))
      }
    default: break
    }
    return []
  }

  // MARK: Filling it in

  var takesText: Bool { true }
  var textHints: [TextHint] { Form.hints }

  mutating func type(_ key: Key, maySend: Bool, _ layout: FrameLayout, in state: inout SharedState) -> Step {
    switch assign.form.take(key, width: layout.size.columns) {
    case .stays: break
    case .says(let words): state.message = .information(words)
    case .leaves: return .close
    case .sends where !maySend:
      state.message = .information(
        "\(CommandTable.name(of: key)) came together with a text and sent nothing: press it again.")
    case .sends: return send(in: &state)
    case .edits(let text):
      let request = state.nextRequest()
      editing = Editing(field: assign.form.focus, request: request)
      return Step(effects: [.editText(text, request: request)])
    case .ignores:
      state.message = .information(
        "\(CommandTable.name(of: key)) does nothing in a form: the last line lists its keys.")
    }
    return .done
  }

  private mutating func send(in state: inout SharedState) -> Step {
    // What stood against it when the form was opened may have come since.
    if let obstacle = state.obstacleToAssigning(assign.seen) {
      state.message = .warning(obstacle)
      return .done
    }
    guard let update = assign.send() else {
      if assign.form.fields[0].error == nil {
        state.message = .warning("It changed meanwhile: Enter again sends it as it stands below.")
      }
      return .done
    }
    state.writes.acknowledge(assign.key)
    state.writes.intend(update, for: assign.key)
    return Step(effects: [.update(assign.key, update, seen: assign.seen)], passage: .close)
  }

  // MARK: What it keeps fresh

  func watched(_ layout: FrameLayout, in state: SharedState) -> [TenantID] { [assign.key.tenant] }

  // MARK: Its picture

  func lines(_ layout: FrameLayout, in state: SharedState, cache: inout RowCache) -> [Line] {
    drawn(layout, in: state).lines
  }

  func cursor(_ layout: FrameLayout, in state: SharedState) -> Position? {
    drawn(layout, in: state).cursor
  }

  private func drawn(_ layout: FrameLayout, in state: SharedState) -> (lines: [Line], cursor: Position?) {
    let sentence = state.obstacleToAssigning(assign.seen).map(FormSentence.lacks) ?? assign.sentence
    return formLines(
      assign.form, head: assign.head, sentence: sentence, width: layout.size.columns, height: layout.bodyHeight,
      isASCII: state.isASCII)
  }
}
