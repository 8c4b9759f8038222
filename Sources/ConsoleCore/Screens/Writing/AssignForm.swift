import PartnerModel
import SafeText
import TerminalKit

/// Whom an incident is given to: me, one of those who are seen with incidents of its tenant, nobody, or who is typed.
struct AssignForm: WriteForm {
  /// Somebody who has incidents of the tenant, and how many.
  struct Owner: Hashable, Sendable {
    var name: String
    var count: Int
  }

  static let name: ScreenName = "assign"
  static let watched: [IncidentField] = [.assignedTo]
  let verb: SafeText = "assign"

  private let operatorUPN: String?
  var subject: FormSubject
  var form: Form

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .assign else { return nil }
    let owners = state.queue.owners(in: subject.key.tenant).map { Owner(name: $0.key, count: $0.value) }
    self.init(subject, operatorUPN: state.settings.operatorUPN, owners: owners)
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    let assignment: IncidentUpdate.Assignment?
    switch action {
    case .update(let update):
      guard update == IncidentUpdate(assignment: update.assignment) else { return nil }
      assignment = update.assignment
    case .updateAlert(_, let update):
      guard update == AlertUpdate(assignment: update.assignment) else { return nil }
      assignment = update.assignment
    default: return nil
    }
    guard let assignment else { return nil }
    self.init(.assign, for: subject, in: state)
    form.choose(0, assignment.name)
  }

  init(_ subject: FormSubject, operatorUPN: String?, owners: [Owner]) {
    self.subject = subject
    self.operatorUPN = operatorUPN
    let isTaken = subject.owner != nil
    func isNow(_ name: String) -> Bool { subject.owner?.lowercased() == name.lowercased() }
    var choices: [Choice] = []
    if let operatorUPN, !isNow(operatorUPN) {
      choices.append(Choice(operatorUPN, label: "me", note: SafeText(operatorUPN)))
    }
    for owner in owners.sorted(by: { ($1.count, $0.name) < ($0.count, $1.name) })
    where Self.mistake(in: owner.name) == nil && !isNow(owner.name)
      && owner.name.lowercased() != operatorUPN?.lowercased()
    {
      choices.append(Choice(owner.name, note: "has \(owner.count) here"))
    }
    if isTaken { choices.append(Choice("", label: "nobody")) }
    form = Form([
      FormField(
        "Assign to",
        .choiceOrText(
          ChoiceOrTextInput(choices, textLabel: isTaken || !choices.isEmpty ? "somebody else:" : "UPN:")))
    ])
  }

  // MARK: What is filled in

  var outcome: Result<IncidentAction, FormRefusal> {
    guard case .choiceOrText(let input) = form.fields[0].input else { return .failure(FormRefusal(words: "")) }
    let name: String
    if let choice = input.choice {
      name = choice.value
    } else {
      name = input.text.trimmed
      if let mistake = Self.mistake(in: name) { return .failure(FormRefusal(words: mistake)) }
    }
    if name.lowercased() == (subject.owner ?? "").lowercased() {
      return .failure(FormRefusal(words: "It is \(subject.owner.map { "\(ownerName($0))'s" } ?? "nobody's") already."))
    }
    let assignment: IncidentUpdate.Assignment = name.isEmpty ? .nobody : .to(name)
    return .success(
      subject.alert.map { .updateAlert(id: $0.id, AlertUpdate(assignment: assignment)) }
        ?? .update(IncidentUpdate(assignment: assignment)))
  }

  func words(for action: IncidentAction) -> SafeText {
    let isColleagues = subject.owner.map { $0.lowercased() != operatorUPN?.lowercased() } ?? false
    let loss: SafeText = isColleagues ? ", takes it over from \(SafeText(subject.owner ?? ""))" : ""
    return requestWords(of: action, on: subject) + loss
  }

  /// What keeps a text from being somebody's name; `nil` for one that the service can know.
  static func mistake(in name: String) -> SafeText? {
    if name.isEmpty { return "Write a UPN like ben@partner.example, or choose somebody." }
    let parts = name.split(separator: "@", omittingEmptySubsequences: false)
    // What a name in Entra ID is never made of.
    let isForeign = name.contains { $0.isWhitespace || "[]()<>,;:\"\\/|=?*\u{FFFD}".contains($0) }
    if parts.count != 2 || parts.contains(where: \.isEmpty) || isForeign || name.hasSuffix(".")
      || parts[1].hasPrefix(".")
    {
      return "“\(name)” is no UPN: write one like ben@partner.example."
    }
    // What is shown otherwise than it is would be sent unseen.
    if SafeText(name).text != name { return "“\(name)” holds what cannot be seen: type it anew." }
    return nil
  }
}

extension IncidentUpdate.Assignment {
  /// Empty for nobody.
  fileprivate var name: String { if case .to(let name) = self { name } else { "" } }
}
