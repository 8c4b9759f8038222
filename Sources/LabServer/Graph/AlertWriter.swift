extension IncidentWriter {
  /// Who has an alert: its own owner, or that of the incident that it is part of.
  ///
  /// - Parameter edits: of that incident.
  func assignedTo(_ alert: Alert, _ edits: IncidentEdits?) -> String? {
    if let own = alert.edits?.assignedTo { return own }
    return assignedTo(alert.incident, edits)
  }

  /// - Parameter edits: of the incident that the alerts are part of.
  func write(_ alerts: [Alert], _ edits: IncidentEdits?, to json: inout JsonWriter) {
    json.array("alerts") { json in
      for alert in alerts {
        json.object { json in write(alert, edits, to: &json) }
      }
    }
  }

  /// Writes the members of one alert.
  ///
  /// - Parameter edits: of the incident that it is part of.
  func write(_ alert: Alert, _ edits: IncidentEdits?, to json: inout JsonWriter) {
    let template = alert.template
    let cast = alert.cast(customer)
    let incidentID = room.firstID + alert.incident.number
    let id = alert.id(firstID: room.firstID)
    json.field("id", id)
    json.field("providerAlertId", id)
    json.field("incidentId", String(incidentID))
    json.field("status", alert.status.rawValue)
    json.field("severity", template.severity.rawValue)
    json.field("classification", alert.classification?.rawValue)
    json.field("determination", alert.determination?.rawValue)
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
    json.field("assignedTo", assignedTo(alert, edits))
    json.field("alertWebUrl", "https://security.microsoft.com/alerts/\(id)?tid=\(room.tenant.id)")
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
    json.null("alertPolicyId", "additionalData")
    if let details = alert.edits?.customDetails {
      json.object("customDetails") { json in
        json.field("@odata.type", "#microsoft.graph.security.dictionary")
        for (name, value) in details.sorted(by: { $0.key < $1.key }) {
          json.name(name)
          json.string(value)
        }
      }
    } else {
      json.null("customDetails")
    }
    json.field("investigationState", template.investigation)
    json.array("comments") { json in write(alert.comments, to: &json) }
    json.field("systemTags", Story.all[alert.home.story].systemTags)
    json.array("evidence") { json in
      let evidence = EvidenceWriter(alert, template, cast, spelling: spelling, tenantID: room.tenant.id)
      evidence.writeAll(to: &json)
    }
  }
}
