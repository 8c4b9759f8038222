import CSignals
import FoundationEssentials
import Glibc
import Logging
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore

/// What a command or the console works with, lent for the time of its work.
struct PartnerSession: Sendable {
  let configuration: Configuration
  let engine: PartnerEngine
  let folder: StateFolder
  let logger: Logger
  private let transports: [DeferredTransport]
  private let lab: LabChild?

  var selection: TenantSelection { TenantSelection(tenants: configuration.tenants) }

  /// Runs a command's work while the main thread waits for it and for Ctrl-C.
  /// - Parameter beginsWithStore: for work that may end with what the store knows, and calls ``prepareToAsk()`` before it
  ///   asks anybody.
  static func use<Value: Sendable>(
    _ options: CommonOptions, beginsWithStore: Bool = false,
    _ work: @escaping @Sendable (PartnerSession) async throws -> Value
  ) throws -> SessionResult<Value> {
    try StandardStreams.requireOutput()
    // Before there are other threads: each would take memory of its own, page by page.
    console_share_memory_arenas()
    let started = Date()
    return try SessionPlace.use(options) { place in
      let session = try open(
        place,
        report: { event in
          if case .warned(let message, _) = event { StandardStreams.say("partner-console: \(message)") }
        })
      if !beginsWithStore { try session.prepareToAsk(waiting: .toldAndStoppable) }
      if let aside = session.engine.cache.setAside {
        StandardStreams.say("partner-console: the cache was damaged and is rebuilt; the old one is \(aside).")
      }
      let value = try Blocking.run {
        do {
          let value = try await work(session)
          await session.close()
          return value
        } catch {
          await session.close()
          throw error
        }
      }
      CredentialNotice.tellWarnings(session.engine.credentialsSoFar(), at: Date())
      return SessionResult(
        value: value, configuration: session.configuration, startedAt: started, endedAt: Date())
    }
  }

  /// Opens the cache, which is enough to show and to print what is known. The journal and the clients are only named:
  /// ``prepareToAsk(waiting:)`` opens them.
  static func open(
    _ place: SessionPlace, report: @escaping @Sendable (EngineEvent) -> Void
  ) throws -> PartnerSession {
    let configuration = place.configuration
    let folder: StateFolder
    let cache: Cache
    do throws(StoreError) {
      folder = try place.stateFolder()
      cache = try openCache(
        in: folder, showing: Set(configuration.tenants.filter { !$0.isExcluded }.map(\.id)), report: report)
    } catch {
      throw commandError(error)
    }
    let ledger = SharedRequestLog(cache)
    var transports: [DeferredTransport] = []
    func client(_ app: AppRegistration, _ name: String?) -> PartnerContext {
      let transport = DeferredTransport(for: app)
      transports.append(transport)
      return PartnerContext(
        app: app, people: people(of: app, named: name, place, folder), transport: transport, ledger: ledger,
        logger: place.logger)
    }
    let main = client(configuration.app, nil)
    let others = Dictionary(uniqueKeysWithValues: configuration.apps.map { ($0.key, client($0.value, $0.key)) })
    let browser = SignInBrowser(
      authorities: Set(([configuration.app] + configuration.apps.values).map(\.endpoints.authority)),
      environment: SessionPlace.environment)
    let engine = PartnerEngine(
      configuration: configuration, journal: Journal(in: folder), cache: cache, mainContext: main, contexts: others,
      now: { Date() }, newID: { UUID().uuidString.lowercased() },
      openBrowser: browser.open, report: report)
    return PartnerSession(
      configuration: configuration, engine: engine, folder: folder, logger: place.logger, transports: transports,
      lab: place.lab)
  }

  /// Where a person acts by a registration. Also where none does: an earlier configuration may have left a sign-in, which
  /// signing out forgets.
  private static func people(
    of app: AppRegistration, named name: String?, _ place: SessionPlace, _ folder: StateFolder
  ) -> PeopleAccess {
    let configuration = place.configuration
    var tenants = Set(configuration.tenants.filter { $0.app == name && $0.context == .user }.map(\.id))
    // At home it is read what our people may do elsewhere, unless the home is looked after as a tenant itself.
    if !tenants.isEmpty, !configuration.tenants.contains(where: { $0.id == app.homeTenant }) {
      tenants.insert(app.homeTenant)
    }
    let stores = SignInStores(
      name: SignInName(authority: app.endpoints.authority.description, clientID: app.clientID), folder: folder.path,
      environment: SessionPlace.environment, isInteractive: isatty(STDIN_FILENO) == 1)
    // A demo's sign-in ends with its lab.
    let policy = place.temporary == nil ? configuration.signIn : SignInPolicy(store: SignInPolicy.Store.none)
    return PeopleAccess(
      tenants: tenants,
      keeper: SignInKeeper(
        lock: SignInLock(folder: folder.path),
        choose: {
          let choice = await stores.choose(policy)
          return SignInKeeper.Place(choice.store, reason: choice.reason)
        },
        others: { place.temporary == nil ? await stores.reachable(policy) : [] }))
  }

