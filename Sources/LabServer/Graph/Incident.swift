import Synchronization

/// An incident in a few bytes; its words come from its seed when it is shown, its changes from `IncidentEdits`.
struct Incident {
  /// What makes it unusual.
  enum Oddity: UInt8 {
    case none, huge, hostile, loneSurrogate, wrongTypes
    /// Made to hold alerts that were moved out of others; none was raised with it.
    case collected
  }

  var number: Int
  var seed: UInt64
  var story: Int
  var oddity = Oddity.none
  var severity: Severity
  var status: IncidentStatus
  /// Nil once somebody has taken the judgement back.
  var classification: Classification? = .unknown
  var determination: Determination? = .unknown
  var created: Moment
  var updated: Moment
  /// Who of the customer's own team has it.
  var assignee: Int?
  var redirect: Int?
  var tagCount = 0
  /// When that team first wrote a comment, if it did.
  var commented: Moment?
  /// When it was first resolved, and its alerts with it: they stay closed when it is opened again.
  var alertsResolved: Moment?
  /// Which of the usual words stand as its resolving comment, if any do.
  var closingWords: Int?
  /// When a change of the incident last reached its alerts, which share its state, its owner and what it was judged.
  var alertsUpdated: Moment?

  /// The service does not know it any more.
  var isDeleted = false

  func isKept(since horizon: Moment) -> Bool { !isDeleted && updated >= horizon }

  /// Notes the time of a change that was made.
  mutating func note(changeAt time: Moment, from before: Incident, isReassigned: Bool) {
    updated = max(time, before.updated + 1)
    let reachesStatus = status != before.status && before.alertsResolved == nil
    if reachesStatus && status == .resolved { alertsResolved = updated }
    if isReassigned || reachesStatus || classification != before.classification
      || determination != before.determination
    {
      alertsUpdated = updated
    }
  }
}

/// What people have changed; an outer nil means that it is as it was at first.
struct IncidentEdits {
  var displayName: String??
  var description: String??
  var summary: String??
  var assignedTo: String??
  var resolvingComment: String??
  var customTags: [String]?
  var comments: [Comment] = []
  /// By the alert's place among those that were raised with the incident.
  var alerts: [Int: AlertEdits] = [:]
  /// Alerts of other incidents that were moved here.
  var guests: [AlertKey] = []
  var lastModifiedBy: String?

  struct Comment {
    var text: String
    var author: String
    var at: Moment
  }
}

extension LabWorld {
  /// Who changes incidents when the app does.
  static let appAuthor = "API-App:partner-console"

  /// Works on a tenant's incidents, which come into being on the first call.
  func withIncidents<Result>(_ room: TenantRoom, _ body: (inout [Incident], inout TenantRoom.State) -> Result) -> Result
  {
    room.state.withLock { state in
      var incidents = state.incidents ?? firstIncidents(room, &state)
      // Taken out while it is worked on, so that changing one does not copy them all.
      state.incidents = nil
      publish(room, &incidents, &state)
      let result = body(&incidents, &state)
      state.incidents = incidents
      return result
    }
  }

  private func firstIncidents(_ room: TenantRoom, _ state: inout TenantRoom.State) -> [Incident] {
    let count = room.isHome ? 0 : options.incidentsPerTenant
    var incidents: [Incident] = []
    incidents.reserveCapacity(count)
    for number in 0..<count {
      // Older ones lie further apart: squared from 30 days down to some minutes.
      var chance = Chance(room.seed, 0xA9E, UInt64(number))
      let back = (Double(count - number) - chance.fraction() * 0.9) / Double(count)
      let age = Int64(back * back * 30 * Double(Moment.day)) + 4 * 60 * Moment.second
      var incident = makeIncident(room, number, created: started - age)
      mature(&incident, age: age, in: room, &chance)
      incidents.append(incident)
    }
    markOddities(room, &incidents)
    for number in incidents.indices { settleMerge(number, &incidents, &state) }
    for number in incidents.indices { settlePast(&incidents[number]) }
    return incidents
  }

