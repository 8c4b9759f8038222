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
  let report: @Sendable (EngineEvent) -> Void
  /// Writes that this process is carrying through at the moment.
  let carried = Mutex<Set<WriteID>>([])
  private let tenants: [TenantID: Tenant]

  /// - Parameters:
  ///   - contexts: one for each further registration, by its name in the configuration.
  ///   - report: told of every change, from any thread.
  package init(
    configuration: Configuration, journal: Journal, cache: Cache, mainContext: PartnerContext,
    contexts: [String: PartnerContext], now: @escaping @Sendable () -> Date,
    newID: @escaping @Sendable () -> String, report: @escaping @Sendable (EngineEvent) -> Void
  ) {
    self.configuration = configuration
    self.journal = journal
    self.cache = cache
    self.mainContext = mainContext
    self.contexts = contexts
    self.now = now
    self.newID = newID
    self.report = report
    tenants = Dictionary(uniqueKeysWithValues: configuration.tenants.map { ($0.id, $0) })
  }

  package func tenant(_ id: TenantID) -> Tenant? { tenants[id] }

  /// The client that acts in `tenant`.
  func context(for tenant: Tenant) -> PartnerContext { tenant.app.flatMap { contexts[$0] } ?? mainContext }

  /// A tenant's row as it is now.
  package func overview(of tenant: Tenant) async -> TenantOverview {
    (try? await cache.overviews(for: [tenant]).first) ?? TenantOverview(tenant: tenant)
  }

  /// The rows of these tenants as they are now.
  package func overviews(of tenants: [Tenant]) async -> [TenantOverview] {
    (try? await cache.overviews(for: tenants)) ?? tenants.map { TenantOverview(tenant: $0) }
  }

  /// Tells how a tenant stands after something about it was stored.
  func reportTenant(_ tenant: Tenant) async { report(.tenantChanged(await overview(of: tenant))) }

  /// Stores something that can be read again; a cache that cannot be written stops nothing, but is told.
  func keep(_ tenant: TenantID?, _ body: () async throws -> Void) async {
    do { try await body() } catch { reportPaused(error, tenant) }
  }

  func reportPaused(_ error: any Error, _ tenant: TenantID?) { report(.warned("cache paused: \(error)", tenant)) }
}
