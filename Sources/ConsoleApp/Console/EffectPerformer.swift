import ConsoleCore
import FoundationEssentials
import NcursesDriver
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization

/// Does what the core asks for, in tasks, and answers with events. The tasks begin behind the first frame.
final class EffectPerformer: Sendable {
  private let engine: PartnerEngine
  private let mailbox: Mailbox<Event>
  private let keeper: ConsoleKeeper
  private let opener: PortalOpener
  private let access: AccessPerformer
  private let watching: WatchRelay
  /// Whether the first frame shows the queue.
  private let showsQueueFirst: Bool
  /// What waits for the first frame; `nil` once that is shown.
  private let waiting = Mutex<[@Sendable () async -> Void]?>([])

  /// What fills the first frame; the rest of the queue streams in behind it.
  private static let firstSlice = 120
  /// As many as it takes at most that those with the least time left are among the first.
  private static let longestFirstSlice = 3_000
  private static let slice = 2000

  init(
    engine: PartnerEngine, mailbox: Mailbox<Event>, keeper: ConsoleKeeper, opener: PortalOpener,
    access: AccessPerformer,
    watching: WatchRelay, showsQueueFirst: Bool
  ) {
    self.engine = engine
    self.mailbox = mailbox
    self.keeper = keeper
    self.opener = opener
    self.access = access
    self.watching = watching
    self.showsQueueFirst = showsQueueFirst
  }

