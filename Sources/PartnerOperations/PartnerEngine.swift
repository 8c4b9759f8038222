package import FoundationEssentials
package import PartnerContext
package import PartnerModel
package import PartnerStore
import Synchronization

/// Works across tenants: what the console and the commands can do, they do through this.
package final class PartnerEngine: Sendable {
  package let configuration: Configuration
  package let journal: Journal
  package let cache: Cache
  let contexts: [String: PartnerContext]
  let mainContext: PartnerContext
  let now: @Sendable () -> Date
  let newID: @Sendable () -> String
  let sleep: @Sendable (Duration) async throws -> Void
  let report: @Sendable (EngineEvent) -> Void
  /// Gives a page to the operator's browser.
  let openBrowser: @Sendable (String) async -> BrowserOpening
  /// Writes that this process is carrying through at the moment.
  let carried = Mutex<Set<WriteID>>([])
  let isEnding = Mutex(false)
  /// What was told last of each tenant and write, to know what others changed since.
  let told = Mutex(Told())
  /// Lists of all that is open which were read to a part, by tenant.
  let openListings = Mutex<[TenantID: PageKeeper.OpenListing]>([:])
  private let tenants: [TenantID: Tenant]
  /// Tenants whose alerts were not yet read as far back as is wanted, and can be.
  let withMoreAlerts = Mutex<Set<TenantID>>([])
  /// The last one that puts changes on record, or did.
  let recording = Mutex<Task<Void, Never>?>(nil)
  private let failing = Mutex<Set<CacheUse>>([])

  struct Told {
    var rows: [TenantID: TenantOverview] = [:]
    var writes: [WriteID: WriteState] = [:]
  }

  /// What the stores may refuse to do while the rest of the program goes on.
  enum CacheUse { case reading, writing, history }

  /// - Parameters:
  ///   - contexts: one for each further registration, by its name in the configuration.
  ///   - report: told of every change, from any thread.
  package init(
    configuration: Configuration, journal: Journal, cache: Cache, mainContext: PartnerContext,
    contexts: [String: PartnerContext], now: @escaping @Sendable () -> Date,
    newID: @escaping @Sendable () -> String,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    openBrowser: @escaping @Sendable (String) async -> BrowserOpening = { _ in BrowserOpening() },
    report: @escaping @Sendable (EngineEvent) -> Void
  ) {
    self.configuration = configuration
    self.journal = journal
    self.cache = cache
    self.mainContext = mainContext
    self.contexts = contexts
    self.now = now
    self.newID = newID
    self.sleep = sleep
    self.report = report
    self.openBrowser = openBrowser
    tenants = Dictionary(uniqueKeysWithValues: configuration.tenants.map { ($0.id, $0) })
  }

  /// The program ends: requests that are cut from here on decide nothing about their writes.
  package func prepareToEnd() { isEnding.withLock { $0 = true } }

  package func tenant(_ id: TenantID) -> Tenant? { tenants[id] }

  /// The tenant behind `id`, if it may be asked anything.
  /// - Throws: `.notFound` when it is not configured, `.excluded`.
  func askable(_ id: TenantID) throws(PartnerError) -> Tenant {
    guard let tenant = tenants[id] else { throw PartnerError(.notFound, tenant: id, at: now()) }
    guard !tenant.isExcluded else { throw PartnerError(.excluded, tenant: id, at: now()) }
    return tenant
  }

  /// The client that acts in `tenant`.
  func context(for tenant: Tenant) -> PartnerContext { tenant.app.flatMap { contexts[$0] } ?? mainContext }

  // MARK: Credentials

  /// What is known of the credentials of the registration that acts in `tenant`.
  package func credentials(for tenant: Tenant) async -> AppCredentials {
    let context = context(for: tenant)
    await context.lookAtCertificates()
    return AppCredentials(app: tenant.app, standings: context.credentialStandings())
  }

  /// Reads the certificates of each registration that acts in one of `tenants`, so that their ends are known.
  package func lookAtCertificates(of tenants: [Tenant]) async {
    var apps: Set<String?> = []
    for tenant in tenants where !tenant.isExcluded && apps.insert(tenant.app).inserted {
      await context(for: tenant).lookAtCertificates()
    }
  }

  /// What this process knows of each registration's credentials by now, the main one's first; nothing is read for it.
  package func credentialsSoFar() -> [AppCredentials] {
    registrations.map { AppCredentials(app: $0, standings: $1.credentialStandings()) }
  }

  /// Tells how the credentials stand, now and whenever that changes, until its task is cancelled.
  package func followCredentials() async {
    await withTaskGroup(of: Void.self) { group in
      for (app, context) in registrations {
        group.addTask { [report] in
          await context.lookAtCertificates()
          for await standings in context.credentialChanges() {
            report(.credentialsChanged(AppCredentials(app: app, standings: standings)))
          }
        }
      }
    }
  }

  var registrations: [(app: String?, PartnerContext)] {
    [(nil, mainContext)] + contexts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: Rows

  /// The rows of these tenants as they are now; blank ones when the cache cannot be read, which is told.
  package func overviews(of tenants: [Tenant]) async -> [TenantOverview] {
    await storedOverviews(of: tenants) ?? tenants.map { TenantOverview(tenant: $0) }
  }

  /// `nil` when the cache cannot be read, which is told.
  func storedOverviews(of tenants: [Tenant]) async -> [TenantOverview]? {
    do throws(StoreError) {
      let overviews = try await cache.overviews(for: tenants)
      cacheWorked(.reading)
      return overviews.map(judged)
    } catch {
      cacheFailed(.reading, error)
      return nil
    }
  }

  /// A tenant's row as it is now; `nil` when the cache cannot be read, which is told.
  func storedOverview(of tenant: Tenant) async -> TenantOverview? { await storedTenant(tenant)?.row }

  /// What is kept of a tenant, in one look; `nil` when the cache cannot be read, which is told.
  func storedTenant(_ tenant: Tenant) async -> KeptTenant? {
    do throws(StoreError) {
      var kept = try await cache.kept(of: tenant)
      cacheWorked(.reading)
      kept.row = judged(kept.row)
      return kept
    } catch {
      cacheFailed(.reading, error)
      return nil
    }
  }

  /// The row as it stands by what the configuration asks today, and by the time that it is.
  package func judged(_ row: TenantOverview) -> TenantOverview {
    configuration.judged(row).judgingAccess(at: now())
  }

  func tell(_ row: TenantOverview) {
    told.withLock { $0.rows[row.id] = row }
    report(.tenantChanged(row))
  }

  func tell(_ write: IncidentWrite) {
    told.withLock { $0.writes[write.id] = write.state }
    report(.writeChanged(write))
  }

  /// Tells something that belongs to no answer.
  package func warn(_ message: String) { report(.warned(message, nil)) }

  // MARK: A cache that fails

  /// Stores something that can be read again; a cache that cannot be written stops nothing, but is told.
  func keep(_ body: () async throws -> Void) async {
    do {
      try await body()
      cacheWorked(.writing)
    } catch {
      cacheFailed(.writing, error)
    }
  }

  /// Said once, not at every read of every tenant.
  func cacheFailed(_ use: CacheUse, _ error: any Error) {
    guard failing.withLock({ $0.insert(use).inserted }) else { return }
    let what =
      switch use {
      case .reading: "cache cannot be read"
      case .writing: "cache paused"
      case .history: "changes of incidents are not put on record"
      }
    report(.warned("\(what): \(error)", nil))
  }

  func cacheWorked(_ use: CacheUse) {
    guard failing.withLock({ $0.remove(use) != nil }) else { return }
    let what =
      switch use {
      case .reading: "the cache can be read again"
      case .writing: "the cache is kept again"
      case .history: "changes of incidents are put on record again"
      }
    report(.warned(what, nil))
  }
}
