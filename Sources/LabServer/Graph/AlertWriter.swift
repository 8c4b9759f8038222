extension IncidentWriter {
  /// The alerts of an incident in the order of time.
  func alerts(of incident: Incident, _ edits: IncidentEdits?) -> [Alert] {
    let assignedTo = assignedTo(incident, edits)
    return (0..<Alert.count(incident)).map { index in
      Alert(
        incident, index, firstID: room.firstID, customer: customer, assignedTo: assignedTo,
        comments: edits?.alertComments[index] ?? [], started: started)
    }
  }

  func writeAlerts(of incident: Incident, _ edits: IncidentEdits?, to json: inout JsonWriter) {
    json.array("alerts") { json in
      for alert in alerts(of: incident, edits) {
        json.object { json in write(alert, to: &json) }
      }
    }
  }

  /// Writes the members of one alert.
  func write(_ alert: Alert, to json: inout JsonWriter) {
    let template = alert.template
    let cast = alert.cast
    let incidentID = room.firstID + alert.incident.number
    json.field("id", alert.id)
    json.field("providerAlertId", alert.id)
    json.field("incidentId", String(incidentID))
    json.field("status", alert.status.rawValue)
    json.field("severity", alert.severity.rawValue)
    json.field("classification", alert.incident.classification?.rawValue)
    json.field("determination", alert.incident.determination?.rawValue)
    json.field("serviceSource", spelling(template.source.rawValue))
    json.field("detectionSource", spelling(template.detection))
    json.field("productName", template.source.productName)
    json.field("detectorId", Cast(customer, incident: stableHash(template.title)).guid("detector"))
    json.field("tenantId", room.tenant.id)
    json.field("title", cast.hostile(2) ?? cast.fill(template.title))
    json.field("description", cast.hostile(14) ?? cast.fill(template.description))
    json.field("recommendedActions", cast.hostile(15) ?? cast.fill(template.actions))
    json.field("category", cast.hostile(16) ?? template.category)
    json.field("categories", [template.category])
    json.field("assignedTo", alert.assignedTo)
    json.field("alertWebUrl", "https://security.microsoft.com/alerts/\(alert.id)?tid=\(room.tenant.id)")
    json.field("incidentWebUrl", webURL(incidentID))
    json.field("actorDisplayName", template.actor)
    json.field("threatDisplayName", cast.hostile(17) ?? template.threat?.name)
    json.field("threatFamilyName", template.threat?.family)
    json.field("mitreTechniques", template.techniques)
    json.field("createdDateTime", alert.created)
    json.field("lastUpdateDateTime", alert.updated)
    json.field("resolvedDateTime", alert.resolved)
    let lag = Int64(cast.number("lag", below: 300) + 20) * Moment.second
    json.field("firstActivityDateTime", alert.created - 2 * lag)
    json.field("lastActivityDateTime", alert.created - lag)
    json.null("alertPolicyId", "additionalData", "customDetails")
    json.field("investigationState", template.investigation)
    json.array("comments") { json in write(alert.comments, to: &json) }
    json.field("systemTags", Story.all[alert.incident.story].systemTags)
    json.array("evidence") { json in
      let evidence = EvidenceWriter(alert: alert, spelling: spelling, tenantID: room.tenant.id)
      evidence.writeAll(to: &json)
    }
  }
}
