/// What has been done to one alert by itself; an outer nil means that it follows its incident.
struct AlertEdits {
  var state: State?
  var classification: Classification??
  var determination: Determination??
  var assignedTo: String??
  var customDetails: [String: String]?
  var comments: [IncidentEdits.Comment] = []
  /// When it was last changed by itself.
  var updated: Moment?
  /// The incident that it was moved to; nil while it is in the one that it was raised in.
  var movedTo: Int?

  struct State {
    var status: AlertStatus
    var resolved: Moment?

    init(_ status: AlertStatus, at time: Moment) {
      self.status = status
      resolved = status == .resolved ? time : nil
    }

    init(of alert: Alert) {
      status = alert.status
      resolved = alert.resolved
    }
  }
}

extension TenantRoom.State {
  /// The alerts that are part of an incident now, in the order of time.
  func alerts(of incident: Incident, in incidents: [Incident], started: Moment) -> [Alert] {
    guard let edits = edits[incident.number], !edits.alerts.isEmpty || !edits.guests.isEmpty else {
      return (0..<Alert.count(incident)).map { Alert(incident, $0, in: incident, nil, started: started) }
    }
    var alerts: [Alert] = []
    for index in 0..<Alert.count(incident) where edits.alerts[index]?.movedTo == nil {
      alerts.append(Alert(incident, index, in: incident, edits.alerts[index], started: started))
    }
    guard !edits.guests.isEmpty else { return alerts }
    for guest in edits.guests {
      let own = self.edits[guest.incident]?.alerts[guest.index]
      alerts.append(Alert(incidents[guest.incident], guest.index, in: incident, own, started: started))
    }
    alerts.sort { ($0.created, $0.key) < ($1.created, $1.key) }
    return alerts
  }

  /// One alert, wherever it is now; nil where none was raised by that key.
  func alert(_ key: AlertKey, in incidents: [Incident], started: Moment) -> Alert? {
    guard incidents.indices.contains(key.incident), key.index < Alert.count(incidents[key.incident]) else { return nil }
    let edits = edits[key.incident]?.alerts[key.index]
    return Alert(
      incidents[key.incident], key.index, in: incidents[edits?.movedTo ?? key.incident], edits, started: started)
  }

  /// Changes what an alert has of its own.
  mutating func edit(_ key: AlertKey, _ change: (inout AlertEdits) -> Void) {
    change(&edits[key.incident, default: IncidentEdits()].alerts[key.index, default: AlertEdits()])
  }

  /// Changes an incident, and its alerts with it as far as they share what has changed.
  mutating func change(
    _ number: Int, in incidents: inout [Incident], at time: Moment, by author: String, _ writer: IncidentWriter,
    _ change: (inout Incident, inout IncidentEdits) -> Void
  ) {
    let before = incidents[number]
    var own = edits[number] ?? IncidentEdits()
    let ownerBefore = writer.assignedTo(before, own)
    change(&incidents[number], &own)
    own.lastModifiedBy = author
    let isReassigned = writer.assignedTo(incidents[number], own) != ownerBefore
    incidents[number].note(changeAt: time, from: before, isReassigned: isReassigned)
    edits[number] = own
    passOn(incidents[number], from: before, isReassigned: isReassigned)
  }

  /// A change of an incident goes over what its alerts had of their own: its owner, its judgement, and that it is
  /// resolved, which closes those that are open. That it is open again opens none of them.
  ///
  /// Source: Microsoft Defender XDR, "Manage incidents" (resolving resolves the linked alerts that are active; of
  /// opening again it says nothing).
  private mutating func passOn(_ incident: Incident, from before: Incident, isReassigned: Bool) {
    let isClosed = incident.status == .resolved && before.status != .resolved
    let isJudged = incident.classification != before.classification
    let isDetermined = incident.determination != before.determination
    guard isReassigned || isClosed || isJudged || isDetermined, let own = edits[incident.number] else { return }
    let home = own.alerts.keys.filter { own.alerts[$0]?.movedTo == nil }
    for key in home.map({ AlertKey(incident: incident.number, index: $0) }) + own.guests {
      edit(key) { alert in
        if isReassigned { alert.assignedTo = nil }
        if isJudged { alert.classification = nil }
        if isDetermined { alert.determination = nil }
        if isClosed, let state = alert.state, state.status != .resolved {
          alert.state = AlertEdits.State(.resolved, at: incident.updated)
          alert.updated = incident.updated
        }
      }
    }
  }

  /// Takes alerts out of their incidents and into another one; what they were, they stay.
  mutating func move(_ alerts: [Alert], to target: Int, at time: Moment, _ writer: IncidentWriter) {
    for alert in alerts {
      let owner = writer.assignedTo(alert, edits[alert.incident.number])
      edit(alert.key) { edits in
        edits.state = AlertEdits.State(of: alert)
        edits.classification = .some(alert.classification)
        edits.determination = .some(alert.determination)
        edits.assignedTo = .some(owner)
        edits.movedTo = target == alert.home.number ? nil : target
        edits.updated = max(time, alert.updated + 1)
      }
      edits[alert.incident.number]?.guests.removeAll { $0 == alert.key }
      if target != alert.home.number { edits[target, default: IncidentEdits()].guests.append(alert.key) }
    }
  }
}
