/// A change to an incident: only what is set is sent.
///
/// Source: Microsoft Graph v1.0, `PATCH /security/incidents/{id}`.
public struct IncidentUpdate: Hashable, Sendable {
  public var status: IncidentStatus?
  public var assignment: Assignment?

  public init(status: IncidentStatus? = nil, assignment: Assignment? = nil) {
    self.status = status
    self.assignment = assignment
  }

  /// Who an incident is given to.
  public enum Assignment: Hashable, Sendable {
    case to(String)
    case nobody
  }

  public var isEmpty: Bool { status == nil && assignment == nil }

  /// Whether `incident` already is as this update wants it; settles a write by reading.
  public func isInEffect(on incident: Incident) -> Bool {
    if let status, incident.status != status { return false }
    switch assignment {
    case nil: return true
    case .nobody: return (incident.assignedTo ?? "").isEmpty
    case .to(let upn): return incident.assignedTo?.lowercased() == upn.lowercased()
    }
  }

  /// What this update leaves to do on `incident`: what is in effect already is not sent again.
  public func remaining(on incident: Incident) -> IncidentUpdate {
    var rest = self
    if IncidentUpdate(status: status).isInEffect(on: incident) { rest.status = nil }
    if IncidentUpdate(assignment: assignment).isInEffect(on: incident) { rest.assignment = nil }
    return rest
  }
}
