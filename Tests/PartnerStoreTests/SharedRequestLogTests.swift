import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite struct SharedRequestLogTests {
  private let app = "11111111-2222-3333-4444-555555555555"

  private func withLog(_ body: (SharedRequestLog, StateFolder) async throws -> Void) async throws {
    try await withFolder { folder in
      let cache = try Cache.open(in: folder, now: noon)
      try await body(SharedRequestLog(cache), folder)
      cache.close()
    }
  }

  private func admit(
    _ log: SharedRequestLog, _ tenant: TenantID = contoso, _ priority: RequestPriority = .foreground,
    share: Double = 1, after seconds: Double
  ) async throws -> RequestAdmission {
    try await log.admit(app: app, tenant: tenant, priority: priority, share: share, at: noon + seconds)
  }

  @Test("R3: 40 in a minute for the operator, 30 for the background; the next when the window lets go")
  func minute() async throws {
    try await withLog { (log, _) async throws in
      for second in 0..<30 { #expect(try await admit(log, contoso, .background, after: Double(second)) == .admitted) }
      #expect(try await admit(log, contoso, .background, after: 30) == .spent(until: noon + 60))
      for second in 30..<40 { #expect(try await admit(log, after: Double(second)) == .admitted) }
      #expect(try await admit(log, after: 40) == .spent(until: noon + 60))
      #expect(try await admit(log, after: 59.999_999) == .spent(until: noon + 60))
      #expect(try await admit(log, after: 60) == .admitted)
      #expect(try await admit(log, after: 60) == .spent(until: noon + 61))
      #expect(try await admit(log, fabrikam, after: 40) == .admitted)
      #expect(
        try await log.admit(app: "other", tenant: contoso, priority: .background, share: 1, at: noon) == .admitted)
    }
  }

  @Test("R3: the share divides the limits and never to nothing", arguments: [(0.5, 20), (0.25, 10), (0, 1), (7, 40)])
  func shares(share: Double, limit: Int) async throws {
    try await withLog { (log, _) async throws in
      var admitted = 0
      while try await admit(log, share: share, after: 1) == .admitted { admitted += 1 }
      #expect(admitted == limit)
    }
  }

  @Test("R3: no window of 60 s or 3,600 s ever holds more than its limit, with two processes", arguments: UInt64(0)..<3)
  func sliding(seed: UInt64) async throws {
    try await withLog { (log, folder) async throws in
      let other = try Cache.open(in: folder, now: noon)
      let logs = [log, SharedRequestLog(other)]
      var chance = SplitMix(seed: seed)
      var now = 0.0
      var times: [Double] = []
      // A tenth of the limits, so that the hour fills in a test: 4 in 60 s, 120 in 3,600 s.
      for _ in 0..<700 {
        now += Double.random(in: 0...16, using: &chance)
        let answer = try await admit(logs[Int.random(in: 0...1, using: &chance)], share: 0.1, after: now)
        switch answer {
        case .admitted: times.append(now)
        case .spent(let until): #expect(until > noon + now)
        case .parked: Issue.record("nothing parked it")
        }
      }
      for (index, time) in times.enumerated() {
        #expect(times[..<index].count { $0 > time - 60 } < 4)
        #expect(times[..<index].count { $0 > time - 3_600 } < 120)
      }
      #expect(times.count > 120)
      other.close()
    }
  }

  @Test("R3: two processes that ask for many at the same moment let through what one may, and not one more")
  func manyAtOnce() async throws {
    try await withLog { (log, folder) async throws in
      let other = try Cache.open(in: folder, now: noon)
      let logs = [log, SharedRequestLog(other)]
      let answers = try await withThrowingTaskGroup(of: [RequestAdmission].self) { group in
        for number in 0..<120 {
          group.addTask {
            let now = Double(number) / 10
            return [
              try await admit(logs[number % 2], after: now), try await admit(logs[number % 2], fabrikam, after: now),
              try await admitToken(logs[number % 2], after: now),
            ]
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for (lane, limit) in [40, 40, 15].enumerated() {
        #expect(answers.count { $0[lane] == .admitted } == limit)
        let isTold = answers.allSatisfy { if case .parked = $0[lane] { false } else { true } }
        #expect(isTold)
      }
      other.close()
    }
  }

  @Test("R2: a parked tenant admits nothing, a later park is never shortened, others go on")
  func parking() async throws {
    try await withLog { (log, folder) async throws in
      try await log.park(app: app, tenant: contoso, until: noon + 120, at: noon)
      try await log.park(app: app, tenant: contoso, until: noon + 30, at: noon)
      let other = try Cache.open(in: folder, now: noon)
      #expect(try await admit(SharedRequestLog(other), after: 119) == .parked(until: noon + 120))
      #expect(try await admit(log, fabrikam, after: 1) == .admitted)
      #expect(try await admit(log, after: 120) == .admitted)
      other.close()
    }
  }

  @Test("F51: a clock set back neither frees the window nor blocks it for longer than one")
  func clockSetBack() async throws {
    try await withLog { (log, _) async throws in
      let day = 86_400.0
      for _ in 0..<40 { #expect(try await admit(log, after: day) == .admitted) }
      #expect(try await admit(log, after: 0) == .spent(until: noon + 60))
      #expect(try await admit(log, after: 60) == .admitted)
      try await log.park(app: app, tenant: fabrikam, until: noon + 10 * day, at: noon)
      #expect(try await admit(log, fabrikam, after: 0) == .parked(until: noon + day))
      #expect(try await admit(log, fabrikam, after: 60) == .parked(until: noon + day))
      #expect(try await admit(log, fabrikam, after: day) == .admitted)
    }
  }

  private func admitToken(
    _ log: SharedRequestLog, _ tenant: TenantID = contoso, _ priority: RequestPriority = .foreground,
    share: Double = 1, after seconds: Double
  ) async throws -> RequestAdmission {
    try await log.admitToken(app: app, tenant: tenant, priority: priority, share: share, at: noon + seconds)
  }

  @Test("B54, R3: 15 tokens in 300 s over all processes, apart from the requests to Graph; the share scales them")
  func tokens() async throws {
    try await withLog { (log, folder) async throws in
      let other = try Cache.open(in: folder, now: noon)
      let logs = [log, SharedRequestLog(other)]
      for second in 0..<15 { #expect(try await admitToken(logs[second % 2], after: Double(second)) == .admitted) }
      for log in logs { #expect(try await admitToken(log, after: 15) == .spent(until: noon + 300)) }
      #expect(try await admit(log, after: 15) == .admitted, "Graph has its own window")
      #expect(try await admitToken(log, fabrikam, after: 15) == .admitted)
      #expect(try await admitToken(log, after: 299.999_999) == .spent(until: noon + 300))
      #expect(try await admitToken(log, after: 300) == .admitted)
      #expect(try await admitToken(log, after: 300) == .spent(until: noon + 301))
      for _ in 0..<7 { #expect(try await admitToken(log, tenant(9), share: 0.5, after: 0) == .admitted) }
      #expect(try await admitToken(log, tenant(9), share: 0.5, after: 1) == .spent(until: noon + 300))
      for _ in 0..<10 { #expect(try await admitToken(log, tenant(8), .background, after: 0) == .admitted) }
      #expect(try await admitToken(log, tenant(8), .background, after: 1) == .spent(until: noon + 300))
      for _ in 0..<5 { #expect(try await admitToken(log, tenant(8), after: 1) == .admitted, "kept for the operator") }
      other.close()
    }
  }

  @Test("R3, B54: a request and the token that it needs are counted at once as one after the other, in any state")
  func withToken() async throws {
    try await withLog { (log, folder) async throws in
      let other = try Cache.open(in: folder, now: noon)
      let logs = [log, SharedRequestLog(other)]
      func both(_ tenant: TenantID, after seconds: Double) async throws -> [RequestAdmission?] {
        let told = try await logs[Int(seconds) % 2].admitWithToken(
          app: app, tenant: tenant, priority: .foreground, share: 1, at: noon + seconds)
        return [told.request, told.token]
      }
      for second in 0..<15 {
        #expect(try await both(contoso, after: Double(second)) == [.admitted, .admitted])
      }
      for second in 15..<40 {
        #expect(try await both(contoso, after: Double(second)) == [.admitted, .spent(until: noon + 300)])
      }
      #expect(try await both(contoso, after: 40) == [.spent(until: noon + 60), nil])
      #expect(try await both(contoso, after: 60) == [.admitted, .spent(until: noon + 300)])
      try await log.park(app: app, tenant: fabrikam, until: noon + 120, at: noon)
      for second in 0..<20 {
        #expect(try await both(fabrikam, after: Double(second)) == [.parked(until: noon + 120), nil])
      }
      for _ in 0..<15 { #expect(try await admitToken(log, fabrikam, after: 20) == .admitted, "none was counted") }
      #expect(try await both(fabrikam, after: 120) == [.admitted, .spent(until: noon + 320)])
      other.close()
    }
  }

  @Test("B54: what was called a loop silences the token endpoint for every process, and Graph for none")
  func loop() async throws {
    try await withLog { (log, folder) async throws in
      try await log.parkTokens(app: app, tenant: contoso, until: noon + 120, at: noon)
      let other = try Cache.open(in: folder, now: noon)
      #expect(try await admitToken(SharedRequestLog(other), after: 119) == .parked(until: noon + 120))
      #expect(try await admit(log, after: 1) == .admitted)
      #expect(try await admitToken(log, fabrikam, after: 1) == .admitted)
      #expect(try await admitToken(log, after: 120) == .admitted)
      other.close()
    }
  }

  @Test("B12: a silence that was asked for while the clock was ahead lasts as long as it was asked for")
  func silenceOfAWrongClock() async throws {
    try await withLog { (log, _) async throws in
      let ahead = 3 * 86_400.0
      try await log.park(app: app, tenant: contoso, until: noon + ahead + 60, at: noon + ahead)
      #expect(try await admit(log, after: 0) == .parked(until: noon + 60))
      #expect(try await admit(log, after: 59) == .parked(until: noon + 60))
      #expect(try await admit(log, after: 60) == .admitted)
      // A shorter silence of today counts, not what is left of the wrong clock's.
      try await log.park(app: app, tenant: fabrikam, until: noon + ahead + 600, at: noon + ahead)
      try await log.park(app: app, tenant: fabrikam, until: noon + 30, at: noon)
      #expect(try await admit(log, fabrikam, after: 1) == .parked(until: noon + 600))
      try await log.parkTokens(app: app, tenant: contoso, until: noon + ahead + 60, at: noon + ahead)
      #expect(try await admitToken(log, after: 0) == .parked(until: noon + 60))
    }
  }

  @Test("requests older than an hour are forgotten")
  func pruned() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      let log = SharedRequestLog(cache)
      for minute in 0..<100 { _ = try await admit(log, after: Double(minute) * 60) }
      let kept = try cache.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM requests") }
      #expect(kept == 60)
      cache.close()
    }
  }
}
