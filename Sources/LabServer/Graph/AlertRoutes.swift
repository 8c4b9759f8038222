import Synchronization

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
    let (writer, now) = (IncidentWriter(call.room, call.spelling, started: started), limitNow())
    var (chosen, edits) = alerts(call, of: incident, writer, that: filter)
    chosen.sort { left, right in order.areInOrder(left.place, right.place) }
    let page = chosen.dropFirst(offset).prefix(top)
    let poisoned = call.room.state.withLock { $0.poisoned }
    if page.contains(where: { poisoned.contains($0.incident.number) }) { throw GraphRefusal.serverError }
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
            json.write(selected: selection, reserving: 6000) {
              writer.write(alert, edits[alert.incident.number], to: &$0)
            }
          }
        }
      }
    }
    // One incident's alerts are read to work on them; a list of all is not the read before a write.
    let sights = incident == nil ? [] : page.map { Sight(of: .alert($0.key), at: now) }
    return LabAnswer(status: 200, body: body, sights: sights)
  }

  /// `GET …/$count` of all alerts or of one incident's; options other than the filter change nothing in it.
  func countAlerts(_ call: GraphCall, ofIncident id: String? = nil) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    let number = try id.map { try incidentNumber($0, call) }
    let query = try QueryOptions(call.request.query, allowed: Self.alertOptions)
    let filter = try query["$filter"].map { try Filter($0, properties: Filter.alertProperties) }
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    return .count(alerts(call, of: number, writer, that: filter).chosen.count)
  }

  /// The alerts of one incident or of all that a filter accepts, and what was changed in the incidents.
  ///
  /// No incident is older than its newest alert, so what a filter on the time of change leaves out is not looked into:
  /// asking a quiet tenant for what is new costs little.
  private func alerts(
    _ call: GraphCall, of number: Int?, _ writer: IncidentWriter, that filter: Filter?
  ) -> (chosen: [Alert], edits: [Int: IncidentEdits]) {
    let earliest = max(horizon(), filter?.earliest("lastUpdateDateTime") ?? Moment(ticks: .min))
    return withIncidents(call.room) { incidents, state in
      var chosen: [Alert] = []
      for incident in number.map({ incidents[$0...$0] }) ?? incidents[...]
      where incident.updated >= earliest && !incident.isDeleted {
        for alert in state.alerts(of: incident, in: incidents, started: started) where alert.updated >= earliest {
          let isChosen =
            filter?.accepts { property in
              alert.value(of: property, assignedTo: writer.assignedTo(alert, state.edits[incident.number]))
            } ?? true
          if isChosen { chosen.append(alert) }
        }
      }
      return (chosen, state.edits)
    }
  }

  /// `GET /security/alerts_v2/{id}`
  func getAlert(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    let query = try QueryOptions(call.request.query, allowed: ["$select"])
    let selection = try query["$select"].map { try Selection($0, of: .alert) }
    let alert = try alert(id, call)
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let edits = withIncidents(call.room) { _, state in state.edits[alert.incident.number] }
    return LabAnswer(
      status: 200, body: entity(call, alert, edits, writer, selection),
      sights: [Sight(of: .alert(alert.key), at: limitNow())])
  }

  /// - Parameter edits: of the incident that the alert is part of.
  func entity(
    _ call: GraphCall, _ alert: Alert, _ edits: IncidentEdits?, _ writer: IncidentWriter, _ selection: Selection? = nil
  ) -> [UInt8] {
    jsonObject(reserving: 8192) { json in
      json.field(
        "@odata.context", "\(call.origin)/v1.0/$metadata#security/alerts_v2\(contextTail(selection))/$entity")
      json.write(selected: selection, reserving: 8192) { writer.write(alert, edits, to: &$0) }
    }
  }

  /// An existing alert of the caller's tenant.
  ///
  /// - Throws: 404, also for the id of another tenant's alert, and for one that is not kept any more.
  func alert(_ id: String, _ call: GraphCall) throws -> Alert {
    guard let alert = alert(id, in: call.room) else { throw GraphRefusal.notFound("Alert", id) }
    return alert
  }

  func alert(_ id: String, in room: TenantRoom) -> Alert? {
    let horizon = horizon()
    guard let key = room.alertKey(id),
      let alert = withIncidents(room, { incidents, state in state.alert(key, in: incidents, started: started) }),
      alert.id(firstID: room.firstID) == id, !alert.incident.isDeleted, alert.updated >= horizon
    else { return nil }
    return alert
  }
}
