extension LabWorld {
  private static let alertOptions: Set<String> = [
    "$count", "$filter", "$skip", "$top", "$orderby", "$select", "$skiptoken",
  ]

  /// `GET /security/alerts_v2`
  func listAlerts(_ call: GraphCall) throws -> LabAnswer { try listAlerts(call, of: nil, at: "security/alerts_v2") }

  /// `GET /security/incidents/{id}/alerts`, with the options of the list of all alerts.
  func listAlerts(_ call: GraphCall, ofIncident id: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    let number = try incidentNumber(id, call)
    return try listAlerts(call, of: number, at: "security/incidents/\(id)/alerts")
  }

  private func listAlerts(_ call: GraphCall, of incident: Int?, at path: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    let query = try QueryOptions(call.request.query, allowed: Self.alertOptions)
    // A page size above the limit is lowered rather than refused here.
    let top = min(try query.count("$top") ?? 50, 1000)
    guard top > 0 else { throw GraphRefusal.invalidOption("$top", "0") }
    if let skip = try query.count("$skip"), skip > 500 { throw GraphRefusal.skipTooLarge(skip, limit: 500) }
    let offset = try offset(query, call)
    let filter = try query["$filter"].map { try Filter($0, properties: Filter.alertProperties) }
    let order = try ListOrder(query["$orderby"])
    let wantsCount = try query.flag("$count")
    let selection = try query["$select"].map { try Selection($0, of: .alert) }
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    var chosen = alerts(call, of: incident, writer, that: filter)
    chosen.sort { left, right in order.areInOrder(left.place, right.place) }
    let page = chosen.dropFirst(offset).prefix(top)
    let body = jsonObject(reserving: 256 + page.count * 6000) { json in
      let address = incident.map { "security/incidents('\(call.room.firstID + $0)')/alerts" } ?? path
      json.field("@odata.context", "\(call.origin)/v1.0/$metadata#\(address)\(contextTail(selection))")
      if wantsCount { json.field("@odata.count", chosen.count) }
      if offset + page.count < chosen.count {
        let token = SkipToken.make(call.room, offset: offset + page.count)
        json.field("@odata.nextLink", "\(call.origin)/v1.0/\(path)?\(query.next(skipToken: token))")
      }
      json.array("value") { json in
        for alert in page {
          json.object { json in
            json.field("@odata.type", "#microsoft.graph.security.alert")
            json.write(selected: selection, reserving: 6000) { writer.write(alert, to: &$0) }
          }
        }
      }
    }
    return LabAnswer(status: 200, body: body)
  }

  /// `GET …/$count` of all alerts or of one incident's; options other than the filter change nothing in it.
  func countAlerts(_ call: GraphCall, ofIncident id: String? = nil) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    let number = try id.map { try incidentNumber($0, call) }
    let query = try QueryOptions(call.request.query, allowed: Self.alertOptions)
    let filter = try query["$filter"].map { try Filter($0, properties: Filter.alertProperties) }
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    return .count(alerts(call, of: number, writer, that: filter).count)
  }

  /// The alerts of one incident or of all that a filter accepts.
  private func alerts(
    _ call: GraphCall, of number: Int?, _ writer: IncidentWriter, that filter: Filter?
  ) -> [Alert] {
    withIncidents(call.room) { incidents, state in
      (number.map { incidents[$0...$0] } ?? incidents[...]).flatMap { incident in
        writer.alerts(of: incident, state.edits[incident.number])
          .filter { alert in filter?.accepts(alert.value) ?? true }
      }
    }
  }

  /// `GET /security/alerts_v2/{id}`
  func getAlert(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    let query = try QueryOptions(call.request.query, allowed: ["$select"])
    let selection = try query["$select"].map { try Selection($0, of: .alert) }
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let alert = try alert(id, call, writer)
    let body = jsonObject(reserving: 8192) { json in
      json.field(
        "@odata.context", "\(call.origin)/v1.0/$metadata#security/alerts_v2\(contextTail(selection))/$entity")
      json.write(selected: selection, reserving: 8192) { writer.write(alert, to: &$0) }
    }
    return LabAnswer(status: 200, body: body)
  }

  /// An existing alert of the caller's tenant.
  ///
  /// - Throws: 404, also for the id of another tenant's alert.
  func alert(_ id: String, _ call: GraphCall, _ writer: IncidentWriter) throws -> Alert {
    let refusal = GraphRefusal.notFound("Alert", id)
    guard let (incidentID, index) = Alert.parse(id) else { throw refusal }
    let number = try incidentNumber(String(incidentID), call, refusal: refusal)
    let alerts = alerts(call, of: number, writer, that: nil)
    guard alerts.indices.contains(index), alerts[index].id == id else { throw refusal }
    return alerts[index]
  }
}

extension Alert {
  fileprivate var place: ListOrder.Place {
    ListOrder.Place(created: created, updated: updated, number: incident.number * 1000 + index)
  }
}
