/// The changes that a PATCH asks for, checked.
struct IncidentChanges {
  var severity: Severity?
  var status: IncidentStatus?
  var classification: Classification??
  var determination: Determination??
  var displayName: String??
  var description: String??
  var summary: String??
  var assignedTo: String??
  var resolvingComment: String??
  var customTags: [String]?

  /// - Parameter target: what is to be changed. An incident that was fetched may be sent back whole, and names itself
  ///   by its id then; what is the service's own in it changes nothing, and what never changes may not differ.
  /// - Throws: 400 that names what is wrong; of read-only properties all.
  init(_ body: [UInt8], of target: Target) throws {
    guard let members = JsonValue.parse(body)?.members else {
      throw GraphRefusal.badRequest("Unable to read JSON request payload. Please ensure it is a JSON object.")
    }
    try self.init(members, of: target)
  }

  init(_ members: [String: JsonValue], of target: Target) throws {
    let isWhole = members["id"]?.text == target.id
    var (readOnly, holdsChange) = ([String](), false)
    // In the order of names, so that of several mistakes it is always the same one that is told.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      // Control information says something of the body and changes nothing (OData 4.01, JSON format, section 4.6).
      if name.contains("@") { continue }
      if target.isReadOnly(name) {
        if !isWhole || target.differs(in: name, from: value) { readOnly.append(name) }
        continue
      }
      holdsChange = true
      switch name {
      case "status" where isWhole && value.text == target.status: continue
      case "severity": severity = try Self.enumeration(value, name)
      case "status": status = try Self.writableStatus(value)
      case "classification":
        classification = value == .null ? .some(nil) : try Self.enumeration(value, name) as Classification
      case "determination":
        determination = value == .null ? .some(nil) : try Self.enumeration(value, name) as Determination
      case "displayName": displayName = try Self.text(value, name)
      case "description": description = try Self.text(value, name)
      case "summary": summary = try Self.text(value, name)
      case "assignedTo": assignedTo = try Self.text(value, name)
      case "resolvingComment": resolvingComment = try Self.text(value, name)
      case "customTags":
        guard let tags = value == .null ? [] : value.texts else { throw Self.wrongValue(name) }
        customTags = tags
      default:
        throw GraphRefusal.badRequest(
          "The property '\(name)' does not exist on type 'microsoft.graph.security.incident'.")
      }
    }
    guard readOnly.isEmpty else {
      let names = readOnly.map { "'\($0)'" }.joined(separator: ", ")
      throw GraphRefusal.badRequest("Read-only on type 'microsoft.graph.security.incident': \(names).")
    }
    guard holdsChange else { throw GraphRefusal.badRequest("The request body holds no change.") }
  }

  /// The incident that is to be changed, as far as a change is measured by it.
  struct Target {
    var id: String
    var tenantID: String
    var webURL: String
    var systemTags: [String]
    /// As this caller is told it.
    var status: String

    /// Nothing that was fetched: every read-only property is refused.
    static let unknown = Target(id: "", tenantID: "", webURL: "", systemTags: [], status: "")

    private static let readOnly: Set<String> = [
      "id", "tenantId", "createdDateTime", "lastUpdateDateTime", "lastModifiedBy", "redirectIncidentId",
      "incidentWebUrl", "priorityScore", "systemTags", "comments", "alerts",
    ]

    func isReadOnly(_ name: String) -> Bool { Self.readOnly.contains(name) }

    /// Whether a read-only property says otherwise than it can ever have been read, or is of another kind of thing.
    func differs(in name: String, from value: JsonValue) -> Bool {
      switch name {
      case "id": value.text != id
      case "tenantId": value.text != tenantID
      case "incidentWebUrl": value.text != webURL
      case "systemTags": value.texts != systemTags
      // Related entities are not changed through the one that they belong to.
      case "alerts": true
      default: false
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
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let changes = try IncidentChanges(call.request.body, of: target(call, number, writer))
    judgeWrite(call, number, changes)
    let written = writeNow()
    let now = limitNow()
    return withIncidents(call.room) { incidents, state in
      state.change(number, in: &incidents, at: written, by: call.writer, writer) { changes.apply(to: &$0, &$1) }
      state.writes += 1
      let edits = state.edits[number]
      let body = entity(call, incidents[number], edits, writer)
      // The answer shows the incident as it is now, so it is a fresh read as well.
      let tags = writer.tags(incidents[number], edits)
      return LabAnswer(
        status: 200, body: body, sights: [Sight(of: .incident(number), at: now, tags: tags, isOfWrite: true)])
    }
  }

  private func target(_ call: GraphCall, _ number: Int, _ writer: IncidentWriter) -> IncidentChanges.Target {
    let incident = withIncidents(call.room) { incidents, _ in incidents[number] }
    let id = call.room.firstID + number
    return IncidentChanges.Target(
      id: String(id), tenantID: call.room.tenant.id, webURL: writer.webURL(id),
      systemTags: Story.all[incident.story].systemTags, status: call.spelling(incident.status.rawValue))
  }

  /// Good manners of a write: read first, lose no one's tags, send it once.
  private func judgeWrite(_ call: GraphCall, _ number: Int, _ changes: IncidentChanges) {
    let now = limitNow()
    let id = call.room.firstID + number
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let (read, tags, attempts) = withIncidents(call.room) { incidents, state in
      (
        state.lastSights[.incident(number)], writer.tags(incidents[number], state.edits[number]),
        state.attempts[.incident(number)] ?? []
      )
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
    if isBlindRepeat(call.request, of: attempts, as: .change) {
      record(.repeatedWrite, call.room, "incident \(id) got the same change twice", requestID: call.requestID)
    }
  }
}
