import PartnerModel
import SafeText

/// What a form is about: an incident, or one of its alerts, as the operator sees it.
struct FormSubject: Hashable, Sendable {
  private(set) var incident: IncidentSummary
  /// The alert that is meant, in place of its incident.
  private(set) var alert: Alert?
  /// The incident whole, where it was read and nothing newer is known.
  private(set) var whole: Incident? {
    didSet { if let whole { texts = Self.texts(of: whole) } }
  }
  /// What lists do not tell, as it was seen last.
  private var texts: [IncidentField: FieldValue]
  let tenantName: String
  /// Incidents that were named, or are marked, beside it.
  var others: [IncidentID] = []
  /// Whether anything is known of it but its number.
  private(set) var isKnown: Bool
  /// It changed while the form was open, and that was told: the next Enter means it as it is now.
  var isChangeTold = true

  init(
    _ incident: IncidentSummary, alert: Alert? = nil, whole: Incident? = nil, tenantName: String, isKnown: Bool = true
  ) {
    self.incident = incident
    self.isKnown = isKnown
    self.alert = alert
    self.whole = whole.flatMap { $0.key == incident.key && !$0.isOlder(than: incident) ? $0 : nil }
    self.tenantName = tenantName
    texts = self.whole.map(Self.texts) ?? [:]
  }

  private static func texts(of incident: Incident) -> [IncidentField: FieldValue] {
    IncidentImage(incident).values.filter { [.description, .resolvingComment].contains($0.key) }
  }

  var key: IncidentKey { incident.key }
  var number: SafeText { "#\(incident.key.id.rawValue)" }

  /// Who has what is meant; `nil` for nobody.
  var owner: String? { (alert.map(\.assignedTo) ?? incident.assignedTo).flatMap { $0.isEmpty ? nil : $0 } }
  var classification: Classification? { alert.map(\.classification) ?? incident.classification }
  var determination: Determination? { alert.map(\.determination) ?? incident.determination }
  /// What it was judged to be, where that is a pair that can be given.
  var verdict: Verdict? {
    guard let classification, let determination else { return nil }
    let verdict = Verdict(classification, determination)
    return verdict.isValid ? verdict : nil
  }
  var statusWords: SafeText { alert.map { spelledOut($0.status.wire) } ?? Theme.words(incident.status) }
  var isResolved: Bool { alert.map { $0.status == .resolved } ?? (incident.status == .resolved) }

  /// What stands above the fields: what it is about, so that nobody changes an alert and means its incident.
  var head: [SafeText] {
    guard isKnown || alert != nil else { return ["\(number) ?", "\(tenantName)   status ?   owner ?"] }
    let owner: SafeText = owner.map { "now \(SafeText(beginningOf: $0))" } ?? "now nobody's"
    let name = SafeText(beginningOf: incident.displayName)
    guard let alert else {
      return ["\(number) \(name)", "\(tenantName)   \(statusWords)   \(owner)"]
    }
    return [
      "Alert: \(SafeText(beginningOf: alert.title ?? alert.id))", "\(tenantName)   \(statusWords)   \(owner)",
      "This alert alone, not its incident \(number): for that, put the cursor above the alerts (g).",
    ]
  }

  /// The incident as the operator saw it when an action was decided on, as far as the action needs it.
  func image(for action: IncidentAction) -> IncidentImage {
    var image = IncidentImage(incident)
    switch action {
    // Also where a newer incident is known by now: only what was seen must not be changed by others since.
    case .update(let update):
      if update.details != nil { image.values[.description] = texts[.description] }
      if update.resolvingComment != nil { image.values[.resolvingComment] = texts[.resolvingComment] }
    case .updateAlert, .moveAlerts: image.alerts = alert.map { [AlertImage($0)] }
    case .comment, .commentAlert, .merge: break
    }
    return image
  }

  /// The incident was read anew.
  /// - Parameter fields: those that what is filled in depends on.
  /// - Returns: what to say where one of them is another now.
  mutating func take(_ summary: IncidentSummary, watching fields: [IncidentField]) -> SafeText? {
    guard summary.key == key else { return nil }
    let before = IncidentImage(incident)
    incident = summary
    isKnown = true
    if whole?.isOlder(than: summary) ?? false { whole = nil }
    // Of an alert its incident tells nothing.
    guard alert == nil else { return nil }
    return tell(before.changes(to: IncidentImage(summary)).filter { fields.contains($0.field) })
  }

  /// The incident was read with its alerts.
  mutating func take(_ incident: Incident, watching fields: [IncidentField]) -> SafeText? {
    guard incident.key == key, !incident.isOlder(than: self.incident) else { return nil }
    let before = whole.map { IncidentImage($0) }
    whole = incident
    guard let alert else {
      let summary = IncidentSummary(
        incident, acknowledgedAt: self.incident.acknowledgedAt, alertCount: self.incident.alertCount)
      let words = take(summary, watching: fields)
      let changes = before?.changes(to: IncidentImage(incident)) ?? []
      return words ?? tell(changes.filter { fields.contains($0.field) })
    }
    guard let now = incident.alerts?.first(where: { $0.id == alert.id }) else { return nil }
    self.alert = now
    return tell(alert.image.changes(to: now.image).filter { fields.contains($0.field) })
  }

  private mutating func tell(_ changes: [FieldChange]) -> SafeText? {
    guard let first = changes.first else { return nil }
    isChangeTold = false
    if first.field == .assignedTo {
      return "Meanwhile it was given to \(owner.map(ownerName) ?? "nobody"): look at what is sent now."
    }
    return
      "Meanwhile \(first.field.word) became \(first.after.shown(of: first.field)): look at what is sent now."
  }
}

extension Incident {
  fileprivate func isOlder(than summary: IncidentSummary) -> Bool {
    guard let mine = updatedAt, let theirs = summary.updatedAt else { return false }
    return mine < theirs
  }
}

extension Alert {
  /// Its fields that people change, in the shape of an incident's.
  fileprivate var image: IncidentImage {
    IncidentImage(values: [
      .status: .text(status.wire), .assignedTo: .text(assignedTo), .classification: .text(classification?.wire),
      .determination: .text(determination?.wire),
    ])
  }
}

extension IncidentField {
  /// In a sentence.
  var word: SafeText {
    switch self {
    case .status: "the status"
    case .assignedTo: "the owner"
    case .classification: "the classification"
    case .determination: "the determination"
    case .severity: "the severity"
    case .customTags: "the tags"
    case .displayName: "the name"
    case .description: "the description"
    case .resolvingComment: "the resolving comment"
    }
  }
}

extension FieldValue {
  /// As people read it. May quote the service, made harmless.
  func shown(of field: IncidentField) -> SafeText {
    switch self {
    case .list(let list): list.isEmpty ? "none" : list.map { SafeText($0) }.joined(separator: ", ")
    case .text(let text):
      switch (field, text.flatMap { $0.isEmpty ? nil : $0 }) {
      case (.assignedTo, nil): "nobody"
      case (_, nil), (.classification, "unknown"?), (.determination, "unknown"?): "none"
      case (.status, let text?): Theme.words(IncidentStatus(wire: text))
      case (.severity, let text?): spelledOut(text)
      case (.classification, let text?): SafeText(Classification(wire: text).title)
      case (.determination, let text?): SafeText(Determination(wire: text).title)
      case (_, let text?): SafeText(text)
      }
    }
  }
}
