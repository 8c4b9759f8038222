/// An incident as the service last gave it.
///
/// Source: Microsoft Graph v1.0, `microsoft.graph.security.incident`.
public struct Incident: Hashable, Sendable {
  /// The tenant that was asked; the service's own `tenantId` was checked against it.
  public var tenant: TenantID
  public var id: IncidentID
  public var displayName: String?
  public var details: String?
  public var summary: String?
  public var severity: Severity
  public var status: IncidentStatus
  public var classification: Classification?
  public var determination: Determination?
  public var assignedTo: String?
  public var customTags: [String]
  public var systemTags: [String]
  public var resolvingComment: String?
  public var comments: [IncidentComment]
  public var createdAt: Timestamp?
  public var updatedAt: Timestamp?
  public var lastModifiedBy: String?
  public var redirectIncidentID: IncidentID?
  /// The portal page, as the service gave it; show its host and check it before opening.
  public var webURL: String?
  /// 0 to 100.
  public var priorityScore: Int?
  /// `nil` until the incident was read with its alerts.
  public var alerts: [Alert]?
  /// What of the alerts did not come.
  public var alertGaps: AlertGaps

  public init(
    tenant: TenantID, id: IncidentID, displayName: String? = nil, details: String? = nil, summary: String? = nil,
    severity: Severity = .unknown, status: IncidentStatus = .active, classification: Classification? = nil,
    determination: Determination? = nil, assignedTo: String? = nil, customTags: [String] = [],
    systemTags: [String] = [], resolvingComment: String? = nil, comments: [IncidentComment] = [],
    createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil, lastModifiedBy: String? = nil,
    redirectIncidentID: IncidentID? = nil, webURL: String? = nil, priorityScore: Int? = nil, alerts: [Alert]? = nil,
    alertGaps: AlertGaps = .none
  ) {
    self.tenant = tenant
    self.id = id
    self.displayName = displayName
    self.details = details
    self.summary = summary
    self.severity = severity
    self.status = status
    self.classification = classification
    self.determination = determination
    self.assignedTo = assignedTo
    self.customTags = customTags
    self.systemTags = systemTags
    self.resolvingComment = resolvingComment
    self.comments = comments
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.lastModifiedBy = lastModifiedBy
    self.redirectIncidentID = redirectIncidentID
    self.webURL = webURL
    self.priorityScore = priorityScore
    self.alerts = alerts
    self.alertGaps = alertGaps
  }

  public var key: IncidentKey { IncidentKey(tenant: tenant, id: id) }

  /// How many alerts it has, with those that did not come; `nil` until they were read, and when that is not known.
  public var alertCount: Int? { alerts.flatMap { alertGaps.count(shown: $0.count) } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertComment`.
public struct IncidentComment: Hashable, Sendable {
  public var text: String
  public var createdBy: String?
  public var createdAt: Timestamp?
  public init(text: String, createdBy: String? = nil, createdAt: Timestamp? = nil) {
    self.text = text
    self.createdBy = createdBy
    self.createdAt = createdAt
  }
}
