extension LabWorld {
  /// `GET /security/alerts_v2/{id}/comments`
  func alertComments(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    _ = try QueryOptions(call.request.query, allowed: [])
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    return answer(call, writer, with: try alert(id, call, writer).comments)
  }

  /// `POST /security/alerts_v2/{id}/comments`: answers with all comments.
  func addAlertComments(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.writeAlerts)
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let alert = try alert(id, call, writer)
    let texts = try CommentBody(call.request).texts
    let (number, written, now) = (alert.incident.number, writeNow(), limitNow())
    let (comments, isRepeated) = withIncidents(call.room) { incidents, state in
      let isRepeated = state.noteComments(texts, of: number, alert: alert.index, at: now)
      var edits = state.edits[number] ?? IncidentEdits()
      edits.alertComments[alert.index, default: []] += texts.map {
        IncidentEdits.Comment(text: $0, author: call.author, at: written)
      }
      incidents[number].updated = max(written, incidents[number].updated + 1)
      state.edits[number] = edits
      return (edits.alertComments[alert.index] ?? [], isRepeated)
    }
    if isRepeated {
      record(.repeatedComment, call.room, "alert \(id) got the same comment twice", requestID: call.requestID)
    }
    return answer(call, writer, with: comments)
  }

  private func answer(
    _ call: GraphCall, _ writer: IncidentWriter, with comments: [IncidentEdits.Comment]
  ) -> LabAnswer {
    LabAnswer(
      status: 200,
      body: jsonObject { json in
        json.field("@odata.context", "\(call.origin)/v1.0/$metadata#Collection(microsoft.graph.security.alertComment)")
        json.array("value") { json in writer.write(comments, to: &json) }
      })
  }
}

extension TenantRoom.State {
  /// Keeps what was written for ten minutes; whether one of the texts was written to the same place within them.
  mutating func noteComments(_ texts: [String], of incident: Int, alert: Int? = nil, at now: Moment) -> Bool {
    recentComments.removeAll { $0.at <= now - 600 * Moment.second }
    var isRepeated = false
    for text in texts {
      isRepeated =
        isRepeated || recentComments.contains { $0.incident == incident && $0.alert == alert && $0.text == text }
      recentComments.append(TenantRoom.RecentComment(incident: incident, alert: alert, text: text, at: now))
    }
    return isRepeated
  }
}
