import FoundationEssentials
import PartnerContext
package import PartnerModel
package import PartnerStore

extension PartnerEngine {
  /// What the store has of an incident, at once.
  package func storedIncident(_ key: IncidentKey) async -> RememberedIncident? {
    (try? await cache.incident(key)) ?? nil
  }

  /// The known incidents of these tenants, the most severe first, then the oldest.
  package func incidents(
    of tenants: [Tenant], includeClosed: Bool
  ) async throws(StoreError) -> [IncidentSummary] {
    var found: [IncidentSummary] = []
    for tenant in tenants { found += try await cache.incidents(of: tenant.id, includeClosed: includeClosed) }
    return found.sorted { left, right in
      if left.severity.rank != right.severity.rank { return left.severity.rank > right.severity.rank }
      let created = (left.createdAt?.ticks ?? .max, right.createdAt?.ticks ?? .max)
      return created.0 == created.1 ? left.key < right.key : created.0 < created.1
    }
  }

  /// Reads an incident with its alerts from the service and keeps it.
  package func readIncident(
    _ key: IncidentKey, priority: RequestPriority = .foreground
  ) async throws(PartnerError) -> Incident {
    guard let tenant = tenant(key.tenant) else { throw PartnerError(.notFound, tenant: key.tenant, at: now()) }
    do throws(PartnerError) {
      let incident = try await context(for: tenant).getIncident(
        key.id, in: key.tenant, withAlerts: true, priority: priority)
      await keepIncident(incident)
      return incident
    } catch {
      await keepIdentity(of: tenant, after: error)
      await reportTenant(tenant)
      throw error
    }
  }

  /// Keeps an incident that the service just gave, and tells the lists.
  func keepIncident(_ incident: Incident) async {
    await keep(incident.tenant) {
      let change = try await cache.save(incident, readAt: now())
      if !change.changed.isEmpty { report(.incidentsChanged(change.changed)) }
    }
    if let tenant = tenant(incident.tenant) {
      await keepIdentity(of: tenant, after: nil)
      await reportTenant(tenant)
    }
  }
}
