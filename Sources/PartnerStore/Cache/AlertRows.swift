import FoundationEssentials
import GRDB
import PartnerModel

/// A tenant's alerts with their evidence and comments.
enum AlertRows {
  private static let content = """
    title, details, recommendedActions, category, severity, status, classification, determination, assignedTo, \
    serviceSource, detectionSource, mitreTechniques, createdAt, createdDigits, updatedAt, updatedDigits, \
    firstActivityAt, firstActivityDigits, lastActivityAt, lastActivityDigits, webURL, unreadableEvidence, \
    productName, investigationState, actorName, threatName, threatFamily, systemTags, resolvedAt, resolvedDigits
    """

  private static let replacement: String = {
    let names = content.split(separator: ", ")
    let marks = Array(repeating: "?", count: names.count + 4).joined(separator: ", ")
    let values = names.map { "excluded.\($0)" }.joined(separator: ", ")
    return """
      INSERT INTO alerts (tenantID, id, incidentID, position, \(content)) VALUES (\(marks))
      ON CONFLICT DO UPDATE SET
        position = CASE WHEN excluded.position IS NOT NULL THEN excluded.position
          WHEN coalesce(excluded.incidentID, incidentID) IS incidentID THEN position END,
        incidentID = coalesce(excluded.incidentID, incidentID), (\(content)) = (\(values))
      WHERE updatedAt IS NULL OR excluded.updatedAt IS NULL OR excluded.updatedAt >= updatedAt
      """
  }()

  /// Writes alerts one after the other, with statements that are prepared once.
  struct Writer {
    private var known: BoundStatement
    private var alerts: BoundStatement
    private var evidence: BoundStatement
    private var comments: BoundStatement
    private var forgetting: [BoundStatement]

    init(_ db: Database) throws {
      known = try BoundStatement("SELECT incidentID FROM alerts WHERE tenantID = ? AND id = ?", db)
      alerts = try BoundStatement(replacement, db)
      evidence = try BoundStatement("INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", db)
      comments = try BoundStatement("INSERT INTO alertComments VALUES (?, ?, ?, ?, ?, ?, ?)", db)
      forgetting = try ["evidence", "alertComments"].map { table in
        try BoundStatement("DELETE FROM \(table) WHERE tenantID = ? AND alertID = ?", db)
      }
    }

    /// Keeps an alert, unless a newer version is kept.
    /// - Parameters:
    ///   - incident: the one that it is of; `nil` leaves it where it is.
    ///   - position: its place in the incident's own reading; `nil` where that was not read.
    /// - Returns: the incidents that have it, or had it.
    @discardableResult
    mutating func save(
      _ alert: Alert, of incident: IncidentID?, position: Int?, in tenant: TenantID, _ db: Database
    ) throws -> Set<IncidentID> {
      var of = Set([incident].compactMap(\.self))
      known.bind(tenant)
      known.bind(alert.id)
      let before = try known.first(db) { try $0.text(0) }
      if let before, let id = before { of.insert(IncidentID(id)) }
      bind(alert, of: incident, position, tenant)
      try alerts.run(db)
      guard db.changesCount > 0 else { return of }
      if before != nil {
        for index in forgetting.indices {
          forgetting[index].bind(tenant)
          forgetting[index].bind(alert.id)
          try forgetting[index].run(db)
        }
      }
      for (position, item) in alert.evidence.enumerated() {
        evidence.bind(tenant)
        evidence.bind(alert.id)
        evidence.bind(position)
        evidence.bind(item.type)
        evidence.bind(item.verdict.wire)
        evidence.bind(item.remediationStatus)
        evidence.bind(item.createdAt)
        evidence.bind(TextList.write(item.roles))
        evidence.bind(TextList.write(item.detailedRoles))
        evidence.bind(TextList.write(item.tags))
        evidence.bind(item.json)
        try evidence.run(db)
      }
      for (position, comment) in alert.comments.enumerated() {
        comments.bind(tenant)
        comments.bind(alert.id)
        comments.bind(position)
        comments.bind(comment.text)
        comments.bind(comment.createdBy)
        comments.bind(comment.createdAt)
        try comments.run(db)
      }
      return of
    }

    private mutating func bind(_ alert: Alert, of incident: IncidentID?, _ position: Int?, _ tenant: TenantID) {
      alerts.bind(tenant)
      alerts.bind(alert.id)
      alerts.bind(incident?.rawValue)
      alerts.bind(position)
      for text in [alert.title, alert.details, alert.recommendedActions, alert.category, alert.severity.wire] {
        alerts.bind(text)
      }
      for text in [alert.status.wire, alert.classification?.wire, alert.determination?.wire, alert.assignedTo] {
        alerts.bind(text)
      }
      for text in [alert.serviceSource, alert.detectionSource, TextList.write(alert.mitreTechniques)] {
        alerts.bind(text)
      }
      for time in [alert.createdAt, alert.updatedAt, alert.firstActivityAt, alert.lastActivityAt] { alerts.bind(time) }
      alerts.bind(alert.webURL)
      alerts.bind(alert.unreadableEvidence)
      for text in [alert.productName, alert.investigationState, alert.actorName, alert.threatName, alert.threatFamily] {
        alerts.bind(text)
      }
      alerts.bind(TextList.write(alert.systemTags))
      alerts.bind(alert.resolvedAt)
    }
  }

