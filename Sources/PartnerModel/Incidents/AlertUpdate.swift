/// A change to an alert: only what is set is sent.
///
/// Source: Microsoft Graph v1.0, `PATCH /security/alerts_v2/{id}`.
public struct AlertUpdate: Hashable, Sendable {
  public var status: AlertStatus?
  public var assignment: IncidentUpdate.Assignment?
  public var classification: Classification?
  public var determination: Determination?

  public init(
    status: AlertStatus? = nil, assignment: IncidentUpdate.Assignment? = nil, classification: Classification? = nil,
    determination: Determination? = nil
  ) {
    self.status = status
    self.assignment = assignment
    self.classification = classification
    self.determination = determination
  }

  public var isEmpty: Bool { self == AlertUpdate() }

  /// Whether `alert` already is as this update wants it.
  public func isInEffect(on alert: Alert) -> Bool { remaining(on: alert).isEmpty }

  /// What this update leaves to do on `alert`.
  public func remaining(on alert: Alert) -> AlertUpdate {
    var rest = self
    if status == alert.status { rest.status = nil }
    switch assignment {
    case nil: break
    case .nobody: if (alert.assignedTo ?? "").isEmpty { rest.assignment = nil }
    case .to(let upn): if alert.assignedTo?.lowercased() == upn.lowercased() { rest.assignment = nil }
    }
    // Not judged is told as “unknown” or not at all.
    if classification == alert.classification ?? .unknown { rest.classification = nil }
    if determination == alert.determination ?? .unknown { rest.determination = nil }
    return rest
  }
}
