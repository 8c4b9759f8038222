extension LabWorld {
  /// `GET /security/incidents/{id}`
  func getIncident(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readIncidents)
    let query = try QueryOptions(call.request.query, allowed: ["$expand"])
    let wantsAlerts = try expandsAlerts(query["$expand"])
    let number = try incidentNumber(id, call)
    let now = limitNow()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let body = withIncidents(call.room) { incidents, state in
      let tags = writer.tags(incidents[number], state.edits[number])
      state.lastReads[number] = (at: now, tags: tags)
      return entity(call, incidents[number], state.edits[number], writer, withAlerts: wantsAlerts)
    }
    return LabAnswer(status: 200, body: body)
  }

  func entity(
    _ call: GraphCall, _ incident: Incident, _ edits: IncidentEdits?, _ writer: IncidentWriter, withAlerts: Bool
  ) -> [UInt8] {
    jsonObject(reserving: withAlerts ? 65_536 : 1536) { json in
      json.field(
        "@odata.context",
        "\(call.origin)/v1.0/$metadata#security/incidents\(withAlerts ? "(alerts())" : "")/$entity")
      writer.write(incident, edits, to: &json)
      if withAlerts { writer.writeAlerts(of: incident, edits, to: &json) }
    }
  }

  /// The number of an existing incident of the caller's tenant.
  ///
  /// - Throws: 404; an id out of another tenant's range is reported as well.
  func incidentNumber(_ id: String, _ call: GraphCall, refusal: GraphRefusal? = nil) throws -> Int {
    let refusal = refusal ?? GraphRefusal.notFound("Incident", id)
    guard let wanted = Int(id), id.utf8.allSatisfy({ (48...57).contains($0) }) else { throw refusal }
    if let number = call.room.incidentNumber(wanted) {
      guard withIncidents(call.room, { incidents, _ in incidents.indices.contains(number) }) else { throw refusal }
      return number
    }
    if let owner = rooms.first(where: { $0.incidentNumber(wanted) != nil }) {
      record(
        .crossTenantId, call.room, "incident \(id) belongs to \(owner.tenant.id)", requestID: call.requestID)
    }
    throw refusal
  }
}
