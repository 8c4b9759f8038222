import Foundation
import PartnerModel
import Testing

/// What incidents and alerts say by another parser, field by field: what the reader has to make of them.
enum OtherParser {
  typealias Members = [String: Any]

  static func members(_ json: String) throws -> Members {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? Members)
  }

  private static func time(_ value: Any?) -> Timestamp? {
    guard let text = value as? String else { return nil }
    return Array(text.utf8).withUnsafeBufferPointer { Timestamp(dateOf: $0) }
  }

  private static func texts(_ value: Any?) -> [String] { (value as? [Any] ?? []).compactMap { $0 as? String } }
  private static func word<Value: GraphEnumeration>(_ value: Any?) -> Value? {
    (value as? String).map { Value(wire: $0) }
  }
  private static func id(_ value: Any?) -> IncidentID? {
    (value as? String).flatMap { $0.isEmpty ? nil : IncidentID($0) }
  }

  /// - Parameter evidence: the JSON of each alert's evidence.
  static func incident(_ json: String, evidence: [[String]]) throws -> Incident {
    try incident(try members(json), evidence: evidence)
  }

  /// - Parameter evidence: the JSON of each alert's evidence; without it, it stays empty.
  static func incident(_ item: Members, evidence: [[String]]? = nil) throws -> Incident {
    var incident = Incident(tenant: contoso, id: IncidentID(try #require(item["id"] as? String)))
    incident.displayName = item["displayName"] as? String
    incident.details = item["description"] as? String
    incident.summary = item["summary"] as? String
    incident.severity = word(item["severity"]) ?? .unknown
    incident.status = word(item["status"]) ?? .unknown
    incident.classification = word(item["classification"])
    incident.determination = word(item["determination"])
    incident.assignedTo = item["assignedTo"] as? String
    incident.customTags = texts(item["customTags"] ?? item["tags"])
    incident.systemTags = texts(item["systemTags"])
    incident.resolvingComment = item["resolvingComment"] as? String
    incident.createdAt = time(item["createdDateTime"])
    incident.updatedAt = time(item["lastUpdateDateTime"])
    incident.lastModifiedBy = item["lastModifiedBy"] as? String
    incident.redirectIncidentID = id(item["redirectIncidentId"])
    incident.webURL = item["incidentWebUrl"] as? String
    incident.priorityScore = item["priorityScore"] as? Int
    incident.comments = comments(item["comments"])
    incident.alerts = try (item["alerts"] as? [Members])?.enumerated().map { place, alert in
      var alert = try self.alert(alert, evidence: evidence?[place])
      alert.incidentID = alert.incidentID ?? incident.id
      return alert
    }
    return incident
  }

  private static func comments(_ value: Any?) -> [IncidentComment] {
    (value as? [Members] ?? []).map { comment in
      IncidentComment(
        text: comment["comment"] as? String ?? "",
        createdBy: comment["createdByDisplayName"] as? String ?? comment["createdBy"] as? String,
        createdAt: time(comment["createdDateTime"] ?? comment["createdTime"]))
    }
  }

  static func alert(_ item: Members, evidence: [String]? = nil) throws -> Alert {
    var alert = Alert(id: try #require(item["id"] as? String))
    alert.incidentID = id(item["incidentId"])
    alert.title = item["title"] as? String
    alert.details = item["description"] as? String
    alert.recommendedActions = item["recommendedActions"] as? String
    alert.category = item["category"] as? String
    alert.severity = word(item["severity"]) ?? .unknown
    alert.status = word(item["status"]) ?? .unknown
    alert.classification = word(item["classification"])
    alert.determination = word(item["determination"])
    alert.assignedTo = item["assignedTo"] as? String
    alert.serviceSource = item["serviceSource"] as? String
    alert.detectionSource = item["detectionSource"] as? String
    alert.productName = item["productName"] as? String
    alert.investigationState = item["investigationState"] as? String
    alert.actorName = item["actorDisplayName"] as? String
    alert.threatName = item["threatDisplayName"] as? String
    alert.threatFamily = item["threatFamilyName"] as? String
    alert.systemTags = texts(item["systemTags"])
    alert.comments = comments(item["comments"])
    alert.mitreTechniques = texts(item["mitreTechniques"])
    alert.createdAt = time(item["createdDateTime"])
    alert.updatedAt = time(item["lastUpdateDateTime"])
    alert.firstActivityAt = time(item["firstActivityDateTime"])
    alert.lastActivityAt = time(item["lastActivityDateTime"])
    alert.resolvedAt = time(item["resolvedDateTime"])
    alert.webURL = item["alertWebUrl"] as? String
    alert.evidence = try (evidence ?? []).map { json in
      let item = try members(json)
      return self.evidence(item, json: json)
    }
    return alert
  }

  /// - Parameter json: as it came.
  static func evidence(_ item: Members, json: String) -> Evidence {
    let type = item["@odata.type"] as? String ?? ""
    return Evidence(
      type: type.hasPrefix("#microsoft.graph.security.") ? String(type.dropFirst(26)) : type,
      verdict: word(item["verdict"]) ?? .unknown, remediationStatus: item["remediationStatus"] as? String,
      createdAt: time(item["createdDateTime"]), roles: texts(item["roles"]),
      detailedRoles: texts(item["detailedRoles"]), tags: texts(item["tags"]), json: json)
  }
}
