import GRDB
import PartnerModel

// A tenant's counters are kept beside it and moved with each change: to count a hundred thousand rows at every start
// would cost more than all the rest of it.

extension IncidentCounts {
  static let columns = "high, medium, low, informational, open, unassignedHigh, oldest, oldestDigits"

  init(_ row: BoundRow, at first: Int32) throws {
    self.init(
      high: try row.int(first), medium: try row.int(first + 1), low: try row.int(first + 2),
      informational: try row.int(first + 3), open: try row.int(first + 4), unassignedHigh: try row.int(first + 5),
      oldest: try row.timestamp(first + 6))
  }

  /// Counts one incident in (`1`) or out (`-1`).
  mutating func count(_ incident: IncidentSummary, _ step: Int) {
    guard incident.status.isOpen else { return }
    open += step
    switch incident.severity {
    case .high:
      high += step
      if (incident.assignedTo ?? "").isEmpty { unassignedHigh += step }
    case .medium: medium += step
    case .low: low += step
    case .informational: informational += step
    case .unknown, .unrecognised: break
    }
  }

  static func load(_ tenant: TenantID, _ db: Database) throws -> IncidentCounts {
    try TenantRows.ensure(tenant, db)
    var statement = try BoundStatement(selection, db)
    statement.bind(tenant)
    return try statement.first(db) { try IncidentCounts($0, at: 0) } ?? IncidentCounts()
  }

  private static let selection = "SELECT \(columns) FROM tenants WHERE tenantID = ?"

  /// Keeps the counters, with the oldest read anew from its index.
  mutating func save(_ tenant: TenantID, _ db: Database) throws {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT createdAt, createdDigits FROM incidents INDEXED BY oldestOpen
          WHERE tenantID = ? AND isOpen = 1 ORDER BY createdAt LIMIT 1
          """), arguments: [tenant.blob])
    oldest = try row?.timestamp(0)
    try TenantRows.ensure(tenant, db)
    try db.cachedStatement(
      sql: "UPDATE tenants SET (\(Self.columns)) = (?, ?, ?, ?, ?, ?, ?, ?) WHERE tenantID = ?"
    ).execute(arguments: [
      high, medium, low, informational, open, unassignedHigh, oldest?.ticks, oldest?.digits, tenant.blob,
    ])
  }
}
