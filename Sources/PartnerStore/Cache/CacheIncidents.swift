package import FoundationEssentials
import GRDB
package import PartnerModel

/// What a change of the cache means for those who show it.
package struct CacheChange: Hashable, Sendable {
  /// Incidents that are new or not as before.
  package var changed: [IncidentSummary]
  /// The tenant's counters after the change.
  package var counts: IncidentCounts

  package init(changed: [IncidentSummary], counts: IncidentCounts) {
    self.changed = changed
    self.counts = counts
  }
}

/// An incident as it is remembered.
package struct RememberedIncident: Hashable, Sendable {
  /// With `alerts` when they were ever read.
  package var incident: Incident
  package var summary: IncidentSummary
  /// When the service last gave it, alone or in a list.
  package var readAt: Date
  /// When its alerts were read; `nil` when never.
  package var alertsReadAt: Date?
}

extension Cache {
  /// Keeps a page of incidents, all or nothing.
  ///
  /// A version older than the one that is kept changes nothing; alerts that are kept stay until they are read again.
  /// - Throws: `.foreignTenant`; `.diskFull`, `.readOnly`, `.busy`, `.corrupt`: then nothing of the page was kept.
  @discardableResult
  package func apply(
    _ incidents: [Incident], in tenant: TenantID, at now: Date
  ) throws(StoreError) -> CacheChange {
    try keep(incidents, in: tenant, at: now, isWholeTenant: true)
  }

  /// Keeps one incident as read by itself, with its alerts if it has them.
  /// - Throws: as ``apply(_:in:at:)``.
  @discardableResult
  package func save(_ incident: Incident, readAt: Date) throws(StoreError) -> CacheChange {
    try keep([incident], in: incident.tenant, at: readAt, isWholeTenant: false)
  }

  private func keep(
    _ incidents: [Incident], in tenant: TenantID, at now: Date, isWholeTenant: Bool
  ) throws(StoreError) -> CacheChange {
    if let foreign = incidents.first(where: { $0.tenant != tenant }) {
      throw .foreignTenant(foreign.tenant, expected: tenant)
    }
    return try write { db in
      var counts = try IncidentCounts.load(tenant, db)
      var changed: [IncidentSummary] = []
      for incident in incidents {
        let old = try SummaryRows.load(incident.key, db)
        if let seen = incident.updatedAt, let kept = old?.updatedAt, seen < kept { continue }
        var new = IncidentSummary(
          incident, acknowledgedAt: old?.acknowledgedAt ?? Self.acknowledgement(of: incident, at: now),
          alertCount: old?.alertCount)
        new.displayName = new.displayName.withoutNUL
        new.assignedTo = new.assignedTo?.withoutNUL
        new.webURL = new.webURL?.withoutNUL
        if new != old {
          try SummaryRows.save(new, hasName: incident.displayName != nil, isNew: old == nil, db)
          if let old { counts.count(old, -1) }
          counts.count(new, 1)
          changed.append(new)
        }
        try DetailRows.save(incident, at: now, isNew: old == nil, db)
      }
      if !changed.isEmpty || isWholeTenant { try counts.save(tenant, areKnown: isWholeTenant, db) }
      return CacheChange(changed: changed, counts: counts)
    }
  }

  /// When somebody took it, as far as we know: the moment of the version in which that was first seen.
  private static func acknowledgement(of incident: Incident, at now: Date) -> Timestamp? {
    guard ![.active, .unknown].contains(incident.status) || !(incident.assignedTo ?? "").isEmpty else { return nil }
    return incident.updatedAt ?? incident.createdAt ?? Timestamp(now)
  }

  /// What the lists know of one incident.
  package func summary(_ key: IncidentKey) throws(StoreError) -> IncidentSummary? {
    try read { db in try SummaryRows.load(key, db) }
  }

  /// The whole incident as last read, with its alerts and evidence when they were read.
  package func incident(_ key: IncidentKey) throws(StoreError) -> RememberedIncident? {
    try read { db in try DetailRows.load(key, db) }
  }
}