  /// An incident that was merged before the lab began has given its alerts to the one that it redirects to.
  private func settleMerge(_ number: Int, _ incidents: inout [Incident], _ state: inout TenantRoom.State) {
    guard incidents[number].status == .redirected, let target = incidents[number].redirect else { return }
    let count = Alert.count(incidents[number])
    for index in 0..<count {
      let key = AlertKey(incident: number, index: index)
      state.edit(key) { $0.movedTo = target }
      state.edits[target, default: IncidentEdits()].guests.append(key)
    }
    let newest = incidents[number].alertSettled(count - 1, started: started)
    incidents[target].updated = max(incidents[target].updated, newest)
  }

  /// Decides what was written and when, once and for all: later changes leave it alone.
  private func settlePast(_ incident: inout Incident) {
    // An incident is as new as the newest of its alerts.
    incident.updated = max(incident.updated, incident.alertSettled(Alert.count(incident) - 1, started: started))
    if incident.assignee != nil && incident.seed % 3 != 0 {
      let later = Int64(incident.seed % 50) * 60 * Moment.second
      incident.commented = min(incident.updated, incident.created + later)
    }
    guard incident.status == .resolved else { return }
    incident.closingWords = Int(incident.seed % UInt64(IncidentWriter.closingWords.count))
    incident.alertsResolved = incident.updated
    incident.alertsUpdated = incident.updated
  }

  /// A new incident, as the service raises it.
  func makeIncident(_ room: TenantRoom, _ number: Int, created: Moment) -> Incident {
    var chance = Chance(room.seed, 0x1AC1, UInt64(number))
    let seed = chance.next()
    let story = chance.below(Story.all.count)
    let severity = chance.below(6) == 0 ? [.informational, .low, .medium][chance.below(3)] : Story.all[story].severity
    let exact = Moment(ticks: created.ticks / 10_000 * 10_000 + Int64(chance.below(1000)) * 100)
    return Incident(
      number: number, seed: seed, story: story, severity: severity, status: .active, created: exact, updated: exact)
  }

  /// What has become of an incident since it was raised.
  private func mature(_ incident: inout Incident, age: Int64, in room: TenantRoom, _ chance: inout Chance) {
    let story = Story.all[incident.story]
    // Raised, then growing with its alerts, then worked on.
    let lastAlert = incident.created + incident.delay(ofAlert: story.alerts.count - 1, started: started)
    incident.updated = max(lastAlert, incident.created + Int64(chance.fraction() * Double(age) * 0.9))
    incident.tagCount = max(0, chance.below(5) - 2)
    // What is old was worked on, the most severe first: only what came today lies about in numbers.
    let open = age < Moment.day / 4 ? 12 : age < 2 * Moment.day ? 7 : incident.severity == .high ? 0 : 3
    let worked = age < 2 * Moment.day ? 4 : 2
    switch chance.below(20) {
    case 0..<open: break
    case open..<open + worked:
      incident.status = .inProgress
      incident.assignee = chance.below(6)
    case open + worked..<18:
      incident.status = .resolved
      incident.assignee = chance.below(6)
      let isFalse = chance.below(4) == 0
      incident.classification = isFalse ? .falsePositive : story.classification
      incident.determination = isFalse ? .notMalicious : story.determination
    case 18:
      incident.status = .awaitingAction
      incident.assignee = chance.below(6)
    default:
      // Merged into the one before, which must itself be live: see `markOddities`.
      incident.status = .redirected
      incident.redirect = incident.number - 1
    }
  }

  private func markOddities(_ room: TenantRoom, _ incidents: inout [Incident]) {
    let count = incidents.count
    if room.scenario == .mergedIncidents {
      for number in stride(from: 2, to: count, by: 3) {
        incidents[number].status = .redirected
        incidents[number].redirect = number - 1
      }
    }
    for number in 0..<count where incidents[number].status == .redirected {
      let target = incidents[..<number].last { $0.status != .redirected }
      incidents[number].redirect = target?.number
      if target == nil { incidents[number].status = .active }
    }
    switch room.scenario {
    case .hugeIncident where count > 0:
      incidents[count / 2].oddity = .huge
      incidents[count / 2].status = .active
      incidents[count / 2].severity = .high
    case .hostileText:
      for number in 0..<count { incidents[number].oddity = .hostile }
      if count > 3 { incidents[count - 2].oddity = .loneSurrogate }
      if count > 5 { incidents[count - 4].oddity = .wrongTypes }
    default: break
    }
  }
}
