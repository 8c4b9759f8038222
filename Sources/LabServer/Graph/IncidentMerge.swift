/// What a merge asks for, checked.
private struct MergeRequest {
  let ids: [String]
  let comment: String?

  /// Members of `correlationReason`, which may be joined by commas.
  private static let reasons: Set<String> = [
    "repeatedAlertOccurrence", "sameGeography", "similarArtifacts", "sameTargetedAsset", "sameNetworkSegment",
    "eventSequence", "timeFrame", "sameThreatSource", "similarTTPsOrBehavior", "sameActor", "sameCampaign",
    "sharedIndicators", "sameAsset", "networkProximity", "eventCasualSequence", "temporalProximity",
    "lateralMovementPath",
  ]

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
    let names = members["mergeReasons"]?.text?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
    if let unknown = names.first(where: { !Self.reasons.contains($0) }) {
      throw GraphRefusal.badRequest("Invalid value for the parameter 'mergeReasons': '\(unknown)'.")
    }
  }
}

extension LabWorld {
  static let manageData = ["SecurityData.Manage.All"]

  /// `POST /security/incidents/mergeIncidents`: the oldest of them stays, the others redirect to it. Their alerts, which
  /// the lab tells by the incident's story, stay where they are.
  func mergeIncidents(_ call: GraphCall) throws -> LabAnswer {
    try call.require(Self.manageData)
    let request = try MergeRequest(call.request)
    let numbers = try Set(request.ids.map { try incidentNumber($0, call) }).sorted()
    let target = numbers[0]
    let written = writeNow()
    let isMerged = withIncidents(call.room) { incidents, state in
      guard numbers.allSatisfy({ incidents[$0].status != .redirected }) else { return false }
      for number in numbers {
        let before = incidents[number]
        var edits = state.edits[number] ?? IncidentEdits()
        if number == target {
          if let comment = request.comment, !comment.isEmpty {
            edits.comments.append(IncidentEdits.Comment(text: comment, author: call.author, at: written))
          }
        } else {
          incidents[number].status = .redirected
          incidents[number].redirect = target
        }
        edits.lastModifiedBy = call.writer
        incidents[number].note(changeAt: written, from: before, isReassigned: false)
        state.edits[number] = edits
        state.writes += 1
      }
      return true
    }
    guard isMerged else { throw GraphRefusal.badRequest("An incident that was merged cannot be merged again.") }
    return LabAnswer(
      status: 200,
      body: jsonObject { json in
        json.field("@odata.context", "\(call.origin)/v1.0/$metadata#microsoft.graph.security.mergeResponse")
        json.field("targetIncidentId", String(call.room.firstID + target))
      })
  }
}
