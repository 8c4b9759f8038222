import FoundationEssentials
import PartnerModel
import TerminalKit

/// Brings windows to their sizes and asks for what the new picture needs: reads, the next tick, more work.
func settle(_ state: inout ConsoleState) -> [Effect] {
  if state.job == nil, !state.isFirstRead { state.pinList() }
  let layout = state.layout
  state.tenants.viewport.settle(count: state.tenants.order.count, height: layout.listHeight)
  state.queue.settle(height: layout.listHeight)
  state.tenantIncidents?.list.settle(height: layout.tenantListHeight)
  state.page?.settle(height: layout.bodyHeight)
  state.followCursor()
  state.settlePreview(layout)
  if let top = state.help?.top, top > 0 {
    let last = helpLastTop(state, layout)
    state.help?.top = min(top, last)
  }
  if state.directory.hasDeadlines, state.queue.isLoaded, state.place == .tenants {
    for row in state.tenants.visible(height: layout.listHeight) { state.queue.findFirstDeadline(of: row.id) }
  }

  var effects: [Effect] = []
  let watched = state.tenantsOnScreen
  if watched != state.watched {
    state.watched = watched
    effects.append(.watch(watched))
  }
  let tick = state.nextTick
  if tick != state.tickAt {
    state.tickAt = tick
    if let tick { effects.append(.tick(at: tick)) }
  }
  if !state.isWorkAsked, state.queue.isWorking || state.tenantIncidents?.list.isWorking ?? false {
    state.isWorkAsked = true
    effects.append(.continueWork)
  }
  return effects
}

extension ConsoleState {
  /// Whether the list on screen is being filled for the first time, so that its first row is no choice of anybody.
  fileprivate var isFirstRead: Bool {
    switch place {
    case .queue: isFilling(queue) || progress.isUnderWay && tenants.coverage[.never] > 0
    case .tenantIncidents:
      tenantIncidents.map { shown in
        isFilling(shown.list)
          || syncing.contains(shown.tenant) && tenants[shown.tenant]?.sync.lastSuccess == nil
      } ?? false
    case .tenants, .incident, .help: false
    }
  }

  private func isFilling(_ list: IncidentList) -> Bool { !list.isLoaded && list.loadFailure == nil }

  fileprivate var job: ListJob? { place == .queue ? queue.job : tenantIncidents?.list.job }

  /// The tenants that what is on screen is about, in the order of the screen, without those that are excluded.
  fileprivate var tenantsOnScreen: [TenantID] {
    let height = layout.listHeight
    switch placeBelowHelp {
    case .tenants, .help:
      return tenants.visible(height: height).filter { !$0.tenant.isExcluded }.map(\.id)
    case .tenantIncidents: return tenantIncidents.map { [$0.tenant] } ?? []
    case .incident: return page.map { [$0.key.tenant] } ?? []
    case .queue:
      var seen: Set<UInt32> = []
      var ids: [TenantID] = []
      for index in queue.viewport.visible(count: queue.count, height: height) {
        let number = queue.slots.lend(queue.slot(at: index)) { $0.pointee.tenant }
        if seen.insert(number).inserted { ids.append(queue.tables.tenants[number]) }
      }
      return ids
    }
  }

  /// The earliest moment at which a time on the screen reads differently, at least a second from now.
  fileprivate var nextTick: Date? {
    var due = Due(now: now)
    due.add(after: 60 - now.timeIntervalSince1970.truncatingRemainder(dividingBy: 60))
    due.age(tenants.oldestRead)
    due.add(at: tenants.nextStale.map { $0.addingTimeInterval(0.001) })
    if let resting, queue.isNew(resting.key) { due.add(at: resting.since.addingTimeInterval(Resting.enough)) }
    let height = layout.listHeight
    switch place {
    case .tenants:
      for row in tenants.visible(height: height) where !row.tenant.isExcluded {
        due.age(row.sync.lastSuccess)
        due.age(row.sync.error?.at)
        due.age(row.token.lastError?.at)
        due.age(row.counts?.oldest?.date)
        due.left(row.token.parkedUntil)
        due.left(row.token.expiresAt)
      }
    case .queue: addIncidents(of: queue, height: height, to: &due)
    case .tenantIncidents:
      guard let shown = tenantIncidents else { break }
      addIncidents(of: shown.list, height: layout.tenantListHeight, to: &due)
      due.age(tenants[shown.tenant]?.sync.lastSuccess)
      due.age(tenants[shown.tenant]?.sync.error?.at)
      due.age(tenants[shown.tenant]?.token.lastError?.at)
      due.left(tenants[shown.tenant]?.token.expiresAt)
    case .incident:
      due.age(page?.readAt)
      due.age(page?.summary?.createdAt?.date)
      due.age(page?.summary?.updatedAt?.date)
    case .help: break
    }
    return due.earliest
  }

  private func addIncidents(of list: IncidentList, height: Int, to due: inout Due) {
    let keys = list.keys
    for index in list.viewport.visible(count: list.count, height: height) {
      list.slots.lend(list.slot(at: index)) { incident in
        due.age(incident.pointee.createdAt?.date)
        let trust = trust(in: list.tables.tenants[incident.pointee.tenant])
        if let trust, trust.isOld { due.age(trust.readAt) }
        if directory.hasDeadlines, let deadline = keys.deadline(of: incident.pointee, tables: list.tables) {
          due.left(Timestamp(ticks: deadline).date)
        }
      }
    }
  }
}

/// Collects when texts change.
private struct Due {
  let now: Date
  private(set) var earliest: Date?

  init(now: Date) { self.now = now }

  mutating func add(after seconds: TimeInterval) { add(at: now.addingTimeInterval(max(seconds, 1))) }

  mutating func add(at moment: Date?) {
    guard let moment else { return }
    let bounded = max(moment, now.addingTimeInterval(1))
    earliest = earliest.map { min($0, bounded) } ?? bounded
  }

  mutating func age(_ since: Date?) {
    if let since { add(after: Age.untilChange(age: now.timeIntervalSince(since))) }
  }

  mutating func left(_ until: Date?) {
    if let until, let seconds = Age.untilChange(left: until.timeIntervalSince(now)) { add(after: seconds) }
  }
}
