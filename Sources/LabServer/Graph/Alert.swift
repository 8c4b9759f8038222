/// Which alert: the incident that it was raised in, and its place there; both stay when it moves to another incident.
struct AlertKey: Hashable, Comparable, Sendable {
  var incident: Int
  var index: Int

  static func < (left: AlertKey, right: AlertKey) -> Bool {
    (left.incident, left.index) < (right.incident, right.index)
  }
}

/// The state of one alert, which costs little: its words come from its story when it is shown.
struct Alert {
  /// The incident that it was raised in, whose story it belongs to.
  let home: Incident
  /// The incident that it is part of now, whose owner and judgement it has unless it was given its own.
  let incident: Incident
  /// The place among the alerts that were raised with it.
  let index: Int
  let edits: AlertEdits?
  let created: Moment
  let updated: Moment
  let resolved: Moment?
  let status: AlertStatus

  var key: AlertKey { AlertKey(incident: home.number, index: index) }
  var classification: Classification? { edits?.classification ?? incident.classification }
  var determination: Determination? { edits?.determination ?? incident.determination }
  var comments: [IncidentEdits.Comment] { edits?.comments ?? [] }
  var severity: Severity { template.severity }
  var template: AlertTemplate {
    let alerts = Story.all[home.story].alerts
    return alerts[index % alerts.count]
  }

  /// So many alerts has the incident that breaks expanding.
  static let hugeCount = 300
  private static let idBase = 638_000_000_000_000_000
  private static let alertsPerIncident = 1000

  /// How many alerts were raised with an incident.
  static func count(_ incident: Incident) -> Int {
    switch incident.oddity {
    case .collected: 0
    case .huge: hugeCount
    default: Story.shapes[incident.story].minutes.count
    }
  }

  /// - Parameter started: when the lab began, before which everything in a story that old has happened.
  init(_ home: Incident, _ index: Int, in incident: Incident, _ edits: AlertEdits?, started: Moment) {
    self.home = home
    self.incident = incident
    self.index = index
    self.edits = edits
    created = home.created + home.delay(ofAlert: index, started: started)
    let settled = home.alertSettled(index, started: started)
    updated = max(
      settled, incident.alertsUpdated ?? settled, edits?.updated ?? settled, edits?.comments.last?.at ?? settled)
    if let own = edits?.state {
      status = own.status
      resolved = own.resolved
    } else if let time = incident.alertsResolved {
      status = .resolved
      resolved = max(settled, time)
    } else {
      let isWorkedOn = incident.status == .inProgress || incident.status == .awaitingAction
      status = isWorkedOn && index.isMultiple(of: 2) ? .inProgress : .new
      resolved = nil
    }
  }

  /// - Parameter firstID: of the tenant's incidents.
  func id(firstID: Int) -> String {
    let number = Self.idBase + (firstID + home.number) * Self.alertsPerIncident + index
    let tail = Int32(truncatingIfNeeded: Int(truncatingIfNeeded: home.seed &+ UInt64(index) &* 7919))
    return "\(Self.prefix(source))\(number)_\(tail)"
  }

  /// The id of the incident that it was raised in and its place there; nil for a text that is no alert id.
  static func parse(_ id: String) -> (incident: Int, index: Int)? {
    guard id.utf8.count > 4, let end = id.firstIndex(of: "_"), let number = Int(id[..<end].dropFirst(2)),
      number > idBase
    else { return nil }
    return ((number - idBase) / alertsPerIncident, (number - idBase) % alertsPerIncident)
  }

  private var source: ServiceSource {
    let sources = Story.shapes[home.story].sources
    return sources[index % sources.count]
  }

  private static func prefix(_ source: ServiceSource) -> String {
    switch source {
    case .microsoftDefenderForOffice365: "fa"
    case .microsoftDefenderForIdentity: "aa"
    case .microsoftDefenderForCloudApps, .microsoftAppGovernance: "ca"
    case .azureAdIdentityProtection: "ad"
    case .microsoftSentinel: "sn"
    case .microsoftDefenderForCloud: "dc"
    case .dataLossPrevention, .microsoftInsiderRiskManagement: "dl"
    default: "da"
    }
  }

  /// - Parameter assignedTo: who has it.
  func value(of property: String, assignedTo: @autoclosure () -> String?) -> Filter.Value {
    switch property {
    case "severity": .text(severity.rawValue)
    case "status": .text(status.rawValue)
    case "classification": classification.map { .text($0.rawValue) } ?? .null
    case "determination": determination.map { .text($0.rawValue) } ?? .null
    case "serviceSource": .text(source.rawValue)
    case "createdDateTime": .time(created)
    case "lastUpdateDateTime": .time(updated)
    default: assignedTo().map { .text($0) } ?? .null
    }
  }

  var place: ListOrder.Place {
    ListOrder.Place(created: created, updated: updated, number: home.number * Self.alertsPerIncident + index)
  }

  /// Who and what it is about.
  func cast(_ customer: Customer) -> Cast {
    let count = Story.shapes[home.story].minutes.count
    guard index >= count else { return Cast(customer, incident: home.seed, isHostile: home.oddity == .hostile) }
    var chance = Chance(home.seed, UInt64(index / count))
    return Cast(customer, incident: chance.next(), isHostile: home.oddity == .hostile)
  }
}

extension Incident {
  /// When an alert was first updated by itself: some seconds after it was raised, but nothing that was there at the
  /// start may lie in the future.
  func alertSettled(_ index: Int, started: Moment) -> Moment {
    let raised = created + delay(ofAlert: index, started: started)
    return raised + min(59 * Moment.second, max(0, started.ticks - raised.ticks))
  }

  /// Ticks from the incident's creation to an alert; squeezed where the incident is younger than its story is long.
  func delay(ofAlert index: Int, started: Moment) -> Int64 {
    let minutes = Story.shapes[story].minutes
    let minute = minutes[index % minutes.count] + Int64(index / minutes.count)
    let rounds = oddity == .huge ? Int64(Alert.hugeCount / minutes.count) : 0
    let longest = max(1, (minutes.last ?? 0) + rounds) * 60 * Moment.second
    let age = max(0, started.ticks - created.ticks)
    let delay = minute * 60 * Moment.second
    guard age < longest else { return delay }
    return Int64(Double(delay) * Double(age) / Double(longest))
  }
}

extension Story {
  /// What tells when the alerts of a story come and from where, without its words: lists look at every alert.
  struct Shape: Sendable {
    /// From the first activity of the incident.
    var minutes: [Int64]
    var sources: [ServiceSource]
  }

  /// In the order of `all`.
  static let shapes = all.map { story in
    Shape(minutes: story.alerts.map { Int64($0.minute) }, sources: story.alerts.map(\.source))
  }
}
