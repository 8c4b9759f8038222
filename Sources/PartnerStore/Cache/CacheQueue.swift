package import FoundationEssentials
import GRDB
package import PartnerModel

/// A place in the queue: after the incident that it was made from.
package struct QueueCursor: Hashable, Sendable {
  fileprivate var riskOrder: Int
  fileprivate var createdOrder: Int64
  fileprivate var key: IncidentKey

  package init(after incident: IncidentSummary) {
    riskOrder = incident.riskOrder
    createdOrder = incident.createdOrder
    key = incident.key
  }
}

extension Cache {
  /// Open incidents of all tenants: the most severe first, then the oldest, read in order from their own index.
  ///
  /// An incident that moves between two calls can be met twice or not at all; ``apply(_:unreadable:unchanged:forgettingBefore:in:at:)``
  /// tells of it. Incidents of tenants that are not shown stay in the file and out of the queue.
  /// - Parameters:
  ///   - cursor: goes on after this place; `nil` from the first.
  ///   - limit: how many at most.
  package func openIncidents(after cursor: QueueCursor? = nil, limit: Int) throws(StoreError) -> [IncidentSummary] {
    try read { db in
      let place = cursor == nil ? "" : "AND (riskOrder, createdAt, tenantID, id) > (?, ?, ?, ?)"
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(SummaryRows.columns) FROM incidents INDEXED BY queue WHERE isOpen = 1 \(place)
          ORDER BY riskOrder, createdAt, tenantID, id
          """)
      var arguments = StatementArguments()
      if let cursor {
        arguments += [cursor.riskOrder, cursor.createdOrder, cursor.key.tenant.blob, cursor.key.id.rawValue]
      }
      var incidents: [IncidentSummary] = []
      incidents.reserveCapacity(min(limit, 10_000))
      let rows = try Row.fetchCursor(statement, arguments: arguments)
      while incidents.count < limit, let row = try rows.next() {
        if let shown, !shown.contains(try row.tenant(0)) { continue }
        incidents.append(try SummaryRows.summary(row))
      }
      return incidents
    }
  }

  /// A tenant's incidents, in the order of their ids as text.
  /// - Parameters:
  ///   - includeClosed: resolved and redirected ones too.
  ///   - id: goes on after this one; `nil` from the first.
  package func incidents(
    of tenant: TenantID, includeClosed: Bool, after id: IncidentID? = nil, limit: Int = .max
  ) throws(StoreError) -> [IncidentSummary] {
    try read { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT \(SummaryRows.columns) FROM incidents
            WHERE tenantID = ? AND id > ? \(includeClosed ? "" : "AND isOpen = 1") ORDER BY id LIMIT ?
            """),
        arguments: [tenant.blob, id?.rawValue ?? "", limit])
      var incidents: [IncidentSummary] = []
      while let row = try rows.next() { incidents.append(try SummaryRows.summary(row)) }
      return incidents
    }
  }

  /// Incidents of the tenants that are shown which any process read at or after `moment`, changed or not.
  package func incidents(readSince moment: Date) throws(StoreError) -> [IncidentSummary] {
    try read { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT \(SummaryRows.columns) FROM incidentDetails AS d INDEXED BY incidentsByReading
            CROSS JOIN incidents USING (tenantID, id) WHERE d.readAt >= ?
            """), arguments: [moment.microseconds])
      var incidents: [IncidentSummary] = []
      while let row = try rows.next() {
        if let shown, !shown.contains(try row.tenant(0)) { continue }
        incidents.append(try SummaryRows.summary(row))
      }
      return incidents
    }
  }
}
