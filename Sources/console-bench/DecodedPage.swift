/// A page of incidents for the platform's own decoder: the fields of our values, times left as text, and evidence
/// without the text of the whole item.
struct DecodedPage: Decodable {
  var value: [Incident]

  struct Incident: Decodable {
    var id: String
    var displayName: String?
    var description: String?
    var summary: String?
    var severity: String?
    var status: String?
    var classification: String?
    var determination: String?
    var assignedTo: String?
    var customTags: [String]?
    var systemTags: [String]?
    var resolvingComment: String?
    var comments: [Comment]?
    var createdDateTime: String?
    var lastUpdateDateTime: String?
    var lastModifiedBy: String?
    var redirectIncidentId: String?
    var incidentWebUrl: String?
    var priorityScore: Int?
    var alerts: [Alert]?
  }

  struct Comment: Decodable {
    var comment: String?
    var createdByDisplayName: String?
    var createdDateTime: String?
  }

  struct Alert: Decodable {
    var id: String
    var title: String?
    var description: String?
    var recommendedActions: String?
    var category: String?
    var severity: String?
    var status: String?
    var classification: String?
    var determination: String?
    var assignedTo: String?
    var serviceSource: String?
    var detectionSource: String?
    var mitreTechniques: [String]?
    var createdDateTime: String?
    var lastUpdateDateTime: String?
    var firstActivityDateTime: String?
    var lastActivityDateTime: String?
    var alertWebUrl: String?
    var evidence: [Evidence]?
  }

  struct Evidence: Decodable {
    var type: String
    var verdict: String?
    var remediationStatus: String?
    var createdDateTime: String?
    var roles: [String]?
    var detailedRoles: [String]?
    var tags: [String]?

    enum CodingKeys: String, CodingKey {
      case type = "@odata.type"
      case verdict, remediationStatus, createdDateTime, roles, detailedRoles, tags
    }
  }
}
