import PartnerModel
import SafeText
import TerminalKit

/// Incidents of one tenant that become one, or an alert that goes to another incident: with which, and why.
struct MergeForm: WriteForm {
  static let name: ScreenName = "merge"
  static let watched: [IncidentField] = [.status]
  var verb: SafeText { subject.alert == nil ? "merge" : "move an alert of" }

  var subject: FormSubject
  var form: Form
  /// What the engine writes below a comment.
  private let signature: CommentSignature?

  private static let (ids, reason, comment) = (0, 1, 2)

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .merge || command == .moveAlert, (command == .moveAlert) == (subject.alert != nil) else {
      return nil
    }
    self.init(subject, subject.others.map { "#\($0.rawValue)" }.joined(separator: " "), nil, "", in: state)
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    switch action {
    case .merge(let others, let comment, let reasons):
      self.init(subject, others.map(\.rawValue).joined(separator: " "), reasons.first, comment ?? "", in: state)
    case .moveAlerts(let ids, let target, let comment, let reasons):
      guard subject.alert.map({ [$0.id] == ids }) ?? false else { return nil }
      self.init(subject, target.rawValue, reasons.first, comment ?? "", in: state)
    default: return nil
    }
  }

  private init(
    _ subject: FormSubject, _ ids: String, _ reason: CorrelationReason?, _ comment: String, in state: SharedState
  ) {
    self.subject = subject
    signature = state.signature(in: subject.key.tenant)
    let reasons =
      [Choice("", label: "none given", digit: 1)]
      + CorrelationReason.allCases.enumerated().map { index, reason in
        Choice(reason.rawValue, label: spelledOut(reason.rawValue), digit: index < 8 ? index + 2 : nil)
      }
    form = Form([
      FormField(
        subject.alert == nil ? "Merge with" : "Move to", .text(LineEditor(ids, limit: 500)),
        note: subject.alert == nil
          ? "ids of incidents of this tenant, like #15000001" : "the id of an incident of this tenant"),
      FormField("Because of", .pick(PickInput(reasons, selected: reason?.rawValue ?? ""))),
      FormField(
        "Comment", .text(LineEditor(comment.without(signature), limit: CommentForm.limit)), note: "if you like"),
    ])
  }

  /// A comment is shown as it is sent: signed.
  func words(for action: IncidentAction) -> SafeText { requestWords(of: action.signed(with: signature), on: subject) }

  private var named: [IncidentID] {
    var seen: Set<IncidentID> = []
    let words = (form.fields[Self.ids].text ?? "").split { $0.isWhitespace || $0 == "," || $0 == "#" }
    return words.map { IncidentID(String($0)) }.filter { seen.insert($0).inserted }
  }

  var outcome: Result<IncidentAction, FormRefusal> {
    let named = named
    if named.isEmpty {
      let what: SafeText =
        subject.alert == nil
        ? "Write the ids of the incidents to merge it with." : "Write the id of the incident that it goes to."
      return .failure(FormRefusal(field: Self.ids, words: what))
    }
    if subject.alert == nil, named.count + 1 > IncidentAction.mostAtOnce {
      return .failure(
        FormRefusal(field: Self.ids, words: "At most \(IncidentAction.mostAtOnce) are merged at once: name fewer."))
    }
    if named.contains(subject.key.id) {
      return .failure(
        FormRefusal(field: Self.ids, words: "#\(subject.key.id.rawValue) is the one that is open here: name others."))
    }
    if let odd = named.first(where: { id in
      !id.rawValue.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }) {
      return .failure(FormRefusal(field: Self.ids, words: "“\(SafeText(odd.rawValue))” is no incident's id."))
    }
    let text = (form.fields[Self.comment].text ?? "").trimmed
    let comment = text.isEmpty ? nil : text
    var reasons: [CorrelationReason] = []
    if case .pick(let list) = form.fields[Self.reason].input, let reason = list.value.flatMap(CorrelationReason.init) {
      reasons = [reason]
    }
    guard let alert = subject.alert else {
      return .success(.merge(others: named, comment: comment, reasons: reasons))
    }
    if named.count > 1 {
      return .failure(FormRefusal(field: Self.ids, words: "An alert goes to one incident: write one id."))
    }
    return .success(.moveAlerts(ids: [alert.id], to: named[0], comment: comment, reasons: reasons))
  }
}
