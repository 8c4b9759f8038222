package import FoundationEssentials
import GRDB
package import PartnerModel

/// What is kept of a tenant besides its incidents, as one look finds it.
package struct KeptTenant: Hashable, Sendable {
  package var row: TenantOverview
  /// Where the next read goes on, as it was saved.
  package var cursor: String?
  /// The same of its alerts.
  package var alertCursor: String?
  /// Its incidents with a 404 on record.
  package var absences: [Absence]
}

/// What came of a change of a tenant.
package struct TenantChange: Hashable, Sendable {
  package var before: TenantOverview
  /// As it is kept now.
  package var after: TenantOverview
  /// Incidents that are new or not as before.
  package var changed: [IncidentSummary]
  /// See ``CacheChange/hasUnrecorded``.
  package var hasUnrecorded: Bool
}

extension Cache {
  /// What is kept of a tenant, in one look, away from the caller's thread.
  ///
  /// It stands among what is written at the same time: there the pages are in memory already, while a look from the side
  /// has to get them anew after each change.
  package func kept(of tenant: Tenant) async throws(StoreError) -> KeptTenant {
    do throws(StoreError) {
      return try await writing { db in try TenantRows.kept(of: tenant, db).tenant }
    } catch {
      // What cannot be written at the moment can perhaps be read.
      return try await reading { db in try TenantRows.kept(of: tenant, db).tenant }
    }
  }

  /// Keeps pages of one reading, in their order, all or nothing and away from the caller's thread; see
  /// ``apply(_:unreadable:unchanged:forgettingBefore:in:at:)``.
  package func apply(_ pages: [KeptPage], of tenant: TenantID) async throws(StoreError) -> CacheChange {
    try await writing(isLarge: pages.isLarge) { db in try Self.apply(pages, of: tenant, db) }
  }

  /// Keeps what a tenant's reading came to, all or nothing: its last pages, and how the tenant stands now.
  ///
  /// A token's state and a consent stay as they are kept where those were told later.
  /// - Parameters:
  ///   - pages: those that are not kept yet, in their order.
  ///   - cursor: where the next read goes on, opaque; `nil` leaves the one that is kept.
  ///   - alertCursor: the same of its alerts.
  ///   - change: turns what is kept into what shall be; may be called more than once. It is told how many of the
  ///     tenant's items could not be read, where there are pages.
  /// - Throws: as ``apply(_:unreadable:unchanged:forgettingBefore:in:at:)``.
  package func change(
    _ tenant: Tenant, pages: [KeptPage] = [], cursor: String? = nil, alertCursor: String? = nil, at now: Date,
    _ change: @escaping @Sendable (inout TenantOverview, _ unreadable: Int?) -> Void
  ) async throws(StoreError) -> TenantChange {
    try await writing(isLarge: pages.isLarge) { db in
      var found = try TenantRows.kept(of: tenant, db)
      var applied: CacheChange?
      var unreadable = pages.isEmpty ? nil : 0
      // A page that brought nothing changes nothing, unless there is something that it may put an end to.
      let mayEnd = found.hasUnreadable || !found.tenant.absences.isEmpty
      if pages.contains(where: { !$0.isEmpty || mayEnd }) {
        let change = try Self.apply(pages, of: tenant.id, db)
        (applied, unreadable) = (change, change.unreadable)
        found = try TenantRows.kept(of: tenant, db)
      }
      let before = found.tenant.row
      var after = before
      change(&after, unreadable)
      try TenantRows.replace(
        before, with: &after, cursor: cursor == found.tenant.cursor ? nil : cursor,
        alertCursor: alertCursor == found.tenant.alertCursor ? nil : alertCursor, isNew: !found.isThere, at: now, db)
      var changed = applied?.changed ?? []
      let (alerts, alertsBefore) = (after.sync.alerts, before.sync.alerts)
      if let start = alerts?.coversFrom, alerts?.error == nil,
        alertsBefore?.coversFrom == nil || alertsBefore?.error != nil
      {
        let counted = try AlertCoverage.begin(from: start, in: tenant.id, db)
        let again = Set(counted.map(\.key))
        changed.removeAll { again.contains($0.key) }
        changed += counted
      }
      return TenantChange(
        before: before, after: after, changed: changed, hasUnrecorded: applied?.hasUnrecorded ?? false)
    }
  }
}

extension [KeptPage] {
  /// Whether they hold as much as a service gives at a time.
  fileprivate var isLarge: Bool { reduce(0) { $0 + $1.incidents.count + $1.alerts.count } >= 50 }
}
