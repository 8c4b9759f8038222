import FoundationEssentials
import GRDB
import PartnerModel

/// Keeps what pages of one reading brought, in one transaction.
struct IncidentKeeping {
  private(set) var change: CacheChange
  private let tenant: TenantID
  /// The creation time from which on all alerts of an incident are kept, in steps of 100 ns since 1970.
  private let coversFrom: Int64?
  /// When the tenant was last read to its end.
  private let lastWhole: Date?
  private var summaries: SummaryRows.Writer
  private var details: DetailRows.Writer
  private var alerts: AlertRows.Writer
  /// Incidents whose alerts are others now.
  private var touched: Set<IncidentID> = []

  init(_ tenant: TenantID, _ db: Database) throws {
    self.tenant = tenant
    change = CacheChange(changed: [], counts: try IncidentCounts.load(tenant, db))
    coversFrom = try AlertCoverage.start(of: tenant, db)
    lastWhole = try TenantRows.lastSuccess(of: tenant, db)
    (summaries, details, alerts) = (
      try SummaryRows.Writer(db), try DetailRows.Writer(db), try AlertRows.Writer(db)
    )
  }

  /// Keeps alerts of the tenant's list.
  mutating func keep(_ alerts: [Alert], _ db: Database) throws {
    for alert in alerts {
      touched.formUnion(try self.alerts.save(alert, of: alert.incidentID, position: nil, in: tenant, db))
    }
  }

  mutating func keep(_ page: KeptPage, _ db: Database) throws {
    if let foreign = page.incidents.first(where: { $0.tenant != tenant }) {
      throw StoreError.foreignTenant(foreign.tenant, expected: tenant)
    }
    for incident in page.incidents {
      let hasName = incident.displayName != nil
      var new = Cache.summary(of: incident, after: nil, at: page.at)
      if incident.alerts == nil, isCovered(new) { new.alertCount = try AlertRows.count(of: incident.key, db) }
      var old: IncidentSummary?
      if try !summaries.insert(new, hasName: hasName, db) {
        old = try SummaryRows.load(incident.key, db)
        guard let successor = Cache.successor(of: old, in: incident, at: page.at) else { continue }
        new = successor
        if let old, new != old {
          try note(old, incident, page, db)
          try summaries.update(new, hasName: hasName, db)
        }
      }
      if new != old {
        if let old { change.counts.count(old, -1) }
        change.counts.count(new, 1)
        change.changed.append(new)
      }
      try details.save(incident, at: page.at, isNew: old == nil, db)
      try keepAlerts(of: incident, db)
    }
  }

  private mutating func note(_ old: IncidentSummary, _ new: Incident, _ page: KeptPage, _ db: Database) throws {
    let (before, readAt) = try DetailRows.image(of: old, db)
    let known = KnownChange(
      key: new.key, before: before, after: IncidentImage(of: new), seenAt: page.at,
      readBefore: [readAt, lastWhole].compactMap(\.self).max() ?? page.at)
    if try UnrecordedRows.insert(known, db) { change.hasUnrecorded = true }
  }

  /// Keeps the alerts of an incident's own reading, which tells, where it is whole, that it has no others.
  private mutating func keepAlerts(of incident: Incident, _ db: Database) throws {
    guard let own = incident.alerts else { return }
    for (position, alert) in own.enumerated() {
      let others = try alerts.save(alert, of: incident.id, position: position, in: tenant, db)
      touched.formUnion(others.subtracting([incident.id]))
    }
    if incident.alertGaps == .none { try AlertRows.detach(from: incident.key, except: own, db) }
  }

  private func isCovered(_ incident: IncidentSummary) -> Bool {
    guard let coversFrom, let created = incident.createdAt else { return false }
    return created.ticks >= coversFrom
  }

  /// Counts the alerts anew of incidents that got some or lost some.
  mutating func countAlerts(_ db: Database) throws {
    for id in touched {
      let key = IncidentKey(tenant: tenant, id: id)
      guard let kept = try SummaryRows.load(key, db), kept.alertCount != nil || isCovered(kept) else { continue }
      guard let counted = try AlertCoverage.counted(kept, &summaries, db) else { continue }
      if let place = change.changed.lastIndex(where: { $0.key == key }) {
        change.changed[place] = counted
      } else {
        change.changed.append(counted)
      }
    }
  }
}

extension IncidentImage {
  fileprivate init(of incident: Incident) {
    self.init(incident)
    alerts = nil
  }
}
