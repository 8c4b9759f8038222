package import FoundationEssentials
import GRDB
package import PartnerModel

/// What a change of the cache means for those who show it.
package struct CacheChange: Hashable, Sendable {
  /// Incidents that are new or not as before.
  package var changed: [IncidentSummary]
  /// The tenant's counters after the change.
  package var counts: IncidentCounts
  /// Items of the tenant that could not be read when they last came.
  package var unreadable: Int
  /// Whether a field that the history follows is another now, of an incident that was known before: it waits to go on
  /// record.
  package var hasUnrecorded = false

  package init(changed: [IncidentSummary], counts: IncidentCounts, unreadable: Int = 0) {
    self.changed = changed
    self.counts = counts
    self.unreadable = unreadable
  }
}

/// An incident as it is remembered.
package struct RememberedIncident: Hashable, Sendable {
  /// With `alerts` when they were ever read.
  package var incident: Incident
  package var summary: IncidentSummary
  /// When the service last gave it, alone or in a list.
  package var readAt: Date
  /// When its alerts were read; `nil` when never.
  package var alertsReadAt: Date?

  package init(incident: Incident, summary: IncidentSummary, readAt: Date, alertsReadAt: Date? = nil) {
    self.incident = incident
    self.summary = summary
    self.readAt = readAt
    self.alertsReadAt = alertsReadAt
  }
}

/// A page of a tenant's incidents as it is kept; see ``Cache/apply(_:unreadable:unchanged:forgettingBefore:in:at:)``.
package struct KeptPage: Sendable {
  package var incidents: [Incident]
  package var unreadable: [String?]
  package var unchanged: [IncidentID]
  package var forgettingBefore: Date?
  /// The tenant's alerts that changed, of whatever incidents.
  package var alerts: [Alert]
  /// When it was read.
  package var at: Date

  package init(
    incidents: [Incident] = [], unreadable: [String?] = [], unchanged: [IncidentID] = [], forgettingBefore: Date? = nil,
    alerts: [Alert] = [], at: Date
  ) {
    self.incidents = incidents
    self.alerts = alerts
    self.unreadable = unreadable
    self.unchanged = unchanged
    self.forgettingBefore = forgettingBefore
    self.at = at
  }

  /// Whether it brought nothing that is new or could not be read.
  var isEmpty: Bool { incidents.isEmpty && unreadable.isEmpty && alerts.isEmpty }
}

extension Cache {
  /// Keeps a page of incidents, all or nothing.
  ///
  /// A version older than the one that is kept changes nothing; alerts that are kept stay until they are read again.
  /// - Parameters:
  ///   - unreadable: the ids of the page's items that could not be read, as far as they tell one; an item counts until
  ///     it is read.
  ///   - unchanged: the ids of the page's items that came as they are known, and are not among `incidents`.
  ///   - forgettingBefore: unreadable items that last came before this moment are not counted any more, and 404s of
  ///     before are forgotten.
  /// - Throws: `.foreignTenant`; `.diskFull`, `.readOnly`, `.busy`, `.corrupt`: then nothing of the page was kept.
  @discardableResult
  package func apply(
    _ incidents: [Incident], unreadable: [String?] = [], unchanged: [IncidentID] = [], forgettingBefore: Date? = nil,
    in tenant: TenantID, at now: Date
  ) throws(StoreError) -> CacheChange {
    let page = KeptPage(
      incidents: incidents, unreadable: unreadable, unchanged: unchanged, forgettingBefore: forgettingBefore, at: now)
    return try write { db in try Self.apply([page], of: tenant, db) }
  }

  /// Keeps pages of one reading, in their order.
  static func apply(_ pages: [KeptPage], of tenant: TenantID, _ db: Database) throws -> CacheChange {
    var keeping = try IncidentKeeping(tenant, db)
    // First, so that an incident that is new is counted with those that it has.
    for page in pages { try keeping.keep(page.alerts, db) }
    for page in pages { try keeping.keep(page, db) }
    try keeping.countAlerts(db)
    var change = keeping.change
    if !change.changed.isEmpty { try change.counts.save(tenant, db) }
    for page in pages {
      try AbsenceRows.clear(page, tenant, db)
      change.unreadable = try UnreadableRows.note(page, tenant, db)
    }
    return change
  }

  /// Keeps one incident as read by itself, with its alerts if it has them.
  /// - Throws: as ``apply(_:unreadable:unchanged:forgettingBefore:in:at:)``.
  @discardableResult
  package func save(_ incident: Incident, readAt: Date) throws(StoreError) -> CacheChange {
    try apply([incident], in: incident.tenant, at: readAt)
  }

  /// Forgets an incident that the service does not have any more.
  /// - Returns: what was known of it; `nil` when nothing was.
  package func remove(_ key: IncidentKey) throws(StoreError) -> IncidentSummary? {
    try write { db in try Self.remove(key, db) }
  }

