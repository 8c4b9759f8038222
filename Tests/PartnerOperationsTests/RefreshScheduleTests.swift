import Foundation
import PartnerModel
import PartnerOperations
import Testing

@Suite("When each tenant is read")
struct RefreshScheduleTests {
  private static let start = Date(timeIntervalSince1970: 1_772_352_000)
  private static let policy = RefreshPolicy(visible: 30, background: 300, staleAfter: 900, history: 86_400)

  private static func tenant(_ number: Int) throws -> TenantID {
    try #require(TenantID("00000000-0000-4000-8000-" + String(format: "%012d", number)))
  }

  private func schedule(_ tenants: [TenantID]) -> RefreshSchedule {
    RefreshSchedule(policy: Self.policy, tenants: tenants, now: Self.start)
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

  @Test("what is left of a history is read when nobody is due: on screen first, then by turns, few at a time")
  func spareCapacity() throws {
    let tenants = try (1...12).map(Self.tenant)
    var schedule = schedule(tenants)
    #expect(schedule.isBehind(now: Self.start))
    let first = schedule.takeDue(6, now: Self.start)
    for (number, tenant) in first.enumerated() {
      schedule.ended(tenant, failure: nil, hasMore: true, now: Self.start + Double(number), jitter: 0.5)
    }
    #expect(schedule.takeDue(6, now: Self.start + 6) == Array(tenants.suffix(6)), "who is due comes first")
    #expect(!schedule.isBehind(now: Self.start + 6))
    schedule.watch([tenants[4]], now: Self.start + 6)
    #expect(schedule.takeDue(3, now: Self.start + 7) == [tenants[4], tenants[0], tenants[1]])
    for tenant in tenants.suffix(6) {
      schedule.ended(tenant, failure: nil, hasMore: true, now: Self.start + 8, jitter: 0.5)
    }
    // Eight at a time go on with their history, of whom three are under way.
    #expect(schedule.takeDue(40, now: Self.start + 8) == [2, 3, 5, 6, 7].map { tenants[$0] })
    #expect(schedule.takeDue(40, now: Self.start + 8).isEmpty)
    schedule.ended(tenants[0], failure: nil, hasMore: false, now: Self.start + 9, jitter: 0.5)
    schedule.ended(
      tenants[1], failure: PartnerError(.outage(status: 503), tenant: tenants[1]), hasMore: true, now: Self.start + 9,
      jitter: 0.5)
    #expect(schedule.takeDue(40, now: Self.start + 9) == [8, 9].map { tenants[$0] }, "one that failed waits its time")
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

  @Test(
    "R5, F23: who is left alone is read when that is over, not all at once; the operator need not wait",
    arguments: [true, false])
  func leftAlone(isBreaker: Bool) throws {
    let tenants = try (1...20).map(Self.tenant)
    var schedule = schedule(tenants)
    let until = Self.start + 30
    for (index, tenant) in schedule.takeDue(20, now: Self.start).enumerated() {
      let failure =
        isBreaker
        ? PartnerError(.breakerOpen(until: until), tenant: tenant, host: "graph.example")
        : PartnerError(.throttled(until: until), tenant: tenant, host: "graph.example")
      schedule.ended(tenant, failure: failure, now: Self.start, jitter: Double(index) / 19)
    }
    #expect(schedule.nextDue == until)
    schedule.hurry([tenants[9]], now: Self.start + 1)
    #expect(schedule.takeDue(20, now: Self.start + 1) == [tenants[9]])
    schedule.ended(tenants[9], failure: nil, now: Self.start + 1, jitter: 0.5)
    #expect(schedule.takeDue(20, now: until).count == 1, "the probe comes first")
    #expect(schedule.takeDue(20, now: until + 30).count == 18, "within one round of what is on screen")
  }

  @Test("F52: after eight hours all are due, as many are taken as may be, and none of them twice")
  func suspended() throws {
    let tenants = try (1...200).map(Self.tenant)
    var schedule = schedule(tenants)
    for tenant in schedule.takeDue(200, now: Self.start) {
      schedule.ended(tenant, failure: nil, now: Self.start, jitter: 0.5)
    }
    let awake = Self.start + 8 * 3600
    var taken: [TenantID] = []
    for _ in 0..<5 { taken += schedule.takeDue(48 - schedule.running.count, now: awake) }
    #expect(taken.count == 48)
    for tenant in taken { schedule.ended(tenant, failure: nil, now: awake, jitter: 0.5) }
    let next = schedule.takeDue(48, now: awake)
    #expect(next.count == 48 && Set(next).isDisjoint(with: taken))
  }

  /// How each of four tenants stands, on screen or not; and who is taken in which order, two at a time.
  private static let fairness:
    [(name: String, visible: [Int], ends: [Int: Double], parked: [Int: PartnerError.Cause], order: [Int])] = [
      ("the longest due first", [], [1: 30, 2: 10, 3: 20, 4: 0], [:], [4, 2, 3, 1]),
      ("what is on screen before all", [1], [1: 30, 2: 10, 3: 20, 4: 0], [:], [1, 4, 2, 3]),
      ("on screen, too, the longest due first", [1, 3], [1: 30, 2: 10, 3: 20, 4: 0], [:], [3, 1, 4, 2]),
      (
        "who is parked is skipped, be it on screen", [1], [1: 30, 2: 10, 3: 20, 4: 0],
        [1: .throttled(until: start + 2_000), 4: .breakerOpen(until: start + 2_000)], [2, 3]
      ),
      (
        "and comes again when that is over", [1], [1: 30, 2: 10, 3: 20, 4: 0],
        [1: .breakerOpen(until: start + 999), 4: .breakerOpen(until: start + 700)], [1, 2, 3, 4]
      ),
    ]

  @Test(
    "R5: what is on screen comes first, then who is due for the longest; who is parked or cut off is skipped",
    arguments: 0..<5)
  func fair(number: Int) throws {
    let expected = Self.fairness[number]
    let tenants = try (1...4).map(Self.tenant)
    var schedule = schedule(tenants)
    _ = schedule.takeDue(4, now: Self.start)
    for (place, seconds) in expected.ends.sorted(by: { $0.value < $1.value }) {
      let failure = expected.parked[place].map { PartnerError($0, tenant: tenants[place - 1]) }
      schedule.ended(tenants[place - 1], failure: failure, now: Self.start + seconds, jitter: 0.5)
    }
    schedule.watch(expected.visible.map { tenants[$0 - 1] }, now: Self.start + 31)
    let now = Self.start + 1_000
    schedule.hurry([], now: now)
    var order: [TenantID] = []
    for _ in 0..<4 { order += schedule.takeDue(1, now: now) }
    #expect(order == expected.order.map { tenants[$0 - 1] }, "\(expected.name)")
    schedule.hurry(tenants, now: now)
    let wished = schedule.takeDue(4, now: now).compactMap { tenants.firstIndex(of: $0) }
    for place in wished {
      guard case .breakerOpen = expected.parked[place + 1] else {
        Issue.record("a wish does not end a silence")
        continue
      }
    }
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

  @Test("R3: our own share of the limits is no failure: it goes on when the window lets go, and the operator may ask")
  func ownPacingIsNoFailure() throws {
    let tenant = try Self.tenant(1)
    var schedule = schedule([tenant])
    _ = schedule.takeDue(1, now: Self.start)
    let failure = PartnerError(.budgetSpent(until: Self.start + 40), tenant: tenant)
    schedule.ended(tenant, failure: failure, now: Self.start, jitter: 0.5)
    #expect(schedule.nextDue == Self.start + 40)
    schedule.hurry([tenant], now: Self.start + 1)
    #expect(schedule.takeDue(1, now: Self.start + 1) == [tenant])
    schedule.ended(tenant, failure: failure, now: Self.start + 1, jitter: 0.5)
    #expect(schedule.takeDue(1, now: Self.start + 40) == [tenant])
    schedule.ended(tenant, failure: PartnerError(.outage(status: 503), tenant: tenant), now: Self.start, jitter: 0.5)
    // The first failure that is one.
    #expect(schedule.nextDue == Self.start + 600)
  }

  @Test("What the operator asked for is not put off by looking at it")
  func watchingPutsNothingOff() throws {
    let tenant = try Self.tenant(1)
    var schedule = schedule([tenant])
    _ = schedule.takeDue(1, now: Self.start)
    schedule.ended(tenant, failure: nil, now: Self.start, jitter: 0.5)
    schedule.hurry([tenant], now: Self.start + 5)
    schedule.watch([tenant], now: Self.start + 5)
    #expect(schedule.takeDue(1, now: Self.start + 5) == [tenant])
  }

  @Test("A tenant that the operator asks for while it is read is read once more")
  func askedAgainWhileRead() throws {
    let tenant = try Self.tenant(1)
    var schedule = schedule([tenant])
    _ = schedule.takeDue(1, now: Self.start)
    schedule.hurry([tenant], now: Self.start + 1)
    #expect(schedule.takeDue(1, now: Self.start + 1) == [])
    schedule.ended(tenant, failure: nil, now: Self.start + 2, jitter: 0.5)
    #expect(schedule.takeDue(1, now: Self.start + 2) == [tenant])
    schedule.ended(tenant, failure: nil, now: Self.start + 3, jitter: 0.5)
    #expect(schedule.takeDue(1, now: Self.start + 3) == [])
  }

  @Test("F51: a clock set back by a day stops no tenant for longer than its pace, and keeps a parking within a day")
  func clockSetBack() throws {
    let tenants = try (1...2).map(Self.tenant)
    let day = 86_400.0
    var schedule = schedule(tenants)
    _ = schedule.takeDue(2, now: Self.start + 5 * day)
    let throttled = PartnerError(.throttled(until: Self.start + 6 * day), tenant: tenants[1])
    schedule.ended(tenants[0], failure: nil, now: Self.start + 5 * day, jitter: 0.5)
    schedule.ended(tenants[1], failure: throttled, now: Self.start + 5 * day, jitter: 0.5)
    #expect(schedule.takeDue(2, now: Self.start) == [])
    #expect(schedule.takeDue(2, now: Self.start + 600) == [tenants[0]])
    #expect(schedule.takeDue(2, now: Self.start + day) == [tenants[1]])
  }

  @Test("Whatever happens, no tenant is lost or taken twice", arguments: UInt64(0)..<30)
  func nothingIsLost(seed: UInt64) throws {
    let tenants = try (1...9).map(Self.tenant)
    var schedule = schedule(tenants)
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func any(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var now = Self.start
    var running: Set<TenantID> = []
    for _ in 0..<400 {
      now += Double(any(200)) - 20
      switch any(4) {
      case 0: schedule.watch((0..<3).map { _ in tenants[any(9)] }, now: now)
      case 1: schedule.hurry([tenants[any(9)]], now: now)
      case 2:
        let taken = schedule.takeDue(any(5), now: now)
        #expect(running.isDisjoint(with: taken))
        running.formUnion(taken)
      default:
        guard let tenant = running.sorted().first else { continue }
        running.remove(tenant)
        let failures: [PartnerError?] = [
          nil, PartnerError(.outage(status: 503), tenant: tenant),
          PartnerError(.throttled(until: now + Double(any(900))), tenant: tenant),
          PartnerError(.budgetSpent(until: now + Double(any(60))), tenant: tenant),
        ]
        schedule.ended(tenant, failure: failures[any(4)], now: now, jitter: 0.5)
      }
      #expect(schedule.running == running)
    }
    running.formUnion(schedule.takeDue(9, now: now + 2_000))
    #expect(running == Set(tenants))
  }
}
