import Foundation
import Glibc
import LabServer
import PartnerContext
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerOperations

/// Processes that are killed at named points of a write, and two that race.
@Suite("kill -9 at named points", .serialized)
struct WriteKillTests {
  static let roles = [
    "SecurityIncident.ReadWrite.All", "SecurityAlert.ReadWrite.All", "SecurityData.Manage.All",
  ]

  /// Enough incidents that each tenant has one that nobody took.
  @Sendable private static func prepare(_ options: inout LabOptions) {
    options.requiredRoles = roles
    options.incidentsPerTenant = 24
  }

  private static func plan(_ fixture: EngineFixture, _ deed: ChildPlan.Deed, dies: KillPoint? = nil) -> ChildPlan {
    let journal = URL(filePath: fixture.engine.journal.path)
    let state = journal.deletingLastPathComponent()
    return ChildPlan(
      state: state.path, lab: fixture.lab.baseURL,
      secret: state.deletingLastPathComponent().appending(path: "secret").path, upn: EngineFixture.upn,
      incidents: [:], deed: deed, dies: dies)
  }

  private static func target(_ fixture: EngineFixture, _ tenant: Tenant) async throws -> IncidentKey {
    await fixture.engine.sync(tenant, priority: .foreground)
    let open = try await fixture.engine.incidents(of: [tenant], includeClosed: false)
    let isFree: (IncidentSummary) -> Bool = { $0.assignedTo == nil && $0.status == .active }
    return try #require(open.first(where: isFree) ?? open.first { $0.status != .redirected }).key
  }

  /// What of a write is in effect in the lab, as a number of things that can happen once.
  private static func effects(
    _ deed: ChildPlan.Deed, on key: IncidentKey, _ fixture: EngineFixture
  ) async throws -> Int {
    let state = fixture.lab.state().first { $0.id.lowercased() == key.tenant.rawValue }
    return switch deed {
    case .comment: state?.comments ?? 0
    case .alertComment: try await alertComments(on: key, fixture)
    case .merge: (state?.writes ?? 0) > 0 ? 1 : 0
    default: state?.writes ?? 0
    }
  }

  private static func alertComments(on key: IncidentKey, _ fixture: EngineFixture) async throws -> Int {
    let id = try #require(try await fixture.engine.readIncident(key).alerts?.first?.id)
    let alert = try await fixture.engine.mainContext.getAlert(id, in: key.tenant)
    return alert.comments.count { $0.text.hasPrefix("Looked.") }
  }

  /// Who writes on `key` in a process of its own.
  private static func plan(
    _ fixture: EngineFixture, _ deed: ChildPlan.Deed, on key: IncidentKey, dies: KillPoint? = nil
  ) async throws -> ChildPlan {
    var plan = plan(fixture, deed, dies: dies)
    plan.incidents = [key.tenant.rawValue: key.id.rawValue]
    if deed == .alertComment {
      plan.alert = try #require(try await fixture.engine.readIncident(key).alerts?.first?.id)
    }
    return plan
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var deed: ChildPlan.Deed
    var point: KillPoint
    var testDescription: String { "\(deed) \(point)" }
  }

  private static let deeds: [ChildPlan.Deed] = [.claim, .tag, .comment, .alertComment, .merge]

  @Test(
    "F53, F54, R9, R11: killed at each named point of each kind of write: nothing is lost, nothing is made twice, the journal is intact"
  )
  func writing() async throws {
    let cases = Self.deeds.flatMap { deed in KillPoint.writing.map { Case(deed: deed, point: $0) } }
    try await EngineFixture.with(tenants: cases.count, change: Self.prepare) { fixture in
      for (tenant, item) in zip(fixture.configuration.tenants, cases) {
        let key = try await Self.target(fixture, tenant)
        if item.point == .whileSending {
          fixture.lab.add(
            LabFault(.delay(milliseconds: 5_000), tenant: tenant.id.rawValue, route: Self.route(item.deed)))
        }
        let plan = try await Self.plan(fixture, item.deed, on: key, dies: item.point)
        try await Self.killed(plan)
        fixture.lab.clearFaults()
        try await Self.check(item, on: key, fixture)
      }
    }
  }

