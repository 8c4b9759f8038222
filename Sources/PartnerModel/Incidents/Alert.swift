/// An alert inside an incident.
///
/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alert`.
public struct Alert: Hashable, Sendable {
  public var id: String
  /// The incident that it says it is of; `nil` where it names none.
  public var incidentID: IncidentID?
  public var title: String?
  public var details: String?
  public var recommendedActions: String?
  public var category: String?
  public var severity: Severity
  public var status: AlertStatus
  public var classification: Classification?
  public var determination: Determination?
  public var assignedTo: String?
  /// The product that raised it, spelled as Graph spells it.
  public var serviceSource: String?
  public var detectionSource: String?
  public var productName: String?
  public var investigationState: String?
  public var actorName: String?
  public var threatName: String?
  public var threatFamily: String?
  public var systemTags: [String]
  public var comments: [IncidentComment]
  public var mitreTechniques: [String]
  public var createdAt: Timestamp?
  public var updatedAt: Timestamp?
  public var firstActivityAt: Timestamp?
  public var lastActivityAt: Timestamp?
  public var resolvedAt: Timestamp?
  public var webURL: String?
  public var evidence: [Evidence]
  /// Evidence items of this alert that could not be read.
  public var unreadableEvidence: Int

  public init(
    id: String, title: String? = nil, details: String? = nil, recommendedActions: String? = nil,
    category: String? = nil, severity: Severity = .unknown, status: AlertStatus = .unknown,
    classification: Classification? = nil, determination: Determination? = nil, assignedTo: String? = nil,
    serviceSource: String? = nil, detectionSource: String? = nil, mitreTechniques: [String] = [],
    createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil, firstActivityAt: Timestamp? = nil,
    lastActivityAt: Timestamp? = nil, webURL: String? = nil, evidence: [Evidence] = [], unreadableEvidence: Int = 0,
    incidentID: IncidentID? = nil, productName: String? = nil, investigationState: String? = nil,
    actorName: String? = nil, threatName: String? = nil, threatFamily: String? = nil, systemTags: [String] = [],
    comments: [IncidentComment] = [], resolvedAt: Timestamp? = nil
  ) {
    self.id = id
    self.title = title
    self.details = details
    self.recommendedActions = recommendedActions
    self.category = category
    self.severity = severity
    self.status = status
    self.classification = classification
    self.determination = determination
    self.assignedTo = assignedTo
    self.serviceSource = serviceSource
    self.detectionSource = detectionSource
    self.mitreTechniques = mitreTechniques
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.firstActivityAt = firstActivityAt
    self.lastActivityAt = lastActivityAt
    self.webURL = webURL
    self.evidence = evidence
    self.unreadableEvidence = unreadableEvidence
    self.incidentID = incidentID
    self.productName = productName
    self.investigationState = investigationState
    self.actorName = actorName
    self.threatName = threatName
    self.threatFamily = threatFamily
    self.systemTags = systemTags
    self.comments = comments
    self.resolvedAt = resolvedAt
  }
}
