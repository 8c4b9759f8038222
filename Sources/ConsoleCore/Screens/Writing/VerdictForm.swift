import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What an incident or an alert turned out to be, and whether that closes it: one request.
struct VerdictForm: WriteForm {
  static let name: ScreenName = "verdict"
  static let watched: [IncidentField] = [.status, .classification, .determination, .resolvingComment]
  let verb: SafeText = "close"

  var subject: FormSubject
  var form: Form
  /// The number of the request for what was said of the same title before.
  private var request = 0
  /// The operator has chosen or typed: nothing moves any more.
  private var isTouched = false

  private static let (verdict, comment, close) = (0, 1, 2)

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .judge else { return nil }
    self.init(subject, subject.verdict, "", closes: true, now: state.now)
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    switch action {
    case .update(let update):
      guard let verdict = Self.verdict(update.classification, update.determination) else { return nil }
      let closes = update.status == .resolved
      let known = IncidentUpdate(
        status: closes ? .resolved : nil, classification: verdict.classification,
        determination: verdict.determination, resolvingComment: update.resolvingComment)
      guard update == known else { return nil }
      self.init(subject, verdict, update.resolvingComment ?? "", closes: closes, now: state.now)
    case .updateAlert(_, let update):
      guard let verdict = Self.verdict(update.classification, update.determination) else { return nil }
      self.init(subject, verdict, "", closes: update.status == .resolved, now: state.now)
    default: return nil
    }
    isTouched = true
  }

  private static func verdict(_ classification: Classification?, _ determination: Determination?) -> Verdict? {
    guard let classification, let determination else { return nil }
    let verdict = Verdict(classification, determination)
    return verdict.isValid ? verdict : nil
  }

  private init(_ subject: FormSubject, _ verdict: Verdict?, _ comment: String, closes: Bool, now: Date) {
    self.subject = subject
    let list = PickInput(Self.choices([], now: subject.verdict, at: now), selected: verdict.map(Self.value))
    let keeps: SafeText = "no, it stays \(subject.statusWords)"
    form = Form([
      FormField("Verdict", .pick(list)),
      FormField(
        "Comment", .text(LineEditor(comment, limit: CommentForm.limit)), note: "resolving comment, if you like"),
      FormField(
        "Close it",
        .choice(
          ChoiceInput(
            [Choice("yes", label: "yes, resolved"), Choice("no", label: keeps)], selected: closes ? 0 : 1))),
    ])
    form.show(Self.close, if: !subject.isResolved)
    keyTaken()
  }

  // MARK: What is offered

  private static func value(_ verdict: Verdict) -> String {
    "\(verdict.classification.wire)/\(verdict.determination.wire)"
  }

  /// All pairs, those that were given to the same title before first.
  private static func choices(_ counts: [VerdictCount], now present: Verdict?, at now: Date) -> [Choice] {
    let given = counts.filter(\.verdict.isValid)
    let rest = Verdict.all.filter { verdict in !given.contains { $0.verdict == verdict } }
    return given.map { choice($0.verdict, $0, present, now) } + rest.map { choice($0, nil, present, now) }
  }

  private static func choice(_ verdict: Verdict, _ count: VerdictCount?, _ present: Verdict?, _ now: Date) -> Choice {
    var notes: [SafeText] = []
    if verdict == present { notes.append("as it is") }
    if let count {
      let last: SafeText = count.lastAt.map { ", \(ago($0.date, now))" } ?? .empty
      notes.append("\(counted(count.count, "time"))\(last)")
    }
    return Choice(
      value(verdict), label: SafeText(verdict.determination.title), note: notes.joined(separator: ", "),
      group: SafeText(verdict.classification.title))
  }

  mutating func opened(in state: inout SharedState) -> [Effect] {
    request = state.nextRequest()
    return subject.incident.displayName.isEmpty
      ? [] : [.loadVerdicts(title: subject.incident.displayName, request: request)]
  }

  mutating func hear(_ event: Event, in state: SharedState) {
    guard case .verdictsLoaded(request, _, let counts) = event, !counts.isEmpty else { return }
    let choices = Self.choices(counts, now: subject.verdict, at: state.now)
    guard case .pick(let list) = form.fields[Self.verdict].input else { return }
    // What somebody looks at already keeps its place.
    let kept = isTouched ? list.noted(as: choices) : PickInput(choices, selected: list.value ?? choices.first?.value)
    form.replace(Self.verdict, .pick(kept))
  }

  // MARK: What is filled in

  private var chosen: Verdict? {
    guard case .pick(let list) = form.fields[Self.verdict].input else { return nil }
    return Verdict.all.first { Self.value($0) == list.value }
  }
  private var closes: Bool { !subject.isResolved && form.fields[Self.close].choice == "yes" }

  mutating func keyTaken() {
    if form.hasChanges { isTouched = true }
    // The service keeps one with what is resolved.
    form.show(Self.comment, if: subject.alert == nil && (closes || subject.isResolved))
  }

  var outcome: Result<IncidentAction, FormRefusal> {
    guard let chosen else {
      return .failure(
        FormRefusal(field: Self.verdict, words: "Choose a verdict: its number, its first letters, or the arrows."))
    }
    let text = form.fields[Self.comment].isHidden ? "" : (form.fields[Self.comment].text ?? "").trimmed
    let comment = text.isEmpty ? nil : text
    if chosen == subject.verdict, !closes, comment == nil {
      return .failure(FormRefusal(field: Self.verdict, words: "It is judged so already."))
    }
    return .success(action(closes ? .resolved : nil, chosen, resolvingComment: comment))
  }
}
