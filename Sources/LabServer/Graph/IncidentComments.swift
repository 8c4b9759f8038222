extension LabWorld {
  /// `POST /security/incidents/{id}/comments`: answers with all comments.
  func addComment(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.writeIncidents)
    let number = try incidentNumber(id, call)
    guard call.request.contentType == "application/json", let members = JsonValue.parse(call.request.body)?.members,
      members["@odata.type"].map({ $0.text?.hasSuffix("microsoft.graph.security.alertComment") ?? false }) ?? true,
      let text = members["comment"]?.text, !text.isEmpty,
      members.keys.allSatisfy({ ["@odata.type", "comment"].contains($0) })
    else { throw GraphRefusal.badRequest("The comment is not valid.") }
    let written = writeNow()
    let now = limitNow()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let (body, isRepeated) = withIncidents(call.room) { incidents, state in
      state.recentComments.removeAll { $0.at <= now - 600 * Moment.second }
      let isRepeated =
        state.recentComments.contains { $0.incident == number && $0.text == text }
        || isBlindRepeat(call.request, of: state.attempts[number] ?? [], isComment: true)
      var edits = state.edits[number] ?? IncidentEdits()
      edits.comments.append(IncidentEdits.Comment(text: text, author: Self.appAuthor, at: written))
      edits.lastModifiedBy = Self.appAuthor
      incidents[number].updated = max(written, incidents[number].updated + 1)
      state.edits[number] = edits
      state.comments += 1
      state.recentComments.append(TenantRoom.RecentComment(incident: number, text: text, at: now))
      let body = jsonObject { json in
        json.field(
          "@odata.context", "\(call.origin)/v1.0/$metadata#Collection(microsoft.graph.security.alertComment)")
        json.array("value") { json in writer.writeComments(of: incidents[number], edits, to: &json) }
      }
      return (body, isRepeated)
    }
    if isRepeated {
      record(.repeatedComment, call.room, "incident \(id) got the same comment twice", requestID: call.requestID)
    }
    return LabAnswer(status: 200, body: body)
  }
}
