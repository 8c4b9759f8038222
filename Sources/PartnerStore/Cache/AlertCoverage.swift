import GRDB
import PartnerModel

/// Which incidents' alerts are all known by the tenant's own list of alerts.
enum AlertCoverage {
  /// - Returns: the creation time from which on, in steps of 100 ns since 1970; `nil` for none, also while the list of
  ///   alerts cannot be read.
  static func start(of tenant: TenantID, _ db: Database) throws -> Int64? {
    var statement = try BoundStatement(
      """
      SELECT alertsCoverFrom FROM tenants WHERE tenantID = ? AND NOT EXISTS (
        SELECT 1 FROM problems WHERE problems.tenantID = tenants.tenantID AND about = 'alerts')
      """, db)
    statement.bind(tenant)
    return try statement.first(db) { try $0.optionalInt64(0) } ?? nil
  }

  /// Counts an incident's alerts, unless it is known that some of them are not there.
  /// - Returns: the incident with another number of them; `nil` where nothing changed.
  static func counted(
    _ incident: IncidentSummary, _ writer: inout SummaryRows.Writer, _ db: Database
  ) throws -> IncidentSummary? {
    let key: StatementArguments = [incident.key.tenant.blob, incident.key.id.rawValue]
    guard try GapRows.load(key, db) == .none else { return nil }
    var counted = incident
    counted.alertCount = try AlertRows.count(of: incident.key, db)
    guard counted != incident else { return nil }
    let hasName = try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT displayName IS NOT NULL FROM incidents WHERE tenantID = ? AND id = ?"),
      arguments: key)
    try writer.update(counted, hasName: hasName ?? true, db)
    return counted
  }

  /// Counts the alerts of all incidents whose alerts are known from now on.
  /// - Returns: those that have a number now.
  static func begin(from start: Timestamp, in tenant: TenantID, _ db: Database) throws -> [IncidentSummary] {
    var writer = try SummaryRows.Writer(db)
    let waiting = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT \(SummaryRows.columns) FROM incidents
          WHERE tenantID = ? AND createdAt >= ? AND createdDigits IS NOT NULL AND alertCount IS NULL
          """), arguments: [tenant.blob, start.ticks]
    ).map(SummaryRows.summary)
    return try waiting.compactMap { try counted($0, &writer, db) }
  }
}
