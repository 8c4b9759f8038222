import PartnerModel
import SafeText
import TerminalKit

/// Which status an incident or an alert gets; what resolves an incident may say why.
struct StatusForm: WriteForm {
  static let name: ScreenName = "status"
  static let watched: [IncidentField] = [.status, .resolvingComment]
  let verb: SafeText = "status of"

  var subject: FormSubject
  var form: Form

  private static let statuses: [IncidentStatus] = [.active, .inProgress, .resolved]

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .setStatus else { return nil }
    self.init(subject, status: nil, comment: "")
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    switch action {
    case .update(let update):
      guard let status = update.status, Self.statuses.contains(status) else { return nil }
      let comment = update.resolvingComment ?? ""
      guard update == IncidentUpdate(status: status, resolvingComment: update.resolvingComment) else { return nil }
      self.init(subject, status: status, comment: comment)
    case .updateAlert(_, let update):
      guard let status = update.status, update == AlertUpdate(status: status) else { return nil }
      self.init(subject, status: status == .new ? .active : IncidentStatus(wire: status.wire), comment: "")
    default: return nil
    }
  }

  private init(_ subject: FormSubject, status: IncidentStatus?, comment: String) {
    self.subject = subject
    let now = Self.status(of: subject)
    let offered = Self.statuses.filter { $0 != now || $0 == status }
    let choices = offered.map { status in
      Choice(status.wire, label: subject.alert != nil && status == .active ? "new" : Theme.words(status))
    }
    let chosen = status.flatMap(offered.firstIndex) ?? 0
    form = Form([
      FormField("Status", .choice(ChoiceInput(choices, selected: chosen))),
      FormField("Resolving comment", .text(LineEditor(comment, limit: CommentForm.limit)), note: "if you like"),
    ])
    keyTaken()
  }

  private static func status(of subject: FormSubject) -> IncidentStatus {
    guard let alert = subject.alert else { return subject.incident.status }
    return alert.status == .new ? .active : IncidentStatus(wire: alert.status.wire)
  }

  private var status: IncidentStatus { IncidentStatus(wire: form.fields[0].choice ?? "") }

  mutating func keyTaken() { form.show(1, if: status == .resolved && subject.alert == nil) }

  var outcome: Result<IncidentAction, FormRefusal> {
    if status == Self.status(of: subject) {
      return .failure(FormRefusal(words: "It is \(subject.statusWords) already."))
    }
    let comment = form.fields[1].isHidden ? "" : (form.fields[1].text ?? "").trimmed
    return .success(action(status, nil, resolvingComment: comment.isEmpty ? nil : comment))
  }
}
