package import PartnerModel
package import PartnerStore

extension PartnerEngine {
  /// Incidents that became one with another and are told with it.
  private static let mostMerged = 50

  /// What is on record of an incident, with what is on record of those that were merged into it, or that it was merged
  /// into: their changes and writes carry their own keys.
  package func history(of key: IncidentKey) async throws(StoreError) -> IncidentHistory {
    await putChangesOnRecord()
    let sources = try await cache.merged(into: key, limit: Self.mostMerged)
    let targets = try await targets(of: key)
    let keys = ([key.id] + targets + sources).map { IncidentKey(tenant: key.tenant, id: $0) }
    var history = IncidentHistory(
      knownSince: try await cache.firstReading(of: key), changes: try await journal.observedChanges(of: keys))
    for key in keys { history.writes += try await journal.writes(.on(key)) }
    history.writes.sort { $0.intendedAt < $1.intendedAt }
    for id in sources { history.mergedFrom.append(try await merged(IncidentKey(tenant: key.tenant, id: id))) }
    for id in targets { history.mergedInto.append(try await merged(IncidentKey(tenant: key.tenant, id: id))) }
    return history
  }

  /// Where an incident leads to: the one that it was merged into, then the one that was merged into.
  private func targets(of key: IncidentKey) async throws(StoreError) -> [IncidentID] {
    var targets: [IncidentID] = []
    var last = key
    while targets.count < Self.mostMerged,
      let next = try await cache.summaries(of: last.id, in: [last.tenant]).first?.redirectIncidentID,
      next != key.id, !targets.contains(next)
    {
      targets.append(next)
      last = IncidentKey(tenant: key.tenant, id: next)
    }
    return targets
  }

  private func merged(_ key: IncidentKey) async throws(StoreError) -> MergedIncident {
    let kept = try await cache.incident(key)?.incident
    return MergedIncident(id: key.id, displayName: kept?.displayName, comments: kept?.comments ?? [])
  }

  /// The last entries of the journal, the newest first.
  /// - Parameter tenants: only those of these; `nil` for all, with those of no tenant.
  package func record(of tenants: [Tenant]?, limit: Int) async throws(StoreError) -> EntryListing {
    await putChangesOnRecord()
    return try await journal.newestEntries(of: tenants.map { Set($0.map(\.id)) }, limit: limit)
  }
}
