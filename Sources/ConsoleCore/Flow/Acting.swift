import PartnerModel
import SafeText

/// Reads again what is shown.
func refresh(_ console: inout ConsoleState) -> [Effect] {
  let tenants = console.screens.top.refreshScope(in: console.shared)
  console.shared.tellOfReading(tenants)
  return console.screens.top.refresh(asking: [.refresh(tenants)], in: &console.shared)
}

extension SharedState {
  fileprivate mutating func tellOfReading(_ asked: [TenantID]) {
    let name: SafeText = asked.count == 1 ? SafeText(directory.name(of: asked[0])) : "\(asked.count) tenants"
    if case .readOnly = ownership {
      message = .information("The other console reads \(name); what it stored is shown.")
      return
    }
    let rows = asked.compactMap { tenants[$0] }
    let now = now
    func isParked(_ row: TenantOverview) -> Bool { row.token.parkedUntil.map { $0 > now } ?? false }
    let parked = rows.filter(isParked)
    refreshOutcome.ask(rows.filter { !isParked($0) })
    if parked.count == asked.count, let until = parked.compactMap(\.token.parkedUntil).min() {
      message = .information("The service asked us to wait: \(name) is read again at \(clock(until)).")
    } else {
      let rest: SafeText = parked.isEmpty ? "" : " \(parked.count) wait as the service asked."
      message = .information("Reading \(name).\(rest)")
    }
  }
}

/// Takes the incident, after a question where it could be another than the one that was meant.
func claim(_ console: inout ConsoleState, confirming takeover: Takeover?) -> [Effect] {
  let wasPinned = console.screens.top.isPinned(in: console.shared)
  console.screens.top.pin(in: &console.shared)
  guard let incident = console.screens.top.incident(in: console.shared),
    let upn = console.shared.settings.operatorUPN
  else { return [] }
  let key = incident.key
  if !wasPinned {
    let name = "\(console.shared.directory.name(of: key.tenant)) #\(key.id.rawValue)"
    console.shared.message = .warning("Rows were still coming in: a again claims \(SafeText(name)).")
    return []
  }
  if let owner = incident.assignedTo, !owner.isEmpty, owner.lowercased() != upn.lowercased() {
    let asked = Takeover(key: key, owner: owner)
    if takeover != asked {
      console.shared.takeover = asked
      console.shared.message = .warning("\(ownerName(owner)) has it: a again takes it over.")
      return []
    }
  }
  let update = IncidentUpdate(status: .inProgress, assignment: .to(upn))
  console.shared.writes.acknowledge(key)
  console.shared.writes.intend(update, for: key)
  console.writesChanged()
  return [.update(key, update, seen: incident)]
}

/// Opens the form of a command for the incident under the cursor.
func openForm(_ console: inout ConsoleState, of command: Command) -> [Effect] {
  guard let incident = console.screens.top.incident(in: console.shared),
    let form = ScreenTable.form(of: command, for: incident, in: console.shared)
  else { return [] }
  return console.push(form)
}

extension ConsoleState {
  /// What the screens tell of writes is out of date.
  mutating func writesChanged() { _ = hear(.writesChanged([])) }
}
