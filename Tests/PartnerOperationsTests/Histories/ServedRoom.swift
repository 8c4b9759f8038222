/// One tenant of the played service, and what was asked of it.
struct ServedRoom: Sendable {
  let tenant: String
  let plan: HistoryPlan.Room
  /// How many of the events have happened.
  private var past = 0
  private var pastAlerts = 0
  var incidents: ServedList<ServedIncident>
  var alerts: ServedList<ServedAlert>
  /// When it was asked, in true time.
  var requests: [Int64] = []
  var tokenRequests: [Int64] = []
  /// Since when the client's clock stands as it does.
  var clockSetAt = Int64.min
  /// Before which it does not want to be asked, and when it said so.
  var silence: (said: Int64, until: Int64)?
  /// The incidents for which it ever answered that it does not have them.
  var denied: Set<String> = []
  var tokens = 0
  /// Tokens up to this one are not taken.
  var lostTokens = 0

  init(tenant: String, plan: HistoryPlan.Room) {
    self.tenant = tenant
    self.plan = plan
    incidents = ServedList(tenant: tenant)
    alerts = ServedList(tenant: tenant)
  }

  mutating func advance(to moment: Int64) {
    while past < plan.events.count, plan.events[past].happened <= moment {
      let event = plan.events[past]
      past += 1
      let next: ServedIncident? =
        if case .created(let incident) = event.change { incident } else {
          incidents.present(event.incident).flatMap { $0.after(event) }
        }
      incidents.add(next, number: event.incident, shownFrom: event.shownFrom)
    }
    while pastAlerts < plan.alertEvents.count, plan.alertEvents[pastAlerts].happened <= moment {
      let event = plan.alertEvents[pastAlerts]
      pastAlerts += 1
      alerts.add(event.alert, number: event.alert.number, shownFrom: event.shownFrom)
    }
  }

  func isSo(at moment: Int64, _ isMeant: (HistoryPlan.Spell.Kind) -> Bool) -> Bool {
    plan.spells.contains { $0.from <= moment && moment < $0.to && isMeant($0.kind) }
  }

  static let fields: Set<String> = [
    "assignedTo", "classification", "createdDateTime", "determination", "lastUpdateDateTime", "severity", "status",
  ]

  /// How lists are given at a moment.
  private func spells(at moment: Int64) -> [HistoryPlan.Spell.Kind] {
    plan.spells.filter { $0.from <= moment && moment < $0.to }.map(\.kind)
  }

  /// The products that do not answer at a moment.
  func lacking(at moment: Int64) -> [String] {
    spells(at: moment).compactMap { if case .without(let product) = $0 { product } else { nil } }
  }

  func incidentManner(at moment: Int64) -> ServedList<ServedIncident>.Manner {
    var manner = ServedList<ServedIncident>.Manner(lacking: lacking(at: moment))
    for kind in spells(at: moment) {
      switch kind {
      case .unordered: manner.isUnordered = true
      case .shuffled: manner.isShuffled = true
      case .broken(let number): manner.broken.insert(number)
      case .poison(let number): manner.poison.insert(number)
      default: break
      }
    }
    return manner
  }

  func alertManner(at moment: Int64) -> ServedList<ServedAlert>.Manner {
    var manner = ServedList<ServedAlert>.Manner(lacking: lacking(at: moment))
    for kind in spells(at: moment) {
      switch kind {
      case .unordered: manner.isUnordered = true
      case .shuffled: manner.isShuffled = true
      case .brokenAlert(let number): manner.broken.insert(number)
      case .poisonAlert(let number): manner.poison.insert(number)
      default: break
      }
    }
    return manner
  }
}