  /// Opens what is needed before anybody is asked anything or anything is changed: the journal, then the clients; a
  /// demo's lab has to serve by then.
  /// - Throws: `CommandError` when it may not be gone on without one of them.
  func prepareToAsk(waiting: OpeningWait = .told) throws(CommandError) {
    do throws(StoreError) { try engine.journal.open(waiting: waiting) } catch { throw Self.commandError(error) }
    try lab?.waitUntilReady()
    prepareMemory()
    for (index, transport) in transports.enumerated() {
      do throws(PartnerError) {
        let unread = try transport.open()?.unreadProxyExceptions ?? ""
        if index == 0, !unread.isEmpty { logger.warning("proxy exceptions", metadata: ["unread": "\(unread)"]) }
      } catch {
        // The machine's fault, and not the configuration's.
        let status: ExitStatus = if case .httpLibrary = error.cause { .nothingDone } else { .badConfiguration }
        throw CommandError(status, "\(error.summary). \(error.nextAction)")
      }
    }
  }

  /// Makes the memory that secrets rest in, and tells once, now or later, if it cannot be locked; work goes on.
  private func prepareMemory() {
    let (engine, logger) = (engine, logger)
    LockedMemory.process.whenUnlocked { failure in
      logger.warning("memory not locked", metadata: ["code": "\(failure.code)"])
      engine.warn("\(failure)")
    }
    LockedMemory.process.prepare()
  }

  private static func commandError(_ error: StoreError) -> CommandError {
    if case .cancelled = error { return CommandError(.interrupted, "") }
    return CommandError(.nothingDone, error.description)
  }

  /// A cache that cannot be kept on disk is kept in memory, from what can still be read on: what is shown stays right,
  /// and is only not remembered.
  private static func openCache(
    in folder: StateFolder, showing: Set<TenantID>, report: @Sendable (EngineEvent) -> Void
  ) throws(StoreError) -> Cache {
    do throws(StoreError) {
      return try Cache.open(in: folder, showing: showing, now: Date(), waiting: .toldAndStoppable)
    } catch {
      switch error {
      case .diskFull, .readOnly, .unavailable, .failed, .busy:
        report(.warned("cache paused: \(error)", nil))
        return try Cache.inMemory(copying: folder, showing: showing)
      default: throw error
      }
    }
  }

  /// Settles the writes that an earlier run left open in these tenants, unless another process owns the state folder and
  /// does so.
  ///
  /// Where none is open nobody is asked anything. For a command that works without a console.
  func settleIfOwner(_ tenants: [TenantID]) async {
    let named = Set(tenants)
    guard engine.journal.mode == .readWrite, let pending = try? await engine.journal.writes(.pending),
      pending.contains(where: { named.contains($0.key.tenant) }), let lock = try? StateLock.acquire(in: folder)
    else { return }
    defer { lock.release() }
    do throws(StoreError) {
      let open = await judged(pending.filter { named.contains($0.key.tenant) })
      try await engine.settleLeftovers(of: named, priority: .foreground)
      for (write, isLeft) in open { await tellEnd(of: write, isLeft: isLeft) }
    } catch {
      logger.warning("open writes could not be settled", metadata: ["reason": "\(error)"])
    }
  }

  /// Settles what is not known of earlier writes on an incident that is looked at, and tells what came of it.
  func settle(_ key: IncidentKey) async {
    guard engine.journal.mode == .readWrite, let known = try? await engine.journal.writes(.on(key)) else { return }
    let pending = known.filter(\.state.isPending)
    if pending.isEmpty { return }
    let open = await judged(pending)
    await engine.settle(key)
    for (write, isLeft) in open { await tellEnd(of: write, isLeft: isLeft) }
  }

  /// Each with whether an earlier run left it behind, which can be seen only before it is settled.
  private func judged(_ writes: [IncidentWrite]) async -> [(IncidentWrite, isLeft: Bool)] {
    var judged: [(IncidentWrite, isLeft: Bool)] = []
    for write in writes { judged.append((write, await engine.isLeftBehind(write))) }
    return judged
  }

  /// What was meant in an earlier run is told with what came of it, so that nothing that was typed is lost; what another
  /// run is at, only while it is.
  private func tellEnd(of open: IncidentWrite, isLeft: Bool) async {
    guard let write = try? await engine.journal.writes(.one(open.id)).first, isLeft || write.state.isPending else {
      return
    }
    let tenant = configuration.tenants.first { $0.id == write.key.tenant }?.name ?? write.key.tenant.rawValue
    let name = "\(tenant) #\(write.key.id.rawValue)"
    let words = ActionOutput.words(write.action)
    guard isLeft else {
      StandardStreams.say("\(name): \(words): another partner-console that runs now is at it.")
      return
    }
    let end =
      switch write.state {
      case .confirmed: "is in effect."
      case .failed: "was not made. \(write.problem?.nextAction ?? "")"
      default: "is not known to be in effect yet."
      }
    StandardStreams.say("\(name): of an earlier run, \(words): it \(end)")
  }

  /// Ends every request. The stores stay open.
  func disconnect() async {
    for transport in transports { await transport.shutDown() }
  }

  /// Only when no task uses the session any more: a store that is closed under a read takes the process with it.
  func close() async {
    await disconnect()
    engine.cache.close()
    engine.journal.close()
  }
}

/// What a command's work came to, with what is needed to print it.
struct SessionResult<Value> {
  var value: Value
  var configuration: Configuration
  var startedAt: Date
  var endedAt: Date

  func with<Other>(_ value: Other) -> SessionResult<Other> {
    SessionResult<Other>(value: value, configuration: configuration, startedAt: startedAt, endedAt: endedAt)
  }
}
