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
  react(&state, event) + settle(&state)
}

/// The same for events that waited together. The time alone, in front of others, asks for nothing yet.
package func update(_ state: inout ConsoleState, _ events: [Event]) -> [Effect] {
  var effects: [Effect] = []
  for (index, event) in events.enumerated() {
    effects += react(&state, event)
    if case .ticked = event, index < events.count - 1 { continue }
    effects += settle(&state)
  }
  return effects
}

private func react(_ state: inout ConsoleState, _ event: Event) -> [Effect] {
  var effects: [Effect] = []
  switch event {
  case .keys(let keys, let time): effects = takeKeys(&state, keys, at: time)
  case .resized(let size):
    state.size = size
    arrangePage(&state)
  case .ticked(let now):
    state.now = now
    // Whatever was asked for is due or will be asked for again.
    state.tickAt = nil
    state.tenants.timePassed(to: now, staleAfter: state.settings.staleAfter)
    state.queue.timePassed(to: now)
    state.tenantIncidents?.list.timePassed(to: now)
    state.lookAtCursor()
  case .tenantsLoaded(let overviews):
    state.tenants.load(overviews, now: state.now, staleAfter: state.settings.staleAfter)
  case .tenantsChanged(let overviews):
    let recovers = state.pageRecovers(with: overviews)
    state.tenants.change(overviews, now: state.now, staleAfter: state.settings.staleAfter)
    if recovers { effects = readPage(&state) }
  case .queueLoaded(let slice, let isLast):
    state.queue.take(slice, areChanges: false, completes: isLast)
  case .incidentsChanged(let summaries): effects = takeChanges(&state, summaries)
  case .tenantIncidentsLoaded(let request, let tenant, let summaries):
    guard state.tenantIncidents?.request == request, state.tenantIncidents?.tenant == tenant else { return [] }
    state.tenantIncidents?.list.take(summaries, areChanges: false, completes: true)
  case .tenantsNotLoaded(let reason):
    state.tenants.loadFailure = reason
    state.message = cacheFailure(reason)
  case .queueNotLoaded(let reason):
    state.queue.loadFailure = reason
    state.message = cacheFailure(reason)
  case .tenantIncidentsNotLoaded(let request, let tenant, let reason):
    guard state.tenantIncidents?.request == request, state.tenantIncidents?.tenant == tenant else { return [] }
    state.tenantIncidents?.list.loadFailure = reason
    state.message = cacheFailure(reason)
  case .incidentRead(let request, let key, let reading): effects = takeReading(&state, request, key, reading)
  case .syncProgressed(let done, let total):
    state.progress = SyncProgress(done: done, total: total)
    guard !state.progress.isUnderWay else { break }
    let outcome = state.refreshOutcome.finished(
      state.tenants, now: state.now, staleAfter: state.settings.staleAfter)
    if let outcome { state.message = outcome.brief }
  case .syncing(let tenants): state.syncing = tenants
  case .writesChanged(let writes): takeWrites(&state, writes)
  case .updateNotTaken(let key, let error):
    state.writes.giveUp(key)
    state.message = .failure("Nothing was sent for #\(key.id.rawValue): \(error.summary). \(error.nextAction)")
    arrangePage(&state)
  case .portalOpened(let opening): state.message = words(opening)
  case .ownership(let ownership):
    if case .readOnly(let reason) = ownership, ownership != state.ownership {
      state.message = .warning("Nothing can be changed: \(reason).").brief
    }
    if ownership == .owner, state.ownership != .owner {
      let may: SafeText = state.settings.readOnlyReason == nil ? " and can change incidents" : ""
      state.message = .information("The other console ended: this one reads the tenants" + may + ".").brief
    }
    state.ownership = ownership
  case .unchangeable(let reason): state.settings.readOnlyReason = reason
  case .noticed(let notice):
    let place = notice.tenant.map { SafeText(state.directory.name(of: $0)) + ": " } ?? .empty
    state.message = Message(level: notice.level, text: place + SafeText(notice.text), isBrief: true)
  case .workContinued:
    state.isWorkAsked = false
    if state.queue.isWorking { state.queue.work() }
    if state.tenantIncidents?.list.isWorking ?? false { state.tenantIncidents?.list.work() }
  }
  return effects
}

// MARK: Answers

