extension LabWorld {
  private static let listOptions: Set<String> = [
    "$count", "$filter", "$skip", "$top", "$expand", "$orderby", "$select", "$skiptoken",
  ]

  /// `GET /security/incidents`
  func listIncidents(_ call: GraphCall) throws -> LabAnswer {
    try call.require(Self.readIncidents)
    let query = try QueryOptions(call.request.query, allowed: Self.listOptions)
    let top = try query.count("$top") ?? 50
    guard top <= 50 else { throw GraphRefusal.topTooLarge(top, limit: 50) }
    guard top > 0 else { throw GraphRefusal.invalidOption("$top", "0") }
    let offset = try offset(query, call)
    let wantsAlerts = try expandsAlerts(query["$expand"])
    let filter = try query["$filter"].map { try Filter($0, properties: Filter.incidentProperties) }
    let order = try ListOrder(query["$orderby"])
    let wantsCount = try query.flag("$count")
    let selection = try query["$select"].map { try Selection($0, of: .incident) }
    let horizon = horizon()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let body: [UInt8]? = withIncidents(call.room) { incidents, state in
      // The service keeps failing to expand lists where one incident has very many alerts.
      if wantsAlerts && state.hasManyAlerts(incidents) { return nil }
      var chosen = writer.numbers(of: incidents, state.edits, since: horizon, that: filter)
      chosen.sort { order.areInOrder(incidents[$0].place, incidents[$1].place) }
      let page = chosen.dropFirst(offset).prefix(top)
      if page.contains(where: state.poisoned.contains) { return nil }
      return jsonObject(reserving: 256 + page.count * 1100) { json in
        let tail = contextTail(selection, expandsAlerts: wantsAlerts)
        json.field("@odata.context", "\(call.origin)/v1.0/$metadata#security/incidents\(tail)")
        if wantsCount { json.field("@odata.count", chosen.count) }
        if offset + page.count < chosen.count {
          let token = SkipToken.make(call.room, offset: offset + page.count)
          json.field("@odata.nextLink", "\(call.origin)/v1.0/security/incidents?\(query.next(skipToken: token))")
        }
        json.array("value") { json in
          for number in page {
            json.object { json in
              json.write(selected: selection, reserving: 1100) {
                writer.write(incidents[number], state.edits[number], to: &$0)
              }
              guard wantsAlerts else { return }
              let alerts = state.alerts(of: incidents[number], in: incidents, started: started)
              writer.write(alerts.filter { $0.updated >= horizon }, state.edits[number], to: &json)
            }
          }
        }
      }
    }
    guard let body else { throw GraphRefusal.serverError }
    return LabAnswer(status: 200, body: body)
  }

  /// `GET /security/incidents/$count`: how many a list with this filter has; the other options change nothing in it.
  ///
  /// Source: OData 4.01, part 2, section 4.8.
  func countIncidents(_ call: GraphCall) throws -> LabAnswer {
    try call.require(Self.readIncidents)
    let query = try QueryOptions(call.request.query, allowed: Self.listOptions)
    let filter = try query["$filter"].map { try Filter($0, properties: Filter.incidentProperties) }
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let horizon = horizon()
    return .count(
      withIncidents(call.room) { incidents, state in
        writer.numbers(of: incidents, state.edits, since: horizon, that: filter).count
      })
  }

  /// Where the page begins; a link of another tenant is refused.
  func offset(_ query: QueryOptions, _ call: GraphCall) throws -> Int {
    let skip = try query.count("$skip")
    guard let text = query["$skiptoken"] else { return skip ?? 0 }
    guard skip == nil else { throw GraphRefusal.badRequest("$skip and $skiptoken do not go together.") }
    guard let token = SkipToken.read(text, for: call.room), token.foreign == nil else {
      throw GraphRefusal.badRequest("The skip token is not valid.")
    }
    return token.offset
  }

  func expandsAlerts(_ value: String?) throws -> Bool {
    guard let value else { return false }
    guard value == "alerts" else {
      throw GraphRefusal.badRequest(
        "Could not find a property named '\(value)' on type 'microsoft.graph.security.incident'.")
    }
    return true
  }
}

extension IncidentWriter {
  /// The numbers of the incidents that a filter accepts, the newest first.
  fileprivate func numbers(
    of incidents: [Incident], _ edits: [Int: IncidentEdits], since horizon: Moment, that filter: Filter?
  ) -> [Int] {
    incidents.reversed().filter { incident in
      guard incident.isKept(since: horizon) else { return false }
      return filter?.accepts { incident.value(of: $0, assignedTo: assignedTo(incident, edits[incident.number])) }
        ?? true
    }.map(\.number)
  }
}

/// The order of a list: newest first unless asked otherwise.
struct ListOrder {
  /// What a list is ordered by; the number settles ties.
  struct Place {
    var created: Moment
    var updated: Moment
    var number: Int
  }

  private var byUpdate = false
  private var ascending = false

  init(_ text: String?) throws {
    guard let text else { return }
    let words = text.split(separator: " ")
    guard (1...2).contains(words.count), ["lastUpdateDateTime", "createdDateTime"].contains(words[0]),
      words.count == 1 || ["asc", "desc"].contains(words[1])
    else { throw GraphRefusal.badRequest("The $orderby expression '\(text)' is not supported.") }
    byUpdate = words[0] == "lastUpdateDateTime"
    ascending = words.count == 1 || words[1] == "asc"
  }

  func areInOrder(_ left: Place, _ right: Place) -> Bool {
    let (a, b) = ascending ? (left, right) : (right, left)
    let (timeA, timeB) = byUpdate ? (a.updated, b.updated) : (a.created, b.created)
    return timeA == timeB ? a.number < b.number : timeA < timeB
  }
}

extension TenantRoom.State {
  /// So many alerts of one incident are more than the service expands in a list.
  private static let manyAlerts = 100

  fileprivate func hasManyAlerts(_ incidents: [Incident]) -> Bool {
    incidents.contains { incident in
      let guests = edits[incident.number]?.guests.count ?? 0
      return (incident.status == .redirected ? 0 : Alert.count(incident)) + guests > Self.manyAlerts
    }
  }
}

extension Incident {
  fileprivate var place: ListOrder.Place { ListOrder.Place(created: created, updated: updated, number: number) }

  func value(of property: String, assignedTo: @autoclosure () -> String?) -> Filter.Value {
    switch property {
    case "severity": .text(severity.rawValue)
    case "status": .text(status.rawValue)
    case "classification": classification.map { .text($0.rawValue) } ?? .null
    case "determination": determination.map { .text($0.rawValue) } ?? .null
    case "createdDateTime": .time(created)
    case "lastUpdateDateTime": .time(updated)
    default: assignedTo().map { .text($0) } ?? .null
    }
  }
}
