/// What one write does to an incident, or to what belongs to it. The write's key names the incident that it was meant on.
public enum IncidentAction: Hashable, Sendable {
  case update(IncidentUpdate)
  /// Append-only at the service: it cannot be taken back, and is never sent twice by itself (rule R9).
  case comment(String)
  case updateAlert(id: String, AlertUpdate)
  case commentAlert(id: String, String)
  /// The incidents, that of the write among them, become one: the service says which one stays.
  case merge(others: [IncidentID], comment: String?, reasons: [CorrelationReason])
  /// The alerts of these ids go from the write's incident to another one.
  case moveAlerts(ids: [String], to: IncidentID, comment: String?, reasons: [CorrelationReason])

  /// The change of the incident itself; `nil` for any other action.
  public var update: IncidentUpdate? { if case .update(let update) = self { update } else { nil } }

  /// The alert that it is about; `nil` for any other action.
  public var alert: String? {
    switch self {
    case .updateAlert(let id, _), .commentAlert(let id, _): id
    case .update, .comment, .merge, .moveAlerts: nil
    }
  }

  /// Whether sending it again could do it again: only the operator decides that.
  public var isAtMostOnce: Bool {
    switch self {
    case .update, .updateAlert: false
    case .comment, .commentAlert, .merge, .moveAlerts: true
    }
  }

  /// How many incidents are merged, or alerts moved, at once: each is read before and after it, and a tenant allows about
  /// forty requests a minute.
  public static let mostAtOnce = 20

  /// How many incidents it merges, or alerts it moves; 1 for any other action.
  public var count: Int {
    switch self {
    case .update, .comment, .updateAlert, .commentAlert: 1
    case .merge(let others, _, _): others.count + 1
    case .moveAlerts(let ids, _, _, _): ids.count
    }
  }

  /// The app roles of which one suffices for it.
  ///
  /// Source: Microsoft Graph v1.0, permissions of each operation.
  public var neededRoles: [AppRole] {
    switch self {
    case .update, .comment: [.updateIncidents]
    case .updateAlert, .commentAlert: [.updateAlerts]
    case .merge, .moveAlerts: [.manageSecurityData]
    }
  }
}

/// Why incidents or alerts belong together.
///
/// Source: Microsoft Graph v1.0, `microsoft.graph.security.correlationReason`, a flags enumeration.
public enum CorrelationReason: String, CaseIterable, Hashable, Sendable {
  case repeatedAlertOccurrence, sameGeography, similarArtifacts, sameTargetedAsset, sameNetworkSegment, eventSequence
  case timeFrame, sameThreatSource, similarTTPsOrBehavior, sameActor, sameCampaign, sharedIndicators, sameAsset
  case networkProximity, eventCasualSequence, temporalProximity, lateralMovementPath
}
