import Foundation
import PartnerModel
import Testing

@testable import PartnerContext

/// What requests through the client cannot put one after the other so finely.
@Suite("R5: the breaker by itself")
struct BreakerRuleTests {
  private static let outage = PartnerError(.outage(status: 503), tenant: contoso)
  private let clock = TestClock()
  private let breaker: Breaker

  init() { breaker = Breaker(host: "h", dependencies: clock.dependencies) }

  /// One request that is let through, with what comes of it.
  private func request(
    _ failure: PartnerError?, in tenant: TenantID = contoso, mayHurry: Bool = false, isTrial: Bool = false
  ) throws {
    let passage = try breaker.enter(tenant, mayHurry: mayHurry, isTrial: isTrial)
    breaker.note(failure, of: passage)
    breaker.leave(passage, after: failure)
  }

  /// Why a request of the background would be refused now; nothing comes of asking.
  private func refusal(_ tenant: TenantID = contoso) -> PartnerError.Cause? {
    do {
      breaker.leave(
        try breaker.enter(tenant, mayHurry: false), after: PartnerError(.cancelled, tenant: tenant))
      return nil
    } catch {
      return error.cause
    }
  }

  /// Five tenants that fail: so does the host.
  private func openHost() throws {
    for number in 0..<5 { try request(Self.outage, in: numbered(number)) }
    #expect(refusal() == .breakerOpen(until: clock.now + 30))
  }

  @Test("A request that the service is known to fail on tells nothing of its tenant, and nothing of the host")
  func trials() throws {
    for number in 0..<6 {
      for _ in 0..<6 { try request(Self.outage, in: numbered(number), isTrial: true) }
    }
    for number in 0..<7 { #expect(refusal(numbered(number)) == nil) }
  }

  @Test("The success of a host's probe forgets what was counted of the tenants, and lets any number through")
  func hostIsForgotten() throws {
    for number in 0..<4 {
      for _ in 0..<4 { try request(Self.outage, in: numbered(number)) }
    }
    try request(Self.outage, in: numbered(4))
    clock.advance(30)
    try request(nil, in: numbered(4))
    let (first, second) = (
      try breaker.enter(numbered(0), mayHurry: false), try breaker.enter(numbered(1), mayHurry: false)
    )
    for passage in [first, second] { breaker.leave(passage, after: nil) }
    for number in 0..<4 {
      try request(Self.outage, in: numbered(number))
      #expect(refusal(numbered(number)) == nil, "it is the first failure, and not the fifth")
    }
  }

  @Test("The success of a tenant's probe forgets the failures of its last minute")
  func tenantIsForgotten() throws {
    for _ in 0..<5 { try request(Self.outage) }
    clock.advance(10)
    try request(nil, mayHurry: true)
    for _ in 0..<3 { try request(nil) }
    try request(Self.outage)
    #expect(refusal() == nil, "one of five failed since, and not six of ten")
  }

  @Test("A host's probe that is called off leaves its place to the next")
  func hostProbeCalledOff() throws {
    try openHost()
    clock.advance(30)
    let probe = try breaker.enter(contoso, mayHurry: false)
    #expect(refusal(fabrikam) == .breakerOpen(until: clock.now + 10))
    breaker.leave(probe, after: PartnerError(.cancelled, tenant: contoso))
    #expect(refusal(fabrikam) == nil)
  }

  @Test("What was under way when the host was known to fail does not put off its probe")
  func late() throws {
    let passages = try (5..<10).map { try breaker.enter(numbered($0), mayHurry: false) }
    try openHost()
    clock.advance(20)
    for passage in passages {
      breaker.note(Self.outage, of: passage)
      #expect(breaker.leave(passage, after: Self.outage)?.cause == .breakerOpen(until: clock.now + 10))
    }
    clock.advance(10)
    #expect(refusal() == nil)
  }

  @Test("While a probe is under way before its time, the others are told that time, or to look again in 10 s")
  func whileProbing() throws {
    for _ in 0..<5 { try request(Self.outage) }
    clock.advance(5)
    let probe = try breaker.enter(contoso, mayHurry: true)
    #expect(refusal() == .breakerOpen(until: clock.now + 25))
    clock.advance(22)
    #expect(refusal() == .breakerOpen(until: clock.now + 10))
    breaker.leave(probe, after: nil)
  }

  @Test("What was met last is told, and not what was met first")
  func lastFailure() throws {
    for _ in 0..<5 { try request(Self.outage) }
    clock.advance(30)
    try request(PartnerError(.outage(status: 500), tenant: contoso, code: 500))
    let refused = #expect(throws: PartnerError.self) { try request(nil) }
    #expect(refused?.code == 500)
    #expect(refused?.cause == .breakerOpen(until: clock.now + 60))
  }

  @Test("A refusal is an answer: the failures before it are no longer in a row")
  func refusalAnswers() throws {
    for _ in 0..<4 { try request(Self.outage) }
    try request(PartnerError(.notFound, tenant: contoso))
    for _ in 0..<4 { try request(Self.outage) }
    #expect(refusal() == nil)
    try request(Self.outage)
    #expect(refusal() == .breakerOpen(until: clock.now + 30))
  }
}

@Suite("F23: a silence of the whole app, by itself")
struct AppThrottleTests {
  @Test("A shorter silence that is asked for later ends none that lasts longer")
  func longest() async throws {
    let clock = TestClock()
    let throttle = AppThrottle(host: "h", dependencies: clock.dependencies)
    let end = clock.now + 120
    for until in [end, clock.now + 10] {
      let told = throttle.note(PartnerError(.throttled(until: until), tenant: contoso), until: until)
      #expect(told.host == "h" && told.cause == .throttled(until: until))
    }
    clock.advance(60)
    let refused = await #expect(throws: PartnerError.self) { try await throttle.admit(fabrikam, .background) }
    #expect(refused?.cause == .throttled(until: end))
    clock.advance(60)
    try await throttle.admit(fabrikam, .background)
  }
}
