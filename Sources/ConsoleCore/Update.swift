import PartnerModel
import SafeText
import TerminalKit

/// What to do first, before any event.
package func start(_ state: inout ConsoleState) -> [Effect] {
  var effects: [Effect] = [.loadTenants, .loadQueue]
  state.tenants.judge(now: state.now, staleAfter: state.settings.staleAfter)
  let filter = WordFilter(state.settings.filter)
  if let tenant = state.settings.tenant {
    effects += openTenant(&state, tenant)
    state.tenantIncidents?.list.filter(by: filter)
  } else if state.home == .queue {
    state.queue.filter(by: filter)
  } else {
    state.tenants.filter(by: filter)
  }
  return effects + settle(&state)
}

/// Takes in what happened and says what to do about it.
package func update(_ state: inout ConsoleState, _ event: Event) -> [Effect] {
  var effects: [Effect] = []
  switch event {
  case .key(let key): effects = press(&state, key)
  case .resized(let size):
    state.size = size
    arrangePage(&state)
  case .ticked(let now):
    state.now = now
    // Whatever was asked for is due or will be asked for again.
    state.tickAt = nil
    state.tenants.timePassed(to: now, staleAfter: state.settings.staleAfter)
  case .tenantsLoaded(let overviews):
    state.tenants.load(overviews, now: state.now, staleAfter: state.settings.staleAfter)
  case .tenantsChanged(let overviews):
    state.tenants.change(overviews, now: state.now, staleAfter: state.settings.staleAfter)
  case .queueLoaded(let slice, let isLast):
    state.queue.take(slice, areChanges: false, completes: isLast)
  case .incidentsChanged(let summaries): effects = takeChanges(&state, summaries)
  case .tenantIncidentsLoaded(let request, let tenant, let summaries):
    guard state.tenantIncidents?.request == request, state.tenantIncidents?.tenant == tenant else { return [] }
    state.tenantIncidents?.list.take(summaries, areChanges: false, completes: true)
  case .incidentRead(let request, let key, let reading): takeReading(&state, request, key, reading)
  case .syncProgressed(let done, let total):
    state.progress = SyncProgress(done: done, total: total)
    guard !state.progress.isUnderWay else { break }
    let outcome = state.refreshOutcome.finished(
      state.tenants, now: state.now, staleAfter: state.settings.staleAfter)
    if let outcome { state.message = outcome }
  case .syncing(let tenants): state.syncing = tenants
  case .writesChanged(let writes): takeWrites(&state, writes)
  case .updateNotTaken(let key, let error):
    state.writes.giveUp(key)
    state.message = .failure("Nothing was sent for #\(key.id.rawValue): \(error.summary). \(error.nextAction)")
    arrangePage(&state)
  case .portalOpened(let opening): state.message = words(opening)
  case .ownership(let ownership):
    if case .readOnly(let reason) = ownership, ownership != state.ownership {
      state.message = .warning("Nothing can be changed: \(reason).")
    }
    if ownership == .owner, state.ownership != .owner {
      state.message = .information("The other console ended: this one reads the tenants and can change incidents.")
    }
    state.ownership = ownership
  case .noticed(let notice):
    let place = notice.tenant.map { SafeText(state.directory.name(of: $0)) + ": " } ?? .empty
    state.message = Message(level: notice.level, text: place + SafeText(notice.text))
  case .workContinued:
    state.isWorkAsked = false
    if state.queue.isWorking { state.queue.work() }
    if state.tenantIncidents?.list.isWorking ?? false { state.tenantIncidents?.list.work() }
  }
  return effects + settle(&state)
}

// MARK: Answers

private func takeChanges(_ state: inout ConsoleState, _ summaries: [IncidentSummary]) -> [Effect] {
  state.queue.take(summaries, areChanges: true)
  if let tenant = state.tenantIncidents?.tenant {
    let own = summaries.filter { $0.key.tenant == tenant }
    if !own.isEmpty { state.tenantIncidents?.list.take(own, areChanges: true) }
  }
  guard let page = state.page, let summary = summaries.last(where: { $0.key == page.key }) else { return [] }
  state.page?.summary = summary
  arrangePage(&state)
  let isNewer = (summary.updatedAt?.ticks ?? 0) > (page.incident?.updatedAt?.ticks ?? 0)
  return isNewer && !page.isReading ? readPage(&state) : []
}

private func takeReading(
  _ state: inout ConsoleState, _ request: Int, _ key: IncidentKey, _ reading: IncidentReading
) {
  // An answer to a page that was left is dropped here.
  guard state.page?.request == request, state.page?.key == key else { return }
  state.page?.take(reading)
  arrangePage(&state)
}

private func takeWrites(_ state: inout ConsoleState, _ writes: [IncidentWrite]) {
  for write in state.writes.take(writes) {
    let name = SafeText("\(state.directory.name(of: write.key.tenant)) #\(write.key.id.rawValue)")
    switch write.state {
    case .confirmed: state.message = .information(name + ": claimed, the service confirmed it.")
    case .unknown:
      state.message = .warning(name + ": claim not known to be in effect; it is settled by reading it again.")
    case .failed: state.message = .failure(name + ": claim refused: " + state.writes.refusal(write))
    case .draft, .queued, .sent: break
    }
  }
  arrangePage(&state)
}

private func words(_ opening: PortalOpening) -> Message {
  switch opening {
  case .opened(let host): .information("Opened \(host).")
  case .shown(let url): .information("Copy the link: \(url)")
  case .refused(let reason): .failure("Portal link not opened: \(reason)")
  }
}

// MARK: Shared with the keys

func arrangePage(_ state: inout ConsoleState) {
  guard let key = state.page?.key else { return }
  let write = state.writes.words(for: key)
  let width = state.layout.mainWidth
  state.page?.arrange(width: width, write: write)
}

/// Asks for the page's incident; what it shows stays until the answer is there.
func readPage(_ state: inout ConsoleState) -> [Effect] {
  guard let key = state.page?.key else { return [] }
  let request = state.nextRequest()
  state.page?.request = request
  state.page?.isReading = true
  return [.readIncident(key, request: request)]
}

func openTenant(_ state: inout ConsoleState, _ tenant: TenantID) -> [Effect] {
  let request = state.nextRequest()
  state.tenantIncidents = TenantIncidentsState(
    tenant: tenant, request: request, list: IncidentList(directory: state.directory, includesClosed: true))
  return [.loadTenantIncidents(tenant, request: request)]
}

func openIncident(_ state: inout ConsoleState, _ summary: IncidentSummary) -> [Effect] {
  state.page = IncidentPageState(summary: summary, request: 0)
  let effects = readPage(&state)
  arrangePage(&state)
  return effects
}
