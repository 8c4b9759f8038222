import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite struct CacheTests {
  private func withCache<Value>(_ body: (Cache) throws -> Value) throws -> Value {
    try withFolder { folder in
      let cache = try Cache.open(in: folder, now: noon)
      defer { cache.close() }
      return try body(cache)
    }
  }

  private func all(_ cache: Cache, slice: Int) throws -> [IncidentSummary] {
    var found: [IncidentSummary] = []
    while true {
      let next = try cache.openIncidents(after: found.last.map { QueueCursor(after: $0) }, limit: slice)
      found += next
      if next.count < slice { return found }
    }
  }

  /// What the queue has to be, computed the slow way.
  private func sorted(_ summaries: [IncidentSummary]) -> [IncidentSummary] {
    summaries.filter(\.status.isOpen).sorted { left, right in
      let (l, r) = (place(left), place(right))
      if l != r { return l.lexicographicallyPrecedes(r) }
      return left.key.tenant == right.key.tenant
        ? left.key.id.rawValue > right.key.id.rawValue : left.key.tenant > right.key.tenant
    }
  }

  private func place(_ incident: IncidentSummary) -> [Int64] {
    let isFree = (incident.assignedTo ?? "").isEmpty
    let isTaken = !isFree || incident.status == .inProgress || incident.status == .awaitingAction
    let age = incident.createdAt.map { -$0.ticks } ?? .max
    return [isTaken ? 1 : 0, Int64(incident.severity.order), age]
  }

  @Test(
    "the queue comes by what nobody has, severity and age, the newest first, whole whatever the slices",
    arguments: [1, 7, 100, 10_000])
  func queue(slice: Int) throws {
    try withCache { (cache) throws in
      var expected: [IncidentSummary] = []
      for number in 0..<5 {
        let incidents = (0..<60).map { Incident.any($0, in: tenant(number), seed: UInt64(number)) }
        expected += try cache.apply(incidents, in: tenant(number), at: noon).changed
      }
      #expect(expected.count == 300)
      #expect(try all(cache, slice: slice) == sorted(expected))
    }
  }

  @Test("the queue is read from its indexes, without a sort, also behind a cursor", arguments: QueuePass.allCases)
  func plan(pass: QueuePass) throws {
    try withCache { (cache) throws in
      let index = pass.isWaiting ? "USING INDEX waiting" : "USING COVERING INDEX queue"
      for sql in [pass.rows(isBehind: false), pass.rows(isBehind: true), pass.nextSeverity] {
        let plan = try cache.read { db in
          try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql.replacing("?", with: "1")).map {
            $0["detail"] as String
          }
        }
        #expect(plan.count == 1)
        #expect(plan.first?.hasPrefix("SEARCH") == true && plan.first?.contains(index) == true, "\(plan)")
      }
    }
  }

  @Test("the first rows go on while others may stand before them by the time that they have left")
  func goesOn() throws {
    try withCache { (cache) throws in
      let rows = (0..<300).map { number in
        var incident = Incident(tenant: contoso, id: IncidentID("\(1_000 + number)"))
        incident.severity = .high
        incident.status = .active
        incident.createdAt = Timestamp(noon.addingTimeInterval(-60 * Double(number)))
        return incident
      }
      try cache.apply(rows, in: contoso, at: noon)
      func first(_ most: Int) throws -> Int {
        try cache.openIncidents(limit: 10, most: most) { ($0.createdAt?.age(at: noon) ?? 0) < 12_000 }.count
      }
      #expect(try first(0) == 10)
      #expect(try first(1_000) == 200, "as many as are younger than 200 minutes")
      #expect(try first(50) == 50)
    }
  }

  @Test("what was received comes back exactly", arguments: 0..<24)
  func roundTrip(number: Int) throws {
    try withCache { (cache) throws in
      var incident = Incident.any(number, in: contoso, withAlerts: number % 2 == 0)
      if number == 3 {
        incident = Incident(tenant: contoso, id: IncidentID("bare"))
      }
      if number == 5 {
        // What other programs send when they have no date, and the last moment there is.
        incident.createdAt = Timestamp("0001-01-01T00:00:00Z")
        incident.updatedAt = Timestamp("9999-12-31T23:59:59.9999999Z")
        incident.displayName = ""
        incident.customTags = [""]
      }
      try cache.save(incident, readAt: noon)
      let kept = try #require(try cache.incident(incident.key))
      #expect(kept.incident == incident)
      #expect(kept.readAt == noon)
      #expect(kept.alertsReadAt == (incident.alerts == nil ? nil : noon))
      #expect(kept.incident.createdAt?.description == incident.createdAt?.description)
      #expect(try cache.incidents(of: contoso, includeClosed: true) == [kept.summary])
    }
  }

  @Test("only what changed is told; an older version changes nothing")
  func versions() throws {
    try withCache { (cache) throws in
      var incident = Incident.any(1, in: contoso)
      incident.status = .active
      #expect(try cache.apply([incident], in: contoso, at: noon).changed.map(\.key) == [incident.key])
      #expect(try cache.apply([incident], in: contoso, at: noon + 60).changed.isEmpty)
      #expect(try cache.incident(incident.key)?.readAt == noon + 60)

      var newer = incident
      newer.updatedAt = incident.updatedAt.map { Timestamp(ticks: $0.ticks + 1, fractionDigits: 7) }
      newer.displayName = "renamed"
      #expect(try cache.apply([newer], in: contoso, at: noon).changed.map(\.displayName) == ["renamed"])
      #expect(try cache.apply([incident], in: contoso, at: noon).changed.isEmpty)
      #expect(try cache.incident(incident.key)?.incident == newer)
    }
  }

  @Test("of an incident that was known it is kept what it was and what it is; a new one has no change")
  func images() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      func apply(_ incidents: [Incident], at now: Date) async throws -> Bool {
        try await cache.apply([KeptPage(incidents: incidents, at: now)], of: contoso).hasUnrecorded
      }
      var incident = Incident.any(1, in: contoso, withAlerts: true)
      (incident.status, incident.customTags, incident.resolvingComment) = (.active, ["early"], "none yet")
      let before = incident
      #expect(try await apply([incident], at: noon) == false)
      #expect(try await apply([incident], at: noon + 5) == false)
      incident.updatedAt = incident.updatedAt.map { Timestamp(ticks: $0.ticks + 1, fractionDigits: 7) }
      incident.status = .resolved
      incident.resolvingComment = "a drill"
      incident.lastModifiedBy = "bo@partner.example"
      var later = incident
      later.updatedAt = incident.updatedAt.map { Timestamp(ticks: $0.ticks + 1, fractionDigits: 7) }
      later.customTags = ["late"]
      #expect(try await apply([incident, later], at: noon + 9) == true)
      #expect(try await apply([before], at: noon + 20) == false, "an older version is none")
      let entries = try await cache.unrecordedChanges(limit: 9).compactMap(\.entry)
      #expect(entries.map(\.incident) == [incident.id, incident.id] && entries.allSatisfy { $0.at == noon + 9 })
      #expect(entries.map(\.tenant) == [contoso, contoso])
      let changes = entries.compactMap(\.observed)
      #expect(
        changes.map(\.changes) == [
          [
            FieldChange(field: .status, before: .text("active"), after: .text("resolved")),
            FieldChange(field: .resolvingComment, before: .text("none yet"), after: .text("a drill")),
          ], [FieldChange(field: .customTags, before: .list(["early"]), after: .list(["late"]))],
        ])
      #expect(changes.map(\.changedAt) == [incident.updatedAt, later.updatedAt])
      #expect(changes.map(\.by) == ["bo@partner.example", "bo@partner.example"])
    }
  }

  @Test("acknowledged is when it was first seen assigned or not active, and stays")
  func acknowledged() throws {
    try withCache { (cache) throws in
      var incident = Incident(
        tenant: contoso, id: IncidentID("1"), updatedAt: Timestamp("2026-05-01T10:00:00Z"))
      func apply() throws -> Timestamp? {
        try cache.apply([incident], in: contoso, at: noon)
        return try cache.incident(incident.key)?.summary.acknowledgedAt
      }
      #expect(try apply() == nil)
      incident.assignedTo = "bo@partner.example"
      incident.updatedAt = Timestamp("2026-05-01T11:00:00.5Z")
      #expect(try apply()?.description == "2026-05-01T11:00:00.5Z")
      incident.assignedTo = nil
      incident.updatedAt = Timestamp("2026-05-01T12:00:00Z")
      #expect(try apply()?.description == "2026-05-01T11:00:00.5Z")
    }
  }

  @Test(
    "what was taken before it was seen for the first time is not taken for late, nor is what an earlier version kept")
  func takenBefore() throws {
    let (created, changed) = (Timestamp("2026-05-01T08:00:00Z"), Timestamp("2026-05-01T11:00:00Z"))
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      let incident = Incident(
        tenant: contoso, id: IncidentID("1"), status: .resolved, createdAt: created, updatedAt: changed)
      try cache.apply([incident], in: contoso, at: noon)
      #expect(try cache.incident(incident.key)?.summary.acknowledgedAt == created)
      cache.close()
      try withDatabase(folder.path(of: "cache.db")) { db in
        try db.execute(
          sql:
            "UPDATE incidents SET acknowledgedAt = updatedAt; DELETE FROM grdb_migrations WHERE identifier = 'taken before it was seen'"
        )
      }
      let after = try Cache.open(in: folder, now: noon)
      defer { after.close() }
      #expect(try after.incident(incident.key)?.summary.acknowledgedAt == created)
    }
  }

  @Test("alerts stay until they are read again, with the age they have")
  func alerts() throws {
    try withCache { (cache) throws in
      var incident = Incident.any(2, in: contoso, withAlerts: true)
      #expect(try cache.save(incident, readAt: noon).changed.first?.alertCount == 3)
      let alerts = incident.alerts
      incident.alerts = nil
      incident.displayName = "renamed"
      #expect(try cache.apply([incident], in: contoso, at: noon + 9).changed.first?.alertCount == 3)
      let kept = try #require(try cache.incident(incident.key))
      #expect(kept.incident.alerts == alerts)
      #expect(kept.alertsReadAt == noon && kept.readAt == noon + 9)
      incident.alerts = Array(alerts?.prefix(1) ?? [])
      #expect(try cache.save(incident, readAt: noon + 20).counts.open <= 1)
      #expect(try cache.incident(incident.key)?.incident == incident)
    }
  }

  @Test("counters moved with each change are those counted anew", arguments: UInt64(0)..<12)
  func counters(seed: UInt64) throws {
    try withCache { (cache) throws in
      var chance = SplitMix(seed: seed)
      var clock: Int64 = 18_000_000_000_000_000
      for number in 0..<2 { try cache.save(SyncRecord(lastSuccess: noon), of: tenant(number)) }
      for _ in 0..<40 {
        let owner = tenant(Int.random(in: 0..<2, using: &chance))
        let page = (0..<5).map { _ in
          clock += 1
          var incident = Incident.any(
            Int.random(in: 0..<12, using: &chance), in: owner, seed: UInt64.random(in: 0..<99, using: &chance))
          if Int.random(in: 0..<4, using: &chance) > 0 { incident.updatedAt = Timestamp(ticks: clock) }
          return incident
        }
        let counts = try cache.apply(page, in: owner, at: noon).counts
        let incidents = try cache.incidents(of: owner, includeClosed: true)
        let open = incidents.filter(\.status.isOpen)
        func count(_ severity: Severity) -> Int { open.count { $0.severity == severity } }
        let expected = IncidentCounts(
          high: count(.high), medium: count(.medium), low: count(.low), informational: count(.informational),
          open: open.count, unassignedHigh: open.count { $0.severity == .high && $0.assignedTo == nil },
          oldest: open.compactMap(\.createdAt).min())
        #expect(counts == expected)
        #expect(try cache.overviews(for: [Tenant(id: owner, name: "x")]).first?.counts == expected)
        #expect(try cache.incidents(of: owner, includeClosed: false) == open)
      }
    }
  }

  @Test("accounted for: counters are unknown until a read of the tenant came to its end, then zero is zero")
  func unknownIsNotZero() throws {
    try withCache { (cache) throws in
      func counts(_ tenant: TenantID) throws -> IncidentCounts? {
        try cache.overviews(for: [Tenant(id: tenant, name: "C")]).first?.counts
      }
      #expect(try counts(contoso) == nil)
      var incident = Incident.any(1, in: contoso)
      incident.status = .active
      #expect(try cache.apply([incident], in: contoso, at: noon).counts.open == 1)
      try cache.save(SyncRecord(lastAttempt: noon), of: contoso)
      #expect(try counts(contoso) == nil)
      try cache.save(SyncRecord(lastAttempt: noon, lastSuccess: noon), of: contoso)
      #expect(try counts(contoso)?.open == 1)
      try cache.save(SyncRecord(lastAttempt: noon, lastSuccess: noon), of: fabrikam)
      #expect(try counts(fabrikam) == IncidentCounts())
    }
  }

  @Test("the queue holds the incidents of shown tenants only, in whole slices")
  func shownOnly() throws {
    try withFolder { (folder) throws in
      let everything = try Cache.open(in: folder, now: noon)
      for number in 0..<4 {
        try everything.apply(
          (0..<20).map { Incident.any($0, in: tenant(number), seed: UInt64(number)) }, in: tenant(number), at: noon)
      }
      let shown: Set<TenantID> = [tenant(1), tenant(3)]
      let expected = try all(everything, slice: 1_000).filter { shown.contains($0.key.tenant) }
      let cache = try Cache.open(in: folder, showing: shown, now: noon)
      #expect(!expected.isEmpty)
      #expect(try all(cache, slice: 3) == expected)
      #expect(Set(try cache.incidents(readSince: noon).map(\.key.tenant)) == shown)
    }
  }

  @Test("incidents are found by when they were last read, by any process")
  func readSince() throws {
    try withCache { (cache) throws in
      try cache.apply([.any(1, in: contoso), .any(2, in: contoso)], in: contoso, at: noon)
      try cache.apply([.any(3, in: fabrikam)], in: fabrikam, at: noon + 10)
      try cache.save(.any(2, in: contoso), readAt: noon + 20)
      #expect(try cache.incidents(readSince: noon + 10).map(\.key.id.rawValue) == ["3", "2"])
      #expect(try cache.incidents(readSince: noon + 21).isEmpty)
      let plan = try cache.read { db in
        try Row.fetchAll(
          db,
          sql: """
            EXPLAIN QUERY PLAN SELECT \(SummaryRows.columns) FROM incidentDetails AS d INDEXED BY incidentsByReading
            CROSS JOIN incidents USING (tenantID, id) WHERE d.readAt >= 0
            """
        ).map { $0["detail"] as String }
      }
      #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }
  }

  @Test("an incident that is gone leaves with all that hangs on it, and the counters follow")
  func removed() throws {
    try withCache { (cache) throws in
      var incident = Incident.any(4, in: contoso, withAlerts: true)
      incident.status = .active
      incident.severity = .high
      try cache.apply([incident, .any(5, in: contoso)], in: contoso, at: noon)
      try cache.save(SyncRecord(lastSuccess: noon), of: contoso)
      let before = try #require(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first?.counts)
      #expect(try cache.remove(incident.key)?.key == incident.key)
      #expect(try cache.remove(incident.key) == nil)
      #expect(try cache.incident(incident.key) == nil)
      let after = try #require(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first?.counts)
      #expect((after.open, after.high) == (before.open - 1, before.high - 1))
      #expect(try cache.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM comments WHERE incidentID = '4'") } == 0)
    }
  }

  @Test("F47: an unreadable item counts once until it is read, and no longer than the history goes back")
  func unreadable() throws {
    try withCache { (cache) throws in
      func apply(_ incidents: [Incident], _ unreadable: [String?], after seconds: Double) throws -> Int {
        let change = try cache.apply(
          incidents, unreadable: unreadable, forgettingBefore: noon + seconds - 100, in: contoso, at: noon + seconds)
        #expect(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first?.sync.unreadable == change.unreadable)
        return change.unreadable
      }
      #expect(try apply([.any(1, in: contoso)], [], after: 0) == 0)
      #expect(try apply([], ["7", "8", nil], after: 0) == 3)
      #expect(try apply([], ["7", nil], after: 10) == 3)
      #expect(try apply([.any(8, in: contoso)], [], after: 20) == 2)
      #expect(try cache.apply([], in: fabrikam, at: noon).unreadable == 0)
      #expect(try apply([], [], after: 111) == 0)
    }
  }

  @Test("rows of few tenants are those of many")
  func fewAreAsMany() throws {
    try withCache { (cache) throws in
      let tenants = (0..<40).map { Tenant(id: tenant($0), name: "T\($0)") }
      for (number, row) in tenants.enumerated() where number % 3 != 0 {
        try cache.apply([.any(number, in: row.id)], in: row.id, at: noon)
        let problem = Problem(cause: "outage", code: number, nextAction: "Wait.")
        try cache.save(SyncRecord(lastAttempt: noon, lastSuccess: noon, error: problem), of: row.id)
      }
      let all = try cache.overviews(for: tenants)
      #expect(try tenants.flatMap { try cache.overviews(for: [$0]) } == all)
      #expect(try cache.overviews(for: Array(tenants.prefix(7))) == Array(all.prefix(7)))
      #expect(try cache.overviews(for: []).isEmpty)
    }
  }

  @Test("invariant 4: an incident of another tenant is refused with its whole page")
  func foreign() throws {
    try withCache { (cache) throws in
      #expect(throws: StoreError.foreignTenant(fabrikam, expected: contoso)) {
        try cache.apply([.any(1, in: contoso), .any(2, in: fabrikam)], in: contoso, at: noon)
      }
      #expect(try cache.incidents(of: contoso, includeClosed: true).isEmpty)
    }
  }

  @Test("invariant 2: the same id in two tenants is two incidents")
  func sameID() throws {
    try withCache { (cache) throws in
      for owner in [contoso, fabrikam] { try cache.apply([.any(7, in: owner, withAlerts: true)], in: owner, at: noon) }
      var changed = Incident.any(7, in: contoso, withAlerts: true)
      changed.displayName = "only here"
      changed.alerts = []
      try cache.save(changed, readAt: noon)
      #expect(try cache.incident(changed.key)?.incident == changed)
      let other = Incident.any(7, in: fabrikam, withAlerts: true)
      #expect(try cache.incident(other.key)?.incident == other)
    }
  }

  @Test("a tenant's consent, token and sync come back, in the order asked, also after a start")
  func overviews() throws {
    try withFolder { (folder) throws in
      let problem = Problem(
        cause: "partial", error: "invalid_client", code: 7_000_215, correlationID: "c", requestID: "r", at: noon,
        nextAction: "Send the link.", whoActs: .customer, summary: "one clause", message: "It said\u{202E} no.")
      let consent = ConsentRecord(
        state: .partial, granted: [.readIncidents, .readAlerts], missing: [.hunt], checkedAt: noon, error: problem)
      let token = TokenRecord(
        expiresAt: noon + 3_600, trouble: .throttled, parkedUntil: noon + 0.25, lastError: problem,
        facts: TokenFacts(
          audience: "https://graph.microsoft.com", roles: [.readIncidents, .hunt], scopes: ["User.Read"],
          issuedAt: noon - 5, credential: "certificate /etc/app.pem"))
      let sync = SyncRecord(
        lastAttempt: noon, lastSuccess: noon - 60, error: problem, unreadable: 2,
        watermark: Timestamp("2026-05-01T10:00:00.1234567Z"))
      let cache = try Cache.open(in: folder, now: noon)
      try cache.save(consent, of: contoso, at: noon)
      try cache.save(token, of: contoso, at: noon)
      try cache.save(sync, cursor: "page 2", of: contoso)
      try cache.save(sync, of: fabrikam)
      var healthy = sync
      healthy.error = nil
      try cache.save(healthy, of: fabrikam)
      cache.close()

      let next = try Cache.open(in: folder, now: noon)
      let tenants = [fabrikam, tenant(9), contoso].map { Tenant(id: $0, name: "\($0)") }
      let rows = try next.overviews(for: tenants)
      #expect(
        rows == [
          TenantOverview(tenant: tenants[0], sync: healthy, counts: IncidentCounts()),
          TenantOverview(tenant: tenants[1]),
          TenantOverview(
            tenant: tenants[2], consent: consent, token: token, sync: sync, counts: IncidentCounts()),
        ])
      #expect(try next.syncCursor(of: contoso) == "page 2")
      #expect(try next.syncCursor(of: fabrikam) == nil)
      #expect(try next.syncCursor(of: tenant(9)) == nil)
    }
  }

  @Test("When each incident was read is known by itself, of one tenant, since a moment")
  func readTimes() throws {
    try withCache { (cache) throws in
      try cache.apply([.any(1, in: contoso), .any(2, in: contoso)], in: contoso, at: noon)
      try cache.save(.any(1, in: fabrikam), readAt: noon + 5)
      try cache.save(.any(2, in: contoso), readAt: noon + 9)
      let (first, second) = (Incident.any(1, in: contoso).id, Incident.any(2, in: contoso).id)
      #expect(try cache.readTimes(of: contoso, after: nil) == [first: noon, second: noon + 9])
      #expect(try cache.readTimes(of: contoso, after: noon) == [second: noon + 9])
    }
  }
}