  @Test(
    "F53, R9: killed before a comment that stands beside a change was sent: its text is on record, told as not sent")
  func both() async throws {
    let points: [KillPoint] = [.afterIntent, .beforeSent, .beforeConfirmed, .afterConfirmed]
    try await EngineFixture.with(tenants: points.count, change: Self.prepare) { fixture in
      for (tenant, point) in zip(fixture.configuration.tenants, points) {
        let key = try await Self.target(fixture, tenant)
        try await Self.killed(try await Self.plan(fixture, .both, on: key, dies: point))
        fixture.clock.pass(61)
        #expect(try await fixture.engine.settleLeftovers(of: [tenant.id]).open == [], "\(point)")
        let writes = try await fixture.engine.journal.writes(.on(key))
        try #require(writes.count == 2, "\(point)")
        let isMade = point == .beforeConfirmed || point == .afterConfirmed
        #expect(writes.map(\.state) == [isMade ? .confirmed : .failed, .failed], "\(point)")
        guard case .comment(let text) = writes[1].action else { throw CocoaError(.fileReadUnknown) }
        #expect(text.hasPrefix("Looked.") && writes[1].problem?.cause == "notSent", "\(point)")
        #expect(fixture.lab.state().first { $0.id.lowercased() == tenant.id.rawValue }?.comments == 0)
      }
    }
  }

  @Test("F54, R11: killed while an unclear write is settled: the next start settles it, nothing is sent again")
  func settling() async throws {
    let cases = Self.deeds.flatMap { deed in KillPoint.settling.map { Case(deed: deed, point: $0) } }
    try await EngineFixture.with(tenants: cases.count, change: Self.prepare) { fixture in
      for (tenant, item) in zip(fixture.configuration.tenants, cases) {
        let key = try await Self.target(fixture, tenant)
        var plan = try await Self.plan(fixture, item.deed, on: key, dies: .beforeConfirmed)
        try await Self.killed(plan)
        #expect(try await fixture.engine.journal.writes(.on(key)).map(\.state) == [.sent], "\(item)")
        plan.deed = .settle
        plan.dies = item.point
        try await Self.killed(plan)
        try await Self.check(item, on: key, fixture)
      }
    }
  }

  private static let rounds = max(
    1, Int(ProcessInfo.processInfo.environment["PARTNER_CONSOLE_KILLS"] ?? "") ?? 50)

  @Test(
    "F53, F54, F55: 50 kills and more at any moment of any kind of write: none lost, none made twice, the chain intact")
  func timed() async throws {
    try await EngineFixture.with(tenants: Self.rounds, change: Self.prepare) { fixture in
      var ends: [WriteState: Int] = [:]
      for (round, tenant) in fixture.configuration.tenants.enumerated() {
        let deed = Self.deeds[round % Self.deeds.count]
        let key = try await Self.target(fixture, tenant)
        var plan = try await Self.plan(fixture, deed, on: key)
        // From before the intent to after the confirmation, in an order that is no order of time.
        plan.diesAfter = round * 7 % 50 * 4
        try await Self.killed(plan)
        fixture.clock.pass(61)
        #expect(try await fixture.engine.settleLeftovers(of: [tenant.id]).open == [])
        let writes = try await fixture.engine.journal.writes(.on(key))
        let effects = try await Self.effects(deed, on: key, fixture)
        #expect(writes.count <= 1 && writes.count { $0.state == .confirmed } == effects, "\(deed) \(round)")
        #expect(writes.allSatisfy { $0.state == .confirmed || $0.state == .failed })
        for write in writes { ends[write.state, default: 0] += 1 }
      }
      #expect(try await fixture.engine.journal.verify().isIntact)
      // The loop has met both sides, or it proves nothing.
      #expect(ends[.confirmed] ?? 0 > 0 && ends[.confirmed] ?? 0 < Self.rounds, "\(ends)")
    }
  }

