package import FoundationEssentials
import GRDB
package import PartnerModel

// Where an incident and its alerts came from, and where they went.
extension Cache {
  /// When an incident was read for the first time since it is kept; `nil` when it is not kept.
  ///
  /// Of one that an older version kept: when it was read last by then.
  package func firstReading(of key: IncidentKey) async throws(StoreError) -> Date? {
    try await reading { db in
      try Row.fetchOne(
        db.cachedStatement(sql: "SELECT firstReadAt FROM incidentDetails WHERE tenantID = ? AND id = ?"),
        arguments: [key.tenant.blob, key.id.rawValue])?.date(0)
    }
  }

  /// The incidents that were merged into this one, as far as they are kept; those that were merged into those too.
  package func merged(into key: IncidentKey, limit: Int) async throws(StoreError) -> [IncidentID] {
    try await reading { db in
      var found: [IncidentID] = []
      var seen: Set<IncidentID> = [key.id]
      var targets = [key.id]
      while let target = targets.popLast(), found.count < limit {
        let rows = try Row.fetchAll(
          db.cachedStatement(
            sql: "SELECT id FROM incidents WHERE tenantID = ? AND redirectIncidentID = ? ORDER BY createdAt, id"),
          arguments: [key.tenant.blob, target.rawValue])
        for row in rows {
          let id = IncidentID(try row.needed(0))
          guard seen.insert(id).inserted else { continue }
          found.append(id)
          targets.append(id)
        }
      }
      return Array(found.prefix(limit))
    }
  }

  /// The incident that an alert is in; `nil` when it was not read.
  package func incident(ofAlert alert: String, in tenant: TenantID) async throws(StoreError) -> IncidentID? {
    try await reading { db in
      try Row.fetchOne(
        db.cachedStatement(sql: "SELECT incidentID FROM alerts WHERE tenantID = ? AND id = ? LIMIT 1"),
        arguments: [tenant.blob, alert])?.text(0).map { IncidentID($0) }
    }
  }
}
