/// What is so for a while in a history, and its alerts.
extension HistoryMaker {
  mutating func spells(until end: Int64, from start: Int64) -> [HistoryPlan.Spell] {
    let span = Int(max(2, (end - start) / second))
    // A first reading is to be troubled often, one of several pages most of all.
    let isLarge = size > 50
    return (0..<chance.below(isLarge ? 6 : 4)).map { _ in
      let from = start + (chance.isOne(in: isLarge ? 2 : 5) ? 0 : Int64(chance.below(span)) * second)
      let length = Int64(chance.isOne(in: 3) ? chance.within(600...20_000) : chance.within(10...1_200)) * second
      return HistoryPlan.Spell(kind: spell(), from: from, to: from + length)
    }
  }

  private mutating func spell() -> HistoryPlan.Spell.Kind {
    switch chance.below(9) {
    case 0: .without(product: chance.pick(HistoryPlan.products))
    case 1: .broken(incident: chance.below(size))
    case 2: .shuffled
    case 3: .unordered
    case 4: .down
    case 5: .poison(incident: chance.below(size))
    case 6: .poisonAlert(chance.below(size))
    case 7: .brokenAlert(chance.below(size))
    default: .denied(incident: chance.below(min(size, 3)))
    }
  }

  /// Each incident comes with some alerts; they change when it does, and go with it when it is merged.
  mutating func alertEvents(of events: [ServerEvent]) -> [AlertEvent] {
    var found: [AlertEvent] = []
    var alerts: [Int: ServedAlert] = [:]
    /// Their order is that of their numbers: it has to be the same each time.
    func numbers(of incident: Int) -> [Int] { alerts.values.filter { $0.incident == incident }.map(\.number).sorted() }
    func note(_ alert: ServedAlert, _ event: ServerEvent, shown: Int64) {
      alerts[alert.number] = alert
      found.append(AlertEvent(happened: event.happened, shownFrom: shown, alert: alert))
    }
    for event in events {
      switch event.change {
      case .created:
        for _ in 0..<chance.pick([0, 1, 1, 2, 3]) {
          note(alert(alerts.count, of: event), event, shown: shown(event.happened))
        }
      case .merged(let target):
        let shown = shown(event.happened)
        for number in numbers(of: event.incident) {
          guard var alert = alerts[number], alert.updated.ticks < event.at.ticks else { continue }
          alert.incident = target
          alert.updated = event.at
          note(alert, event, shown: shown)
        }
      case .edited:
        guard chance.isOne(in: 2) else { continue }
        if chance.isOne(in: 4) {
          note(alert(alerts.count, of: event), event, shown: shown(event.happened))
        }
        let shown = shown(event.happened)
        for number in numbers(of: event.incident) {
          guard var alert = alerts[number], alert.updated.ticks < event.at.ticks else { continue }
          alert.updated = event.at
          change(&alert)
          note(alert, event, shown: shown)
        }
      case .deleted: break
      }
    }
    return found
  }

  private mutating func alert(_ number: Int, of event: ServerEvent) -> ServedAlert {
    var alert = ServedAlert(
      number: number, incident: chance.isOne(in: 12) ? nil : event.incident, created: event.at, updated: event.at,
      product: chance.pick(HistoryPlan.products))
    alert.title = chance.maybe(Self.texts)
    alert.severity = chance.pick(["high", "medium", "low", "informational", "odd"])
    alert.addresses = (0..<chance.below(3)).map { "10.0.\($0).\(number % 250)" }
    return alert
  }

  private mutating func change(_ alert: inout ServedAlert) {
    switch chance.below(5) {
    case 0: alert.status = chance.pick(["new", "inProgress"])
    case 1: (alert.status, alert.resolved) = ("resolved", alert.updated)
    case 2: alert.owner = chance.maybe(Self.names)
    case 3: (alert.classification, alert.determination) = ("truePositive", chance.maybe(["malware", "phishing"]))
    default:
      alert.comments.append(
        ServedIncident.Comment(text: chance.pick(Self.texts), author: chance.maybe(Self.names), at: alert.updated))
    }
  }
}
