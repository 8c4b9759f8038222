import PartnerModel
import SafeText
import TerminalKit

/// A comment on an incident or an alert, from a template or not.
struct CommentForm: WriteForm {
  static let name: ScreenName = "comment"
  static let watched: [IncidentField] = []
  /// Unicode scalars of a comment at most.
  static let limit = 4_000
  let verb: SafeText = "comment on"

  var subject: FormSubject
  var form: Form
  /// What stands below the text where the app acts alone.
  private let signature: CommentSignature?
  private let templates: [CommentTemplate]
  private var values: CommentTemplate.Values
  /// Why templates are missing.
  private let complaints: [SafeText]
  /// What the template that was chosen last put there.
  private var inserted = ""
  private var lastTemplate = ""
  /// The incident that it was meant for, where that was merged into this one.
  private var merged: SafeText?

  private static let (template, text) = (0, 1)
  private static let rows = 8

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .comment else { return nil }
    self.init(subject, "", in: state)
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    switch action {
    case .comment(let text), .commentAlert(_, let text):
      self.init(subject, text.without(state.signature(in: subject.key.tenant)), in: state)
      let target = state.writes.redirects[subject.key] ?? subject.incident.redirectIncidentID
      if subject.alert == nil, let target {
        retarget(to: target, in: state)
        self.subject.isChangeTold = true
      }
    default: return nil
    }
  }

  private init(_ subject: FormSubject, _ text: String, in state: SharedState) {
    self.subject = subject
    signature = state.signature(in: subject.key.tenant)
    templates = state.settings.templates.all
    complaints = state.settings.templates.complaints.map { SafeText($0) }
    values = CommentTemplate.Values(
      tenant: subject.tenantName, incident: subject.key.id.rawValue, title: subject.incident.displayName,
      severity: subject.incident.severity.wire, operator: state.settings.operatorUPN ?? "",
      date: String(Timestamp(state.now).description.prefix(10)))
    let choices =
      [Choice("", label: "none")] + templates.enumerated().map { Choice("\($0)", label: SafeText($1.name)) }
    form = Form(
      [
        FormField("Template", .choice(ChoiceInput(choices))),
        FormField("Comment", .area(TextArea(text, limit: Self.limit), rows: Self.rows)),
      ], focus: Self.text)
    form.show(Self.template, if: !templates.isEmpty)
  }

  var head: [SafeText] {
    var lines = subject.head
    if let merged { lines.append(merged) }
    if !complaints.isEmpty {
      let more: SafeText = complaints.count > 1 ? " (and \(complaints.count - 1) more)" : ""
      lines.append("Template left out: \(complaints[0])\(more)")
    }
    return lines
  }

  /// A template that was chosen puts its text there, where nothing else was written.
  mutating func keyTaken() {
    let chosen = form.fields[Self.template].choice ?? ""
    guard chosen != lastTemplate else { return }
    let text = form.fields[Self.text].text ?? ""
    guard text.trimmed.isEmpty || text == inserted else {
      form.refuse(Self.template, "What you wrote stays: empty the comment, and the template takes its place.")
      return form.choose(Self.template, lastTemplate)
    }
    lastTemplate = chosen
    inserted = Int(chosen).flatMap { templates.indices.contains($0) ? templates[$0].filled(with: values) : nil } ?? ""
    _ = form.replaceText(of: Self.text, with: inserted)
    inserted = form.fields[Self.text].text ?? inserted
  }

  mutating func take(_ incident: IncidentSummary, in state: SharedState) -> SafeText? {
    guard incident.key == subject.key else { return nil }
    _ = subject.take(incident, watching: [])
    guard subject.alert == nil, let target = incident.redirectIncidentID else { return nil }
    retarget(to: target, in: state)
    return "It was merged into #\(target.rawValue): your text stays, and goes there."
  }

  /// What is not known of the incident that it goes to has to be read.
  var needsWhole: Bool { !subject.isKnown }

  /// The text goes to the incident that this one was merged into; of that one nothing is told but its own.
  private mutating func retarget(to target: IncidentID, in state: SharedState) {
    merged = "\(subject.number) was merged into #\(target.rawValue): the comment goes there."
    let key = IncidentKey(tenant: subject.key.tenant, id: target)
    let known = state.queue.slot(of: key).map(state.queue.summary)
    let there =
      known ?? IncidentSummary(key: key, displayName: "", severity: .unknown, status: .unrecognised("?"))
    subject = FormSubject(there, tenantName: subject.tenantName, isKnown: known != nil)
    subject.isChangeTold = false
    values.incident = target.rawValue
    (values.title, values.severity) = (known?.displayName ?? "", known?.severity.wire ?? "")
  }

  var outcome: Result<IncidentAction, FormRefusal> {
    let text = (form.fields[Self.text].text ?? "").trimmed
    if text.isEmpty { return .failure(FormRefusal(field: Self.text, words: "Write the comment.")) }
    return .success(subject.alert.map { .commentAlert(id: $0.id, text) } ?? .comment(text))
  }

  /// The text stands above: of a long one its beginning is enough.
  func words(for action: IncidentAction) -> SafeText {
    let place: SafeText =
      subject.alert.map { "alert \(SafeText(beginningOf: $0.id, limit: 80)) of incident \(subject.number)" }
      ?? "incident \(subject.number)"
    let text = (form.fields[Self.text].text ?? "").trimmed
    let shown = text.count <= 200 ? quoted(text) : quoted(String(text.prefix(160))) + "… (\(text.count) characters)"
    let signed: SafeText = signature.map { ", signed “\(SafeText($0.line))”" } ?? ""
    return "POST a comment to \(place) in \(subject.tenantName): \(shown)\(signed). It cannot be undone."
  }
}

extension SharedState {
  /// What the engine writes below a comment where the app, and no person, is who the service sees.
  func signature(in tenant: TenantID) -> CommentSignature? {
    tenants[tenant].flatMap { CommentSignature(in: $0.tenant, operator: settings.operatorUPN) }
  }
}

extension String {
  /// A text that was sent signed, as it was written.
  func without(_ signature: CommentSignature?) -> String {
    guard let end = signature?.under(""), hasSuffix(end) else { return self }
    return String(dropLast(end.count))
  }
}
