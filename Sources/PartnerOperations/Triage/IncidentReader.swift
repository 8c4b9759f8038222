package import FoundationEssentials
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

  /// When each of these incidents was last known to be as it is told: when its tenant was read to the end, or when the
  /// service gave it since, alone or in a list that failed on a later page.
  package func readTimes(
    of incidents: [IncidentSummary], in overviews: [TenantOverview]
  ) async throws(StoreError) -> [IncidentKey: Date] {
    var times: [IncidentKey: Date] = [:]
    for (tenant, incidents) in Dictionary(grouping: incidents, by: \.key.tenant) {
      let readToEnd = overviews.first { $0.id == tenant }?.sync.lastSuccess
      let since = try await cache.readTimes(of: tenant, after: readToEnd)
      for incident in incidents { times[incident.key] = since[incident.key.id] ?? readToEnd }
    }
    return times
  }

  /// Reads an incident with its alerts from the service and keeps it.
  ///
  /// One 404 takes nothing out of the store; see ``judged(_:of:in:priority:)``.
  package func readIncident(
    _ key: IncidentKey, priority: RequestPriority = .foreground
  ) async throws(PartnerError) -> Incident {
    try await readIncident(key, in: try askable(key.tenant), withAlerts: true, priority: priority)
  }

  /// The same, as often as `patience` allows where the service names a time.
  package func readIncident(
    _ key: IncidentKey, patience: Patience,
    sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) async throws(PartnerError) -> Incident {
    let tenant = try askable(key.tenant)
    let result = await patience.repeating(in: tenant, now: now, sleep: sleep) {
      () async -> (Result<Incident, PartnerError>, failure: PartnerError?) in
      do throws(PartnerError) {
        let incident = try await readIncident(key, in: tenant, withAlerts: true, priority: .foreground)
        return (.success(incident), nil)
      } catch {
        return (.failure(error), error)
      }
    }
    return try result.get()
  }

  func readIncident(
    _ key: IncidentKey, in tenant: Tenant, withAlerts: Bool, priority: RequestPriority
  ) async throws(PartnerError) -> Incident {
    if let row = await storedOverview(of: tenant) { await heed(row) }
    do throws(PartnerError) {
      let incident = try await context(for: tenant).getIncident(
        key.id, in: tenant.id, withAlerts: withAlerts, priority: priority)
      await keepIncident(incident)
      return incident
    } catch {
      let told = await judged(error, of: key, in: tenant, priority: priority)
      await keepIdentity(of: tenant, after: error)
      throw told
    }
  }

  /// What a failed reading means for the incident.
  ///
  /// A service answers 404 in passing for what it has. So the first one leaves the incident as it is; it leaves the store
  /// when a later one comes and the list does not give it either, or when a list that was read whole lacks it.
  private func judged(
    _ error: PartnerError, of key: IncidentKey, in tenant: Tenant, priority: RequestPriority
  ) async -> PartnerError {
    guard error.cause == .notFound else { return error }
    // A gateway's 404 carries no code: it is no word of the service's.
    let signs = error.error == nil ? 0 : (try? await cache.noteAbsence(of: key, at: now())) ?? 1
    guard let known = await storedIncident(key)?.summary else { return error }
    if signs > 1, await isMissing(known, in: tenant, priority: priority) {
      await forget(key)
      return error
    }
    var passing = error
    passing.cause = .absentJustNow
    return passing
  }

  /// Whether the list does not give it any more, which only a whole answer proves.
  private func isMissing(_ known: IncidentSummary, in tenant: Tenant, priority: RequestPriority) async -> Bool {
    guard let changed = known.updatedAt else { return true }
    let isListed = try? await context(for: tenant).lists(
      known.key.id, changedAt: changed, in: tenant.id, priority: priority)
    return isListed == false
  }

  /// Whether the service denied an incident more than once since it last gave it.
  func isDeniedAgain(_ key: IncidentKey) async -> Bool {
    guard let absence = try? await cache.absences(of: key.tenant).first(where: { $0.key == key }) else { return false }
    return absence.signs > 1
  }

  /// Seconds after a 404 before it is looked again by itself, and how many in one read of the tenant.
  private static let secondLook: TimeInterval = 300
  private static let secondLooks = 2

  /// Looks a second time for the incidents that the service denied, after a read of their tenant's list.
  /// - Parameters:
  ///   - listed: what the list gave.
  ///   - from: the change time from which on it was read whole; `nil` when it was not.
  func lookAgain(
    for absences: [Absence], listed: Set<IncidentID>, wholeFrom: Timestamp?, in tenant: Tenant,
    priority: RequestPriority
  ) async {
    var looks = 0
    for absence in absences where !listed.contains(absence.key.id) {
      guard let known = absence.known else { continue }
      if let wholeFrom, let changed = known.updatedAt, changed >= wholeFrom {
        await forget(absence.key)
      } else if abs(now().timeIntervalSince(absence.at)) >= Self.secondLook, looks < Self.secondLooks {
        looks += 1
        _ = try? await readIncident(absence.key, in: tenant, withAlerts: false, priority: priority)
      }
    }
  }

  /// Keeps an incident that the service just gave, and tells the lists.
  func keepIncident(_ incident: Incident) async {
    let now = now()
    do throws(StoreError) {
      let change = try await cache.save(incident, readAt: now)
      cacheWorked(.writing)
      if change.hasUnrecorded { await putChangesOnRecord() }
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
      gone.status = .gone
      report(.incidentsChanged([gone]))
    }
  }
}
