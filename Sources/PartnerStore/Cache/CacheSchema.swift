import GRDB
import PartnerModel

/// The tables of the cache. Every primary key starts with the tenant.
enum CacheSchema {
  /// Append-only: a migration that was released is never changed.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("tenants") { try $0.execute(sql: tenants) }
    migrator.registerMigration("incidents") { try $0.execute(sql: incidents) }
    migrator.registerMigration("request log") { try $0.execute(sql: requestLog) }
    migrator.registerMigration("counts are known after a success") { db in
      try db.execute(sql: "ALTER TABLE tenants DROP COLUMN countsAreKnown")
    }
    migrator.registerMigration("unreadable items") { try $0.execute(sql: unreadableItems) }
    migrator.registerMigration("incidents by reading") { db in
      try db.execute(sql: "CREATE INDEX incidentsByReading ON incidentDetails (readAt)")
    }
    migrator.registerMigration("new severities before medium", foreignKeyChecks: .immediate) { db in
      // Of a hundred thousand rows most keep their number: this runs before the first frame.
      try db.execute(
        sql: """
          UPDATE incidents SET riskOrder = CASE severity WHEN 'high' THEN -1 ELSE 0 END
          WHERE severity NOT IN ('medium', 'low', 'informational', 'unknown')
          """)
    }
    migrator.registerMigration("alerts that did not come") { try $0.execute(sql: alertGaps) }
    migrator.registerMigration("incidents that were not found") { try $0.execute(sql: absences) }
    migrator.registerMigration("dates that mean none", foreignKeyChecks: .immediate) { db in
      for (moment, unknown) in [("createdAt", "\(Int64.max)"), ("updatedAt", "NULL"), ("acknowledgedAt", "NULL")] {
        let digits = moment.dropLast(2) + "Digits"
        try db.execute(
          sql:
            "UPDATE incidents SET \(moment) = \(unknown), \(digits) = NULL WHERE \(digits) IS NOT NULL AND NOT (\(isDate(moment)))"
        )
      }
      try db.execute(
        sql: """
          UPDATE tenants SET (oldest, oldestDigits) = (
            SELECT createdAt, createdDigits FROM incidents
            WHERE incidents.tenantID = tenants.tenantID AND isOpen = 1 ORDER BY createdAt LIMIT 1)
          WHERE oldest IS NOT NULL AND NOT (\(isDate("oldest")))
          """)
    }
    migrator.registerMigration("incidents that wait for somebody") { db in
      // Few rows of many: the queue begins with them, and nothing else has to be read for the first frame.
      try db.execute(
        sql: """
          CREATE INDEX waiting ON incidents (riskOrder, createdAt, tenantID, id)
          WHERE isOpen = 1 AND status <> 'inProgress' AND status <> 'awaitingAction' AND coalesce(assignedTo, '') = ''
          """)
    }
    migrator.registerMigration("token requests") { try $0.execute(sql: tokenRequests) }
    migrator.registerMigration("since when a tenant is parked") { db in
      try db.execute(sql: "ALTER TABLE parking ADD COLUMN since INTEGER")
    }
    migrator.registerMigration("when a token's state was told") { db in
      try db.execute(sql: "ALTER TABLE tenants ADD COLUMN tokenToldAt INTEGER")
    }
    // Rows from before are read as they are. An older version, which would take the mark for an address, refuses the file.
    migrator.registerMigration("addresses that follow from their incident") { _ in }
    migrator.registerMigration("what a token told of itself") { db in
      for column in ["Audience TEXT", "Roles TEXT", "Scopes TEXT", "IssuedAt INTEGER", "Credential TEXT"] {
        try db.execute(sql: "ALTER TABLE tenants ADD COLUMN token\(column)")
      }
    }
    migrator.registerMigration("whose turn it is") { db in
      for column in ["whoActs", "summary", "message"] {
        try db.execute(sql: "ALTER TABLE problems ADD COLUMN \(column) TEXT")
      }
    }
    migrator.registerMigration("who may act in a tenant") { try $0.execute(sql: access) }
    migrator.registerMigration("verdicts by title") { try $0.execute(sql: VerdictRows.index) }
    migrator.registerMigration("until when nothing is sent") { db in
      try db.execute(sql: "ALTER TABLE problems ADD COLUMN retryAt INTEGER")
    }
    migrator.registerMigration("since when an incident is followed") { db in
      try db.execute(
        sql: """
          ALTER TABLE incidentDetails ADD COLUMN firstReadAt INTEGER;
          UPDATE incidentDetails SET firstReadAt = readAt;
          """)
    }
    migrator.registerMigration("alerts by themselves", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: AlertSchema.tables)
    }
    migrator.registerMigration("merged incidents by their target") { db in
      try db.execute(
        sql: """
          CREATE INDEX mergedInto ON incidents (tenantID, redirectIncidentID) WHERE redirectIncidentID IS NOT NULL
          """)
    }
    migrator.registerMigration("changes that are not on record yet") { try $0.execute(sql: UnrecordedRows.table) }
    migrator.registerMigration("taken before it was seen") { db in
      // Which of them were seen waiting before is not known any more, and nobody is told to have been late unseen.
      try db.execute(
        sql: """
          UPDATE incidents SET acknowledgedAt = createdAt, acknowledgedDigits = createdDigits
          WHERE acknowledgedAt > createdAt
          """)
    }
    migrator.registerMigration("changes that wait, by their incident") { try $0.execute(sql: UnrecordedRows.index) }
    return migrator
  }

  private static func isDate(_ column: String) -> String {
    "\(column) >= \(Timestamp.dates.lowerBound) AND \(column) < \(Timestamp.dates.upperBound)"
  }

  /// Moments of ours are microseconds since 1970; a service's moments are 100 ns steps and their fraction digits.
  private static let tenants = """
    CREATE TABLE tenants (
      tenantID BLOB NOT NULL PRIMARY KEY,
      consentState TEXT,
      consentGranted TEXT,
      consentMissing TEXT,
      consentCheckedAt INTEGER,
      tokenExpiresAt INTEGER,
      tokenTrouble TEXT,
      tokenParkedUntil INTEGER,
      syncLastAttempt INTEGER,
      syncLastSuccess INTEGER,
      syncUnreadable INTEGER NOT NULL DEFAULT 0,
      syncWatermark INTEGER,
      syncWatermarkDigits INTEGER,
      syncCursor TEXT,
      countsAreKnown INTEGER NOT NULL DEFAULT 0,
      high INTEGER NOT NULL DEFAULT 0,
      medium INTEGER NOT NULL DEFAULT 0,
      low INTEGER NOT NULL DEFAULT 0,
      informational INTEGER NOT NULL DEFAULT 0,
      open INTEGER NOT NULL DEFAULT 0,
      unassignedHigh INTEGER NOT NULL DEFAULT 0,
      oldest INTEGER,
      oldestDigits INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE problems (
      tenantID BLOB NOT NULL REFERENCES tenants ON DELETE CASCADE,
      about TEXT NOT NULL,
      cause TEXT NOT NULL,
      error TEXT,
      code INTEGER,
      correlationID TEXT,
      requestID TEXT,
      at INTEGER,
      nextAction TEXT NOT NULL,
      PRIMARY KEY (tenantID, about)
    ) STRICT, WITHOUT ROWID;
    """

  /// `incidents` holds what lists need, so that the index of the queue can hold the same and be read alone, in order.
  ///
  /// `riskOrder` is the severity's place in the order, from -1 for high: rows from before kept theirs that way. `createdAt` of an incident without one is the largest number.
  private static let incidents = """
    CREATE TABLE incidents (
      tenantID BLOB NOT NULL REFERENCES tenants ON DELETE CASCADE,
      id TEXT NOT NULL,
      isOpen INTEGER NOT NULL,
      riskOrder INTEGER NOT NULL,
      createdAt INTEGER NOT NULL,
      createdDigits INTEGER,
      displayName TEXT,
      severity TEXT NOT NULL,
      status TEXT NOT NULL,
      assignedTo TEXT,
      classification TEXT,
      determination TEXT,
      tags TEXT,
      updatedAt INTEGER,
      updatedDigits INTEGER,
      acknowledgedAt INTEGER,
      acknowledgedDigits INTEGER,
      alertCount INTEGER,
      webURL TEXT,
      redirectIncidentID TEXT,
      PRIMARY KEY (tenantID, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX queue ON incidents (
      riskOrder, createdAt, tenantID, id, createdDigits, displayName, severity, status, assignedTo, classification,
      determination, tags, updatedAt, updatedDigits, acknowledgedAt, acknowledgedDigits, alertCount, webURL,
      redirectIncidentID, isOpen
    ) WHERE isOpen = 1;
    CREATE INDEX oldestOpen ON incidents (tenantID, createdAt, createdDigits) WHERE isOpen = 1;
    CREATE TABLE incidentDetails (
      tenantID BLOB NOT NULL,
      id TEXT NOT NULL,
      details TEXT,
      summary TEXT,
      systemTags TEXT,
      resolvingComment TEXT,
      lastModifiedBy TEXT,
      priorityScore INTEGER,
      readAt INTEGER NOT NULL,
      alertsReadAt INTEGER,
      PRIMARY KEY (tenantID, id),
      FOREIGN KEY (tenantID, id) REFERENCES incidents ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE comments (
      tenantID BLOB NOT NULL,
      incidentID TEXT NOT NULL,
      position INTEGER NOT NULL,
      text TEXT NOT NULL,
      createdBy TEXT,
      createdAt INTEGER,
      createdDigits INTEGER,
      PRIMARY KEY (tenantID, incidentID, position),
      FOREIGN KEY (tenantID, incidentID) REFERENCES incidents ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alerts (
      tenantID BLOB NOT NULL,
      incidentID TEXT NOT NULL,
      position INTEGER NOT NULL,
      id TEXT NOT NULL,
      title TEXT,
      details TEXT,
      recommendedActions TEXT,
      category TEXT,
      severity TEXT NOT NULL,
      status TEXT NOT NULL,
      classification TEXT,
      determination TEXT,
      assignedTo TEXT,
      serviceSource TEXT,
      detectionSource TEXT,
      mitreTechniques TEXT,
      createdAt INTEGER,
      createdDigits INTEGER,
      updatedAt INTEGER,
      updatedDigits INTEGER,
      firstActivityAt INTEGER,
      firstActivityDigits INTEGER,
      lastActivityAt INTEGER,
      lastActivityDigits INTEGER,
      webURL TEXT,
      unreadableEvidence INTEGER NOT NULL,
      PRIMARY KEY (tenantID, incidentID, position),
      FOREIGN KEY (tenantID, incidentID) REFERENCES incidents ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE evidence (
      tenantID BLOB NOT NULL,
      incidentID TEXT NOT NULL,
      alertPosition INTEGER NOT NULL,
      position INTEGER NOT NULL,
      type TEXT NOT NULL,
      verdict TEXT NOT NULL,
      remediationStatus TEXT,
      createdAt INTEGER,
      createdDigits INTEGER,
      roles TEXT,
      detailedRoles TEXT,
      tags TEXT,
      json TEXT NOT NULL,
      PRIMARY KEY (tenantID, incidentID, alertPosition, position),
      FOREIGN KEY (tenantID, incidentID, alertPosition) REFERENCES alerts ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// Items of a list that could not be read, by their id; one without an id has an empty one.
  private static let unreadableItems = """
    CREATE TABLE unreadableItems (
      tenantID BLOB NOT NULL REFERENCES tenants ON DELETE CASCADE,
      id TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (tenantID, id)
    ) STRICT, WITHOUT ROWID;
    """

  /// What of an incident's alerts did not come when they were last read; no row where all did.
  private static let alertGaps = """
    CREATE TABLE alertGaps (
      tenantID BLOB NOT NULL,
      id TEXT NOT NULL,
      missing INTEGER NOT NULL,
      hasMore INTEGER NOT NULL,
      otherTenants INTEGER NOT NULL,
      unreadable INTEGER NOT NULL,
      PRIMARY KEY (tenantID, id),
      FOREIGN KEY (tenantID, id) REFERENCES incidents ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alertProductsLeftOut (
      tenantID BLOB NOT NULL,
      id TEXT NOT NULL,
      position INTEGER NOT NULL,
      name TEXT,
      status INTEGER,
      PRIMARY KEY (tenantID, id, position),
      FOREIGN KEY (tenantID, id) REFERENCES alertGaps ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// Incidents for which the service answered 404, and how often since it last gave them. Not tied to `incidents`: a row
  /// outlives the incident that it took out, so that a list can bring it back.
  private static let absences = """
    CREATE TABLE absences (
      tenantID BLOB NOT NULL REFERENCES tenants ON DELETE CASCADE,
      id TEXT NOT NULL,
      signs INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (tenantID, id)
    ) STRICT, WITHOUT ROWID;
    """

  /// Not tied to `tenants`: an app may ask a tenant that the cache knows nothing of yet.
  private static let requestLog = """
    CREATE TABLE requests (
      tenantID BLOB NOT NULL,
      app TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX requestsInWindow ON requests (tenantID, app, at);
    CREATE TABLE parking (
      tenantID BLOB NOT NULL,
      app TEXT NOT NULL,
      until INTEGER NOT NULL,
      PRIMARY KEY (tenantID, app)
    ) STRICT, WITHOUT ROWID;
    """

  /// Requests for app tokens are counted by themselves: Entra ID has its own limit for them.
  private static let tokenRequests = """
    CREATE TABLE tokenRequests (
      tenantID BLOB NOT NULL,
      app TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX tokenRequestsInWindow ON tokenRequests (tenantID, app, at);
    CREATE TABLE tokenParking (
      tenantID BLOB NOT NULL,
      app TEXT NOT NULL,
      until INTEGER NOT NULL,
      since INTEGER,
      PRIMARY KEY (tenantID, app)
    ) STRICT, WITHOUT ROWID;
    """

  /// Relationships are told by the partner's own tenant, all customers' in one reading: that stands for itself.
  private static let access = """
    ALTER TABLE tenants ADD COLUMN accessCheckedAt INTEGER;
    ALTER TABLE tenants ADD COLUMN accessRelations TEXT;
    ALTER TABLE tenants ADD COLUMN directoryCheckedAt INTEGER;
    ALTER TABLE tenants ADD COLUMN directoryGranted TEXT;
    ALTER TABLE tenants ADD COLUMN directoryEnabled INTEGER;
    ALTER TABLE tenants ADD COLUMN consentChangedAt INTEGER;
    ALTER TABLE tenants ADD COLUMN consentSeenAt INTEGER;
    CREATE TABLE relationReadings (
      tenantID BLOB NOT NULL,
      app TEXT NOT NULL,
      at INTEGER NOT NULL,
      problem TEXT,
      PRIMARY KEY (tenantID, app)
    ) STRICT, WITHOUT ROWID;
    """
}
