import FoundationEssentials
import GRDB
import PartnerModel

/// What only an open incident shows: its texts, comments, alerts and evidence.
enum DetailRows {
  private static let insertion = """
    INSERT INTO incidentDetails (tenantID, id, details, summary, systemTags, resolvingComment, lastModifiedBy,
      priorityScore, readAt, alertsReadAt, firstReadAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?9)
    ON CONFLICT DO UPDATE SET details = excluded.details, summary = excluded.summary,
      systemTags = excluded.systemTags, resolvingComment = excluded.resolvingComment,
      lastModifiedBy = excluded.lastModifiedBy, priorityScore = excluded.priorityScore, readAt = excluded.readAt,
      alertsReadAt = coalesce(excluded.alertsReadAt, alertsReadAt)
    """

  private static let forgetComments = "DELETE FROM comments WHERE tenantID = ? AND incidentID = ?"
  private static let forgetAlerts = "DELETE FROM alerts WHERE tenantID = ? AND incidentID = ?"

  /// Writes rows one after the other, with statements that are prepared once.
  struct Writer {
    private var details: BoundStatement
    private var comments: BoundStatement

    init(_ db: Database) throws {
      details = try BoundStatement(insertion, db)
      comments = try BoundStatement("INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?, ?)", db)
    }

    /// - Parameter isNew: whether nothing is kept of it yet.
    mutating func save(_ incident: Incident, at now: Date, isNew: Bool, _ db: Database) throws {
      details.bind(incident.tenant)
      details.bind(incident.id.rawValue)
      details.bind(incident.details)
      details.bind(incident.summary)
      details.bind(TextList.write(incident.systemTags))
      details.bind(incident.resolvingComment)
      details.bind(incident.lastModifiedBy)
      details.bind(incident.priorityScore)
      details.bind(now.microseconds)
      details.bind(incident.alerts == nil ? nil : now.microseconds)
      try details.run(db)
      let key: StatementArguments = isNew && incident.alerts == nil ? [] : [incident.tenant.blob, incident.id.rawValue]
      if !isNew {
        try db.cachedStatement(sql: forgetComments).execute(arguments: key)
      }
      for (position, comment) in incident.comments.enumerated() {
        comments.bind(incident.tenant)
        comments.bind(incident.id.rawValue)
        comments.bind(position)
        comments.bind(comment.text)
        comments.bind(comment.createdBy)
        comments.bind(comment.createdAt)
        try comments.run(db)
      }
      guard let alerts = incident.alerts else { return }
      try GapRows.save(incident.alertGaps, key, isNew: isNew, db)
      if !isNew {
        try db.cachedStatement(sql: forgetAlerts).execute(arguments: key)
      }
      for (position, alert) in alerts.enumerated() { try DetailRows.save(alert, key + [position], db) }
    }
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

  /// A kept incident with the texts that people change, before they are written over.
  static func image(of incident: IncidentSummary, _ db: Database) throws -> IncidentImage {
    var image = IncidentImage(incident)
    var statement = try BoundStatement(
      "SELECT details, resolvingComment, lastModifiedBy FROM incidentDetails WHERE tenantID = ? AND id = ?", db)
    statement.bind(incident.key.tenant)
    statement.bind(incident.key.id.rawValue)
    let _: Void? = try statement.first(db) { row in
      image.values[.description] = .text(try row.text(0))
      image.values[.resolvingComment] = .text(try row.text(1))
      image.lastModifiedBy = try row.text(2)
    }
    return image
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
    ).map { row in
      IncidentComment(text: try row.needed(0), createdBy: try row.text(1), createdAt: try row.timestamp(2))
    }
    let alertsReadAt = try row.date(8)
    let incident = Incident(
      tenant: key.tenant, id: key.id, displayName: try row.text(0), details: try row.text(1), summary: try row.text(2),
      severity: summary.severity, status: summary.status, classification: summary.classification,
      determination: summary.determination, assignedTo: summary.assignedTo, customTags: summary.tags,
      systemTags: try row.list(3), resolvingComment: try row.text(4), comments: comments, createdAt: summary.createdAt,
      updatedAt: summary.updatedAt, lastModifiedBy: try row.text(5), redirectIncidentID: summary.redirectIncidentID,
      webURL: summary.webURL, priorityScore: try row.optional(6),
      alerts: alertsReadAt == nil ? nil : try alerts(arguments, db),
      alertGaps: alertsReadAt == nil ? .none : try GapRows.load(arguments, db))
    return RememberedIncident(
      incident: incident, summary: summary, readAt: try row.date(7) ?? Date(microseconds: 0), alertsReadAt: alertsReadAt
    )
  }

  private static func alerts(_ key: StatementArguments, _ db: Database) throws -> [Alert] {
    var alerts = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM alerts WHERE tenantID = ? AND incidentID = ? ORDER BY position"),
      arguments: key
    ).map { row in
      Alert(
        id: try row.needed(3), title: try row.text(4), details: try row.text(5), recommendedActions: try row.text(6),
        category: try row.text(7), severity: try row.word(8) ?? .unknown, status: try row.word(9) ?? .unknown,
        classification: try row.word(10), determination: try row.word(11), assignedTo: try row.text(12),
        serviceSource: try row.text(13), detectionSource: try row.text(14), mitreTechniques: try row.list(15),
        createdAt: try row.timestamp(16), updatedAt: try row.timestamp(18), firstActivityAt: try row.timestamp(20),
        lastActivityAt: try row.timestamp(22), webURL: try row.text(24), unreadableEvidence: try row.needed(25))
    }
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT * FROM evidence WHERE tenantID = ? AND incidentID = ? ORDER BY alertPosition, position"),
      arguments: key)
    while let row = try rows.next() {
      let position: Int = try row.needed(2)
      guard alerts.indices.contains(position) else { continue }
      alerts[position].evidence.append(
        Evidence(
          type: try row.needed(4), verdict: try row.word(5) ?? .unknown, remediationStatus: try row.text(6),
          createdAt: try row.timestamp(7), roles: try row.list(9), detailedRoles: try row.list(10),
          tags: try row.list(11), json: try row.needed(12)))
    }
    return alerts
  }
}
