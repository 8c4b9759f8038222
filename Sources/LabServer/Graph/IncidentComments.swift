extension LabWorld {
  /// `POST /security/incidents/{id}/comments`: answers with all comments.
  func addComment(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.writeIncidents)
    let number = try incidentNumber(id, call)
    let texts = try CommentBody(call.request).texts
    let written = writeNow()
    let now = limitNow()
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let (body, isRepeated) = withIncidents(call.room) { incidents, state in
      let isRepeated =
        state.noteComments(texts, of: .incident(number), at: now)
        || isBlindRepeat(call.request, of: state.attempts[.incident(number)] ?? [], as: .comment)
      var edits = state.edits[number] ?? IncidentEdits()
      edits.comments += texts.map { IncidentEdits.Comment(text: $0, author: call.author, at: written) }
      edits.lastModifiedBy = call.writer
      incidents[number].updated = max(written, incidents[number].updated + 1)
      state.edits[number] = edits
      state.comments += texts.count
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
