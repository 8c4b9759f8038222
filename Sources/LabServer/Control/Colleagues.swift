import Synchronization

/// How the changes of a tick come about.
package struct LabTick: Hashable, Sendable {
  package var seconds = 0
  package var newIncidents = 0
  package var edits = 0
  /// Only in this tenant; nil: in each.
  package var tenant: String?
  /// Seconds after its own time until a change can be read, as when the service is behind.
  package var late = 0
  /// Whether all of them have one and the same time.
  package var sameTime = false

  package init(seconds: Int = 0, newIncidents: Int = 0, edits: Int = 0, tenant: String? = nil) {
    self.seconds = seconds
    self.newIncidents = newIncidents
    self.edits = edits
    self.tenant = tenant
  }
}

/// A change that has its time already but cannot be read yet.
struct PendingChange {
  enum Kind {
    case raise(isExact: Bool)
    /// Whatever a colleague finds to do.
    case edit(isSpread: Bool)
    case named(Int, ColleagueEdit)
  }

  var kind: Kind
  var time: Moment
  var visible: Moment
}

extension LabServer {
  /// As `POST /lab/tick`: time passes (up to a hundred years in all), and in each tenant (or only in one) others raise
  /// and change incidents.
  package func tick(seconds: Int = 0, newIncidents: Int = 0, edits: Int = 0, tenant: String? = nil) {
    tick(LabTick(seconds: seconds, newIncidents: newIncidents, edits: edits, tenant: tenant))
  }

  package func tick(_ tick: LabTick) { world.tick(tick, only: tick.tenant.flatMap { world.room($0) }) }
}

extension LabWorld {
  func tick(_ tick: LabTick, only: TenantRoom?) {
    if hasTimeLeft(tick.seconds) { shared.withLock { $0.passed += Int64(tick.seconds) * Moment.second } }
    let kinds =
      Array(repeating: PendingChange.Kind.raise(isExact: tick.sameTime), count: tick.newIncidents)
      + Array(repeating: .edit(isSpread: tick.sameTime), count: tick.edits)
    guard !kinds.isEmpty else { return }
    let one = tick.sameTime ? writeNow() : nil
    for room in only.map({ [$0] }) ?? rooms where !room.isHome {
      for kind in kinds { change(room, kind, at: one ?? writeNow(), late: tick.late) }
    }
  }

  /// One step of `--live`: someone somewhere does something.
  func liveStep() {
    let step = shared.withLock { shared in
      shared.liveSteps += 1
      return shared.liveSteps
    }
    var chance = Chance(options.seed, 0x11FE, step)
    let living = rooms.filter { !$0.isHome }
    guard !living.isEmpty else { return }
    let room = living[chance.below(living.count)]
    let kind = chance.below(3) == 0 ? PendingChange.Kind.raise(isExact: false) : .edit(isSpread: false)
    change(room, kind, at: writeNow(), late: 0)
  }

  /// - Parameter late: seconds until the change can be read.
  func change(_ room: TenantRoom, _ kind: PendingChange.Kind, at time: Moment, late: Int) {
    withIncidents(room) { incidents, state in
      let visible = time + Int64(late) * Moment.second
      let pending = PendingChange(kind: kind, time: time, visible: visible)
      if late > 0 { state.pending.append(pending) } else { make(pending, room, &incidents, &state) }
    }
  }

  /// Makes the changes whose time to be read has come.
  func publish(_ room: TenantRoom, _ incidents: inout [Incident], _ state: inout TenantRoom.State) {
    guard !state.pending.isEmpty else { return }
    let now = dataNow()
    let due = state.pending.filter { $0.visible <= now }
    state.pending.removeAll { $0.visible <= now }
    for change in due { make(change, room, &incidents, &state) }
  }

  private func make(
    _ change: PendingChange, _ room: TenantRoom, _ incidents: inout [Incident], _ state: inout TenantRoom.State
  ) {
    switch change.kind {
    case .raise(let isExact):
      guard incidents.count < TenantRoom.idsPerTenant - 1 else { return }
      var incident = makeIncident(room, incidents.count, created: change.time)
      if isExact { (incident.created, incident.updated) = (change.time, change.time) }
      incidents.append(incident)
    case .edit(let isSpread): editByOthers(room, &incidents, &state, at: change.time, isSpread: isSpread)
    case .named(let number, let edit): make(edit, of: number, room, &incidents, &state, at: change.time)
    }
  }

  /// A colleague of the customer claims, comments, tags or closes an incident: one of the newer ones, or with
  /// `isSpread` one that has not changed at this time yet.
  private func editByOthers(
    _ room: TenantRoom, _ incidents: inout [Incident], _ state: inout TenantRoom.State, at time: Moment,
    isSpread: Bool
  ) {
    let writer = IncidentWriter(room, Spelling(includesUnknownMembers: true), started: started)
    state.sequence += 1
    var chance = Chance(room.seed, 0xED17, state.sequence)
    func isLive(_ number: Int) -> Bool { incidents[number].status != .redirected && !incidents[number].isDeleted }
    var live = isSpread ? incidents.indices.filter { isLive($0) && incidents[$0].updated < time } : []
    if live.isEmpty { live = incidents.indices.suffix(40).filter(isLive) }
    guard !live.isEmpty else { return }
    let number = live[chance.below(live.count)]
    let colleague = writer.customer.user(900 + chance.below(6))
    let tags = writer.tags(incidents[number], state.edits[number])
    let (kind, text) = (
      chance.below(4), ["Called the user.", "Checked the sign-ins.", "Waiting for the server team."]
    )
    state.change(number, in: &incidents, at: time, by: colleague.upn, writer) { incident, edits in
      switch kind {
      case 0:
        incident.status = .inProgress
        edits.assignedTo = colleague.upn
      case 1:
        edits.comments.append(
          IncidentEdits.Comment(text: chance.pick(text), author: colleague.displayName, at: time))
      case 2: edits.customTags = tags + ["tag-\(chance.below(1000))"]
      default:
        incident.status = .resolved
        incident.classification = .informationalExpectedActivity
        incident.determination = .confirmedActivity
        edits.resolvingComment = "Expected activity of the customer's own team."
      }
    }
  }
}
