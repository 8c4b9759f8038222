/// One alert of an incident, told from the story when it is shown.
struct Alert {
  let incident: Incident
  /// The place among the incident's alerts.
  let index: Int
  let template: AlertTemplate
  let cast: Cast
  let created: Moment
  let updated: Moment
  let resolved: Moment?
  let status: AlertStatus
  let severity: Severity
  let assignedTo: String?
  let comments: [IncidentEdits.Comment]
  let id: String

  /// So many alerts has the incident that breaks expanding.
  static let hugeCount = 300
  private static let idBase = 638_000_000_000_000_000
  private static let alertsPerIncident = 1000

  static func count(_ incident: Incident) -> Int {
    incident.oddity == .huge ? hugeCount : Story.all[incident.story].alerts.count
  }

  /// - Parameter started: when the lab began, before which everything in a story that old has happened.
  init(
    _ incident: Incident, _ index: Int, firstID: Int, customer: Customer, assignedTo: String?,
    comments: [IncidentEdits.Comment], started: Moment
  ) {
    let story = Story.all[incident.story]
    self.incident = incident
    self.index = index
    self.assignedTo = assignedTo
    self.comments = comments
    template = story.alerts[index % story.alerts.count]
    var seed = incident.seed
    if index >= story.alerts.count {
      var chance = Chance(incident.seed, UInt64(index / story.alerts.count))
      seed = chance.next()
    }
    cast = Cast(customer, incident: seed, isHostile: incident.oddity == .hostile)
    created = incident.created + story.delay(ofAlert: index, in: incident, started: started)
    status =
      switch incident.status {
      case .resolved: .resolved
      case .inProgress, .awaitingAction: index.isMultiple(of: 2) ? .inProgress : .new
      case .active, .redirected: .new
      }
    let settled = incident.alertSettled(index, started: started)
    updated = max(settled, incident.alertsUpdated ?? settled, comments.last?.at ?? settled)
    resolved = incident.resolved.map { max(settled, $0) }
    severity = template.severity
    let number = Self.idBase + (firstID + incident.number) * Self.alertsPerIncident + index
    let tail = Int32(truncatingIfNeeded: Int(truncatingIfNeeded: incident.seed &+ UInt64(index) &* 7919))
    id = "\(Self.prefix(template.source))\(number)_\(tail)"
  }

  /// The incident's id and the alert's place in it; nil for a text that is no alert id.
  static func parse(_ id: String) -> (incident: Int, index: Int)? {
    guard id.utf8.count > 4, let end = id.firstIndex(of: "_"), let number = Int(id[..<end].dropFirst(2)),
      number > idBase
    else { return nil }
    return ((number - idBase) / alertsPerIncident, (number - idBase) % alertsPerIncident)
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

  func value(of property: String) -> Filter.Value {
    switch property {
    case "severity": .text(severity.rawValue)
    case "status": .text(status.rawValue)
    case "classification": incident.classification.map { .text($0.rawValue) } ?? .null
    case "determination": incident.determination.map { .text($0.rawValue) } ?? .null
    case "serviceSource": .text(template.source.rawValue)
    case "createdDateTime": .time(created)
    case "lastUpdateDateTime": .time(updated)
    default: assignedTo.map { .text($0) } ?? .null
    }
  }
}

extension Incident {
  /// When an alert was first updated by itself: some seconds after it was raised, but nothing that was there at the
  /// start may lie in the future.
  func alertSettled(_ index: Int, started: Moment) -> Moment {
    let raised = created + Story.all[story].delay(ofAlert: index, in: self, started: started)
    return raised + min(59 * Moment.second, max(0, started.ticks - raised.ticks))
  }
}

extension Story {
  /// Ticks from the incident's creation to an alert; squeezed where the incident is younger than its story is long.
  func delay(ofAlert index: Int, in incident: Incident, started: Moment) -> Int64 {
    let minute = Int64(alerts[index % alerts.count].minute + index / alerts.count)
    let rounds = incident.oddity == .huge ? Int64(Alert.hugeCount / alerts.count) : 0
    let longest = max(1, Int64(alerts.last?.minute ?? 0) + rounds) * 60 * Moment.second
    let age = max(0, started.ticks - incident.created.ticks)
    let delay = minute * 60 * Moment.second
    guard age < longest else { return delay }
    return Int64(Double(delay) * Double(age) / Double(longest))
  }
}
