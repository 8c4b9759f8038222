import ConsoleCore
import FoundationEssentials
import NcursesDriver
import PartnerModel
import PartnerOperations
import PartnerStore

/// Does what the core asks for, in tasks, and answers with events.
final class EffectPerformer: Sendable {
  private let engine: PartnerEngine
  private let mailbox: Mailbox<Event>
  private let keeper: ConsoleKeeper
  private let opener: PortalOpener
  private let watching: WatchRelay

  /// What fills the first frame; the rest of the queue streams in behind it.
  private static let firstSlice = 120
  /// As many as it takes at most that those with the least time left are among the first.
  private static let longestFirstSlice = 3_000
  private static let slice = 2000

  init(
    engine: PartnerEngine, mailbox: Mailbox<Event>, keeper: ConsoleKeeper, opener: PortalOpener, watching: WatchRelay
  ) {
    self.engine = engine
    self.mailbox = mailbox
    self.keeper = keeper
    self.opener = opener
    self.watching = watching
  }

  func perform(_ effect: Effect) {
    switch effect {
    case .loadTenants: loadTenants()
    case .loadQueue: loadQueue()
    case .loadTenantIncidents(let tenant, let request): loadIncidents(of: tenant, request)
    case .readIncident(let key, let request): readIncident(key, request)
    case .refresh(let tenants): Task { await keeper.hurry(tenants) }
    case .watch(let tenants): watching.post(tenants)
    case .update(let key, let update, let seen): send(update, to: key, seen: seen)
    case .openPortal(let key, let url):
      Task.detached { [opener, mailbox] in
        await opener.open(url, of: key.tenant) { mailbox.post(.portalOpened($0)) }
      }
    case .tick, .continueWork, .redraw, .quit, .interrupt: break  // The loop's own.
    }
  }

  /// Blocks, so that the first frame has them.
  private func loadTenants() {
    do throws(StoreError) {
      let rows = try engine.cache.overviews(for: engine.configuration.tenants)
      mailbox.post(.tenantsLoaded(rows.map(engine.configuration.judged)))
    } catch {
      mailbox.post(.tenantsNotLoaded(error.description))
    }
  }

  /// The first rows at once, the rest by slices from a task.
  private func loadQueue() {
    do throws(StoreError) {
      let (now, longest) = (Date(), engine.configuration.longestDeadlines)
      let first = try engine.cache.openIncidents(limit: Self.firstSlice, most: Self.longestFirstSlice) { incident in
        guard let seconds = longest[incident.severity], let created = incident.createdAt else { return false }
        return created.age(at: now) < seconds
      }
      mailbox.post(.queueLoaded(slice: first, isLast: first.count < Self.firstSlice))
      guard first.count >= Self.firstSlice, let last = first.last else { return }
      Task.detached { await self.loadQueue(after: last) }
    } catch {
      mailbox.post(.queueNotLoaded(error.description))
    }
  }

  private func loadQueue(after incident: IncidentSummary) async {
    var cursor = QueueCursor(after: incident)
    do throws(StoreError) {
      while true {
        let slice = try await engine.cache.openIncidents(after: cursor, limit: Self.slice)
        mailbox.post(.queueLoaded(slice: slice, isLast: slice.count < Self.slice))
        guard slice.count == Self.slice, let last = slice.last else { return engine.cache.releaseMemory() }
        cursor = QueueCursor(after: last)
      }
    } catch {
      mailbox.post(.queueNotLoaded(error.description))
    }
  }

  private func loadIncidents(of tenant: TenantID, _ request: Int) {
    Task.detached { [engine, mailbox] in
      do throws(StoreError) {
        let incidents = try await engine.cache.incidents(of: tenant, includeClosed: true)
        mailbox.post(.tenantIncidentsLoaded(request: request, tenant, incidents))
      } catch {
        mailbox.post(.tenantIncidentsNotLoaded(request: request, tenant, error.description))
      }
    }
  }

  /// What is remembered at once, then what the service says.
  private func readIncident(_ key: IncidentKey, _ request: Int) {
    Task.detached { [engine, mailbox] in
      if let stored = await engine.storedIncident(key) {
        mailbox.post(
          .incidentRead(request: request, key, .cached(stored.incident, readAt: stored.alertsReadAt ?? stored.readAt)))
      } else {
        mailbox.post(.incidentRead(request: request, key, .absentFromStore))
      }
      do throws(PartnerError) {
        let incident = try await engine.readIncident(key)
        mailbox.post(.incidentRead(request: request, key, .fresh(incident, readAt: Date())))
      } catch {
        mailbox.post(.incidentRead(request: request, key, .failed(error)))
      }
    }
  }

  private func send(_ update: IncidentUpdate, to key: IncidentKey, seen: IncidentSummary) {
    Task.detached { [engine, mailbox, keeper] in
      do throws(PartnerError) {
        let write = try await engine.update(key, with: update, seen: seen)
        if write.state.isPending { keeper.settleLater() }
      } catch {
        mailbox.post(.updateNotTaken(key, error))
      }
    }
  }
}
