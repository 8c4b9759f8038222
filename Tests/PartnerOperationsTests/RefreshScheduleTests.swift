import Foundation
import PartnerModel
import PartnerOperations
import Testing

@Suite("When each tenant is read")
struct RefreshScheduleTests {
  private static let start = Date(timeIntervalSince1970: 1_772_352_000)
  private static let policy = RefreshPolicy(visible: 30, background: 300, staleAfter: 900, history: 86_400)

  private static func tenant(_ number: Int) throws -> TenantID {
    try #require(TenantID("00000000-0000-4000-8000-" + String(repeating: "0", count: 11) + "\(number)"))
  }

  private func schedule(_ tenants: [TenantID]) -> RefreshSchedule {
    RefreshSchedule(
      policy: Self.policy, lastAttempts: Dictionary(uniqueKeysWithValues: tenants.map { ($0, nil) }), now: Self.start)
  }

  @Test("At the start every tenant is due, and none twice at a time")
  func everyTenantIsDueAtTheStart() throws {
    let tenants = try (1...3).map(Self.tenant)
    var schedule = schedule(tenants)
    #expect(schedule.takeDue(2, now: Self.start) == Array(tenants.prefix(2)))
    #expect(schedule.takeDue(5, now: Self.start) == [tenants[2]])
    #expect(schedule.takeDue(5, now: Self.start) == [])
    #expect(schedule.running == Set(tenants))
  }

  @Test(
    "A tenant on screen is read at the visible pace, another at the background's",
    arguments: [(true, 29.0, false), (true, 30.0, true), (false, 299.0, false), (false, 300.0, true)])
  func paceFollowsTheScreen(isVisible: Bool, after seconds: Double, isDue: Bool) throws {
    let tenant = try Self.tenant(1)
    var schedule = schedule([tenant])
    _ = schedule.takeDue(1, now: Self.start)
    schedule.ended(tenant, failure: nil, now: Self.start, jitter: 0.5)
    if isVisible { schedule.watch([tenant], now: Self.start) }
    #expect(schedule.takeDue(1, now: Self.start + seconds).isEmpty == !isDue)
  }

  @Test("A tenant that keeps failing is asked ever more rarely, up to twice the background's pace")
  func failuresBackOff() throws {
    let tenant = try Self.tenant(1)
    var schedule = schedule([tenant])
    schedule.watch([tenant], now: Self.start)
    let failure = PartnerError(.outage(status: 503), tenant: tenant)
    var waits: [Double] = []
    var now = Self.start
    for _ in 0..<6 {
      #expect(schedule.takeDue(1, now: now) == [tenant])
      schedule.ended(tenant, failure: failure, now: now, jitter: 0.5)
      let due = try #require(schedule.nextDue)
      waits.append(due.timeIntervalSince(now).rounded())
      now = due
    }
    #expect(waits == [60, 120, 240, 480, 600, 600])
  }

  @Test("F19: a throttled tenant is not asked before its time, not even by the operator")
  func parkedTenantStaysParked() throws {
    let tenant = try Self.tenant(1)
    var schedule = schedule([tenant])
    _ = schedule.takeDue(1, now: Self.start)
    let until = Self.start + 1200
    schedule.ended(
      tenant, failure: PartnerError(.throttled(until: until), tenant: tenant), now: Self.start, jitter: 0.5)
    schedule.watch([tenant], now: Self.start)
    schedule.hurry([tenant], now: Self.start + 1)
    #expect(schedule.takeDue(1, now: until - 1) == [])
    #expect(schedule.takeDue(1, now: until) == [tenant])
  }

  @Test("The operator's refresh comes at once, and what is on screen before the rest")
  func operatorComesFirst() throws {
    let tenants = try (1...3).map(Self.tenant)
    var schedule = schedule(tenants)
    for tenant in schedule.takeDue(3, now: Self.start) {
      schedule.ended(tenant, failure: nil, now: Self.start, jitter: 0.5)
    }
    schedule.hurry(tenants, now: Self.start + 5)
    schedule.watch([tenants[2]], now: Self.start + 5)
    schedule.hurry(tenants, now: Self.start + 5)
    #expect(schedule.takeDue(1, now: Self.start + 5) == [tenants[2]])
    #expect(schedule.takeDue(3, now: Self.start + 5) == [tenants[0], tenants[1]])
  }
}
