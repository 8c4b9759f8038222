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
  private let transports: [LiveTransport]

  var selection: TenantSelection { TenantSelection(tenants: configuration.tenants) }

  /// Runs a command's work while the main thread waits for it and for Ctrl-C.
  static func use<Value: Sendable>(
    _ options: CommonOptions, _ work: @escaping @Sendable (PartnerSession) async throws -> Value
  ) throws -> SessionResult<Value> {
    try StandardStreams.requireOutput()
    let started = Date()
    return try SessionPlace.use(options) { place in
      let session = try open(
        place,
        report: { event in
          if case .warned(let message, _) = event { StandardStreams.say("partner-console: \(message)") }
        })
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
      return SessionResult(
        value: value, configuration: session.configuration, startedAt: started, endedAt: Date())
    }
  }

  /// Opens the stores and the clients; nothing is asked of the network.
  static func open(
    _ place: SessionPlace, report: @escaping @Sendable (EngineEvent) -> Void
  ) throws -> PartnerSession {
    let configuration = place.configuration
    let folder: StateFolder
    let journal: Journal
    let cache: Cache
    do throws(StoreError) {
      folder = try place.stateFolder()
      journal = try Journal.open(in: folder, waiting: .toldAndStoppable)
      cache = try openCache(
        in: folder, showing: Set(configuration.tenants.filter { !$0.isExcluded }.map(\.id)), report: report)
    } catch .cancelled {
      throw CommandError(.interrupted, "")
    } catch {
      throw CommandError(.nothingDone, error.description)
    }
    let ledger = SharedRequestLog(cache)
    var transports: [LiveTransport] = []
    func client(_ app: AppRegistration) throws(CommandError) -> PartnerContext {
      do throws(PartnerError) {
        let transport = try LiveTransport(for: app)
        let unread = transport.unreadProxyExceptions
        if !unread.isEmpty, transports.isEmpty {
          place.logger.warning("proxy exceptions", metadata: ["unread": "\(unread)"])
        }
        transports.append(transport)
        return PartnerContext(app: app, transport: transport, ledger: ledger, logger: place.logger)
      } catch {
        throw CommandError(.badConfiguration, "\(error.summary). \(error.nextAction)")
      }
    }
    let main = try client(configuration.app)
    let others = try configuration.apps.mapValues(client)
    let engine = PartnerEngine(
      configuration: configuration, journal: journal, cache: cache, mainContext: main, contexts: others,
      now: { Date() }, newID: { UUID().uuidString.lowercased() },
      report: report)
    return PartnerSession(
      configuration: configuration, engine: engine, folder: folder, logger: place.logger, transports: transports)
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
      try await engine.settleLeftovers(of: named, priority: .foreground)
    } catch {
      logger.warning("open writes could not be settled", metadata: ["reason": "\(error)"])
    }
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
