extension LabWorld {
  /// `GET /security/incidents/{id}`
  func getIncident(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readIncidents)
    let query = try QueryOptions(call.request.query, allowed: ["$expand", "$select"])
    let wantsAlerts = try expandsAlerts(query["$expand"])
    let selection = try query["$select"].map { try Selection($0, of: .incident) }
    let number = try incidentNumber(id, call)
    let seesTags = selection.map { $0.names.contains("customTags") } ?? true
    let now = limitNow()
    let horizon = horizon()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    return withIncidents(call.room) { incidents, state in
      let edits = state.edits[number]
      let alerts =
        wantsAlerts
        ? state.alerts(of: incidents[number], in: incidents, started: started).filter { $0.updated >= horizon } : nil
      let body = entity(call, incidents[number], edits, writer, selection, alerts: alerts)
      let tags = seesTags ? writer.tags(incidents[number], edits) : []
      let sights = (alerts ?? []).map { Sight(of: .alert($0.key), at: now) }
      return LabAnswer(status: 200, body: body, sights: [Sight(of: .incident(number), at: now, tags: tags)] + sights)
    }
  }

  /// - Parameter alerts: where they are to be told.
  func entity(
    _ call: GraphCall, _ incident: Incident, _ edits: IncidentEdits?, _ writer: IncidentWriter,
    _ selection: Selection? = nil, alerts: [Alert]? = nil
  ) -> [UInt8] {
    jsonObject(reserving: alerts != nil ? 65_536 : 1536) { json in
      let tail = contextTail(selection, expandsAlerts: alerts != nil)
      json.field("@odata.context", "\(call.origin)/v1.0/$metadata#security/incidents\(tail)/$entity")
      json.write(selected: selection, reserving: 1536) { writer.write(incident, edits, to: &$0) }
      if let alerts { writer.write(alerts, edits, to: &json) }
    }
  }

  /// The number of an existing incident of the caller's tenant.
  ///
  /// - Throws: 404, also for the id of another tenant's incident, and for one that is not kept any more.
  func incidentNumber(_ id: String, _ call: GraphCall, refusal: GraphRefusal? = nil) throws -> Int {
    let refusal = refusal ?? GraphRefusal.notFound("Incident", id)
    let horizon = horizon()
    guard id.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(id).flatMap(call.room.incidentNumber),
      withIncidents(
        call.room, { incidents, _ in incidents.indices.contains(number) && incidents[number].isKept(since: horizon) })
    else { throw refusal }
    return number
  }
}
