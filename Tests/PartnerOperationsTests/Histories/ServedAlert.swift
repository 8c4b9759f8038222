/// An alert as the played service has it.
struct ServedAlert: Hashable, Sendable, ServedItem {
  var number: Int
  var incident: Int?
  var title: String?
  var severity = "medium"
  var status = "new"
  var classification: String?
  var determination: String?
  var owner: String?
  var comments: [ServedIncident.Comment] = []
  /// The addresses that its evidence names.
  var addresses: [String] = []
  var created: Stamp
  var updated: Stamp
  var resolved: Stamp?
  var product: String

  var id: String { "da\(number)_-\(number * 7)" }

  func text(_ field: String) -> String? {
    switch field {
    case "assignedTo": owner
    case "classification": classification
    case "determination": determination
    case "severity": severity
    case "serviceSource": "microsoftDefenderForEndpoint"
    default: status
    }
  }

  func json(tenant: String, isBroken: Bool) -> String {
    let quoted = ServedText.quoted
    var out = "{\"@odata.type\":\"#microsoft.graph.security.alert\",\"id\":\"\(id)\""
    func add(_ name: String, _ value: String) { out += ",\"" + name + "\":" + value }
    add("incidentId", quoted(incident.map { "\($0)" }))
    add("tenantId", quoted(tenant))
    add("title", isBroken ? "\"5\" disk\"" : quoted(title))
    add("severity", quoted(severity))
    add("status", quoted(status))
    add("classification", quoted(classification))
    add("determination", quoted(determination))
    add("serviceSource", quoted("microsoftDefenderForEndpoint"))
    add("assignedTo", quoted(owner))
    add("createdDateTime", quoted(ServedText.time(created)))
    add("lastUpdateDateTime", quoted(ServedText.time(updated)))
    add("resolvedDateTime", quoted(resolved.map { ServedText.time($0) }))
    add("comments", ServedText.comments(comments))
    let evidence = addresses.map { address in
      "{\"@odata.type\":\"#microsoft.graph.security.ipEvidence\",\"verdict\":\"suspicious\","
        + "\"createdDateTime\":\(quoted(ServedText.time(created))),\"ipAddress\":\(quoted(address))}"
    }
    add("evidence", "[" + evidence.joined(separator: ",") + "]")
    return out + "}"
  }
}

/// An alert came, changed, or moved to another incident.
struct AlertEvent: Hashable, Sendable {
  var happened: Int64
  /// From when on the list of alerts shows it.
  var shownFrom: Int64
  /// As it was from then on.
  var alert: ServedAlert
}
