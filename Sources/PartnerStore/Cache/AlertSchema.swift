/// The tables of alerts, which stand by themselves: an alert may come before its incident, move to another, or have none.
enum AlertSchema {
  /// Of those kept twice, in two incidents, the newer one stays. `position` is the place in the incident's own reading.
  static let tables = """
    ALTER TABLE evidence RENAME TO evidenceBefore;
    ALTER TABLE alerts RENAME TO alertsBefore;
    CREATE TABLE alerts (
      tenantID BLOB NOT NULL REFERENCES tenants ON DELETE CASCADE,
      id TEXT NOT NULL,
      incidentID TEXT,
      position INTEGER,
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
      productName TEXT,
      investigationState TEXT,
      actorName TEXT,
      threatName TEXT,
      threatFamily TEXT,
      systemTags TEXT,
      resolvedAt INTEGER,
      resolvedDigits INTEGER,
      PRIMARY KEY (tenantID, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX alertsOfIncident ON alerts (tenantID, incidentID);
    CREATE TABLE evidence (
      tenantID BLOB NOT NULL,
      alertID TEXT NOT NULL,
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
      PRIMARY KEY (tenantID, alertID, position),
      FOREIGN KEY (tenantID, alertID) REFERENCES alerts ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alertComments (
      tenantID BLOB NOT NULL,
      alertID TEXT NOT NULL,
      position INTEGER NOT NULL,
      text TEXT NOT NULL,
      createdBy TEXT,
      createdAt INTEGER,
      createdDigits INTEGER,
      PRIMARY KEY (tenantID, alertID, position),
      FOREIGN KEY (tenantID, alertID) REFERENCES alerts ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO alerts SELECT
      tenantID, id, incidentID, position, title, details, recommendedActions, category, severity, status,
      classification, determination, assignedTo, serviceSource, detectionSource, mitreTechniques, createdAt,
      createdDigits, updatedAt, updatedDigits, firstActivityAt, firstActivityDigits, lastActivityAt,
      lastActivityDigits, webURL, unreadableEvidence, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM alertsBefore ORDER BY updatedAt DESC;
    INSERT INTO evidence SELECT
      e.tenantID, a.id, e.position, e.type, e.verdict, e.remediationStatus, e.createdAt, e.createdDigits, e.roles,
      e.detailedRoles, e.tags, e.json
      FROM evidenceBefore AS e JOIN alertsBefore AS b
      ON b.tenantID = e.tenantID AND b.incidentID = e.incidentID AND b.position = e.alertPosition
      JOIN alerts AS a ON a.tenantID = b.tenantID AND a.id = b.id
      WHERE a.incidentID = b.incidentID AND a.position = b.position;
    DROP TABLE evidenceBefore;
    DROP TABLE alertsBefore;
    ALTER TABLE tenants ADD COLUMN alertsLastAttempt INTEGER;
    ALTER TABLE tenants ADD COLUMN alertsLastSuccess INTEGER;
    ALTER TABLE tenants ADD COLUMN alertsUnreadable INTEGER;
    ALTER TABLE tenants ADD COLUMN alertsCoverFrom INTEGER;
    ALTER TABLE tenants ADD COLUMN alertsCoverDigits INTEGER;
    ALTER TABLE tenants ADD COLUMN alertCursor TEXT;
    """
}
