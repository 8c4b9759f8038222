import FoundationEssentials
import PartnerContext
package import PartnerModel
package import PartnerStore

extension PartnerEngine {
  /// What the store has of an incident, at once.
  package func storedIncident(_ key: IncidentKey) async -> RememberedIncident? {
    (try? await cache.incident(key)) ?? nil
  }

  /// The known incidents of these tenants, the most severe first, then the oldest; none of excluded tenants.
  package func incidents(
    of tenants: [Tenant], includeClosed: Bool
  ) async throws(StoreError) -> [IncidentSummary] {
    var found: [IncidentSummary] = []
    for tenant in tenants where !tenant.isExcluded {
      found += try await cache.incidents(of: tenant.id, includeClosed: includeClosed)
    }
    return found.sorted { left, right in
      if left.severity.order != right.severity.order { return left.severity.order < right.severity.order }
      let created = (left.createdAt?.ticks ?? .max, right.createdAt?.ticks ?? .max)
      return created.0 == created.1 ? left.key < right.key : created.0 < created.1
    }
  }

  /// Reads an incident with its alerts from the service and keeps it; one that the service does not have any more leaves
  /// the store.
  package func readIncident(
    _ key: IncidentKey, priority: RequestPriority = .foreground
  ) async throws(PartnerError) -> Incident {
    try await readIncident(key, in: try askable(key.tenant), withAlerts: true, priority: priority)
  }

  func readIncident(
    _ key: IncidentKey, in tenant: Tenant, withAlerts: Bool, priority: RequestPriority
  ) async throws(PartnerError) -> Incident {
    do throws(PartnerError) {
      let incident = try await context(for: tenant).getIncident(
        key.id, in: tenant.id, withAlerts: withAlerts, priority: priority)
      await keepIncident(incident)
      return incident
    } catch {
      if error.saysThatItIsGone { await forget(key) }
      await keepIdentity(of: tenant, after: error)
      throw error
    }
  }

  /// Keeps an incident that the service just gave, and tells the lists.
  func keepIncident(_ incident: Incident) async {
    let now = now()
    do throws(StoreError) {
      let change = try await cache.save(incident, readAt: now)
      cacheWorked(.writing)
      if !change.changed.isEmpty { report(.incidentsChanged(change.changed)) }
    } catch {
      cacheFailed(.writing, error)
      let summaries = await cache.summaries(of: [incident], at: now)
      if !summaries.isEmpty { report(.incidentsChanged(summaries)) }
    }
    if let tenant = tenant(incident.tenant) { await keepIdentity(of: tenant, after: nil) }
  }

  private func forget(_ key: IncidentKey) async {
    await keep {
      guard var gone = try await cache.remove(key) else { return }
      // The service has no word for what it does not have; lists drop what is closed.
      gone.status = .resolved
      report(.incidentsChanged([gone]))
    }
  }
}

extension PartnerError {
  /// The service itself said that it has no such incident; a gateway's 404 carries no code.
  var saysThatItIsGone: Bool { cause == .notFound && error != nil }
}
