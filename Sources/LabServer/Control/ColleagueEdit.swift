import Synchronization

/// What a colleague does to one incident when a test asks for it.
struct ColleagueEdit {
  var changes: IncidentChanges?
  var comment: String?
  /// Who is told to have done it; nil: one of the customer's own team.
  var author: String?
}

extension LabServer {
  /// As `POST /lab/tenants/{id}/incidents/{id}`: a colleague changes an incident.
  ///
  /// - Parameter body: JSON; what a PATCH may hold, and `comment`, `by`, `late`, `mergeInto`, `unlisted`.
  /// - Throws: when there is no such tenant or incident, or the body cannot be read.
  package func editIncident(_ id: String, of tenant: String, _ body: String) throws {
    try world.editIncident(id, try world.controlled(tenant), Array(body.utf8))
  }

  /// As `DELETE /lab/tenants/{id}/incidents/{id}`: the service does not know it any more, nor its alerts.
  ///
  /// - Throws: when there is no such tenant or incident.
  package func deleteIncident(_ id: String, of tenant: String) throws {
    try world.deleteIncident(id, try world.controlled(tenant))
  }

  /// As `POST /lab/tenants/{id}/alerts/{id}`: a colleague changes or moves an alert.
  ///
  /// - Parameter body: JSON; what a PATCH may hold, and `comment`, `by`, `moveTo`.
  /// - Throws: when there is no such tenant or alert, or the body cannot be read.
  package func editAlert(_ id: String, of tenant: String, _ body: String) throws {
    try world.editAlert(id, try world.controlled(tenant), Array(body.utf8))
  }

  /// As `POST /lab/retention`.
  ///
  /// - Parameter days: for how long after its last change something is kept; nil: for good.
  package func keep(days: Int?) { world.keep(days: days) }
}

extension LabWorld {
  /// What was last changed before this is not kept any more.
  func horizon() -> Moment {
    guard let days = shared.withLock({ $0.retentionDays }) else { return Moment(ticks: .min) }
    return dataNow() - Int64(days) * Moment.day
  }

  func keep(days: Int?) { shared.withLock { $0.retentionDays = days } }

  /// `POST /lab/retention`
  func changeRetention(_ body: [UInt8]) throws {
    let days = try ControlFields(body, known: ["days"]).number("days", most: 36_600)
    guard let days else { throw ControlProblem(text: "'days' is needed; 0 keeps everything.") }
    keep(days: days == 0 ? nil : days)
  }

  func editIncident(_ id: String, _ room: TenantRoom, _ body: [UInt8]) throws {
    let number = try controlledIncident(id, room)
    let fields = try ControlFields(own: ["comment", "by", "late", "mergeInto", "unlisted"], of: body)
    let late = try fields.number("late", most: 86_400) ?? 0
    if let isUnlisted = try fields.flag("unlisted") {
      room.state.withLock { state in
        if isUnlisted { state.poisoned.insert(number) } else { state.poisoned.remove(number) }
      }
    }
    if let target = try fields.text("mergeInto") { try mergeByOthers(number, target, room, try fields.text("by")) }
    var edit = ColleagueEdit(comment: try fields.text("comment"), author: try fields.text("by"))
    if !fields.others.isEmpty {
      edit.changes = try controlling { try IncidentChanges(fields.others, of: .unknown) }
    }
    guard edit.changes != nil || edit.comment != nil else { return }
    change(room, .named(number, edit), at: writeNow(), late: late)
  }

  private func mergeByOthers(_ number: Int, _ target: String, _ room: TenantRoom, _ author: String?) throws {
    let target = try controlledIncident(target, room)
    let (written, writer) = (writeNow(), IncidentWriter(room, Spelling(includesUnknownMembers: true), started: started))
    let isMerged = withIncidents(room) { incidents, state in
      target != number
        && merge([target, number], in: &incidents, &state, at: written, by: author ?? colleague(of: room).upn, writer)
    }
    guard isMerged else { throw ControlProblem(text: "One of the incidents was merged before.") }
  }

  private func colleague(of room: TenantRoom) -> User { room.customer.user(900) }

  /// Makes the change that was asked for.
  func make(
    _ edit: ColleagueEdit, of number: Int, _ room: TenantRoom, _ incidents: inout [Incident],
    _ state: inout TenantRoom.State, at time: Moment
  ) {
    let writer = IncidentWriter(room, Spelling(includesUnknownMembers: true), started: started)
    let colleague = colleague(of: room)
    state.change(number, in: &incidents, at: time, by: edit.author ?? colleague.upn, writer) { incident, edits in
      edit.changes?.apply(to: &incident, &edits)
      if let text = edit.comment {
        edits.comments.append(
          IncidentEdits.Comment(text: text, author: edit.author ?? colleague.displayName, at: time))
      }
    }
  }

  func deleteIncident(_ id: String, _ room: TenantRoom) throws {
    let number = try controlledIncident(id, room)
    withIncidents(room) { incidents, _ in incidents[number].isDeleted = true }
  }

  func editAlert(_ id: String, _ room: TenantRoom, _ body: [UInt8]) throws {
    guard let alert = alert(id, in: room) else { throw ControlProblem(text: "'\(id)' is not an alert here.") }
    let fields = try ControlFields(own: ["comment", "by", "moveTo"], of: body)
    let (comment, author) = (try fields.text("comment"), try fields.text("by") ?? colleague(of: room).upn)
    let wanted = try fields.text("moveTo")
    let target = try wanted.flatMap { $0 == "new" ? nil : try controlledIncident($0, room) }
    let changes =
      fields.others.isEmpty ? nil : try controlling { try AlertChanges(fields.others, of: nil) }
    let writer = IncidentWriter(room, Spelling(includesUnknownMembers: true), started: started)
    let written = writeNow()
    let isMoved = withIncidents(room) { incidents, state in
      if let changes { update(alert, changes, in: &incidents, &state, at: written) }
      if let comment {
        state.comment(on: alert.key, [comment], by: author, at: written)
        incidents[alert.incident.number].updated = max(written, incidents[alert.incident.number].updated + 1)
      }
      guard wanted != nil else { return true }
      return move([alert.key], to: target, in: &incidents, &state, at: written, by: author, room, writer) != nil
    }
    guard isMoved else { throw ControlProblem(text: "The incident to move to was merged.") }
  }

  private func controlledIncident(_ id: String, _ room: TenantRoom) throws -> Int {
    let number = Int(id).flatMap(room.incidentNumber)
    guard let number, withIncidents(room, { incidents, _ in incidents.indices.contains(number) }) else {
      throw ControlProblem(text: "'\(id)' is not an incident here.")
    }
    return number
  }

  /// What Graph would refuse, the control route refuses in the same words.
  private func controlling<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let refusal as GraphRefusal {
      throw ControlProblem(text: refusal.message)
    }
  }
}
