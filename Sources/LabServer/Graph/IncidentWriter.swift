/// Writes incidents as Graph does: property order, casing and forms of the published metadata.
struct IncidentWriter {
  let room: TenantRoom
  let customer: Customer
  let spelling: Spelling
  let started: Moment

  static let closingWords = [
    "Contained, credentials reset and sessions revoked.", "Confirmed with the user: planned maintenance.",
    "Device reimaged; no further activity for 7 days.", "Duplicate of an earlier case, closed.",
  ]

  init(_ room: TenantRoom, _ spelling: Spelling, started: Moment) {
    self.started = started
    self.room = room
    self.spelling = spelling
    customer = room.customer
  }

  /// Writes the members of one incident; the caller opens and closes the object.
  func write(_ incident: Incident, _ edits: IncidentEdits?, to json: inout JsonWriter) {
    let story = Story.all[incident.story]
    let cast = Cast(customer, incident: incident.seed, isHostile: incident.oddity == .hostile)
    let id = room.firstID + incident.number
    if incident.oddity != .wrongTypes { json.field("id", String(id)) }
    json.field("tenantId", room.tenant.id)
    json.field("status", spelling(incident.status.rawValue))
    json.field("incidentWebUrl", webURL(id))
    json.field("redirectIncidentId", incident.redirect.map { String(room.firstID + $0) })
    json.field("displayName", edits?.displayName ?? displayName(incident, story, cast))
    json.field("createdDateTime", incident.created)
    json.field("lastUpdateDateTime", incident.updated)
    json.field("assignedTo", assignedTo(incident, edits))
    json.field("classification", incident.classification?.rawValue)
    json.field("determination", incident.determination?.rawValue)
    if incident.oddity == .wrongTypes {
      json.object("severity") { $0.field("level", "high") }
    } else {
      json.field("severity", incident.severity.rawValue)
    }
    json.field("customTags", tags(incident, edits))
    json.field("systemTags", story.systemTags)
    if incident.oddity == .loneSurrogate && edits?.description == nil {
      json.name("description")
      // Half of a surrogate pair: JSON's grammar allows it, Unicode does not.
      json.raw(#""The file \ud800 was opened.""#)
    } else {
      json.field("description", edits?.description ?? cast.hostile(13) ?? cast.fill(story.description))
    }
    json.field("lastModifiedBy", edits?.lastModifiedBy ?? modifiedBy(incident))
    json.field("resolvingComment", edits?.resolvingComment ?? incident.closingWords.map { Self.closingWords[$0] })
    json.field("summary", edits?.summary ?? nil)
    json.field("priorityScore", priority(incident))
    json.array("comments") { json in writeComments(of: incident, edits, to: &json) }
  }

  /// Writes each comment as an item of the array that the caller has opened.
  func writeComments(of incident: Incident, _ edits: IncidentEdits?, to json: inout JsonWriter) {
    write(comments(incident, edits), to: &json)
  }

  func write(_ comments: [IncidentEdits.Comment], to json: inout JsonWriter) {
    for comment in comments {
      json.object { json in
        json.field("@odata.type", "#microsoft.graph.security.alertComment")
        json.field("comment", comment.text)
        json.field("createdByDisplayName", comment.author)
        json.field("createdDateTime", comment.at)
      }
    }
  }

  func webURL(_ id: Int) -> String {
    "https://security.microsoft.com/incident2/\(id)/overview?tid=\(room.tenant.id)"
  }

  func assignedTo(_ incident: Incident, _ edits: IncidentEdits?) -> String? {
    if let edited = edits?.assignedTo { return edited }
    if incident.oddity == .hostile && incident.number % 3 == 0 { return HostileText.sample(incident.number + 5) }
    return incident.assignee.map { customer.user(900 + $0).upn }
  }

  func tags(_ incident: Incident, _ edits: IncidentEdits?) -> [String] {
    if let edited = edits?.customTags { return edited }
    if incident.oddity == .hostile { return [HostileText.sample(incident.number + 2), "plain"] }
    let usual = ["VIP", "ransomware-watch", "Q3-review", "\(customer.code)-SOC", "needs-customer", "finance"]
    return (0..<incident.tagCount).map { usual[(Int(incident.seed % 6) + $0) % usual.count] }
  }

  private func displayName(_ incident: Incident, _ story: Story, _ cast: Cast) -> String {
    let name = cast.fill(story.names[cast.number("name", below: story.names.count)])
    return switch incident.oddity {
    case .hostile: HostileText.name(incident.number, name)
    case .huge: "Multi-stage incident involving Initial access & Lateral movement on multiple endpoints"
    default: name
    }
  }

  private func modifiedBy(_ incident: Incident) -> String {
    switch incident.status {
    case .active, .redirected: "Microsoft 365 Defender-AlertCorrelation"
    default: incident.assignee.map { customer.user(900 + $0).upn } ?? "Microsoft 365 Defender-AlertCorrelation"
    }
  }

  private func priority(_ incident: Incident) -> Int {
    let base = [Severity.high: 70, .medium: 45, .low: 20, .informational: 5, .unknown: 0][incident.severity] ?? 0
    return base + Int(incident.seed % 25)
  }

  private func comments(_ incident: Incident, _ edits: IncidentEdits?) -> [IncidentEdits.Comment] {
    var comments: [IncidentEdits.Comment] = []
    if incident.oddity == .hostile {
      let (text, author) = (HostileText.sample(incident.number + 7), HostileText.sample(incident.number + 9))
      comments.append(IncidentEdits.Comment(text: text, author: author, at: incident.created))
    }
    if let time = incident.commented {
      let author = customer.user(900 + (incident.assignee ?? 0))
      let text = ["Looking into this.", "User called, waits for feedback.", "Isolated the device for now."]
      comments.append(
        IncidentEdits.Comment(text: text[Int(incident.seed % 3)], author: author.displayName, at: time))
    }
    return comments + (edits?.comments ?? [])
  }
}
