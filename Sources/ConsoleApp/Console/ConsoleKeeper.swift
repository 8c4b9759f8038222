import ConsoleCore
import Dispatch
import FoundationEssentials
import NcursesDriver
import PartnerModel
import PartnerOperations
import PartnerStore

/// Keeps an open console fresh: as the owner of the state folder it reads the tenants and settles writes; beside another
/// owner it follows what that one stores, and takes over when it ends.
///
/// A console that changes nothing never becomes the owner, so that it stands in nobody's way; while there is no owner it
/// reads the tenants by itself.
actor ConsoleKeeper {
  private enum Standing {
    case owner(StateLock)
    /// Nobody owns the folder, and this console does not or cannot.
    case guest
    case follower(reason: String)
  }

  /// Milliseconds that the end of a console may wait for what is under way.
  private static let patience = 300

  private let session: PartnerSession
  private let mailbox: Mailbox<Event>
  private var isReadOnly: Bool
  private let store: StoreWatch
  private let settler: Settler
  /// Open once changes of earlier runs are told, and what stands against new ones.
  nonisolated let gate = OpeningGate()
  private var lock: StateLock?
  private var refresh: AutoRefresh?
  /// Reads the customers' relationships with us, by their hour.
  private var relations: Task<Void, Never>?
  private var watched: [TenantID] = []
  private var isOver = false

  init(session: PartnerSession, mailbox: Mailbox<Event>, isReadOnly: Bool) {
    self.session = session
    self.mailbox = mailbox
    self.isReadOnly = isReadOnly
    store = StoreWatch(engine: session.engine)
    settler = Settler(
      engine: session.engine, pace: session.configuration.refresh.visible, sleep: { try await Task.sleep(for: $0) })
  }

  /// Opens what a request and a change need, then works until its task is cancelled; ``close()`` ends what is then still
  /// under way.
  /// - Throws: when the console may not go on without what cannot be opened.
  func run() async throws(CommandError) {
    try open()
    await store.look()
    var isFollowing = false
    while !Task.isCancelled, lock == nil {
      switch isFollowing ? standing() : await firstStanding() {
      case .owner(let lock):
        self.lock = lock
        if isFollowing { mailbox.post(.ownership(.owner)) }
        await read()
        await settler.doubt()
      case .guest:
        if isFollowing { mailbox.post(.ownership(.owner)) }
        isFollowing = false
        await read()
      case .follower(let reason):
        await refresh?.stop()
        refresh = nil
        relations?.cancel()
        relations = nil
        if !isFollowing { mailbox.post(.ownership(.readOnly(reason))) }
        isFollowing = true
        await store.look()
      }
      if lock == nil { try? await Task.sleep(for: .seconds(session.configuration.refresh.visible)) }
    }
  }

  /// What stands against changes, and which changes are open, is told before anybody is asked anything.
  private func open() throws(CommandError) {
    try session.prepareToAsk(
      waiting: OpeningWait(tell: { [mailbox] in mailbox.post(.noticed(Notice(.information, $0))) }))
    defer { gate.open() }
    let journal = session.engine.journal
    if case .readOnly(let error) = journal.mode {
      isReadOnly = true
      // It is opened once: what is mended meanwhile is found by the next start.
      mailbox.post(.unchangeable("\(error.description) Then start the console again"))
    }
    do throws(StoreError) {
      let pending = try journal.writes(.pending)
      if !pending.isEmpty { mailbox.post(.writesChanged(pending)) }
    } catch {
      mailbox.post(.noticed(Notice(.failure, "Whether writes are open is not known: \(error.description)")))
    }
  }

  /// A command may own the folder for a moment: only who still owns it after a second is another console.
  private func firstStanding() async -> Standing {
    for _ in 0..<4 {
      guard case .follower = standing() else { break }
      // Cut short when the console ends: then nobody asks for the answer any more.
      try? await Task.sleep(for: .milliseconds(250))
    }
    return standing()
  }

  func watch(_ tenants: [TenantID]) async {
    watched = tenants
    await refresh?.watch(tenants)
  }

  func hurry(_ tenants: [TenantID]) async {
    if let refresh { await refresh.hurry(tenants) } else { await store.look() }
  }

  /// A write ended with its outcome unknown: it is settled by reading as soon as its tenant answers.
  nonisolated func settleLater() { Task { await settler.doubt() } }

  /// Ends all work and every request; waits a moment for it, and no longer. What was written is durable, and the stores
  /// end with the process: tasks of this moment may still read them.
  nonisolated func close() {
    session.engine.prepareToEnd()
    let ended = DispatchSemaphore(value: 0)
    Task.detached { [self] in
      await stop()
      await session.disconnect()
      ended.signal()
    }
    _ = ended.wait(timeout: .now() + .milliseconds(Self.patience))
  }

  private func standing() -> Standing {
    do throws(StoreError) {
      guard isReadOnly else { return .owner(try StateLock.acquire(in: session.folder)) }
      try StateLock.requireFree(session.folder)
      return .guest
    } catch {
      // Where the lock cannot even be tried there is nobody to follow.
      if case .locked = error { return .follower(reason: error.what) }
      return .guest
    }
  }

  /// Reads the tenants from now on, and looks at the end of each read what other processes stored.
  private func read() async {
    guard refresh == nil, !isOver else { return }
    let pace = session.configuration.refresh.visible
    let refresh = AutoRefresh(
      engine: session.engine, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0...1) },
      onRead: { [store, settler, isReadOnly] in
        let hasOpenWrites = await store.look(atMostEvery: pace)
        if hasOpenWrites, !isReadOnly { await settler.doubt() }
      })
    self.refresh = refresh
    await refresh.watch(watched)
    await refresh.start()
    readRelations()
  }

  /// Reads the relationships now if that is due, and whenever it is again.
  private func readRelations() {
    guard session.engine.concernsRelations else { return }
    relations = Task.detached { [engine = session.engine] in
      while !Task.isCancelled {
        await engine.readRelations(ifDue: true)
        try? await Task.sleep(for: .seconds(PartnerEngine.relationPace / 6))
      }
    }
  }

  private func stop() async {
    isOver = true
    relations?.cancel()
    await refresh?.stop()
    await settler.stop()
    lock?.release()
  }
}
