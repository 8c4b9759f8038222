import PartnerModel
import SafeText
import TerminalKit

/// What to do first, before any event.
package func start(_ console: inout ConsoleState) -> [Effect] {
  var effects: [Effect] = [.loadTenants, .loadQueue]
  console.shared.tenants.judge(now: console.shared.now, staleAfter: console.shared.settings.staleAfter)
  if let tenant = console.shared.settings.tenant { effects += console.open(Target(tenant: tenant)) }
  console.screens.top.filter(by: console.shared.settings.filter, in: &console.shared)
  if let name = console.shared.settings.opens { effects += console.open(ScreenName(name)) }
  return effects + settle(&console)
}

/// Takes in what happened and says what to do about it.
package func update(_ console: inout ConsoleState, _ event: Event) -> [Effect] {
  react(&console, event) + settle(&console)
}

/// The same for events that waited together. The time alone, in front of others, asks for nothing yet.
package func update(_ console: inout ConsoleState, _ events: [Event]) -> [Effect] {
  var effects: [Effect] = []
  for (index, event) in events.enumerated() {
    effects += react(&console, event)
    if case .ticked = event, index < events.count - 1 { continue }
    effects += settle(&console)
  }
  return effects
}

private func react(_ console: inout ConsoleState, _ event: Event) -> [Effect] {
  if case .keys(let keys, let time) = event { return takeKeys(&console, keys, at: time) }
  if case .incidentsFound(let request, let id, let found) = event { return console.take(found, of: id, request) }
  console.shared.take(event)
  let effects = console.shared.takeAccess(event) + console.hear(event) + console.moveAwaited(after: event)
  if case .ticked = event { console.lookAtCursor() }
  return effects
}

extension ConsoleState {
  /// Tells every screen that something happened.
  mutating func hear(_ event: Event) -> [Effect] {
    var effects: [Effect] = []
    let top = screens.depth - 1
    let base = screens.base(of: top)
    for index in 0...top { effects += screens[index].hear(event, isShown: index >= base, in: &shared) }
    return effects
  }
}

extension SharedState {
  fileprivate mutating func take(_ event: Event) {
    switch event {
    case .resized(let size): self.size = size
    case .ticked(let now):
      self.now = now
      // Whatever was asked for is due or will be asked for again.
      tickAt = nil
      tenants.timePassed(to: now, staleAfter: settings.staleAfter)
      queue.timePassed(to: now)
    case .tenantsLoaded(let overviews): tenants.load(overviews, now: now, staleAfter: settings.staleAfter)
    case .tenantsChanged(let overviews):
      tellDrifts(to: overviews)
      tenants.change(overviews, now: now, staleAfter: settings.staleAfter)
    case .queueLoaded(let slice, let isLast):
      queueReadTo = isLast ? nil : slice.last
      queue.take(slice, areChanges: false, completes: isLast)
    case .incidentsChanged(let summaries): takeChanges(summaries)
    case .tenantsNotLoaded(let reason):
      tenants.loadFailure = reason
      message = .cacheFailure(reason)
    case .queueNotLoaded(let reason):
      queueReadTo = nil
      queue.loadFailure = reason
      message = .cacheFailure(reason)
    case .syncProgressed(let done, let total):
      progress = SyncProgress(done: done, total: total)
      guard !progress.isUnderWay else { break }
      let isAwaited = !refreshOutcome.asked.isEmpty
      let outcome = refreshOutcome.finished(tenants, now: now, staleAfter: settings.staleAfter)
      // Who asked reads all of what went wrong.
      if let outcome { message = isAwaited && outcome.level != .information ? outcome : outcome.brief }
    case .syncing(let tenants): syncing = tenants
    case .credentialsChanged(let told):
      credentials.removeAll { $0.app == told.app }
      credentials.append(told)
    case .writesChanged(let writes): takeWrites(writes)
    case .updateNotTaken(let key, let error):
      writes.giveUp(key, error, at: now)
      message = .failure("Nothing was sent for #\(key.id.rawValue): \(error.summary). \(error.nextAction)")
    // Whoever asked for it reads all of what went wrong.
    case .undoRemarked(_, let remark, let key):
      let place = key.map { SafeText("\(directory.name(of: $0.tenant)) #\($0.id.rawValue): ") } ?? .empty
      message = .warning(place + SafeText(remark))
    case .undoNotTaken(let id, let error):
      writes.endUndoing(id)
      message = .failure("Nothing was undone: \(error.summary). \(error.nextActionOfNothingDone)")
    case .portalOpened(let opening): message = words(opening)
    case .ownership(let ownership): take(ownership)
    case .unchangeable(let reason): settings.readOnlyReason = reason
    case .noticed(let notice):
      let place = notice.tenant.map { SafeText(directory.name(of: $0)) + ": " } ?? .empty
      message = Message(level: notice.level, text: place + SafeText(notice.text), isBrief: true)
    case .workContinued:
      isWorkAsked = false
      if queue.isWorking { queue.work() }
    case .incidentsNotFound(let request, let id, let reason):
      guard sought == SoughtIncident(id: id, request: request) else { break }
      sought = nil
      message = .failure("#\(id.rawValue) could not be looked for in the cache: \(SafeText(reason))")
    // A screen asked, and a screen is answered; what concerns access is taken by itself.
    case .consentChecked, .consentProgressed, .consentHistoryLoaded, .consentHistoryNotLoaded,
      .consentLinksMade, .signInProgressed,
      .signInsChanged, .signedOut:
      break
    case .historyLoaded, .historyNotLoaded, .activityLoaded, .activityNotLoaded, .verdictsLoaded: break
    case .keys, .incidentsFound, .textEdited, .incidentRead, .tenantIncidentsLoaded, .tenantIncidentsNotLoaded: break
    }
  }

