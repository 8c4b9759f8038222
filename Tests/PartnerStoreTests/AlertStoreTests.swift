import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("Alerts by themselves")
struct AlertStoreTests {
  private let tenantRow = Tenant(id: contoso, name: "C")

  private func withCache(_ body: (Cache) async throws -> Void) async throws {
    try await withFolder { (folder) async throws in try await body(try Cache.open(in: folder, now: noon)) }
  }

  private func alert(_ id: String, of incident: String?, at seconds: Int64, title: String = "t") -> Alert {
    Alert(
      id: id, title: title, createdAt: Timestamp(noon),
      updatedAt: Timestamp(ticks: Timestamp(noon).ticks + seconds * 10_000_000, fractionDigits: 7),
      evidence: [Evidence(type: "urlEvidence", json: #"{"url":"\#(title)"}"#)],
      incidentID: incident.map { IncidentID($0) }, comments: [IncidentComment(text: "c \(title)")])
  }

  private func incident(_ id: String, alerts: [Alert]? = nil, gaps: AlertGaps = .none) -> Incident {
    Incident(
      tenant: contoso, id: IncidentID(id), severity: .high, createdAt: Timestamp(noon), updatedAt: Timestamp(noon),
      alerts: alerts, alertGaps: gaps)
  }

  /// Keeps alerts of the tenant's list, and that all since `from` are known.
  @discardableResult
  private func keep(
    _ alerts: [Alert], _ incidents: [Incident] = [], covering from: Timestamp? = nil, error: Problem? = nil,
    in cache: Cache
  ) async throws -> TenantChange {
    try await cache.change(tenantRow, pages: [KeptPage(incidents: incidents, alerts: alerts, at: noon)], at: noon) {
      row, _ in
      row.sync.alerts = AlertSync(
        lastAttempt: noon, lastSuccess: noon, error: error, coversFrom: from ?? row.sync.alerts?.coversFrom)
    }
  }

  private func ids(_ cache: Cache, _ incident: String) throws -> [String]? {
    try cache.incident(IncidentKey(tenant: contoso, id: IncidentID(incident)))?.incident.alerts?.map(\.id).sorted()
  }
  private func count(_ cache: Cache, _ incident: String) throws -> Int? {
    try cache.summary(IncidentKey(tenant: contoso, id: IncidentID(incident)))?.alertCount
  }

  @Test("an alert may come before its incident, the newer version stays, and one that moves moves here")
  func byThemselves() async throws {
    try await withCache { cache in
      try await keep([alert("a", of: "1", at: 5), alert("b", of: "1", at: 5)], covering: Timestamp(noon), in: cache)
      let change = try await keep([], [incident("1"), incident("2")], in: cache)
      #expect(change.changed.map(\.alertCount) == [2, 0])
      #expect(try ids(cache, "1") == ["a", "b"] && ids(cache, "2") == [])
      try await keep([alert("a", of: "2", at: 4, title: "older")], in: cache)
      #expect(try ids(cache, "1") == ["a", "b"], "an older version changes nothing")
      let moved = try await keep([alert("a", of: "2", at: 6, title: "newer")], in: cache)
      #expect(try ids(cache, "1") == ["b"] && ids(cache, "2") == ["a"])
      #expect(moved.changed.map(\.alertCount).sorted { ($0 ?? 0) < ($1 ?? 0) } == [1, 1])
      #expect(!moved.hasUnrecorded, "another number of alerts is no change of the incident")
      let kept = try await cache.incident(IncidentKey(tenant: contoso, id: IncidentID("2")))?.incident.alerts
      #expect(kept == [alert("a", of: "2", at: 6, title: "newer")])
    }
  }

  @Test("a whole reading of an incident's own says which alerts it has no more, one with gaps does not")
  func ownReading() async throws {
    try await withCache { cache in
      try await keep([alert("a", of: "1", at: 5), alert("b", of: "1", at: 5)], [incident("1")], in: cache)
      #expect(try ids(cache, "1") == nil && count(cache, "1") == nil, "nobody knows whether that is all")
      try await cache.save(
        incident("1", alerts: [alert("c", of: "1", at: 1)], gaps: AlertGaps(missing: 2)), readAt: noon)
      #expect(try ids(cache, "1") == ["a", "b", "c"])
      #expect(try count(cache, "1") == 3)
      let whole = incident("1", alerts: [alert("c", of: "1", at: 1), alert("b", of: "1", at: 4, title: "older")])
      try await cache.save(whole, readAt: noon)
      let kept = try #require(try await cache.incident(whole.key)?.incident.alerts)
      #expect(kept == [alert("c", of: "1", at: 1), alert("b", of: "1", at: 5)], "in its order, the newer version")
      #expect(try count(cache, "1") == 2)
      let change = try await keep([alert("d", of: "1", at: 9)], in: cache)
      #expect(try ids(cache, "1") == ["b", "c", "d"])
      #expect(change.changed.map(\.alertCount) == [3])
    }
  }

  @Test("how many alerts an incident has is known when all since its creation were read, and while they can be read")
  func coverage() async throws {
    try await withCache { cache in
      let later = Timestamp(noon + 1)
      try await keep([alert("a", of: "1", at: 5)], [incident("1")], in: cache)
      #expect(try await keep([], covering: later, in: cache).changed.isEmpty)
      #expect(try count(cache, "1") == nil && ids(cache, "1") == nil, "it is older")
      let problem = Problem(cause: "x", at: noon, nextAction: "y")
      try await keep([], error: problem, in: cache)
      var young = incident("2")
      young.createdAt = later
      try await keep([], [young], error: problem, in: cache)
      #expect(try count(cache, "2") == nil, "nobody knows while the list cannot be read")
      #expect(try await keep([alert("b", of: "2", at: 5)], in: cache).changed.map(\.alertCount) == [1])
    }
  }

  @Test("F60: alerts that were kept inside their incident are kept by themselves; of one kept twice the newer stays")
  func migration() throws {
    try withFolder { (folder) throws in
      var cache = try Cache.open(in: folder, now: noon)
      let known = [1, 2].map { Incident.any($0, in: contoso, withAlerts: true) }
      try cache.apply(known, in: contoso, at: noon)
      cache.close()
      try withDatabase(folder.path(of: "cache.db")) { db in
        try db.execute(sql: Self.before)
        try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'alerts by themselves'")
      }
      cache = try Cache.open(in: folder, now: noon)
      for incident in known {
        let kept = try #require(try cache.incident(incident.key))
        var expected = incident
        expected.alerts = incident.alerts?.map { alert in
          var alert = alert
          (alert.productName, alert.investigationState, alert.actorName, alert.threatName) = (nil, nil, nil, nil)
          (alert.threatFamily, alert.systemTags, alert.resolvedAt, alert.comments) = (nil, [], nil, [])
          if alert.id == "al1-0" { alert.updatedAt = Timestamp(ticks: 2, fractionDigits: 0) }
          return alert
        }
        #expect(kept.incident == expected)
        #expect(kept.alertsReadAt == noon)
      }
      let problems = try cache.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
      #expect(problems.isEmpty)
      #expect(try cache.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    }
  }

  /// Makes the tables as they were, with what is kept; one alert stands in the other incident, too, as it was before.
  private static let before = """
    PRAGMA foreign_keys = OFF;
    ALTER TABLE evidence RENAME TO evidenceNow;
    ALTER TABLE alerts RENAME TO alertsNow;
    DROP TABLE alertComments;
    CREATE TABLE alerts (
      tenantID BLOB NOT NULL, incidentID TEXT NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, title TEXT,
      details TEXT, recommendedActions TEXT, category TEXT, severity TEXT NOT NULL, status TEXT NOT NULL,
      classification TEXT, determination TEXT, assignedTo TEXT, serviceSource TEXT, detectionSource TEXT,
      mitreTechniques TEXT, createdAt INTEGER, createdDigits INTEGER, updatedAt INTEGER, updatedDigits INTEGER,
      firstActivityAt INTEGER, firstActivityDigits INTEGER, lastActivityAt INTEGER, lastActivityDigits INTEGER,
      webURL TEXT, unreadableEvidence INTEGER NOT NULL, PRIMARY KEY (tenantID, incidentID, position),
      FOREIGN KEY (tenantID, incidentID) REFERENCES incidents ON DELETE CASCADE) STRICT, WITHOUT ROWID;
    CREATE TABLE evidence (
      tenantID BLOB NOT NULL, incidentID TEXT NOT NULL, alertPosition INTEGER NOT NULL, position INTEGER NOT NULL,
      type TEXT NOT NULL, verdict TEXT NOT NULL, remediationStatus TEXT, createdAt INTEGER, createdDigits INTEGER,
      roles TEXT, detailedRoles TEXT, tags TEXT, json TEXT NOT NULL,
      PRIMARY KEY (tenantID, incidentID, alertPosition, position),
      FOREIGN KEY (tenantID, incidentID, alertPosition) REFERENCES alerts ON DELETE CASCADE) STRICT, WITHOUT ROWID;
    INSERT INTO alerts SELECT tenantID, incidentID, position, id, title, details, recommendedActions, category,
      severity, status, classification, determination, assignedTo, serviceSource, detectionSource, mitreTechniques,
      createdAt, createdDigits, updatedAt, updatedDigits, firstActivityAt, firstActivityDigits, lastActivityAt,
      lastActivityDigits, webURL, unreadableEvidence FROM alertsNow;
    INSERT INTO evidence SELECT e.tenantID, a.incidentID, a.position, e.position, type, verdict, remediationStatus,
      e.createdAt, e.createdDigits, roles, detailedRoles, tags, json
      FROM evidenceNow AS e JOIN alertsNow AS a ON a.tenantID = e.tenantID AND a.id = e.alertID;
    INSERT INTO alerts (tenantID, incidentID, position, id, severity, status, unreadableEvidence, updatedAt)
      VALUES (x'11111111111111111111111111111111', '2', 9, 'al1-0', 'low', 'new', 0, 1);
    UPDATE alerts SET updatedAt = 2, updatedDigits = 0 WHERE id = 'al1-0' AND incidentID = '1';
    DROP TABLE evidenceNow;
    DROP TABLE alertsNow;
    ALTER TABLE tenants DROP COLUMN alertsLastAttempt;
    ALTER TABLE tenants DROP COLUMN alertsLastSuccess;
    ALTER TABLE tenants DROP COLUMN alertsUnreadable;
    ALTER TABLE tenants DROP COLUMN alertsCoverFrom;
    ALTER TABLE tenants DROP COLUMN alertsCoverDigits;
    ALTER TABLE tenants DROP COLUMN alertCursor;
    """
}