  /// Takes those away from an incident that a whole reading of it does not have any more.
  static func detach(from key: IncidentKey, except kept: [Alert], _ db: Database) throws {
    let kept = Set(kept.map(\.id))
    for id in try ids(of: key, db) where !kept.contains(id) {
      try db.cachedStatement(sql: "UPDATE alerts SET incidentID = NULL, position = NULL WHERE tenantID = ? AND id = ?")
        .execute(arguments: [key.tenant.blob, id])
    }
  }

  private static func ids(of key: IncidentKey, _ db: Database) throws -> [String] {
    var statement = try BoundStatement("SELECT id FROM alerts WHERE tenantID = ? AND incidentID = ?", db)
    statement.bind(key.tenant)
    statement.bind(key.id.rawValue)
    var ids: [String] = []
    try statement.forEach(db) { ids.append(try $0.neededText(0)) }
    return ids
  }

  static func count(of key: IncidentKey, _ db: Database) throws -> Int {
    var statement = try BoundStatement("SELECT count(*) FROM alerts WHERE tenantID = ? AND incidentID = ?", db)
    statement.bind(key.tenant)
    statement.bind(key.id.rawValue)
    return try statement.first(db) { try $0.int(0) } ?? 0
  }

  /// Forgets alerts that last changed before a moment and are of no incident that is kept.
  static func forget(of tenant: TenantID, before moment: Timestamp, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        DELETE FROM alerts WHERE tenantID = ? AND updatedAt < ? AND NOT EXISTS (
          SELECT 1 FROM incidents WHERE incidents.tenantID = alerts.tenantID AND incidents.id = alerts.incidentID)
        """
    ).execute(arguments: [tenant.blob, moment.ticks])
  }

  static func load(of key: IncidentKey, _ db: Database) throws -> [Alert] {
    let order = "ORDER BY a.position IS NULL, a.position, a.createdAt, a.id"
    let arguments: StatementArguments = [key.tenant.blob, key.id.rawValue]
    var alerts = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT a.id, \(content) FROM alerts AS a WHERE tenantID = ? AND incidentID = ? \(order)"),
      arguments: arguments
    ).map { row in
      Alert(
        id: try row.needed(0), title: try row.text(1), details: try row.text(2), recommendedActions: try row.text(3),
        category: try row.text(4), severity: try row.word(5) ?? .unknown, status: try row.word(6) ?? .unknown,
        classification: try row.word(7), determination: try row.word(8), assignedTo: try row.text(9),
        serviceSource: try row.text(10), detectionSource: try row.text(11), mitreTechniques: try row.list(12),
        createdAt: try row.timestamp(13), updatedAt: try row.timestamp(15), firstActivityAt: try row.timestamp(17),
        lastActivityAt: try row.timestamp(19), webURL: try row.text(21), unreadableEvidence: try row.needed(22),
        incidentID: key.id, productName: try row.text(23), investigationState: try row.text(24),
        actorName: try row.text(25), threatName: try row.text(26), threatFamily: try row.text(27),
        systemTags: try row.list(28), resolvedAt: try row.timestamp(29))
    }
    let places = Dictionary(uniqueKeysWithValues: alerts.enumerated().map { ($1.id, $0) })
    func parts(_ columns: String, of table: String) throws -> [Row] {
      try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT p.alertID, \(columns) FROM alerts AS a JOIN \(table) AS p ON p.tenantID = a.tenantID AND p.alertID = a.id
            WHERE a.tenantID = ? AND a.incidentID = ? ORDER BY p.alertID, p.position
            """), arguments: arguments)
    }
    let columns = "type, verdict, remediationStatus, p.createdAt, p.createdDigits, roles, detailedRoles, tags, json"
    for row in try parts(columns, of: "evidence") {
      guard let place = places[try row.needed(0)] else { continue }
      alerts[place].evidence.append(
        Evidence(
          type: try row.needed(1), verdict: try row.word(2) ?? .unknown, remediationStatus: try row.text(3),
          createdAt: try row.timestamp(4), roles: try row.list(6), detailedRoles: try row.list(7),
          tags: try row.list(8), json: try row.needed(9)))
    }
    for row in try parts("text, createdBy, p.createdAt, p.createdDigits", of: "alertComments") {
      guard let place = places[try row.needed(0)] else { continue }
      alerts[place].comments.append(
        IncidentComment(text: try row.needed(1), createdBy: try row.text(2), createdAt: try row.timestamp(3)))
    }
    return alerts
  }
}
