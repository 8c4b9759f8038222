import FoundationEssentials
import GRDB
import PartnerModel

/// What only an open incident shows: its texts, comments, alerts and evidence.
enum DetailRows {
  static func save(_ incident: Incident, at now: Date, isNew: Bool, _ db: Database) throws {
    let key: StatementArguments = [incident.tenant.blob, incident.id.rawValue]
    try db.cachedStatement(
      sql: """
        INSERT INTO incidentDetails (tenantID, id, details, summary, systemTags, resolvingComment, lastModifiedBy,
          priorityScore, readAt, alertsReadAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET details = excluded.details, summary = excluded.summary,
          systemTags = excluded.systemTags, resolvingComment = excluded.resolvingComment,
          lastModifiedBy = excluded.lastModifiedBy, priorityScore = excluded.priorityScore, readAt = excluded.readAt,
          alertsReadAt = coalesce(excluded.alertsReadAt, alertsReadAt)
        """
    ).execute(
      arguments: key + [
        incident.details, incident.summary, TextList.write(incident.systemTags), incident.resolvingComment,
        incident.lastModifiedBy, incident.priorityScore, now.microseconds,
        incident.alerts == nil ? nil : now.microseconds,
      ])
    if !isNew {
      try db.cachedStatement(sql: "DELETE FROM comments WHERE tenantID = ? AND incidentID = ?").execute(arguments: key)
    }
    for (position, comment) in incident.comments.enumerated() {
      try db.cachedStatement(sql: "INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?, ?)").execute(
        arguments: key + [
          position, comment.text, comment.createdBy, comment.createdAt?.ticks, comment.createdAt?.digits,
        ])
    }
    guard let alerts = incident.alerts else { return }
    if !isNew {
      try db.cachedStatement(sql: "DELETE FROM alerts WHERE tenantID = ? AND incidentID = ?").execute(arguments: key)
    }
    for (position, alert) in alerts.enumerated() { try save(alert, key + [position], db) }
  }

  private static func save(_ alert: Alert, _ key: StatementArguments, _ db: Database) throws {
    let judged: StatementArguments = [
      alert.id, alert.title, alert.details, alert.recommendedActions, alert.category, alert.severity.wire,
      alert.status.wire, alert.classification?.wire, alert.determination?.wire, alert.assignedTo,
      alert.serviceSource, alert.detectionSource, TextList.write(alert.mitreTechniques),
    ]
    let times: StatementArguments = [
      alert.createdAt?.ticks, alert.createdAt?.digits, alert.updatedAt?.ticks, alert.updatedAt?.digits,
      alert.firstActivityAt?.ticks, alert.firstActivityAt?.digits, alert.lastActivityAt?.ticks,
      alert.lastActivityAt?.digits, alert.webURL, alert.unreadableEvidence,
    ]
    let marks = Array(repeating: "?", count: 26).joined(separator: ", ")
    try db.cachedStatement(sql: "INSERT INTO alerts VALUES (\(marks))").execute(arguments: key + judged + times)
    for (position, item) in alert.evidence.enumerated() {
      try db.cachedStatement(sql: "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").execute(
        arguments: key + [
          position, item.type, item.verdict.wire, item.remediationStatus, item.createdAt?.ticks,
          item.createdAt?.digits, TextList.write(item.roles), TextList.write(item.detailedRoles),
          TextList.write(item.tags), item.json,
        ])
    }
  }

  static func load(_ key: IncidentKey, _ db: Database) throws -> RememberedIncident? {
    let arguments: StatementArguments = [key.tenant.blob, key.id.rawValue]
    guard let summary = try SummaryRows.load(key, db),
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT displayName, d.details, d.summary, d.systemTags, d.resolvingComment, d.lastModifiedBy,
              d.priorityScore, d.readAt, d.alertsReadAt
            FROM incidents JOIN incidentDetails AS d USING (tenantID, id) WHERE tenantID = ? AND id = ?
            """), arguments: arguments)
    else { return nil }
    let comments = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT text, createdBy, createdAt, createdDigits FROM comments
          WHERE tenantID = ? AND incidentID = ? ORDER BY position
          """), arguments: arguments
    ).map { IncidentComment(text: $0[0], createdBy: $0[1], createdAt: $0.timestamp(2)) }
    let alertsReadAt = row.date(8)
    let incident = Incident(
      tenant: key.tenant, id: key.id, displayName: row[0], details: row[1], summary: row[2],
      severity: summary.severity, status: summary.status, classification: summary.classification,
      determination: summary.determination, assignedTo: summary.assignedTo, customTags: summary.tags,
      systemTags: row.list(3), resolvingComment: row[4], comments: comments, createdAt: summary.createdAt,
      updatedAt: summary.updatedAt, lastModifiedBy: row[5], redirectIncidentID: summary.redirectIncidentID,
      webURL: summary.webURL, priorityScore: row[6], alerts: alertsReadAt == nil ? nil : try alerts(arguments, db))
    return RememberedIncident(
      incident: incident, summary: summary, readAt: row.date(7) ?? Date(microseconds: 0), alertsReadAt: alertsReadAt)
  }

  private static func alerts(_ key: StatementArguments, _ db: Database) throws -> [Alert] {
    var alerts = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM alerts WHERE tenantID = ? AND incidentID = ? ORDER BY position"),
      arguments: key
    ).map { row in
      Alert(
        id: row[3], title: row[4], details: row[5], recommendedActions: row[6], category: row[7],
        severity: row.word(8) ?? .unknown, status: row.word(9) ?? .unknown, classification: row.word(10),
        determination: row.word(11), assignedTo: row[12], serviceSource: row[13], detectionSource: row[14],
        mitreTechniques: row.list(15), createdAt: row.timestamp(16), updatedAt: row.timestamp(18),
        firstActivityAt: row.timestamp(20), lastActivityAt: row.timestamp(22), webURL: row[24],
        unreadableEvidence: row[25])
    }
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT * FROM evidence WHERE tenantID = ? AND incidentID = ? ORDER BY alertPosition, position"),
      arguments: key)
    while let row = try rows.next() {
      let position: Int = row[2]
      guard alerts.indices.contains(position) else { continue }
      alerts[position].evidence.append(
        Evidence(
          type: row[4], verdict: row.word(5) ?? .unknown, remediationStatus: row[6], createdAt: row.timestamp(7),
          roles: row.list(9), detailedRoles: row.list(10), tags: row.list(11), json: row[12]))
    }
    return alerts
  }
}