private func takeChanges(_ state: inout ConsoleState, _ summaries: [IncidentSummary]) -> [Effect] {
  // What a list gives is there.
  if !state.denied.isEmpty { for summary in summaries { state.denied[summary.key] = nil } }
  // Until a tenant was read once, all that it has is new to us, which is no news.
  var wereRead: [TenantID: Bool] = [:]
  func isNews(_ summary: IncidentSummary) -> Bool {
    if let known = wereRead[summary.key.tenant] { return known }
    let wasRead = state.tenants[summary.key.tenant]?.sync.lastSuccess != nil
    wereRead[summary.key.tenant] = wasRead
    return wasRead
  }
  for (rows, areNews) in [(summaries.filter { !isNews($0) }, false), (summaries.filter(isNews), true)]
  where !rows.isEmpty {
    state.queue.take(rows, areChanges: true, areNews: areNews)
    guard let tenant = state.tenantIncidents?.tenant else { continue }
    let own = rows.filter { $0.key.tenant == tenant }
    if !own.isEmpty { state.tenantIncidents?.list.take(own, areChanges: true, areNews: false) }
  }
  guard let page = state.page, let summary = summaries.last(where: { $0.key == page.key }) else { return [] }
  state.page?.take(summary)
  arrangePage(&state)
  let isNewer = (summary.updatedAt?.ticks ?? 0) > (page.incident?.updatedAt?.ticks ?? 0)
  return isNewer && !page.isReading ? readPage(&state) : []
}

private func takeReading(
  _ state: inout ConsoleState, _ request: Int, _ key: IncidentKey, _ reading: IncidentReading
) -> [Effect] {
  // An answer to a page that was left is dropped here.
  guard state.page?.request == request, state.page?.key == key else { return [] }
  if case .fresh = reading { state.denied[key] = nil }
  if case .failed(let error) = reading, error.cause == .absentJustNow {
    state.denied[key] = error.at ?? state.now
    state.message = .warning("#\(key.id.rawValue) \(error.summary): it stays listed.").brief
  }
  let isOvertaken = state.page?.take(reading) ?? false
  arrangePage(&state)
  return isOvertaken ? readPage(&state) : []
}

private func takeWrites(_ state: inout ConsoleState, _ writes: [IncidentWrite]) {
  for write in state.writes.take(writes) {
    let name = SafeText("\(state.directory.name(of: write.key.tenant)) #\(write.key.id.rawValue)")
    let what = write.update.words(by: write.operatorUPN)
    switch write.state {
    case .confirmed:
      let done: SafeText = write.update.isClaim(by: write.operatorUPN) ? "claimed," : what + ":"
      state.message = .information("\(name): \(done) the service confirmed it.").brief
    case .unknown:
      state.message =
        .warning("\(name): \(what) not known to be in effect; it is settled by reading it again.").brief
    case .failed:
      let (word, why) = (state.writes.failureWord(write), state.writes.refusal(write))
      state.message = .failure("\(name): \(what) \(word): \(why)").brief
    case .draft, .queued, .sent: break
    }
  }
  arrangePage(&state)
}

private func cacheFailure(_ reason: String) -> Message {
  .failure("The cache could not be read: \(SafeText(reason)) r tries again.")
}

private func words(_ opening: PortalOpening) -> Message {
  switch opening {
  case .opened(let host): .information("Opened \(host).")
  case .handedOn(let host): .information("The browser was asked to open \(host) and has not answered yet.")
  case .shown(let url, let reason):
    Message(level: .failure, text: "Not opened: \(SafeText(reason)). Copy the link:", link: SafeText(url))
  case .refused(let reason): .failure("Portal link not opened: \(reason)")
  }
}

// MARK: Shared with the keys

func arrangePage(_ state: inout ConsoleState) {
  guard let key = state.page?.key else { return }
  let write = state.writes.words(for: key)
  let width = state.layout.mainWidth
  state.page?.arrange(width: width, write: write, now: state.now)
}

/// Asks for the page's incident; what it shows stays until the answer is there.
func readPage(_ state: inout ConsoleState) -> [Effect] {
  guard let key = state.page?.key else { return [] }
  let request = state.nextRequest()
  state.page?.request = request
  state.page?.isReading = true
  arrangePage(&state)
  return [.readIncident(key, request: request)]
}

func openTenant(_ state: inout ConsoleState, _ tenant: TenantID) -> [Effect] {
  let request = state.nextRequest()
  state.tenantIncidents = TenantIncidentsState(
    tenant: tenant, request: request,
    list: IncidentList(directory: state.directory, includesClosed: true, now: state.now))
  return [.loadTenantIncidents(tenant, request: request)]
}

func openIncident(_ state: inout ConsoleState, _ summary: IncidentSummary) -> [Effect] {
  openPage(&state, IncidentPageState(key: summary.key, summary: summary))
}

/// Opens a page; its name, its state and its owner are not known before it is read where no list has them.
func openPage(_ state: inout ConsoleState, _ page: IncidentPageState) -> [Effect] {
  state.page = page
  return readPage(&state)
}

extension ConsoleState {
  /// Whether the page should be read again because its tenant, which failed, answers again.
  fileprivate func pageRecovers(with overviews: [TenantOverview]) -> Bool {
    guard let page, !page.isReading, let failure = page.failure else { return false }
    // What is gone stays gone, however well the tenant is.
    switch failure.cause {
    case .notFound, .merged: return false
    default: break
    }
    guard let success = overviews.last(where: { $0.id == page.key.tenant })?.sync.lastSuccess else { return false }
    return tenants[page.key.tenant]?.sync.lastSuccess.map { $0 < success } ?? true
  }
}
