import PartnerModel
import SafeText
import TerminalKit

/// One field of an incident that has no key of its own: its severity, its name, its description.
struct FieldForm: WriteForm {
  static let name: ScreenName = "field"
  static let watched: [IncidentField] = [.severity, .displayName, .description]
  var verb: SafeText {
    switch field {
    case .severity: "severity of"
    case .displayName: "name of"
    default: "description of"
    }
  }

  private let field: IncidentField
  var subject: FormSubject
  var form: Form

  private static let severities: [Severity] = [.high, .medium, .low, .informational]
  private static let (nameLimit, detailsLimit) = (500, 4_000)

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    switch command {
    case .severity: self.init(.severity, subject, nil)
    case .rename: self.init(.displayName, subject, nil)
    case .describe: self.init(.description, subject, nil)
    default: return nil
    }
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    guard case .update(let update) = action else { return nil }
    if let severity = update.severity, update == IncidentUpdate(severity: severity) {
      self.init(.severity, subject, severity.wire)
    } else if let name = update.displayName, update == IncidentUpdate(displayName: name) {
      self.init(.displayName, subject, name)
    } else if let details = update.details, update == IncidentUpdate(details: details) {
      self.init(.description, subject, details)
    } else {
      return nil
    }
  }

  private init(_ field: IncidentField, _ subject: FormSubject, _ value: String?) {
    self.field = field
    self.subject = subject
    switch field {
    case .severity:
      let offered = Self.severities.filter { $0 != subject.incident.severity || $0.wire == value }
      let choices = offered.map { Choice($0.wire) }
      form = Form([FormField("Severity", .choice(ChoiceInput(choices)))])
      if let value { form.choose(0, value) }
    case .displayName:
      let present = LineEditor(value ?? subject.incident.displayName, limit: Self.nameLimit)
      form = Form([FormField("Name", .text(present))])
    default:
      let present = TextArea(value ?? subject.whole?.details ?? "", limit: Self.detailsLimit)
      form = Form([FormField("Description", .area(present, rows: 8))])
    }
  }

  var head: [SafeText] {
    let unknown = field == .description && subject.whole == nil
    return subject.head + (unknown ? ["Its description is being read: what is written here takes its place."] : [])
  }

  var needsWhole: Bool { field == .description }

  /// A description that comes late is there to be edited, unless somebody has begun another one.
  mutating func take(_ incident: IncidentSummary, in state: SharedState) -> SafeText? {
    let words = subject.take(incident, watching: Self.watched)
    if field == .description, !form.hasChanges, let details = subject.whole?.details {
      form.replace(0, .area(TextArea(details, limit: Self.detailsLimit), rows: 8))
    }
    return words
  }

  var outcome: Result<IncidentAction, FormRefusal> {
    let text = (form.fields[0].choice ?? form.fields[0].text ?? "").trimmed
    func already(_ isSo: Bool) -> FormRefusal? { isSo ? FormRefusal(words: "It is that already.") : nil }
    let refusal: FormRefusal?
    var update = IncidentUpdate()
    switch field {
    case .severity:
      update.severity = Severity(wire: text)
      refusal = already(update.severity == subject.incident.severity)
    case .displayName:
      update.displayName = text
      refusal =
        text.isEmpty
        ? FormRefusal(words: "Write a name: an incident cannot be without one.")
        : SafeText(text).text == text || text == subject.incident.displayName
          ? already(text == subject.incident.displayName)
          : FormRefusal(words: "The name holds what cannot be seen: type it anew.")
    default:
      update.details = text
      refusal =
        subject.whole == nil && text.isEmpty
        ? FormRefusal(words: "Write a description.") : already(text == (subject.whole?.details ?? "").trimmed)
    }
    return refusal.map { .failure($0) } ?? .success(.update(update))
  }
}
