/// The changes that a PATCH of an alert asks for, checked.
struct AlertChanges {
  var status: AlertStatus?
  var classification: Classification??
  var determination: Determination??
  var assignedTo: String??
  /// Empty: none any more.
  var customDetails: [String: String]?

  /// What only the service writes.
  private static let readOnly: Set<String> = [
    "id", "providerAlertId", "incidentId", "tenantId", "title", "description", "recommendedActions", "category",
    "categories", "severity", "serviceSource", "detectionSource", "productName", "detectorId", "alertPolicyId",
    "investigationState", "actorDisplayName", "threatDisplayName", "threatFamilyName", "mitreTechniques",
    "createdDateTime", "lastUpdateDateTime", "resolvedDateTime", "firstActivityDateTime", "lastActivityDateTime",
    "alertWebUrl", "incidentWebUrl", "comments", "evidence", "systemTags", "additionalData",
  ]

  /// The alert that is to be changed, as far as a change is measured by it.
  struct Target {
    var tenantID: String
    var id: String
    var severity: Severity
    var created: Moment

    init(_ alert: Alert, in room: TenantRoom) {
      tenantID = room.tenant.id
      id = alert.id(firstID: room.firstID)
      severity = alert.severity
      created = alert.created
    }

    /// Whether a read-only property says otherwise than it can ever have been read.
    func differs(in name: String, from value: JsonValue) -> Bool {
      switch name {
      case "id", "providerAlertId": value.text != id
      case "tenantId": value.text != tenantID
      case "severity": value.text != severity.rawValue
      case "createdDateTime": !isCreation(value)
      default: false
      }
    }

    /// Whether a text is the time of creation: in whatever spelling, and as fine as a client's clock holds it, which
    /// is a tick in .NET, a microsecond in Python and a millisecond in JavaScript.
    private func isCreation(_ value: JsonValue) -> Bool {
      guard let text = value.text, let time = Moment(graphText: text[...]) else { return false }
      return abs(time.ticks - created.ticks) < Moment.second / 1000
    }
  }

  /// - Parameter target: what is to be changed; nil: nothing that was fetched. An alert that was fetched may be sent
  ///   back whole, and names itself by its id then: what is the service's own in it changes nothing, and what never
  ///   changes may not differ.
  /// - Throws: 400 that names what is wrong; of read-only properties all.
  init(_ members: [String: JsonValue], of target: Target?) throws {
    let fetched = members["id"]?.text == target?.id ? target : nil
    var (wrong, holdsChange) = ([String](), false)
    // In the order of names, so that of several mistakes it is always the same one that is told.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) where !name.contains("@") {
      if Self.readOnly.contains(name) {
        if fetched?.differs(in: name, from: value) ?? true { wrong.append(name) }
        continue
      }
      holdsChange = true
      switch name {
      case "status": status = try Self.enumeration(value, name)
      case "classification": classification = value == .null ? .some(nil) : try Self.enumeration(value, name)
      case "determination": determination = value == .null ? .some(nil) : try Self.enumeration(value, name)
      case "assignedTo":
        guard value == .null || value.text != nil else { throw Self.wrongValue(name) }
        assignedTo = .some(value.text)
      case "customDetails": customDetails = try Self.details(value)
      default:
        throw GraphRefusal.badRequest(
          "The property '\(name)' does not exist on type 'microsoft.graph.security.alert'.")
      }
    }
    guard wrong.isEmpty else {
      let names = wrong.map { "'\($0)'" }.joined(separator: ", ")
      throw GraphRefusal.badRequest("Read-only on type 'microsoft.graph.security.alert': \(names).")
    }
    guard holdsChange else { throw GraphRefusal.badRequest("The request body holds no change.") }
  }

  private static func wrongValue(_ name: String) -> GraphRefusal {
    .badRequest("Invalid value for the property '\(name)'.")
  }

  private static func enumeration<Member: RawRepresentable & CaseIterable>(
    _ value: JsonValue, _ name: String
  ) throws -> Member where Member.RawValue == String {
    guard let text = value.text, let found: Member = member(text) else { throw wrongValue(name) }
    return found
  }

  private static func details(_ value: JsonValue) throws -> [String: String] {
    if value == .null { return [:] }
    guard let members = value.members?.filter({ !$0.key.contains("@") }) else { throw wrongValue("customDetails") }
    return try members.mapValues { value in
      guard let text = value.text else { throw wrongValue("customDetails") }
      return text
    }
  }

  func apply(to alert: Alert, _ edits: inout AlertEdits, at time: Moment) {
    if let status, status != alert.status { edits.state = AlertEdits.State(status, at: time) }
    if let classification { edits.classification = .some(classification) }
    if let determination { edits.determination = .some(determination) }
    if let assignedTo { edits.assignedTo = .some(assignedTo) }
    if let customDetails { edits.customDetails = customDetails.isEmpty ? nil : customDetails }
    edits.updated = time
  }
}

extension LabWorld {
  /// `PATCH /security/alerts_v2/{id}`
  func updateAlert(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.writeAlerts)
    let alert = try alert(id, call)
    guard call.request.contentType == "application/json" else {
      throw GraphRefusal.badRequest("Write requests must contain the Content-Type header declaration.")
    }
    guard let members = JsonValue.parse(call.request.body)?.members else {
      throw GraphRefusal.badRequest("Unable to read JSON request payload. Please ensure it is a JSON object.")
    }
    let changes = try AlertChanges(members, of: AlertChanges.Target(alert, in: call.room))
    judgeWrite(call, alert.key, id)
    let (written, now) = (writeNow(), limitNow())
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let body = withIncidents(call.room) { incidents, state in
      let number = update(alert, changes, in: &incidents, &state, at: written)
      state.writes += 1
      return state.alert(alert.key, in: incidents, started: started).map { changed in
        entity(call, changed, state.edits[number], writer)
      }
    }
    guard let body else { throw GraphRefusal.notFound("Alert", id) }
    return LabAnswer(status: 200, body: body, sights: [Sight(of: .alert(alert.key), at: now, isOfWrite: true)])
  }

  /// - Returns: the number of the incident that the alert is part of.
  @discardableResult
  func update(
    _ alert: Alert, _ changes: AlertChanges, in incidents: inout [Incident], _ state: inout TenantRoom.State,
    at written: Moment
  ) -> Int {
    let number = alert.incident.number
    let time = max(written, incidents[number].updated + 1)
    state.edit(alert.key) { changes.apply(to: alert, &$0, at: time) }
    incidents[number].updated = time
    return number
  }

  /// Good manners of a write: read first, send it once.
  private func judgeWrite(_ call: GraphCall, _ key: AlertKey, _ id: String) {
    let now = limitNow()
    let (read, attempts) = withIncidents(call.room) { _, state in
      (state.lastSights[.alert(key)], state.attempts[.alert(key)] ?? [])
    }
    if read.map({ $0.at < now - 60 * Moment.second }) ?? true {
      record(.writeWithoutRead, call.room, "alert \(id) was not read in the last 60 s", requestID: call.requestID)
    }
    if isBlindRepeat(call.request, of: attempts, as: .change) {
      record(.repeatedWrite, call.room, "alert \(id) got the same change twice", requestID: call.requestID)
    }
  }
}