  /// Its alerts stand by themselves: they may be of another incident by now.
  static func remove(_ key: IncidentKey, _ db: Database) throws -> IncidentSummary? {
    guard let old = try SummaryRows.load(key, db) else { return nil }
    try db.cachedStatement(sql: "DELETE FROM incidents WHERE tenantID = ? AND id = ?")
      .execute(arguments: [key.tenant.blob, key.id.rawValue])
    var counts = try IncidentCounts.load(key.tenant, db)
    counts.count(old, -1)
    try counts.save(key.tenant, db)
    return old
  }

  /// What lists show of these incidents, for when they cannot be kept: one older than what is kept is left out.
  package func summaries(of incidents: [Incident], at now: Date) -> [IncidentSummary] {
    incidents.compactMap { incident in
      let old = (try? summary(incident.key)) ?? nil
      return Self.successor(of: old, in: incident, at: now)
    }
  }

  /// What lists show of an incident from now on; `nil` when what is known is newer.
  static func successor(
    of old: IncidentSummary?, in incident: Incident, at now: Date
  ) -> IncidentSummary? {
    if let seen = incident.updatedAt, let kept = old?.updatedAt, seen < kept { return nil }
    return summary(of: incident, after: old, at: now)
  }

  static func summary(of incident: Incident, after old: IncidentSummary?, at now: Date) -> IncidentSummary {
    var new = IncidentSummary(
      incident, acknowledgedAt: old?.acknowledgedAt ?? acknowledgement(of: incident, isKnown: old != nil, at: now),
      alertCount: old?.alertCount)
    if new.displayName.holdsNUL { new.displayName = new.displayName.withoutNUL }
    if let user = new.assignedTo, user.holdsNUL { new.assignedTo = user.withoutNUL }
    if let url = new.webURL, url.holdsNUL { new.webURL = url.withoutNUL }
    return new
  }

  /// When somebody took it, as far as we know: the moment of the version in which that was first seen. What was taken
  /// before we saw it for the first time may have been taken at once: nobody is told to have been late whom we did not see
  /// waiting.
  private static func acknowledgement(of incident: Incident, isKnown: Bool, at now: Date) -> Timestamp? {
    let isTaken = incident.status != .active && incident.status != .unknown
    guard isTaken || !(incident.assignedTo ?? "").isEmpty else { return nil }
    return (isKnown ? incident.updatedAt : incident.createdAt) ?? incident.createdAt ?? incident.updatedAt
      ?? Timestamp(now)
  }

  /// What the lists know of one incident.
  package func summary(_ key: IncidentKey) throws(StoreError) -> IncidentSummary? {
    try read { db in try SummaryRows.load(key, db) }
  }

  /// What the lists know of the incidents that have this id, one for each of the tenants that has it.
  package func summaries(of id: IncidentID, in tenants: [TenantID]) throws(StoreError) -> [IncidentSummary] {
    try read { db in try tenants.compactMap { try SummaryRows.load(IncidentKey(tenant: $0, id: id), db) } }
  }

  /// The whole incident as last read, with its alerts and evidence when they were read.
  package func incident(_ key: IncidentKey) throws(StoreError) -> RememberedIncident? {
    try read { db in try DetailRows.load(key, db) }
  }
}

/// Items that could not be read. The service gives an item again only when it changes, so each counts until then.
private enum UnreadableRows {
  /// - Returns: how many there are now.
  static func note(_ page: KeptPage, _ tenant: TenantID, _ db: Database) throws -> Int {
    var count = try self.count(tenant, db)
    if page.unreadable.isEmpty, count == 0 { return 0 }
    for incident in page.incidents {
      try db.cachedStatement(sql: "DELETE FROM unreadableItems WHERE tenantID = ? AND id = ?")
        .execute(arguments: [tenant.blob, incident.id.rawValue])
    }
    if let forgettingBefore = page.forgettingBefore {
      try db.cachedStatement(sql: "DELETE FROM unreadableItems WHERE tenantID = ? AND at < ?")
        .execute(arguments: [tenant.blob, forgettingBefore.microseconds])
    }
    for id in page.unreadable {
      try db.cachedStatement(
        sql: """
          INSERT INTO unreadableItems (tenantID, id, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at
          """
      ).execute(arguments: [tenant.blob, (id ?? "").withoutNUL, page.at.microseconds])
    }
    count = try self.count(tenant, db)
    try TenantRows.update(tenant, ["syncUnreadable"], [count], db)
    return count
  }

  private static func count(_ tenant: TenantID, _ db: Database) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM unreadableItems WHERE tenantID = ?"), arguments: [tenant.blob]) ?? 0
  }
}