  private mutating func take(_ ownership: Ownership) {
    if case .readOnly(let reason) = ownership, ownership != self.ownership {
      message = .warning("Nothing can be changed: \(reason).").brief
    }
    if ownership == .owner, self.ownership != .owner {
      let may: SafeText = settings.readOnlyReason == nil ? " and can change incidents" : ""
      message = .information("The other console ended: this one reads the tenants" + may + ".").brief
    }
    self.ownership = ownership
  }

  private mutating func takeChanges(_ summaries: [IncidentSummary]) {
    for summary in summaries {
      if let target = summary.redirectIncidentID { writes.note(target, for: summary.key) }
    }
    // What a list gives is there.
    if !denied.isEmpty { for summary in summaries { denied[summary.key] = nil } }
    // Until a tenant was read once, all that it has is new to us, which is no news.
    var wereRead: [TenantID: Bool] = [:]
    func isNews(_ summary: IncidentSummary) -> Bool {
      if let known = wereRead[summary.key.tenant] { return known }
      let wasRead = tenants[summary.key.tenant]?.sync.lastSuccess != nil
      wereRead[summary.key.tenant] = wasRead
      return wasRead
    }
    for (rows, areNews) in [(summaries.filter { !isNews($0) }, false), (summaries.filter(isNews), true)]
    where !rows.isEmpty {
      queue.take(rows, areChanges: true, areNews: areNews)
    }
  }

  private mutating func takeWrites(_ told: [IncidentWrite]) {
    for write in writes.take(told) {
      let tenant = SafeText(directory.name(of: write.key.tenant)).clipped(to: 24)
      let name: SafeText = "\(tenant) #\(write.key.id.rawValue)"
      // What became of it, and what to do, must not be pushed out of the line by what it was.
      let what = write.words.clipped(to: 48)
      switch write.state {
      case .confirmed:
        let detail: SafeText = write.detail.map { ": \(SafeText($0))" } ?? .empty
        message = .information("Confirmed: \(name): \(write.words)\(detail).").brief
      // Behind a part of an undo that was not done: what came of all of it is said at its end.
      case .failed where write.undoes != nil && write.problem?.cause == "notSent": break
      // Somebody waits for these: they take the lines that they need.
      case .unknown:
        message = .warning("\(name): \(what): outcome not known. Its page (Enter) settles it now.")
      case .failed where write.undoes == nil && write.conflict != nil:
        let who: SafeText = write.conflict?.by.flatMap { $0.isEmpty ? nil : ownerName($0) } ?? "somebody"
        message = .failure("\(name): \(who.clipped(to: 24)) was faster, so nothing was sent. = compares.")
      case .failed:
        message = .failure("\(name): \(what) \(writes.failureWord(write)): \(writes.briefRefusal(write))")
      case .draft, .queued, .sent: break
      }
    }
  }
}

extension Message {
  static func cacheFailure(_ reason: String) -> Message {
    .failure("The cache could not be read: \(SafeText(reason)) r tries again.")
  }
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
