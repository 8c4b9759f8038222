import GRDB
import PartnerModel

/// A row of `incidents`: what lists show.
enum SummaryRows {
  static let columns = """
    tenantID, id, displayName, severity, status, assignedTo, classification, determination, tags, createdAt, \
    createdDigits, updatedAt, updatedDigits, acknowledgedAt, acknowledgedDigits, alertCount, webURL, redirectIncidentID
    """

  /// Reads a row that was selected with ``columns``.
  static func summary(_ row: Row) throws -> IncidentSummary {
    IncidentSummary(
      key: IncidentKey(tenant: try row.tenant(0), id: IncidentID(try row.needed(1))),
      displayName: try row.text(2) ?? "",
      severity: try row.word(3) ?? .unknown, status: try row.word(4) ?? .active, assignedTo: try row.text(5),
      classification: try row.word(6), determination: try row.word(7), tags: try row.list(8),
      createdAt: try row.timestamp(9), updatedAt: try row.timestamp(11), acknowledgedAt: try row.timestamp(13),
      alertCount: try row.optional(15), webURL: try row.text(16),
      redirectIncidentID: try row.text(17).map { IncidentID($0) })
  }

  static func load(_ key: IncidentKey, _ db: Database) throws -> IncidentSummary? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT \(columns) FROM incidents WHERE tenantID = ? AND id = ?"),
      arguments: [key.tenant.blob, key.id.rawValue]
    ).map(summary)
  }

  private static let written = """
    isOpen, riskOrder, createdAt, createdDigits, displayName, severity, status, assignedTo, classification, \
    determination, tags, updatedAt, updatedDigits, acknowledgedAt, acknowledgedDigits, alertCount, webURL, \
    redirectIncidentID
    """
  private static let insertion = """
    INSERT INTO incidents (tenantID, id, \(written)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  private static let change = """
    UPDATE incidents SET (\(written)) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    WHERE tenantID = ? AND id = ?
    """

  /// Whether there is a row of an incident: of what comes for the first time nothing has to be read.
  static func hasRow(_ key: IncidentKey, _ db: Database) throws -> Bool {
    var statement = try BoundStatement("SELECT 1 FROM incidents WHERE tenantID = ? AND id = ?", db)
    statement.bind(key.tenant)
    statement.bind(key.id.rawValue)
    return try statement.hasRow(db)
  }

  /// - Parameter hasName: whether the service gave a name: missing and empty are not the same.
  static func save(_ incident: IncidentSummary, hasName: Bool, isNew: Bool, _ db: Database) throws {
    var statement = try BoundStatement(isNew ? insertion : change, db)
    func bindKey() {
      statement.bind(incident.key.tenant)
      statement.bind(incident.key.id.rawValue)
    }
    if isNew { bindKey() }
    statement.bind(incident.status.isOpen ? 1 : 0)
    statement.bind(incident.riskOrder)
    statement.bind(incident.createdOrder)
    statement.bind(incident.createdAt?.digits)
    statement.bind(hasName ? incident.displayName : nil)
    statement.bind(incident.severity.wire)
    statement.bind(incident.status.wire)
    statement.bind(incident.assignedTo)
    statement.bind(incident.classification?.wire)
    statement.bind(incident.determination?.wire)
    statement.bind(TextList.write(incident.tags))
    statement.bind(incident.updatedAt)
    statement.bind(incident.acknowledgedAt)
    statement.bind(incident.alertCount)
    statement.bind(incident.webURL)
    statement.bind(incident.redirectIncidentID?.rawValue)
    if !isNew { bindKey() }
    try statement.run(db)
  }
}

extension IncidentSummary {
  /// The most severe first.
  var riskOrder: Int { severity.order - 1 }
  /// The moment of its creation; the largest number for those of unknown age.
  var createdOrder: Int64 { createdAt?.ticks ?? .max }
}
