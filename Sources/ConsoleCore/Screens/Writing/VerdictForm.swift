import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

/// What an incident or an alert turned out to be, and whether that closes it: one request.
struct VerdictForm: WriteForm {
  static let name: ScreenName = "verdict"
  static let watched: [IncidentField] = [.status, .classification, .determination, .resolvingComment]
  var verb: SafeText { subject.isResolved ? "verdict of" : "close" }

  var subject: FormSubject
  var form: Form
  /// The number of the request for what was said of the same title before.
  private var request = 0
  /// The operator has chosen or typed: nothing moves any more.
  private var isTouched = false

  private static let (verdict, comment, close) = (0, 1, 2)

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .judge else { return nil }
    self.init(subject, subject.verdict, "", closes: true, [], now: state.now)
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    // As it was offered when it was filled in; where nothing was, what is said of the title comes first once it is there.
    let order = state.offeredVerdicts.order(of: subject.incident.displayName)
    switch action {
    case .update(let update):
      guard let verdict = Self.verdict(update.classification, update.determination) else { return nil }
      let closes = update.status == .resolved
      let known = IncidentUpdate(
        status: closes ? .resolved : nil, classification: verdict.classification,
        determination: verdict.determination, resolvingComment: update.resolvingComment)
      guard update == known else { return nil }
      self.init(subject, verdict, update.resolvingComment ?? "", closes: closes, order, now: state.now)
    case .updateAlert(_, let update):
      guard let verdict = Self.verdict(update.classification, update.determination) else { return nil }
      self.init(subject, verdict, "", closes: update.status == .resolved, order, now: state.now)
    default: return nil
    }
    isTouched = !order.isEmpty
  }

  private static func verdict(_ classification: Classification?, _ determination: Determination?) -> Verdict? {
    guard let classification, let determination else { return nil }
    let verdict = Verdict(classification, determination)
    return verdict.isValid ? verdict : nil
  }

  private init(
    _ subject: FormSubject, _ verdict: Verdict?, _ comment: String, closes: Bool, _ order: [Verdict], now: Date
  ) {
    self.subject = subject
    let list = PickInput(Self.choices(order, [], now: subject.verdict, at: now), selected: verdict.map(Self.value))
    form = Form([
      FormField("Verdict", .pick(list)),
      FormField(
        "Resolving", .text(LineEditor(comment, limit: CommentForm.limit)),
        note: "comment that the closed incident keeps, if you like"),
      FormField(
        "Close it",
        .choice(
          ChoiceInput(
            [Choice("yes", label: "yes, resolved"), Choice("no", label: "no, the verdict alone")],
            selected: closes ? 0 : 1))),
    ])
    keyTaken()
  }

  var head: [SafeText] {
    subject.head + (subject.isResolved ? ["It is closed already: this changes the verdict, and it stays closed."] : [])
  }

  // MARK: What is offered

  private static func value(_ verdict: Verdict) -> String {
    "\(verdict.classification.wire)/\(verdict.determination.wire)"
  }

  /// All pairs, those that were given to the same title before first; each keeps its digit wherever it stands.
  private static func choices(
    _ first: [Verdict], _ counts: [VerdictCount], now present: Verdict?, at now: Date
  ) -> [Choice] {
    (first + Verdict.all.filter { !first.contains($0) }).map { verdict in
      choice(verdict, counts.first { $0.verdict == verdict }, present, now)
    }
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
      group: SafeText(verdict.classification.title), digit: Verdict.all.firstIndex(of: verdict).flatMap(Self.digit))
  }

  /// Of a place in Microsoft's list.
  private static func digit(_ place: Int) -> Int? { place < 9 ? place + 1 : nil }

  mutating func opened(in state: inout SharedState) -> [Effect] {
    request = state.nextRequest()
    return subject.incident.displayName.isEmpty
      ? [] : [.loadVerdicts(title: subject.incident.displayName, request: request)]
  }

  mutating func hear(_ event: Event, in state: inout SharedState) {
    guard case .verdictsLoaded(request, _, let counts) = event, !counts.isEmpty else { return }
    let offers = state.offeredVerdicts.inOrder(counts.filter(\.verdict.isValid), of: subject.incident.displayName)
    let choices = Self.choices(offers.map(\.verdict), offers, now: subject.verdict, at: state.now)
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

  /// What others made of it meanwhile decides whether there is something to close.
  mutating func take(_ incident: IncidentSummary, in state: SharedState) -> SafeText? {
    defer { keyTaken() }
    return subject.take(incident, watching: Self.watched)
  }

  mutating func keyTaken() {
    if form.hasChanges { isTouched = true }
    form.show(Self.close, if: !subject.isResolved)
    // The service keeps one with what is resolved.
    form.show(Self.comment, if: subject.alert == nil && (closes || subject.isResolved))
  }

  var outcome: Result<IncidentAction, FormRefusal> {
    guard let chosen else {
      return .failure(
        FormRefusal(field: Self.verdict, words: "Choose a verdict: its digit, its first letters, or the arrows."))
    }
    let text = form.fields[Self.comment].isHidden ? "" : (form.fields[Self.comment].text ?? "").trimmed
    let comment = text.isEmpty ? nil : text
    if chosen == subject.verdict, !closes, comment == nil {
      let words: SafeText =
        subject.isResolved ? "It is closed and judged so already: choose another verdict." : "It is judged so already."
      return .failure(FormRefusal(field: Self.verdict, words: words))
    }
    return .success(action(closes ? .resolved : nil, chosen, resolvingComment: comment))
  }
}
