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
    let key = IncidentKey(tenant: try row.tenant(0), id: IncidentID(try row.needed(1)))
    return IncidentSummary(
      key: key,
      displayName: try row.text(2) ?? "",
      severity: try row.word(3) ?? .unknown, status: try row.word(4) ?? .active, assignedTo: try row.text(5),
      classification: try row.word(6), determination: try row.word(7), tags: try row.list(8),
      createdAt: try row.timestamp(9), updatedAt: try row.timestamp(11), acknowledgedAt: try row.timestamp(13),
      alertCount: try row.optional(15), webURL: KeptAddress.read(try row.text(16), of: key),
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
    ON CONFLICT DO NOTHING
    """
  private static let change = """
    UPDATE incidents SET (\(written)) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    WHERE tenantID = ? AND id = ?
    """

  /// Writes rows one after the other, with statements that are prepared once.
  struct Writer {
    private var insertion: BoundStatement
    private var change: BoundStatement

    init(_ db: Database) throws {
      insertion = try BoundStatement(SummaryRows.insertion, db)
      change = try BoundStatement(SummaryRows.change, db)
    }

    /// Keeps an incident that is not kept yet: whether it is need not be looked up before.
    /// - Parameter hasName: whether the service gave a name: missing and empty are not the same.
    /// - Returns: `false` when there is a row of it, which stays as it is.
    mutating func insert(_ incident: IncidentSummary, hasName: Bool, _ db: Database) throws -> Bool {
      insertion.bind(incident.key.tenant)
      insertion.bind(incident.key.id.rawValue)
      insertion.bind(incident, hasName: hasName)
      try insertion.run(db)
      return db.changesCount > 0
    }

    /// Keeps another version of an incident.
    mutating func update(_ incident: IncidentSummary, hasName: Bool, _ db: Database) throws {
      change.bind(incident, hasName: hasName)
      change.bind(incident.key.tenant)
      change.bind(incident.key.id.rawValue)
      try change.run(db)
    }
  }
}

extension BoundStatement {
  /// Binds the columns that are written of a row, without its key.
  fileprivate mutating func bind(_ incident: IncidentSummary, hasName: Bool) {
    bind(incident.status.isOpen ? 1 : 0)
    bind(incident.riskOrder)
    bind(incident.createdOrder)
    bind(incident.createdAt?.digits)
    bind(hasName ? incident.displayName : nil)
    bind(incident.severity.wire)
    bind(incident.status.wire)
    bind(incident.assignedTo)
    bind(incident.classification?.wire)
    bind(incident.determination?.wire)
    bind(TextList.write(incident.tags))
    bind(incident.updatedAt)
    bind(incident.acknowledgedAt)
    bind(incident.alertCount)
    bind(KeptAddress.write(incident.webURL, of: incident.key))
    bind(incident.redirectIncidentID?.rawValue)
  }
}

extension IncidentSummary {
  /// The most severe first.
  var riskOrder: Int { severity.order - 1 }
  /// The moment of its creation; the largest number for those of unknown age.
  var createdOrder: Int64 { createdAt?.ticks ?? .max }
}
