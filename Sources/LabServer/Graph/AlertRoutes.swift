extension LabWorld {
  private static let alertOptions: Set<String> = [
    "$count", "$filter", "$skip", "$top", "$orderby", "$select", "$skiptoken",
  ]

  /// `GET /security/alerts_v2`
  func listAlerts(_ call: GraphCall) throws -> LabAnswer {
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
    let selection = try query["$select"].map(AlertSelection.init)
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    var chosen = withIncidents(call.room) { incidents, state in
      incidents.flatMap { incident in
        writer.alerts(of: incident, state.edits[incident.number])
          .filter { alert in filter?.accepts(alert.value) ?? true }
      }
    }
    chosen.sort { left, right in order.areInOrder(left.place, right.place) }
    let page = chosen.dropFirst(offset).prefix(top)
    let body = jsonObject(reserving: 256 + page.count * 6000) { json in
      json.field("@odata.context", "\(call.origin)/v1.0/$metadata#security/alerts_v2\(selection?.context ?? "")")
      if wantsCount { json.field("@odata.count", chosen.count) }
      if offset + page.count < chosen.count {
        let token = SkipToken.make(call.room, offset: offset + page.count)
        json.field("@odata.nextLink", "\(call.origin)/v1.0/security/alerts_v2?\(query.next(skipToken: token))")
      }
      json.array("value") { json in
        for alert in page {
          json.object { json in
            json.field("@odata.type", "#microsoft.graph.security.alert")
            guard let selection else { return writer.write(alert, to: &json) }
            selection.write(jsonObject(reserving: 6000) { writer.write(alert, to: &$0) }, to: &json)
          }
        }
      }
    }
    return LabAnswer(status: 200, body: body)
  }

  /// `GET /security/alerts_v2/{id}`
  func getAlert(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    _ = try QueryOptions(call.request.query, allowed: [])
    let refusal = GraphRefusal.notFound("Alert", id)
    guard let (incidentID, index) = Alert.parse(id) else { throw refusal }
    let number = try incidentNumber(String(incidentID), call, refusal: refusal)
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let alerts = withIncidents(call.room) { incidents, state in
      writer.alerts(of: incidents[number], state.edits[number])
    }
    guard alerts.indices.contains(index), alerts[index].id == id else { throw refusal }
    let body = jsonObject(reserving: 8192) { json in
      json.field("@odata.context", "\(call.origin)/v1.0/$metadata#security/alerts_v2/$entity")
      writer.write(alerts[index], to: &json)
    }
    return LabAnswer(status: 200, body: body)
  }
}

extension Alert {
  fileprivate var place: ListOrder.Place {
    ListOrder.Place(created: created, updated: updated, number: incident.number * 1000 + index)
  }
}
