package import FoundationEssentials
import GRDB
package import PartnerModel

/// A place in the queue: after the incident that it was made from.
package struct QueueCursor: Hashable, Sendable {
  fileprivate var pass: QueuePass
  fileprivate var riskOrder: Int
  fileprivate var createdOrder: Int64
  fileprivate var key: IncidentKey

  package init(after incident: IncidentSummary) {
    let isDated = incident.createdAt != nil
    pass =
      incident.waitsForSomebody
      ? isDated ? .waiting : .waitingUndated : isDated ? .inWork : .inWorkUndated
    riskOrder = incident.riskOrder
    createdOrder = incident.createdOrder
    key = incident.key
  }
}

/// The parts that the queue is read in: incidents that nobody has, severity by severity, then those in work. Within a
/// severity those of unknown age come last.
enum QueuePass: Int, Hashable, Sendable, CaseIterable {
  case waiting, waitingUndated, inWork, inWorkUndated

  var isWaiting: Bool { self == .waiting || self == .waitingUndated }
  private var isDated: Bool { self == .waiting || self == .inWork }

  /// Exactly the condition of the index `waiting`; what ``IncidentSummary/waitsForSomebody`` says of an open incident.
  static let waits = "status <> 'inProgress' AND status <> 'awaitingAction' AND coalesce(assignedTo, '') = ''"
  private var index: String { isWaiting ? "waiting" : "queue" }
  private var condition: String { isWaiting ? Self.waits : "NOT (\(Self.waits))" }

  /// Rows of one severity, the newest first; behind a place if `isBehind`. Its moment alone says where the index is
  /// entered: of three columns that are compared together it would be read from its beginning for every slice.
  func rows(isBehind: Bool) -> String {
    """
    SELECT \(SummaryRows.columns) FROM incidents INDEXED BY \(index) WHERE isOpen = 1 AND \(condition)
    AND riskOrder = ? AND createdAt \(!isDated ? "= \(Int64.max)" : isBehind ? "<= ?" : "< \(Int64.max)")
    \(isBehind ? isDated ? "AND (createdAt, tenantID, id) < (?, ?, ?)" : "AND (tenantID, id) < (?, ?)" : "")
    ORDER BY \(isDated ? "createdAt DESC, " : "")tenantID DESC, id DESC
    """
  }

  fileprivate func place(of cursor: QueueCursor) -> StatementArguments {
    let key: StatementArguments = [cursor.key.tenant.blob, cursor.key.id.rawValue]
    return isDated ? [cursor.createdOrder, cursor.createdOrder] + key : key
  }

  /// The next severity that has rows.
  var nextSeverity: String {
    """
    SELECT riskOrder FROM incidents INDEXED BY \(index) WHERE isOpen = 1\(isWaiting ? " AND \(Self.waits)" : "")
    AND riskOrder > ? ORDER BY riskOrder LIMIT 1
    """
  }

  /// The other pass over the same severity, or `nil` after both.
  var undated: QueuePass? {
    switch self {
    case .waiting: .waitingUndated
    case .inWork: .inWorkUndated
    case .waitingUndated, .inWorkUndated: nil
    }
  }
}

extension Cache {
  /// Open incidents of all tenants: those that nobody has before those in work, the most severe first, then the newest,
  /// read in order from their indexes.
  ///
  /// How much time is left is not in the file: within a severity, what has some is among the newest, and a list sorts it.
  /// An incident that moves between two calls can be met twice or not at all; ``apply(_:unreadable:unchanged:forgettingBefore:in:at:)``
  /// tells of it. Incidents of tenants that are not shown stay in the file and out of the queue.
  /// - Parameters:
  ///   - cursor: goes on after this place; `nil` from the first.
  ///   - limit: how many at most.
  ///   - most: how many at most while `mayComeFirst`.
  ///   - mayComeFirst: whether an incident may stand before others that were read already, by the time that it has left.
  package func openIncidents(
    after cursor: QueueCursor? = nil, limit: Int, most: Int = 0,
    mayComeFirst: (IncidentSummary) -> Bool = { _ in false }
  ) throws(StoreError) -> [IncidentSummary] {
    try read { db in
      var incidents: [IncidentSummary] = []
      incidents.reserveCapacity(min(limit, 10_000))
      /// Reads one severity; `false` when there are enough.
      func take(_ pass: QueuePass, _ riskOrder: Int, after cursor: QueueCursor?) throws -> Bool {
        let statement = try db.cachedStatement(sql: pass.rows(isBehind: cursor != nil))
        var arguments: StatementArguments = [riskOrder]
        if let cursor { arguments += pass.place(of: cursor) }
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
          if let shown, !shown.contains(try row.tenant(0)) { continue }
          let incident = try SummaryRows.summary(row)
          if incidents.count >= limit, incidents.count >= most || !mayComeFirst(incident) { return false }
          incidents.append(incident)
        }
        return true
      }
      for first in [QueuePass.waiting, .inWork] {
        var riskOrder = Int(Int32.min)
        if let cursor {
          if first.isWaiting, !cursor.pass.isWaiting { continue }
          if first.isWaiting == cursor.pass.isWaiting {
            riskOrder = cursor.riskOrder
            guard try take(cursor.pass, riskOrder, after: cursor) else { return incidents }
            if let undated = cursor.pass.undated {
              guard try take(undated, riskOrder, after: nil) else { return incidents }
            }
          }
        }
        let next = try db.cachedStatement(sql: first.nextSeverity)
        while let found = try Int.fetchOne(next, arguments: [riskOrder]) {
          riskOrder = found
          for pass in [first, first.undated].compactMap({ $0 }) {
            guard try take(pass, riskOrder, after: nil) else { return incidents }
          }
        }
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

  /// When the service last gave each of a tenant's incidents, alone or in a list.
  /// - Parameter moment: leaves out those that it gave no later than this.
  package func readTimes(
    of tenant: TenantID, after moment: Date?
  ) throws(StoreError) -> [IncidentID: Date] {
    try read { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT id, readAt FROM incidentDetails WHERE tenantID = ? AND readAt > ?"),
        arguments: [tenant.blob, moment?.microseconds ?? .min])
      var times: [IncidentID: Date] = [:]
      while let row = try rows.next() { times[IncidentID(try row.needed(0))] = try row.date(1) }
      return times
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
