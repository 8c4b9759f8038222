/// What a merge asks for, checked.
private struct MergeRequest {
  let ids: [String]
  let comment: String?

  init(_ request: LabRequest) throws {
    guard request.contentType == "application/json", let members = JsonValue.parse(request.body)?.members else {
      throw GraphRefusal.badRequest("Unable to read JSON request payload. Please ensure it is a JSON object.")
    }
    let known = ["incidentIds", "incidentComment", "mergeReasons"]
    if let unknown = members.keys.filter({ !$0.contains("@") && !known.contains($0) }).min() {
      throw GraphRefusal.badRequest("The parameter '\(unknown)' in the request payload is not a valid parameter.")
    }
    guard let ids = members["incidentIds"]?.texts, Set(ids).count > 1 else {
      throw GraphRefusal.badRequest("Invalid value for the parameter 'incidentIds': at least two ids are needed.")
    }
    self.ids = ids
    comment = members["incidentComment"]?.text
    try CorrelationReasons.check(members["mergeReasons"], named: "mergeReasons")
  }
}

extension LabWorld {
  static let manageData = ["SecurityData.Manage.All"]

  /// `POST /security/incidents/mergeIncidents`: the oldest of them stays and gets the alerts of the others, which
  /// redirect to it.
  func mergeIncidents(_ call: GraphCall) throws -> LabAnswer {
    try call.require(Self.manageData)
    let request = try MergeRequest(call.request)
    let numbers = try Set(request.ids.map { try incidentNumber($0, call) }).sorted()
    let written = writeNow()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let (isMerged, isRepeated) = withIncidents(call.room) { incidents, state in
      let isRepeated = isBlindRepeat(call.request, as: .merge, of: numbers.map { .incident($0) }, state)
      let isMerged = merge(numbers, in: &incidents, &state, at: written, by: call.writer, writer)
      guard isMerged else { return (false, isRepeated) }
      if let comment = request.comment, !comment.isEmpty {
        let added = IncidentEdits.Comment(text: comment, author: call.author, at: written)
        state.edits[numbers[0], default: IncidentEdits()].comments.append(added)
      }
      state.writes += numbers.count
      return (true, isRepeated)
    }
    if isRepeated {
      record(.repeatedMerge, call.room, "the same incidents were merged twice", requestID: call.requestID)
    }
    guard isMerged else { throw GraphRefusal.badRequest("An incident that was merged cannot be merged again.") }
    return mergeResponse(call, target: numbers[0])
  }

  /// The answer of a merge and of a move alike.
  func mergeResponse(_ call: GraphCall, target: Int) -> LabAnswer {
    LabAnswer(
      status: 200,
      body: jsonObject { json in
        json.field("@odata.context", "\(call.origin)/v1.0/$metadata#microsoft.graph.security.mergeResponse")
        json.field("targetIncidentId", String(call.room.firstID + target))
      })
  }

  /// Merges incidents into the first of them.
  ///
  /// - Returns: false, and nothing is changed, when one of them was merged before.
  func merge(
    _ numbers: [Int], in incidents: inout [Incident], _ state: inout TenantRoom.State, at written: Moment,
    by author: String, _ writer: IncidentWriter
  ) -> Bool {
    guard numbers.allSatisfy({ incidents[$0].status != .redirected }) else { return false }
    let target = numbers[0]
    for number in numbers.dropFirst() {
      let alerts = state.alerts(of: incidents[number], in: incidents, started: started)
      state.move(alerts, to: target, at: written, writer)
      state.change(number, in: &incidents, at: written, by: author, writer) { incident, _ in
        incident.status = .redirected
        incident.redirect = target
      }
    }
    state.change(target, in: &incidents, at: written, by: author, writer) { _, _ in }
    return true
  }
}

/// Members of `correlationReason`, which may be joined by commas.
enum CorrelationReasons {
  private static let all: Set<String> = [
    "repeatedAlertOccurrence", "sameGeography", "similarArtifacts", "sameTargetedAsset", "sameNetworkSegment",
    "eventSequence", "timeFrame", "sameThreatSource", "similarTTPsOrBehavior", "sameActor", "sameCampaign",
    "sharedIndicators", "sameAsset", "networkProximity", "eventCasualSequence", "temporalProximity",
    "lateralMovementPath",
  ]

  /// - Throws: 400 for a word that is none.
  static func check(_ value: JsonValue?, named name: String) throws {
    let words = value?.text?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
    if let unknown = words.first(where: { !all.contains($0) }) {
      throw GraphRefusal.badRequest("Invalid value for the parameter '\(name)': '\(unknown)'.")
    }
  }
}
