import ConsoleCore
import FoundationEssentials
import NcursesDriver
import PartnerModel
import PartnerOperations
import PartnerStore

/// Keeps an open console fresh: as the owner of the state folder it reads the tenants and settles writes; beside another
/// owner it follows what that one stores, and takes over when it ends.
actor ConsoleKeeper {
  private let session: PartnerSession
  private let mailbox: Mailbox<Event>
  private let isReadOnly: Bool
  private var lock: StateLock?
  private var refresh: AutoRefresh?
  private var watched: [TenantID] = []
  private var seen: [TenantID: TenantOverview] = [:]
  /// Says that a write may be open whose outcome is not known.
  private let doubts: AsyncStream<Void>
  private let doubt: AsyncStream<Void>.Continuation

  init(session: PartnerSession, mailbox: Mailbox<Event>, isReadOnly: Bool) {
    self.session = session
    self.mailbox = mailbox
    self.isReadOnly = isReadOnly
    (doubts, doubt) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Works until its task is cancelled.
  func run() async {
    let pause = Duration.seconds(session.configuration.refresh.visible)
    var isFirst = true
    while !Task.isCancelled, lock == nil {
      do throws(StoreError) {
        lock = try StateLock.acquire(in: session.folder)
      } catch {
        if isFirst {
          seen = Dictionary(uniqueKeysWithValues: await overviews().map { ($0.id, $0) })
          mailbox.post(.ownership(.readOnly(error.what)))
        }
        isFirst = false
        try? await Task.sleep(for: pause)
        await follow()
      }
    }
    if !isFirst { mailbox.post(.ownership(.owner)) }
    await own(pause)
  }

  func watch(_ tenants: [TenantID]) async {
    watched = tenants
    await refresh?.watch(tenants)
  }

  func hurry(_ tenants: [TenantID]) async {
    if let refresh { await refresh.hurry(tenants) } else { await follow() }
  }

  private func own(_ pause: Duration) async {
    let refresh = AutoRefresh(
      engine: session.engine, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0...1) })
    self.refresh = refresh
    await refresh.watch(watched)
    await refresh.start()
    guard !isReadOnly else { return }
    doubt.yield()
    // Without a write whose outcome is not known, nothing wakes up.
    for await _ in doubts { await settle(pause) }
  }

  /// Looks at the open writes again and again until none is left.
  private func settle(_ pause: Duration) async {
    while !Task.isCancelled {
      let open = await session.engine.settleLeftovers()
      mailbox.post(.writesChanged(open))
      guard !open.isEmpty else { return }
      try? await Task.sleep(for: pause)
    }
  }

  /// A write ended with its outcome unknown: it is settled by reading as soon as its tenant answers.
  nonisolated func settleLater() { doubt.yield() }

  private func overviews() async -> [TenantOverview] {
    await session.engine.overviews(of: session.configuration.tenants)
  }

  /// Shows what the owner stored since the last look.
  private func follow() async {
    let now = await overviews()
    let changed = now.filter { seen[$0.id] != $0 }
    guard !changed.isEmpty else { return }
    mailbox.post(.tenantsChanged(changed))
    for overview in changed {
      let incidents = (try? await session.engine.cache.incidents(of: overview.id, includeClosed: true)) ?? []
      if !incidents.isEmpty { mailbox.post(.incidentsChanged(incidents)) }
      seen[overview.id] = overview
    }
  }
}