  /// The first frame is shown: does what waited for that.
  func begin() {
    let tasks = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting ?? []
    }
    for task in tasks { Task.detached(operation: task) }
  }

  private func start(_ task: @escaping @Sendable () async -> Void) {
    let isShown = waiting.withLock { waiting in
      waiting?.append(task)
      return waiting == nil
    }
    if isShown { Task.detached(operation: task) }
  }

  func perform(_ effect: Effect) {
    switch effect {
    case .loadTenants: loadTenants()
    case .loadQueue: loadQueue()
    case .loadQueueOn(let last): start { [self] in await loadQueue(after: last) }
    case .loadTenantIncidents(let tenant, let request): loadIncidents(of: tenant, request)
    case .readIncident(let key, let request): readIncident(key, request)
    case .refresh(let tenants): start { [keeper] in await keeper.hurry(tenants) }
    case .watch(let tenants): watching.post(tenants)
    case .act(let key, let action, let seen): act(action, on: key, seen: seen)
    case .undo(let write): undo(write)
    case .settle(let key): start { [engine] in await engine.settle(key) }
    case .loadHistory(let key, let request): loadHistory(of: key, request)
    case .loadActivity(let last, let request): loadActivity(after: last, request)
    case .loadVerdicts(let title, let request):
      start { [engine, mailbox] in
        let verdicts = (try? await engine.verdicts(on: title)) ?? []
        mailbox.post(.verdictsLoaded(request: request, title: title, verdicts))
      }
    case .openPortal(let key, let url):
      start { [opener, mailbox] in
        await opener.open(url, of: key.tenant) { mailbox.post(.portalOpened($0)) }
      }
    case .findIncidents(let id, let request): findIncidents(id, request)
    case .checkConsent(let tenants, let request): access.checkConsent(in: tenants, request)
    case .requestConsent(let tenant, let request): access.requestConsent(of: tenant, request)
    case .loadConsentHistory(let tenant, let request): access.loadHistory(of: tenant, request)
    case .noteConsentSeen(let tenants): access.noteSeen(tenants)
    case .makeConsentLinks(let tenants, let request): access.makeLinks(for: tenants, request)
    case .signIn(let tenant, let byCode, let request): access.signIn(to: tenant, byCode: byCode, request)
    case .signOut(let request): access.signOut(request)
    case .cancel(let request): access.cancel(request)
    case .tick, .continueWork, .redraw, .editText, .quit, .interrupt: break  // The loop's own.
    }
  }

  /// Blocks, so that the first frame has them.
  private func loadTenants() {
    do throws(StoreError) {
      let rows = try engine.cache.overviews(for: engine.configuration.tenants)
      mailbox.post(.tenantsLoaded(rows.map(engine.judged)))
    } catch {
      mailbox.post(.tenantsNotLoaded(error.description))
    }
  }

  /// The first rows, at once where they are what is looked at.
  private func loadQueue() {
    if showsQueueFirst { loadQueueStart() } else { start { [self] in loadQueueStart() } }
  }

  private func loadQueueStart() {
    do throws(StoreError) {
      let (now, longest) = (Date(), engine.configuration.longestDeadlines)
      let first = try engine.cache.openIncidents(limit: Self.firstSlice, most: Self.longestFirstSlice) { incident in
        guard let seconds = longest[incident.severity], let created = incident.createdAt else { return false }
        return created.age(at: now) < seconds
      }
      mailbox.post(.queueLoaded(slice: first, isLast: first.count < Self.firstSlice))
    } catch {
      mailbox.post(.queueNotLoaded(error.description))
    }
  }

  private func loadQueue(after incident: IncidentSummary) async {
    do throws(StoreError) {
      let slice = try await engine.cache.openIncidents(after: QueueCursor(after: incident), limit: Self.slice)
      let isLast = slice.count < Self.slice
      mailbox.post(.queueLoaded(slice: slice, isLast: isLast))
      if isLast { engine.cache.releaseMemory() }
    } catch {
      mailbox.post(.queueNotLoaded(error.description))
    }
  }

  private func loadIncidents(of tenant: TenantID, _ request: Int) {
    start { [engine, mailbox] in
      do throws(StoreError) {
        let incidents = try await engine.cache.incidents(of: tenant, includeClosed: true)
        mailbox.post(.tenantIncidentsLoaded(request: request, tenant, incidents))
      } catch {
        mailbox.post(.tenantIncidentsNotLoaded(request: request, tenant, error.description))
      }
    }
  }

  private func findIncidents(_ id: IncidentID, _ request: Int) {
    Task.detached { [engine, mailbox] in
      do throws(StoreError) {
        let found = try await engine.cache.summaries(of: id, in: engine.configuration.tenants.map(\.id))
        mailbox.post(.incidentsFound(request: request, id, found))
      } catch {
        mailbox.post(.incidentsNotFound(request: request, id, error.description))
      }
    }
  }

  /// What is remembered at once, then what the service says.
  private func readIncident(_ key: IncidentKey, _ request: Int) {
    start { [engine, mailbox, keeper] in
      if let stored = await engine.storedIncident(key) {
        mailbox.post(
          .incidentRead(request: request, key, .cached(stored.incident, readAt: stored.alertsReadAt ?? stored.readAt)))
      } else {
        mailbox.post(.incidentRead(request: request, key, .absentFromStore))
      }
      await keeper.gate.passed()
      do throws(PartnerError) {
        let incident = try await engine.readIncident(key)
        mailbox.post(.incidentRead(request: request, key, .fresh(incident, readAt: Date())))
      } catch {
        mailbox.post(.incidentRead(request: request, key, .failed(error)))
      }
    }
  }

  private func act(_ action: IncidentAction, on key: IncidentKey, seen: IncidentImage) {
    start { [engine, mailbox, keeper] in
      let wasOpen = await keeper.gate.passed()
      do throws(PartnerError) {
        // It was meant before the changes of an earlier run were told: one of those is settled first.
        if !wasOpen, let open = try? await engine.journal.writes(.pending), open.contains(where: { $0.key == key }) {
          throw PartnerError(.conflict("a change of an earlier run is not settled yet"), tenant: key.tenant)
        }
        let write = try await engine.perform(action, on: key, seen: seen)
        if write.state.isPending { keeper.settleLater() }
      } catch {
        mailbox.post(.updateNotTaken(key, error))
      }
    }
  }

  private func undo(_ write: WriteID) {
    start { [engine, mailbox, keeper] in
      await keeper.gate.passed()
      do throws(PartnerError) {
        let writes = try await engine.undo(write)
        if writes.contains(where: \.state.isPending) { keeper.settleLater() }
        if let remark = await engine.remark(onUndoing: write, by: writes) {
          mailbox.post(.undoRemarked(write, remark, writes.first?.key))
        }
      } catch {
        mailbox.post(.undoNotTaken(write, error))
      }
    }
  }

  private func loadHistory(of key: IncidentKey, _ request: Int) {
    start { [engine, mailbox] in
      do throws(StoreError) {
        mailbox.post(.historyLoaded(request: request, key, try await engine.history(of: key)))
      } catch {
        mailbox.post(.historyNotLoaded(request: request, key, "\(error)"))
      }
    }
  }

  private static let activityPage = 200

  private func loadActivity(after last: WriteID?, _ request: Int) {
    start { [engine, mailbox] in
      do throws(StoreError) {
        let writes = try await engine.activity(after: last, limit: Self.activityPage)
        mailbox.post(.activityLoaded(request: request, writes, isLast: writes.count < Self.activityPage))
      } catch {
        mailbox.post(.activityNotLoaded(request: request, "\(error)"))
      }
    }
  }
}