  private static func route(_ deed: ChildPlan.Deed) -> String {
    switch deed {
    case .comment: "comments.add"
    case .alertComment: "alerts.comments"
    case .merge: "incidents.merge"
    default: "incidents.update"
    }
  }

  private static func killed(_ plan: ChildPlan) async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [plan = plan as ChildPlan] in
      try await WriteChild(plan).run()
    }
  }

  private static func finished(_ plan: ChildPlan) async {
    await #expect(processExitsWith: .success) { [plan = plan as ChildPlan] in
      try await WriteChild(plan).run()
    }
  }

  /// Settles as the next start does, and compares the journal with the lab.
  private static func check(_ item: Case, on key: IncidentKey, _ fixture: EngineFixture) async throws {
    let before = try await effects(item.deed, on: key, fixture)
    fixture.clock.pass(61)
    #expect(try await fixture.engine.settleLeftovers(of: [key.tenant]).open == [], "\(item)")
    let writes = try await fixture.engine.journal.writes(.on(key))
    let states = writes.map(\.state)
    let effects = try await effects(item.deed, on: key, fixture)
    #expect(effects == before, "\(item): settling sends nothing")
    #expect(effects <= 1, "\(item): nothing is made twice")
    switch item.point {
    case .beforeIntent: #expect(states == [] && effects == 0, "\(item)")
    case .afterIntent, .beforeSent, .afterSent: #expect(states == [.failed] && effects == 0, "\(item)")
    case .whileSending: #expect(states == (effects == 1 ? [.confirmed] : [.failed]), "\(item)")
    case .beforeConfirmed, .afterConfirmed, .afterUnknown, .whileSettling, .afterSettled:
      #expect(states == [.confirmed] && effects == 1, "\(item)")
    case .beforeRecord: Issue.record("\(item) is no point of a write")
    }
    #expect(try await fixture.engine.journal.verify().isIntact, "\(item)")
  }

  @Test(
    "R8, R10, F73: two processes race on 1,000 updates over 250 tenants: none is lost, every conflict is seen, no tag is lost"
  )
  func race() async throws {
    let people = ["anna@northwind-soc.example", "ben@northwind-soc.example"]
    try await EngineFixture.with(tenants: 250, change: Self.prepare) { fixture in
      var plan = Self.plan(fixture, .race)
      var keys: [IncidentKey] = []
      for tenant in fixture.configuration.tenants {
        let key = try await Self.target(fixture, tenant)
        keys.append(key)
        plan.incidents[tenant.id.rawValue] = key.id.rawValue
      }
      plan.racers = people
      var other = plan
      (plan.upn, other.upn) = (people[0], people[1])
      async let first: Void = Self.finished(plan)
      async let second: Void = Self.finished(other)
      _ = await (first, second)
      let writes = try await fixture.engine.journal.writes(.all)
      #expect(writes.count == 1_000)
      #expect(writes.allSatisfy { $0.state == .confirmed || $0.conflict != nil })
      #expect(writes.count { $0.conflict != nil } == 250, "one of two claims each")
      var firsts: [String: Int] = [:]
      for key in keys {
        let incident = try await fixture.engine.readIncident(key)
        let own = writes.filter { $0.key == key }
        #expect(Set(people).isSubset(of: incident.customTags), "no tag is lost")
        let winner = try #require(own.first { $0.update?.assignment != nil && $0.state == .confirmed })
        #expect(incident.assignedTo == winner.operatorUPN)
        #expect(own.compactMap(\.conflict).flatMap(\.fields).map(\.theirs) == [.text(winner.operatorUPN)])
        firsts[winner.operatorUPN ?? "", default: 0] += 1
      }
      #expect(firsts.count == 2, "both were at it: \(firsts)")
      #expect(fixture.lab.state().map(\.writes).reduce(0, +) == 750)
      #expect(try await fixture.engine.journal.verify().isIntact)
    }
  }
}
