package import FoundationEssentials
import GRDB
package import PartnerModel

extension Cache {
  /// Draws the line under a reading of all that is open, and forgets what is older than the history.
  ///
  /// What is open here and was not listed is put down as in doubt, to be looked at by itself; see ``Absence``. Where the
  /// service denied it since it last gave it, it goes.
  /// - Parameters:
  ///   - listed: what the whole list gave, and whatever else was read since.
  ///   - forgettingBefore: closed incidents, and alerts of none that is kept, that last changed before it leave.
  /// - Returns: what went because the service does not have it any more.
  package func endOpenList(
    of tenant: TenantID, listed: Set<IncidentID>?, forgettingBefore: Date, at now: Date
  ) async throws(StoreError) -> [IncidentSummary] {
    try await writing { db in
      var gone: [IncidentSummary] = []
      let denied = Set(try AbsenceRows.all(of: tenant, db).filter { $0.signs > 0 }.map(\.key.id))
      let missing = try listed.map { listed in try Self.openIDs(of: tenant, db).filter { !listed.contains($0) } } ?? []
      for id in missing {
        let key = IncidentKey(tenant: tenant, id: id)
        if denied.contains(id), let old = try Self.remove(key, db) {
          gone.append(old)
        } else {
          try AbsenceRows.doubt(key, at: now, db)
        }
      }
      let moment = Timestamp(forgettingBefore)
      try db.cachedStatement(sql: "DELETE FROM incidents WHERE tenantID = ? AND isOpen = 0 AND updatedAt < ?")
        .execute(arguments: [tenant.blob, moment.ticks])
      try AlertRows.forget(of: tenant, before: moment, db)
      try UnrecordedRows.forget(of: tenant, before: forgettingBefore, db)
      return gone
    }
  }

  private static func openIDs(of tenant: TenantID, _ db: Database) throws -> [IncidentID] {
    var statement = try BoundStatement(
      "SELECT id FROM incidents INDEXED BY oldestOpen WHERE tenantID = ? AND isOpen = 1", db)
    statement.bind(tenant)
    var ids: [IncidentID] = []
    try statement.forEach(db) { ids.append(IncidentID(try $0.neededText(0))) }
    return ids
  }
}
