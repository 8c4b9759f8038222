import FoundationEssentials
import GRDB
import PartnerModel

/// What only an open incident shows: its texts and comments; its alerts stand by themselves.
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
      guard incident.alerts != nil else { return }
      try GapRows.save(incident.alertGaps, key, isNew: isNew, db)
    }
  }

  /// A kept incident with the texts that people change, before they are written over.
  /// - Returns: the incident as it is kept, and when it was read.
  static func image(of incident: IncidentSummary, _ db: Database) throws -> (image: IncidentImage, readAt: Date?) {
    var image = IncidentImage(incident)
    var readAt: Int64?
    var statement = try BoundStatement(
      "SELECT details, resolvingComment, lastModifiedBy, readAt FROM incidentDetails WHERE tenantID = ? AND id = ?", db)
    statement.bind(incident.key.tenant)
    statement.bind(incident.key.id.rawValue)
    let _: Void? = try statement.first(db) { row in
      image.values[.description] = .text(try row.text(0))
      image.values[.resolvingComment] = .text(try row.text(1))
      image.lastModifiedBy = try row.text(2)
      readAt = try row.optionalInt64(3)
    }
    return (image, readAt.map { Date(microseconds: $0) })
  }

  static func load(_ key: IncidentKey, _ db: Database) throws -> RememberedIncident? {
    let arguments: StatementArguments = [key.tenant.blob, key.id.rawValue]
    guard let summary = try SummaryRows.load(key, db),
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT displayName, d.details, d.summary, d.systemTags, d.resolvingComment, d.lastModifiedBy,
              d.priorityScore, d.readAt, d.alertsReadAt,
              CASE WHEN createdDigits IS NOT NULL AND createdAt >= t.alertsCoverFrom AND (
                createdAt <= t.alertsLastSuccess * 10 OR NOT EXISTS (
                  SELECT 1 FROM problems AS p WHERE p.tenantID = t.tenantID AND p.about = 'alerts'))
              THEN t.alertsLastSuccess END
            FROM incidents JOIN incidentDetails AS d USING (tenantID, id) JOIN tenants AS t USING (tenantID)
            WHERE tenantID = ? AND id = ?
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
    // By its own reading, or by the tenant's.
    let alertsReadAt = [try row.date(8), try row.date(9)].compactMap(\.self).max()
    let incident = Incident(
      tenant: key.tenant, id: key.id, displayName: try row.text(0), details: try row.text(1), summary: try row.text(2),
      severity: summary.severity, status: summary.status, classification: summary.classification,
      determination: summary.determination, assignedTo: summary.assignedTo, customTags: summary.tags,
      systemTags: try row.list(3), resolvingComment: try row.text(4), comments: comments, createdAt: summary.createdAt,
      updatedAt: summary.updatedAt, lastModifiedBy: try row.text(5), redirectIncidentID: summary.redirectIncidentID,
      webURL: summary.webURL, priorityScore: try row.optional(6),
      alerts: alertsReadAt == nil ? nil : try AlertRows.load(of: key, db),
      alertGaps: alertsReadAt == nil ? .none : try GapRows.load(arguments, db))
    return RememberedIncident(
      incident: incident, summary: summary, readAt: try row.date(7) ?? Date(microseconds: 0), alertsReadAt: alertsReadAt
    )
  }
}
