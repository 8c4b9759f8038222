/// What a move asks for, checked.
private struct MoveRequest {
  let ids: [String]
  /// Nil: to a new incident.
  let incident: String?
  let comment: String?

  init(_ request: LabRequest) throws {
    guard request.contentType == "application/json", let members = JsonValue.parse(request.body)?.members else {
      throw GraphRefusal.badRequest("Unable to read JSON request payload. Please ensure it is a JSON object.")
    }
    let known = ["alertIds", "incidentId", "alertComment", "newCorrelationReasons"]
    if let unknown = members.keys.filter({ !$0.contains("@") && !known.contains($0) }).min() {
      throw GraphRefusal.badRequest("The parameter '\(unknown)' in the request payload is not a valid parameter.")
    }
    guard let ids = members["alertIds"]?.texts, !ids.isEmpty else {
      throw GraphRefusal.badRequest("Invalid value for the parameter 'alertIds': at least one id is needed.")
    }
    self.ids = ids
    incident = try Self.text(members, "incidentId")
    comment = try Self.text(members, "alertComment")
    try CorrelationReasons.check(members["newCorrelationReasons"], named: "newCorrelationReasons")
  }

  private static func text(_ members: [String: JsonValue], _ name: String) throws -> String? {
    guard let value = members[name], value != .null else { return nil }
    guard let text = value.text else {
      throw GraphRefusal.badRequest("Invalid value for the parameter '\(name)'.")
    }
    return text
  }
}

extension LabWorld {
  /// `POST /security/alerts_v2/moveAlerts`: alerts change their incident and keep their ids; without an incident a new
  /// one is made for them.
  func moveAlerts(_ call: GraphCall) throws -> LabAnswer {
    try call.require(Self.manageData)
    let request = try MoveRequest(call.request)
    let keys = Set(try request.ids.map { try alert($0, call).key }).sorted()
    let target = try request.incident.map { try incidentNumber($0, call) }
    let written = writeNow()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let (moved, isRepeated) = withIncidents(call.room) { incidents, state in
      let isRepeated = isBlindRepeat(call.request, as: .move, of: keys.map { .alert($0) }, state)
      let number = move(keys, to: target, in: &incidents, &state, at: written, by: call.writer, call.room, writer)
      guard let number else { return (nil as Int?, isRepeated) }
      if let comment = request.comment, !comment.isEmpty {
        for key in keys { state.comment(on: key, [comment], by: call.author, at: written) }
      }
      state.writes += 1
      return (number, isRepeated)
    }
    if isRepeated {
      record(.repeatedMove, call.room, "the same alerts were moved twice", requestID: call.requestID)
    }
    guard let moved else { throw GraphRefusal.badRequest("Alerts cannot be moved to an incident that was merged.") }
    return mergeResponse(call, target: moved)
  }

  /// Moves alerts to an incident, or to a new one.
  ///
  /// - Returns: the incident that they are in now; nil, and nothing is changed, when it was merged into another one.
  func move(
    _ keys: [AlertKey], to wanted: Int?, in incidents: inout [Incident], _ state: inout TenantRoom.State,
    at written: Moment, by author: String, _ room: TenantRoom, _ writer: IncidentWriter
  ) -> Int? {
    let alerts = keys.compactMap { state.alert($0, in: incidents, started: started) }
    guard let first = alerts.first else { return nil }
    if let wanted, incidents[wanted].status == .redirected { return nil }
    if wanted == nil {
      var made = makeIncident(room, incidents.count, created: written)
      made.oddity = .collected
      made.story = first.home.story
      made.severity = first.severity
      incidents.append(made)
    }
    let target = wanted ?? incidents.count - 1
    let leaving = alerts.filter { $0.incident.number != target }
    state.move(leaving, to: target, at: written, writer)
    for number in Set(leaving.map(\.incident.number)).sorted() + [target] {
      state.change(number, in: &incidents, at: written, by: author, writer) { _, _ in }
    }
    return target
  }
}
