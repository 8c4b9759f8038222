import PartnerModel
import SafeText

/// A form that makes one action on an incident, or on one of its alerts. `FormScreen` shows it, guards it and sends.
protocol WriteForm: Hashable, Sendable {
  /// Of its screen; different from all others.
  static var name: ScreenName { get }
  /// The fields that what is filled in depends on: a change of one of them is told before anything is sent.
  static var watched: [IncidentField] { get }

  /// The form that a command opens.
  /// - Returns: `nil` for a command that it is not the form of.
  init?(_ command: Command, for subject: FormSubject, in state: SharedState)
  /// The form of a write that was not made, filled in as it was.
  /// - Returns: `nil` for an action that is made by another form.
  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState)

  /// What it does, in a word, for the crumbs.
  var verb: SafeText { get }
  var subject: FormSubject { get set }
  var form: Form { get set }
  var head: [SafeText] { get }
  /// What is to be sent, or why nothing can be.
  var outcome: Result<IncidentAction, FormRefusal> { get }
  /// What is said of what is sent.
  func words(for action: IncidentAction) -> SafeText

  /// Whether what lists tell of the incident is not enough for it.
  var needsWhole: Bool { get }

  /// What to ask for when it is put on the screen.
  mutating func opened(in state: inout SharedState) -> [Effect]
  /// A key was taken in: what depends on it follows.
  mutating func keyTaken()
  mutating func hear(_ event: Event, in state: inout SharedState)
  /// The incident was read anew.
  /// - Returns: what to say where that concerns what is filled in.
  mutating func take(_ incident: IncidentSummary, in state: SharedState) -> SafeText?
}

/// Why what is filled in cannot be sent, and which field says so.
struct FormRefusal: Error, Hashable, Sendable {
  var field = 0
  var words: SafeText
}

extension WriteForm {
  static var watched: [IncidentField] { [.status] }
  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) { return nil }

  var head: [SafeText] { subject.head }
  var needsWhole: Bool { false }
  func words(for action: IncidentAction) -> SafeText { requestWords(of: action, on: subject) }
  mutating func opened(in state: inout SharedState) -> [Effect] { [] }
  mutating func keyTaken() {}
  mutating func hear(_ event: Event, in state: inout SharedState) {}
  mutating func take(_ incident: IncidentSummary, in state: SharedState) -> SafeText? {
    subject.take(incident, watching: Self.watched)
  }

  var sentence: FormSentence {
    switch outcome {
    case .success(let action): .sends(words(for: action))
    case .failure(let refusal): .lacks(refusal.words)
    }
  }

  /// What is to be sent.
  /// - Returns: `nil` where it cannot be; why stands at its field, or it changed meanwhile and that counts as seen now.
  mutating func send() -> IncidentAction? {
    switch outcome {
    case .success(let action):
      guard subject.isChangeTold else {
        subject.isChangeTold = true
        return nil
      }
      return action
    case .failure(let refusal):
      form.refuse(refusal.field, refusal.words)
      return nil
    }
  }

  /// An action on what the form is about.
  func action(_ status: IncidentStatus?, _ verdict: Verdict?, resolvingComment: String?) -> IncidentAction {
    guard let alert = subject.alert else {
      return .update(
        IncidentUpdate(
          status: status, classification: verdict?.classification, determination: verdict?.determination,
          resolvingComment: resolvingComment))
    }
    return .updateAlert(
      id: alert.id,
      AlertUpdate(
        status: status.map { AlertStatus(wire: $0 == .active ? AlertStatus.new.wire : $0.wire) },
        classification: verdict?.classification, determination: verdict?.determination))
  }
}

extension String {
  /// Without blanks and line ends at its ends.
  var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace ?? false { rest.removeFirst() }
    while rest.last?.isWhitespace ?? false { rest.removeLast() }
    return String(rest)
  }
}
