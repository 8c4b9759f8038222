import Foundation
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite struct LimitTests {
  private static let start = Date(timeIntervalSince1970: 1_790_000_000)

  private func admit(
    _ ledger: InMemoryRequestLedger, _ seconds: Double, _ priority: RequestPriority = .foreground,
    tenant: TenantID = contoso, app: String = "a", share: Double = 1
  ) async -> RequestAdmission {
    await ledger.admit(app: app, tenant: tenant, priority: priority, share: share, at: Self.start + seconds)
  }

  @Test("R3: never more than 40 in any 60 s, and 1,200 in any hour", arguments: UInt64(0)..<20)
  func windows(seed: UInt64) async {
    let ledger = InMemoryRequestLedger()
    var chance = SplitMix(state: seed)
    var admitted: [Double] = []
    var seconds = 0.0
    for _ in 0..<4000 {
      seconds += Double.random(in: 0...3, using: &chance)
      if await admit(ledger, seconds) == .admitted { admitted.append(seconds) }
    }
    for (index, time) in admitted.enumerated() {
      if index >= 40 { #expect(time - admitted[index - 40] >= 60) }
      if index >= 1200 { #expect(time - admitted[index - 1200] >= 3600) }
    }
    #expect(admitted.count > 1200)
  }

  @Test("R3: 10 of the 40 are kept for the operator; a share scales both; other tenants and apps count apart")
  func parts() async {
    let ledger = InMemoryRequestLedger()
    for _ in 0..<30 { #expect(await admit(ledger, 0, .background) == .admitted) }
    #expect(await admit(ledger, 1, .background) == .spent(until: Self.start + 60))
    for _ in 0..<10 { #expect(await admit(ledger, 2) == .admitted) }
    #expect(await admit(ledger, 3) == .spent(until: Self.start + 60))
    #expect(await admit(ledger, 3, tenant: fabrikam) == .admitted)
    #expect(await admit(ledger, 3, app: "b") == .admitted)
    #expect(await admit(ledger, 60) == .admitted)
    let half = InMemoryRequestLedger()
    for _ in 0..<20 { #expect(await admit(half, 0, share: 0.5) == .admitted) }
    #expect(await admit(half, 1, share: 0.5) == .spent(until: Self.start + 60))
  }

  @Test("R2: a parked tenant admits nothing, and a park is never shortened")
  func parking() async {
    let ledger = InMemoryRequestLedger()
    await ledger.park(app: "a", tenant: contoso, until: Self.start + 100, at: Self.start)
    await ledger.park(app: "a", tenant: contoso, until: Self.start + 50, at: Self.start)
    #expect(await admit(ledger, 99) == .parked(until: Self.start + 100))
    #expect(await admit(ledger, 99, tenant: fabrikam) == .admitted)
    #expect(await admit(ledger, 100) == .admitted)
  }

  @Test("F51: a clock that was set back blocks no tenant for longer than a window")
  func clockSetBack() async {
    let ledger = InMemoryRequestLedger()
    for _ in 0..<40 { #expect(await admit(ledger, 86_400) == .admitted) }
    #expect(await admit(ledger, 0) == .spent(until: Self.start + 60))
    #expect(await admit(ledger, 60) == .admitted)
    await ledger.park(app: "a", tenant: contoso, until: Self.start + 30 * 86_400, at: Self.start + 60)
    #expect(await admit(ledger, 100) == .parked(until: Self.start + 100 + 86_400))
    #expect(await admit(ledger, 200) == .parked(until: Self.start + 100 + 86_400))
    #expect(await admit(ledger, 86_600) == .admitted)
  }

  /// Admits everything and cannot note anything.
  private struct ForgetfulLedger: RequestLedger {
    struct Busy: Error {}
    func admit(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> RequestAdmission { .admitted }
    func admitToken(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> RequestAdmission {
      .admitted
    }
    func park(app: String, tenant: TenantID, until: Date, at now: Date) async throws { throw Busy() }
    func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) async throws { throw Busy() }
  }

  @Test("F19, R3: a parking that the shared ledger could not note holds in this process")
  func forgottenParking() async throws {
    try await WireServer.serve { _ in
      .json(429, "{}", headers: [("Retry-After", "120")])
    } _: { server in
      let clock = TestClock()
      try await withContext(server.baseURL, clock, ledger: ForgetfulLedger()) { context in
        for _ in 0..<2 {
          let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
          #expect(error.cause == .throttled(until: clock.now + 120))
        }
        #expect(server.requests.filter { !$0.isToken }.count == 1)
        clock.advance(120)
        _ = try await failure { try await context.changes(in: contoso, since: longAgo) }
        #expect(server.requests.filter { !$0.isToken }.count == 2)
      }
    }
  }

  private struct BrokenLedger: RequestLedger {
    struct Broken: Error {}
    func admit(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> RequestAdmission { throw Broken() }
    func admitToken(
      app: String, tenant: TenantID, priority: RequestPriority, share: Double, at now: Date
    ) async throws -> RequestAdmission {
      throw Broken()
    }
    func park(app: String, tenant: TenantID, until: Date, at now: Date) async throws { throw Broken() }
    func parkTokens(app: String, tenant: TenantID, until: Date, at now: Date) async throws { throw Broken() }
  }

  @Test("R3: while the shared ledger fails, this process counts by itself")
  func brokenLedger() async throws {
    try await WireServer.serve { _ in
      .json(200, page([]))
    } _: { server in
      try await withContext(server.baseURL, ledger: BrokenLedger()) { context in
        for _ in 0..<40 { _ = try await context.changes(in: contoso, since: longAgo) }
        let error = try await failure { try await context.changes(in: contoso, since: longAgo) }
        guard case .budgetSpent = error.cause else { throw error }
      }
    }
  }

  /// Counts who is inside the gate, and keeps them there until they are let out.
  private final class Room: Sendable {
    struct State {
      var inside: [TenantID: Int] = [:]
      var most = 0
      var mostOfOne = 0
    }
    let state = Mutex(State())
    let door = SharedFlight<Bool>()

    func visit(_ tenant: TenantID) async {
      state.withLock { state in
        state.inside[tenant, default: 0] += 1
        state.most = max(state.most, state.inside.values.reduce(0, +))
        state.mostOfOne = max(state.mostOfOne, state.inside[tenant] ?? 0)
      }
      _ = await door.value()
      state.withLock { $0.inside[tenant, default: 1] -= 1 }
    }

    var count: Int { state.withLock { $0.inside.values.reduce(0, +) } }
  }

  private func numbered(_ number: Int) -> TenantID {
    tenant("cccccccc-0000-4000-8000-" + String(format: "%012d", number))
  }

  @Test("R6: at most 2 of a tenant and 64 in all, 4 of them for the foreground only")
  func gate() async throws {
    let gate = RequestGate()
    let room = Room()
    let visits = (0..<100).map { number in
      Task {
        try await gate.pass(numbered(number % 50), .background) { () async throws(PartnerError) in
          await room.visit(numbered(number % 50))
        }
      }
    }
    await wait { room.count == 60 }
    let operators = (0..<6).map { number in
      Task {
        try await gate.pass(numbered(900 + number), .foreground) { () async throws(PartnerError) in
          await room.visit(numbered(900 + number))
        }
      }
    }
    await wait { room.count == 64 }
    room.door.land(true)
    for visit in visits + operators { try await visit.value }
    #expect(room.state.withLock { $0.most } == 64)
    #expect(room.state.withLock { $0.mostOfOne } == 2)
  }

  @Test("R6: who waits and is cancelled leaves, and its place is not lost")
  func cancelledInLine() async throws {
    let gate = RequestGate()
    let room = Room()
    let inside = (0..<2).map { _ in
      Task { try await gate.pass(contoso, .foreground) { () async throws(PartnerError) in await room.visit(contoso) } }
    }
    await wait { room.count == 2 }
    let leaving = Task {
      try await gate.pass(contoso, .foreground) { () async throws(PartnerError) in await room.visit(contoso) }
    }
    leaving.cancel()
    await #expect(throws: PartnerError(.cancelled, tenant: contoso)) { try await leaving.value }
    room.door.land(true)
    for visit in inside { try await visit.value }
    try await gate.pass(contoso, .foreground) { () async throws(PartnerError) in await room.visit(contoso) }
    #expect(room.state.withLock { $0.mostOfOne } == 2)
  }

  @Test("R1: the pause doubles from 0.8 s up to 30 s, anywhere between none and the whole")
  func pauses() {
    let policy = RetryPolicy.standard
    #expect((1...8).map { policy.pause(after: $0) { $0.upperBound } } == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])
    #expect(policy.pause(after: 3) { $0.lowerBound } == 0)
  }

  @Test("R4: repeats stay at a tenth of the first attempts of the last minute, but a few are free")
  func retryBudget() {
    let budget = RetryBudget()
    func repeats(at seconds: Int) -> Int {
      var count = 0
      while budget.mayRepeat(at: .seconds(seconds)) { count += 1 }
      return count
    }
    #expect(repeats(at: 0) == 10)
    for _ in 0..<500 { budget.countFirst(at: .seconds(100)) }
    #expect(repeats(at: 100) == 50)
    #expect(repeats(at: 101) == 0)
    #expect(repeats(at: 161) == 10)
  }
}
