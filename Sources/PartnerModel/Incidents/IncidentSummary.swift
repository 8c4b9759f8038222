/// What the lists need of an incident.
public struct IncidentSummary: Hashable, Sendable {
  public var key: IncidentKey
  public var displayName: String
  public var severity: Severity
  public var status: IncidentStatus
  public var assignedTo: String?
  public var classification: Classification?
  public var determination: Determination?
  public var tags: [String]
  public var createdAt: Timestamp?
  public var updatedAt: Timestamp?
  /// When the incident was first seen assigned or not active; `nil` while nobody took it.
  public var acknowledgedAt: Timestamp?
  /// `nil` until the incident was read with its alerts, and when some did not come and nobody knows how many.
  public var alertCount: Int?
  public var webURL: String?
  public var redirectIncidentID: IncidentID?

  public init(
    key: IncidentKey, displayName: String, severity: Severity = .unknown, status: IncidentStatus = .active,
    assignedTo: String? = nil, classification: Classification? = nil, determination: Determination? = nil,
    tags: [String] = [], createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil, acknowledgedAt: Timestamp? = nil,
    alertCount: Int? = nil, webURL: String? = nil, redirectIncidentID: IncidentID? = nil
  ) {
    self.key = key
    self.displayName = displayName
    self.severity = severity
    self.status = status
    self.assignedTo = assignedTo
    self.classification = classification
    self.determination = determination
    self.tags = tags
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.acknowledgedAt = acknowledgedAt
    self.alertCount = alertCount
    self.webURL = webURL
    self.redirectIncidentID = redirectIncidentID
  }

  /// The summary of a whole incident; what only our own store knows is handed in.
  public init(_ incident: Incident, acknowledgedAt: Timestamp?, alertCount: Int?) {
    self.init(
      key: incident.key, displayName: incident.displayName ?? "", severity: incident.severity,
      status: incident.status, assignedTo: incident.assignedTo, classification: incident.classification,
      determination: incident.determination, tags: incident.customTags, createdAt: incident.createdAt,
      updatedAt: incident.updatedAt, acknowledgedAt: acknowledgedAt,
      alertCount: incident.alerts == nil ? alertCount : incident.alertCount,
      webURL: incident.webURL, redirectIncidentID: incident.redirectIncidentID)
  }
}
