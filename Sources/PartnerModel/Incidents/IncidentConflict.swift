/// Where somebody was faster than a write that was meant: what it was, what they made of it, and what we want.
public struct IncidentConflict: Hashable, Sendable {
  /// One field on which both had something to say. Tags never are one: ours are added to, and taken from, theirs.
  public struct Field: Hashable, Sendable {
    public var field: IncidentField
    /// As the operator saw it.
    public var was: FieldValue
    public var theirs: FieldValue
    public var ours: FieldValue
  }

  /// Not empty.
  public var fields: [Field]
  /// Who changed it last, and when, as the service tells.
  public var by: String?
  public var at: Timestamp?

  /// - Parameters:
  ///   - seen: the incident as the operator saw it; of a field that is not in it nothing is known, so nothing differs.
  ///   - fresh: as the service has it now.
  /// - Returns: `nil` where nobody else changed what `update` changes, or where they made the same of it.
  public init?(of update: IncidentUpdate, seen: IncidentImage, fresh: IncidentImage) {
    fields = update.values.compactMap { field, ours in
      guard let was = seen.values[field], let theirs = fresh.values[field], !field.holdsSame(was, theirs),
        !field.holdsSame(theirs, ours)
      else { return nil }
      return Field(field: field, was: was, theirs: theirs, ours: ours)
    }
    if fields.isEmpty { return nil }
    by = fresh.lastModifiedBy
    at = fresh.updatedAt
  }
}

extension IncidentConflict {
  /// The same for any action; `nil` for those that add and overwrite nothing.
  /// - Parameters:
  ///   - seen: of a change of an alert, with that alert.
  public init?(of action: IncidentAction, seen: IncidentImage, fresh: IncidentImage) {
    switch action {
    case .update(let update): self.init(of: update, seen: seen, fresh: fresh)
    case .updateAlert(let id, let update):
      guard let seenAlert = seen.alerts?.first(where: { $0.id == id }),
        let freshAlert = fresh.alerts?.first(where: { $0.id == id })
      else { return nil }
      let theirs = IncidentImage(
        values: freshAlert.values, updatedAt: fresh.updatedAt, lastModifiedBy: fresh.lastModifiedBy)
      self.init(of: update.fields, seen: IncidentImage(values: seenAlert.values), fresh: theirs)
    case .comment, .commentAlert, .merge, .moveAlerts: return nil
    }
  }
}

extension AlertImage {
  /// By the names that an incident has for the same.
  fileprivate var values: [IncidentField: FieldValue] {
    [
      .status: .text(status.wire), .assignedTo: .text(assignedTo), .classification: .text(classification?.wire),
      .determination: .text(determination?.wire),
    ]
  }
}

extension AlertUpdate {
  /// By the names that an incident has for the same; a status keeps an alert's word.
  fileprivate var fields: IncidentUpdate {
    IncidentUpdate(
      status: status.map { IncidentStatus(wire: $0.wire) }, assignment: assignment, classification: classification,
      determination: determination)
  }
}

extension IncidentUpdate {
  /// What the fields hold once it is in effect, in the order of the fields; without tags, which are added and removed.
  public var values: [(field: IncidentField, value: FieldValue)] {
    IncidentField.allCases.compactMap { field in value(of: field).map { (field, $0) } }
  }

  private func value(of field: IncidentField) -> FieldValue? {
    switch field {
    case .status: status.map { .text($0.wire) }
    case .assignedTo:
      switch assignment {
      case nil: nil
      case .nobody: .text(nil)
      case .to(let upn): .text(upn)
      }
    case .classification: classification.map { .text($0.wire) }
    case .determination: determination.map { .text($0.wire) }
    case .severity: severity.map { .text($0.wire) }
    case .displayName: displayName.map { .text($0) }
    case .description: details.map { .text($0) }
    case .resolvingComment: resolvingComment.map { .text($0) }
    case .customTags: nil
    }
  }
}

extension IncidentConflict {
  /// Each field with what it is and what it was, as Graph spells them. May quote the service: make it harmless before
  /// painting.
  public var summary: String {
    fields.map { "\($0.field.rawValue) is \($0.theirs.words) instead of \($0.was.words)" }.joined(separator: ", ")
  }
}

extension FieldValue {
  /// The value as Graph spells it; `none` where there is none.
  public var words: String {
    switch self {
    case .text(let text): text.flatMap { $0.isEmpty ? nil : $0 } ?? "none"
    case .list(let list): list.isEmpty ? "none" : list.joined(separator: ", ")
    }
  }
}
