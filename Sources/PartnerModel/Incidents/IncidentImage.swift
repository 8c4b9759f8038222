/// A field of an incident that people change, spelled as Graph spells it. Raw values stand in the journal.
public enum IncidentField: String, Hashable, Sendable, CaseIterable {
  case status, assignedTo, classification, determination, severity, customTags, displayName, description
  case resolvingComment
}

/// What stands in a field. Enum values are spelled as Graph spells them.
public enum FieldValue: Hashable, Sendable {
  /// `nil` for none.
  case text(String?)
  case list([String])
}

/// An incident's fields as they were at one moment. What is not known of it is absent.
public struct IncidentImage: Hashable, Sendable {
  public var values: [IncidentField: FieldValue]
  public var updatedAt: Timestamp?
  public var lastModifiedBy: String?
  /// Its alerts, which the service may change together with it; `nil` when they were not read.
  public var alerts: [AlertImage]?
  /// Whether there were more alerts than could be read.
  public var lacksAlerts: Bool
  /// Of a comment that is written: how many with the same text there were; `nil` when nobody counted.
  public var sameComments: Int?

  public init(
    values: [IncidentField: FieldValue] = [:], updatedAt: Timestamp? = nil, lastModifiedBy: String? = nil,
    alerts: [AlertImage]? = nil, lacksAlerts: Bool = false, sameComments: Int? = nil
  ) {
    self.values = values
    self.updatedAt = updatedAt
    self.lastModifiedBy = lastModifiedBy
    self.alerts = alerts
    self.lacksAlerts = lacksAlerts
    self.sameComments = sameComments
  }

  public init(status: IncidentStatus, assignedTo: String?) {
    self.init(values: [.status: .text(status.wire), .assignedTo: .text(assignedTo)])
  }

  /// The whole incident, with its alerts when it has them.
  public init(_ incident: Incident) {
    self.init(
      values: [
        .status: .text(incident.status.wire), .assignedTo: .text(incident.assignedTo),
        .classification: .text(incident.classification?.wire), .determination: .text(incident.determination?.wire),
        .severity: .text(incident.severity.wire), .customTags: .list(incident.customTags),
        .displayName: .text(incident.displayName), .description: .text(incident.details),
        .resolvingComment: .text(incident.resolvingComment),
      ],
      updatedAt: incident.updatedAt, lastModifiedBy: incident.lastModifiedBy,
      alerts: incident.alerts.map { $0.map(AlertImage.init) },
      lacksAlerts: incident.alerts != nil && incident.alertGaps != .none)
  }

  /// What a list shows: without description and resolving comment.
  public init(_ summary: IncidentSummary) {
    self.init(
      values: [
        .status: .text(summary.status.wire), .assignedTo: .text(summary.assignedTo),
        .classification: .text(summary.classification?.wire), .determination: .text(summary.determination?.wire),
        .severity: .text(summary.severity.wire), .customTags: .list(summary.tags),
        .displayName: .text(summary.displayName),
      ], updatedAt: summary.updatedAt)
  }

  public var status: IncidentStatus? { text(.status).map { IncidentStatus(wire: $0) } }
  public var assignedTo: String? { text(.assignedTo) }

  /// The text in a field; `nil` when there is none, or it is not known.
  public func text(_ field: IncidentField) -> String? {
    if case .text(let text) = values[field] { text } else { nil }
  }

  /// What is another in `later`, in the order of the fields; what is unknown on either side is none.
  public func changes(to later: IncidentImage) -> [FieldChange] {
    IncidentField.allCases.compactMap { field in
      guard let before = values[field], let after = later.values[field], !field.holdsSame(before, after) else {
        return nil
      }
      return FieldChange(field: field, before: before, after: after)
    }
  }
}

extension IncidentField {
  /// Whether two values mean the same: owners fold case, none is as good as empty, tags have no order.
  public func holdsSame(_ left: FieldValue, _ right: FieldValue) -> Bool {
    switch (left, right) {
    case (.text(let left), .text(let right)):
      let (left, right) = (left ?? "", right ?? "")
      return self == .assignedTo ? left.lowercased() == right.lowercased() : left == right
    case (.list(let left), .list(let right)): return Set(left) == Set(right)
    default: return false
    }
  }
}

/// A field's change.
public struct FieldChange: Hashable, Sendable {
  public var field: IncidentField
  public var before: FieldValue
  public var after: FieldValue

  public init(field: IncidentField, before: FieldValue, after: FieldValue) {
    self.field = field
    self.before = before
    self.after = after
  }
}

/// An alert's fields that people change, as they were at one moment.
public struct AlertImage: Hashable, Sendable {
  public var id: String
  public var status: AlertStatus
  public var assignedTo: String?
  public var classification: Classification?
  public var determination: Determination?

  public init(
    id: String, status: AlertStatus, assignedTo: String? = nil, classification: Classification? = nil,
    determination: Determination? = nil
  ) {
    self.id = id
    self.status = status
    self.assignedTo = assignedTo
    self.classification = classification
    self.determination = determination
  }

  public init(_ alert: Alert) {
    self.init(
      id: alert.id, status: alert.status, assignedTo: alert.assignedTo, classification: alert.classification,
      determination: alert.determination)
  }
}
