/// The changes that a PATCH asks for, checked.
struct IncidentChanges {
  var severity: Severity?
  var status: IncidentStatus?
  var classification: Classification?
  var determination: Determination?
  var displayName: String??
  var description: String??
  var summary: String??
  var assignedTo: String??
  var resolvingComment: String??
  var customTags: [String]?

  init(_ body: [UInt8]) throws {
    guard let members = JsonValue.parse(body)?.members else {
      throw GraphRefusal.badRequest("Unable to read JSON request payload. Please ensure it is a JSON object.")
    }
    guard !members.isEmpty else { throw GraphRefusal.badRequest("The request body holds no change.") }
    // In the order of names, so that of several mistakes it is always the same one that is told.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      switch name {
      case "severity": severity = try Self.enumeration(value, name)
      case "status": status = try Self.writableStatus(value)
      case "classification": classification = try Self.enumeration(value, name)
      case "determination": determination = try Self.enumeration(value, name)
      case "displayName": displayName = try Self.text(value, name)
      case "description": description = try Self.text(value, name)
      case "summary": summary = try Self.text(value, name)
      case "assignedTo": assignedTo = try Self.text(value, name)
      case "resolvingComment": resolvingComment = try Self.text(value, name)
      case "customTags":
        guard let tags = value.texts else { throw Self.wrongValue(name) }
        customTags = tags
      case "@odata.type": continue
      default:
        throw GraphRefusal.badRequest(
          "The property '\(name)' is read-only, or does not exist on type 'microsoft.graph.security.incident'.")
      }
    }
  }

  private static func wrongValue(_ name: String) -> GraphRefusal {
    .badRequest("Invalid value for the property '\(name)'.")
  }

  private static func text(_ value: JsonValue, _ name: String) throws -> String? {
    if value == .null { return nil }
    guard let text = value.text else { throw wrongValue(name) }
    return text
  }

  private static func enumeration<Member: RawRepresentable & CaseIterable>(
    _ value: JsonValue, _ name: String
  ) throws -> Member where Member.RawValue == String {
    guard let text = value.text, let found: Member = member(text) else { throw wrongValue(name) }
    return found
  }

  /// Merging and awaiting action are the service's own doing.
  private static func writableStatus(_ value: JsonValue) throws -> IncidentStatus {
    let status: IncidentStatus = try enumeration(value, "status")
    guard [.active, .inProgress, .resolved].contains(status) else { throw wrongValue("status") }
    return status
  }

  func apply(to incident: inout Incident, _ edits: inout IncidentEdits) {
    if let severity { incident.severity = severity }
    if let status { incident.status = status }
    if let classification { incident.classification = classification }
    if let determination { incident.determination = determination }
    if let displayName { edits.displayName = displayName }
    if let description { edits.description = description }
    if let summary { edits.summary = summary }
    if let assignedTo { edits.assignedTo = assignedTo }
    if let resolvingComment { edits.resolvingComment = resolvingComment }
    if let customTags { edits.customTags = customTags }
  }
}

extension LabWorld {
  /// `PATCH /security/incidents/{id}`
  func updateIncident(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.writeIncidents)
    let number = try incidentNumber(id, call)
    guard call.request.contentType == "application/json" else {
      throw GraphRefusal.badRequest("Write requests must contain the Content-Type header declaration.")
    }
    let changes = try IncidentChanges(call.request.body)
    judgeWrite(call, number, changes)
    let written = writeNow()
    let now = limitNow()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    return withIncidents(call.room) { incidents, state in
      let before = incidents[number]
      var edits = state.edits[number] ?? IncidentEdits()
      let assignedBefore = writer.assignedTo(before, edits)
      changes.apply(to: &incidents[number], &edits)
      edits.lastModifiedBy = Self.appAuthor
      incidents[number].note(
        changeAt: written, from: before,
        isReassigned: writer.assignedTo(incidents[number], edits) != assignedBefore)
      state.edits[number] = edits
      state.writes += 1
      let body = entity(call, incidents[number], edits, writer, withAlerts: false)
      // The answer shows the incident as it is now, so it is a fresh read as well.
      let sight = Sight(incident: number, at: now, tags: writer.tags(incidents[number], edits), isOfWrite: true)
      return LabAnswer(status: 200, body: body, sight: sight)
    }
  }

  /// Good manners of a write: read first, lose no one's tags, send it once.
  private func judgeWrite(_ call: GraphCall, _ number: Int, _ changes: IncidentChanges) {
    let now = limitNow()
    let id = call.room.firstID + number
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let (read, tags, attempts) = withIncidents(call.room) { incidents, state in
      (state.lastSights[number], writer.tags(incidents[number], state.edits[number]), state.attempts[number] ?? [])
    }
    if read.map({ $0.at < now - 60 * Moment.second }) ?? true {
      record(
        .writeWithoutRead, call.room, "incident \(id) was not read in the last 60 s", requestID: call.requestID)
    }
    if let wanted = changes.customTags {
      // To remove what was seen is a wish; what others have added since is lost.
      let lost = Set(tags).subtracting(wanted).subtracting(read?.tags ?? [])
      if !lost.isEmpty {
        record(
          .lostTag, call.room, "incident \(id) lost \(lost.sorted().joined(separator: ", "))",
          requestID: call.requestID)
      }
    }
    if isBlindRepeat(call.request, of: attempts, isComment: false) {
      record(.repeatedWrite, call.room, "incident \(id) got the same change twice", requestID: call.requestID)
    }
  }
}
