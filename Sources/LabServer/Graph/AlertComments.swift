extension LabWorld {
  /// `GET /security/alerts_v2/{id}/comments`
  func alertComments(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.readAlerts)
    _ = try QueryOptions(call.request.query, allowed: [])
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    return answer(call, writer, with: try alert(id, call).comments)
  }

  /// `POST /security/alerts_v2/{id}/comments`: answers with all comments.
  func addAlertComments(_ call: GraphCall, _ id: String) throws -> LabAnswer {
    try call.require(Self.writeAlerts)
    let writer = IncidentWriter(call.room, call.spelling, started: started)
    let alert = try alert(id, call)
    let texts = try CommentBody(call.request).texts
    let (key, number, written, now) = (alert.key, alert.incident.number, writeNow(), limitNow())
    let (comments, isRepeated) = withIncidents(call.room) { incidents, state in
      let isRepeated =
        state.noteComments(texts, of: .alert(key), at: now)
        || isBlindRepeat(call.request, of: state.attempts[.alert(key)] ?? [], as: .comment)
      state.comment(on: key, texts, by: call.author, at: written)
      incidents[number].updated = max(written, incidents[number].updated + 1)
      return (state.edits[key.incident]?.alerts[key.index]?.comments ?? [], isRepeated)
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
  mutating func comment(on key: AlertKey, _ texts: [String], by author: String, at time: Moment) {
    edit(key) { $0.comments += texts.map { IncidentEdits.Comment(text: $0, author: author, at: time) } }
  }

  /// Keeps what was written for ten minutes; whether one of the texts was written to the same place within them.
  mutating func noteComments(_ texts: [String], of place: Sight.Subject, at now: Moment) -> Bool {
    recentComments.removeAll { $0.at <= now - 600 * Moment.second }
    var isRepeated = false
    for text in texts {
      isRepeated = isRepeated || recentComments.contains { $0.place == place && $0.text == text }
      recentComments.append(TenantRoom.RecentComment(place: place, text: text, at: now))
    }
    return isRepeated
  }
}
