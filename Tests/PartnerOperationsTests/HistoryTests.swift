import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerOperations
@testable import PartnerStore

@Suite("What is on record of an incident")
struct HistoryTests {
  private static let ben = IncidentUpdate(assignment: .to("ben@northwind-soc.example"))

  private func changes(_ fixture: EngineFixture) throws -> [JournalEntry] {
    try fixture.engine.journal.entries().map(\.entry).filter { $0.kind == .incidentChanged }
  }

  @Test(
    "A change that a read of the tenant brings goes on record with who and when; a first sight and a quiet read do not")
  func observed() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      #expect(try changes(fixture).isEmpty, "all of it was new")
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(try changes(fixture).isEmpty, "nothing changed")
      fixture.lab.tick(seconds: 60, newIncidents: 1, edits: 3)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let seen = try changes(fixture)
      #expect(
        !seen.isEmpty && seen.allSatisfy { $0.tenant == fixture.first.id && $0.observed?.changes.isEmpty == false })
      #expect(seen.allSatisfy { $0.observed?.changedAt != nil && $0.observed?.by != nil })
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(try changes(fixture) == seen, "told once")
      let changed = try #require(seen.first?.incident)
      let key = IncidentKey(tenant: fixture.first.id, id: changed)
      let history = try await fixture.engine.history(of: key)
      #expect(history.changes.map(\.changes) == seen.filter { $0.incident == changed }.compactMap(\.observed?.changes))
      #expect(history.knownSince != nil && history.writes.isEmpty)
      #expect(
        try await fixture.engine.history(of: IncidentKey(tenant: key.tenant, id: IncidentID("0"))).knownSince == nil)
      _ = incident
    }
  }

  @Test("A write of ours is on record with its outcome, and so is the change that it made")
  func own() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let write = try await fixture.engine.update(incident.key, with: Self.ben, seen: incident)
      let history = try await fixture.engine.history(of: incident.key)
      #expect(history.writes.map(\.id) == [write.id] && history.writes.first?.state == .confirmed)
      #expect(history.changes.flatMap(\.changes).map(\.field) == [.assignedTo])
    }
  }

  @Test("A journal that cannot be written pauses the history, told once, and the tenant is read all the same")
  func paused() async throws {
    try await EngineFixture.with { fixture in
      _ = try await fixture.unassigned()
      let path = fixture.engine.journal.path
      fixture.engine.journal.close()
      fixture.forgetEvents()
      for _ in 0..<2 {
        fixture.lab.tick(seconds: 60, newIncidents: 0, edits: 3)
        #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      }
      let warnings = fixture.warnings.filter { $0.contains("not put on record") }
      #expect(warnings.count == 1, "\(fixture.warnings) \(path)")
    }
  }

  @Test("An incident is told as it was: changes since are taken back, and what was written since is left out")
  func asOf() throws {
    let key = IncidentKey(tenant: TenantID(high: 1, low: 1), id: IncidentID("7"))
    let noon = Date(timeIntervalSince1970: 1_780_000_000)
    func time(_ seconds: TimeInterval) -> Timestamp { Timestamp(noon + seconds) }
    func change(_ seconds: TimeInterval, _ field: IncidentField, _ before: FieldValue, _ after: FieldValue)
      -> ObservedChange
    {
      ObservedChange(
        key: key, changes: [FieldChange(field: field, before: before, after: after)], changedAt: time(seconds),
        seenAt: noon + seconds + 30, by: "ben@partner.example", readBefore: noon + seconds - 20)
    }
    var now = Incident(
      tenant: key.tenant, id: key.id, severity: .high, status: .resolved, assignedTo: "ben@partner.example",
      customTags: ["vip"], comments: [IncidentComment(text: "late", createdAt: time(250))], updatedAt: time(300))
    now.alerts = [Alert(id: "a1", createdAt: time(10)), Alert(id: "a2", createdAt: time(260))]
    let kept = RememberedIncident(
      incident: now, summary: IncidentSummary(now, acknowledgedAt: time(100), alertCount: 2), readAt: noon + 400,
      alertsReadAt: noon + 400)
    let changes = [
      change(100, .assignedTo, .text(nil), .text("ben@partner.example")),
      change(200, .customTags, .list([]), .list(["vip"])), change(300, .status, .text("active"), .text("resolved")),
    ]
    func past(_ seconds: TimeInterval) -> PastIncident {
      PastIncident(kept, readAt: noon + 400, at: noon + seconds, knownSince: noon, changes: changes)
    }
    let table: [(TimeInterval, IncidentStatus, String?, [String], Int, Int)] = [
      (50, .active, nil, [], 0, 1), (100, .active, "ben@partner.example", [], 0, 1),
      (210, .active, "ben@partner.example", ["vip"], 0, 1), (299, .active, "ben@partner.example", ["vip"], 1, 2),
      (300, .resolved, "ben@partner.example", ["vip"], 1, 2),
    ]
    for (seconds, status, owner, tags, comments, alerts) in table {
      let then = past(seconds)
      #expect(then.incident.status == status && then.incident.assignedTo == owner, "\(seconds)")
      #expect(then.incident.customTags == tags && then.incident.comments.count == comments, "\(seconds)")
      #expect(then.incident.alerts?.count == alerts && (then.acknowledgedAt == nil) == (seconds < 100), "\(seconds)")
    }
    #expect(past(210).incident.updatedAt == time(200) && past(50).incident.updatedAt == nil)
    #expect(past(500).gaps.contains { $0.contains("after it was last read") })
    #expect(!past(350).gaps.contains { $0.contains("after it was last read") })
    // From 80 to 130 nobody looked: whether it was as before at 90 is not known, at 79 it is.
    func gap(_ seconds: TimeInterval) -> String? { past(seconds).gaps.first { $0.contains("it was not read") } }
    #expect(gap(90)?.contains("between \(time(80)) and \(time(130)) ") == true, "\(past(90).gaps)")
    #expect(gap(80) == nil && gap(79) == nil && gap(130) == nil && gap(299) != nil && gap(300) == nil)
    // Nothing changed after: alerts that last changed before stand as they did, and nothing is missing.
    var whole = kept
    whole.incident.alerts = [Alert(id: "a1", createdAt: time(10), updatedAt: time(20))]
    let then = PastIncident(whole, readAt: noon + 400, at: noon + 350, knownSince: noon, changes: changes)
    #expect(then.gaps.isEmpty)
    // It changed later in what nobody observes: an alert may have left it, and its summary is another one.
    whole.incident.updatedAt = time(380)
    whole.incident.summary = "Now."
    let unobserved = PastIncident(whole, readAt: noon + 400, at: noon + 350, knownSince: noon, changes: changes)
    #expect(unobserved.gaps.count == 2, "\(unobserved.gaps)")
    whole.incident.updatedAt = time(300)
    let holed = PastIncident(
      whole, readAt: noon + 400, at: noon + 350, knownSince: noon, changes: changes, unreadable: 1,
      journal: .readOnly(.corrupt(path: "journal.db", reason: "torn")))
    #expect(
      holed.gaps == [
        "1 change of it on record cannot be read: partner-console audit verify says why",
        "what is on record may not be all: journal.db is damaged: torn",
      ])
  }

  @Test("Before its first sight nothing is known of it, and of what was never read nothing at all")
  func unknownPast() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let early = try await fixture.engine.incident(incident.key, at: Date(timeIntervalSince1970: 1_000))
      guard case .notBefore = early else { return #expect(Bool(false), "\(early)") }
      let now = try await fixture.engine.incident(incident.key, at: fixture.clock.now)
      guard case .known(let past) = now else { return #expect(Bool(false), "\(now)") }
      #expect(past.incident.status == incident.status)
      let never = IncidentKey(tenant: incident.key.tenant, id: IncidentID("0"))
      #expect(try await fixture.engine.incident(never, at: fixture.clock.now) == .never)
    }
  }
}
