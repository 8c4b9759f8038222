/// A change to an incident: only what is set is sent.
///
/// Source: Microsoft Graph v1.0, `PATCH /security/incidents/{id}`.
public struct IncidentUpdate: Hashable, Sendable {
  public var status: IncidentStatus?
  public var assignment: Assignment?
  public var severity: Severity?
  public var classification: Classification?
  public var determination: Determination?
  public var displayName: String?
  /// What Graph calls `description`.
  public var details: String?
  public var resolvingComment: String?
  /// Tags are added to, and taken from, those that the incident has when it is read afresh (rule R10).
  public var addedTags: [String]
  public var removedTags: [String]

  public init(
    status: IncidentStatus? = nil, assignment: Assignment? = nil, severity: Severity? = nil,
    classification: Classification? = nil, determination: Determination? = nil, displayName: String? = nil,
    details: String? = nil, resolvingComment: String? = nil, addedTags: [String] = [], removedTags: [String] = []
  ) {
    self.status = status
    self.assignment = assignment
    self.severity = severity
    self.classification = classification
    self.determination = determination
    self.displayName = displayName
    self.details = details
    self.resolvingComment = resolvingComment
    self.addedTags = addedTags
    self.removedTags = removedTags
  }

  /// Who an incident is given to.
  public enum Assignment: Hashable, Sendable {
    case to(String)
    case nobody
  }

  public var isEmpty: Bool { self == IncidentUpdate() }
  public var changesTags: Bool { !addedTags.isEmpty || !removedTags.isEmpty }

  /// The tags of an incident that has `current` once this update is in effect, in their order; new ones at the end.
  public func tags(after current: [String]) -> [String] {
    var tags = current.filter { !removedTags.contains($0) }
    for tag in addedTags where !tags.contains(tag) { tags.append(tag) }
    return tags
  }

  /// Whether `incident` already is as this update wants it; settles a write by reading.
  public func isInEffect(on incident: Incident) -> Bool { remaining(on: incident).isEmpty }

  /// What this update leaves to do on `incident`: what is in effect already is not sent again.
  public func remaining(on incident: Incident) -> IncidentUpdate {
    var rest = self
    if status == incident.status { rest.status = nil }
    if let assignment, Self.isInEffect(assignment, on: incident.assignedTo) { rest.assignment = nil }
    if severity == incident.severity { rest.severity = nil }
    // Not judged is told as “unknown” or not at all.
    if classification == incident.classification ?? .unknown { rest.classification = nil }
    if determination == incident.determination ?? .unknown { rest.determination = nil }
    if displayName == incident.displayName { rest.displayName = nil }
    if let details, details == incident.details ?? "" { rest.details = nil }
    if let resolvingComment, resolvingComment == incident.resolvingComment ?? "" { rest.resolvingComment = nil }
    rest.addedTags = addedTags.filter { !incident.customTags.contains($0) }
    rest.removedTags = removedTags.filter(incident.customTags.contains)
    return rest
  }

  private static func isInEffect(_ assignment: Assignment, on owner: String?) -> Bool {
    switch assignment {
    case .nobody: (owner ?? "").isEmpty
    case .to(let upn): owner?.lowercased() == upn.lowercased()
    }
  }
}
