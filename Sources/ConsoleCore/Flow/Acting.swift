import PartnerModel
import SafeText

/// Reads again what is marked, or all that is shown.
func refresh(_ console: inout ConsoleState) -> [Effect] {
  let marked = console.shared.readableMarks(on: console.screens.top)
  let tenants = marked.isEmpty ? console.screens.top.refreshScope(in: console.shared) : marked
  console.shared.tellOfReading(tenants, areMarked: !marked.isEmpty)
  return console.screens.top.refresh(asking: [.refresh(tenants)], in: &console.shared)
}

extension SharedState {
  /// The tenants of what is marked on a screen, in the order of the configuration, without those that are never read.
  func readableMarks(on screen: any ConsoleScreen) -> [TenantID] {
    let marked = Set(marks.on(screen).map(\.tenant))
    return marked.isEmpty ? [] : tenants.rows.filter { marked.contains($0.id) && !$0.tenant.isExcluded }.map(\.id)
  }

  fileprivate mutating func tellOfReading(_ asked: [TenantID], areMarked: Bool) {
    let several: SafeText = areMarked ? "the marked \(asked.count) tenants" : "\(asked.count) tenants"
    let name: SafeText = asked.count == 1 ? SafeText(directory.name(of: asked[0])) : several
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
  console.shared.writes.intend(update, for: key)
  console.writesChanged()
  return [.update(key, update, seen: incident)]
}

/// Opens the form of a command for the incident, or the alert, under the cursor.
/// - Parameter ids: what was named behind the command.
func openForm(_ console: inout ConsoleState, of command: Command, naming ids: [IncidentID] = []) -> [Effect] {
  if command == .merge { return openMerge(&console, naming: ids) }
  guard var subject = console.subject(of: command, on: console.screens.top) else { return [] }
  subject.others = ids
  guard let form = ScreenTable.form(of: command, for: subject, in: console.shared) else { return [] }
  return console.push(form)
}

/// Opens the form that merges what is marked, or the incident under the cursor with those that are named.
private func openMerge(_ console: inout ConsoleState, naming ids: [IncidentID]) -> [Effect] {
  let screen = console.screens.top
  let marked = console.shared.marks.on(screen).compactMap(\.key).sorted()
  let here = screen.incident(in: console.shared)
  // One that is marked is merged into what the cursor is on.
  let isMeant = here.map { marked.count < 2 || marked.contains($0.key) } ?? false
  guard let incident = isMeant ? here : marked.first.flatMap({ screen.incident($0, in: console.shared) }) else {
    return []
  }
  let others = marked.filter { $0 != incident.key }
  let name = console.shared.directory.name(of: incident.key.tenant)
  guard others.allSatisfy({ $0.tenant == incident.key.tenant }) else {
    console.shared.message = .information(
      "Incidents of one tenant are merged, and more than \(name)'s are marked: U takes the marks away.")
    return []
  }
  var subject = FormSubject(incident, tenantName: name)
  subject.others = ids + others.map(\.id)
  guard let form = ScreenTable.form(of: .merge, for: subject, in: console.shared) else { return [] }
  return console.push(form)
}

/// Opens the consent of what is marked, or of the tenant under the cursor.
func openConsent(_ console: inout ConsoleState) -> [Effect] {
  let marked = console.shared.readableMarks(on: console.screens.top)
  let target = console.screens.top.target(in: console.shared)?.tenant ?? console.screens.top.tenant
  return console.openScreen(of: .consent, for: marked.isEmpty ? target.map { [$0] } ?? [] : marked)
}

extension ConsoleState {
  /// What the screens tell of writes is out of date.
  mutating func writesChanged() { _ = hear(.writesChanged([])) }
}
