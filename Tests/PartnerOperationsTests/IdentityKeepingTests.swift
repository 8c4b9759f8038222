import Foundation
import LabServer
import PartnerModel
import PartnerOperations
import PartnerStore
import Testing

@Suite("What is kept of tokens and consents")
struct IdentityKeepingTests {
  private static func row(_ fixture: EngineFixture) async throws -> TenantOverview {
    try #require(await fixture.engine.overviews(of: [fixture.first]).first)
  }

  private static func tokens(_ fixture: EngineFixture) -> Int {
    fixture.lab.state().first { $0.id.lowercased() == fixture.first.id.rawValue }?.tokensIssued ?? 0
  }

  private static func change(_ fixture: EngineFixture, _ action: LabConsentAction, roles: [String]? = nil) {
    fixture.lab.changeConsent(of: fixture.first.id.rawValue, action, roles: roles)
  }

  @Test("B04: what an older token told never replaces what a newer one did, in the store either")
  func olderToken() async throws {
    try await EngineFixture.with { (fixture) async throws in
      let (console, command) = (fixture.engine, try fixture.neighbour())
      Self.change(fixture, .grant, roles: ["SecurityAlert.Read.All", "SecurityIncident.Read.All"])
      #expect(await console.sync(fixture.first, priority: .background) == nil)
      #expect(try await Self.row(fixture).consent.state == .partial)
      fixture.clock.pass(10)
      Self.change(fixture, .grant)
      #expect(await command.checkConsent(in: fixture.first).consent.state == .granted)
      let granted = try await Self.row(fixture)
      // The console's token is of before, and still good: its reading changes nothing of what is known since.
      fixture.clock.pass(10)
      let incident = try #require(try await console.incidents(of: [fixture.first], includeClosed: false).first)
      _ = try await console.readIncident(incident.key, priority: .background)
      #expect(try await Self.row(fixture).consent.state == .granted)
      #expect(try await Self.row(fixture).token.toldAt ?? .distantPast >= granted.token.toldAt ?? .distantFuture)
      #expect(Self.tokens(fixture) == 3, "and the next read had a newer one")
    }
  }

  @Test("The store keeps what was told last, and what was told ahead of the clock gives way")
  func store() async throws {
    try await EngineFixture.with { (fixture) async throws in
      let (cache, id, now) = (fixture.engine.cache, fixture.first.id, fixture.clock.now)
      let newer = ConsentRecord(state: .missing, checkedAt: now)
      #expect(try await cache.save(newer, of: id, at: now))
      #expect(try await !cache.save(ConsentRecord(state: .granted, checkedAt: now - 1), of: id, at: now))
      #expect(try await cache.save(TokenRecord(expiresAt: now, toldAt: now), of: id, at: now))
      #expect(try await !cache.save(TokenRecord(trouble: .refused, toldAt: now - 1), of: id, at: now))
      #expect(try await Self.row(fixture).consent.state == .missing)
      #expect(try await Self.row(fixture).token.trouble == nil)
      let yesterday = now - 86_400
      #expect(try await cache.save(ConsentRecord(state: .granted, checkedAt: yesterday), of: id, at: yesterday))
      #expect(try await cache.save(TokenRecord(trouble: .refused, toldAt: yesterday), of: id, at: yesterday))
      #expect(try await Self.row(fixture).token.trouble == .refused)
    }
  }

  @Test("What was mended is told as good at the next success: a secret's mode, a secret, a consent; B12: a clock too")
  func mended() async throws {
    try await EngineFixture.with { (fixture) async throws in
      guard case .secret(.file(let path))? = fixture.configuration.app.credentials.first else {
        throw CocoaError(.fileNoSuchFile)
      }
      func mode(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      }
      func isGood() async throws -> Bool {
        let row = try await Self.row(fixture)
        let now = fixture.clock.now
        return row.consent.state == .granted && row.consent.error == nil && row.token.state(at: now) == .valid
          && row.token.lastError == nil && row.syncState(at: now, staleAfter: 900) == .ok && row.sync.error == nil
      }
      func read() async -> PartnerError? { await fixture.engine.sync(fixture.first, priority: .foreground) }

      try mode(0o644)
      #expect(await read()?.causeName == "credentialUnreadable")
      #expect(try await Self.row(fixture).token.state(at: fixture.clock.now) == .refused)
      try mode(0o600)
      #expect(await read() == nil)
      #expect(try await isGood())

      // Another process, so that no token is left.
      let secret = try String(contentsOfFile: path, encoding: .utf8)
      try Data("wrong".utf8).write(to: URL(filePath: path))
      fixture.clock.pass(1)
      #expect(
        try await fixture.neighbour().sync(fixture.first, priority: .foreground)?.causeName == "credentialProblem")
      let broken = try await Self.row(fixture)
      #expect(broken.consent.state == .credentialProblem && broken.sync.error?.cause == "credentialProblem")
      #expect(!broken.consent.granted.isEmpty && broken.consent.missing.isEmpty, "what was granted is as it was")
      try Data(secret.utf8).write(to: URL(filePath: path))
      fixture.clock.pass(1)
      #expect(await read() == nil, "the console's own older token is tried anew, because another process was refused")
      #expect(try await isGood())

      Self.change(fixture, .revoke)
      fixture.clock.pass(1)
      let other = try fixture.neighbour()
      #expect(await other.sync(fixture.first, priority: .foreground)?.causeName == "missing")
      #expect(try await !isGood())
      Self.change(fixture, .grant)
      fixture.clock.pass(1)
      #expect(await other.sync(fixture.first, priority: .foreground) == nil, "within the minute of memory")
      #expect(try await isGood())

      fixture.clock.pass(3 * 86_400)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      fixture.clock.pass(-3 * 86_400)
      let ahead = try await Self.row(fixture)
      #expect(ahead.syncState(at: fixture.clock.now, staleAfter: 900) == .stale)
      #expect(ahead.token.state(at: fixture.clock.now) == .none)
      #expect(await fixture.engine.checkConsent(in: fixture.first).consent.state == .granted)
      #expect(await read() == nil)
      #expect(try await isGood())
    }
  }

  @Test("A token proves that none is missing, and not that the list can be read")
  func tokenAndList() async throws {
    try await EngineFixture.with { (fixture) async throws in
      Self.change(fixture, .revoke)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground)?.causeName == "missing")
      Self.change(fixture, .grant)
      fixture.clock.pass(1)
      let checked = await fixture.engine.checkConsent(in: fixture.first)
      #expect(checked.sync.error == nil)
      #expect(checked.syncState(at: fixture.clock.now, staleAfter: 900) == .never, "nobody has read it yet")
      #expect(try await Self.row(fixture).sync == checked.sync)
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      fixture.lab.add(LabFault(.answer(status: 500, headers: [:], body: ""), route: "incidents.list", times: 4))
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground)?.causeName == "outage")
      let again = await fixture.engine.checkConsent(in: fixture.first)
      #expect(again.sync.error?.cause == "outage")
      #expect(again.syncState(at: fixture.clock.now, staleAfter: 900) == .failed)
    }
  }

  @Test("B54: the 16th token is waited for, and no failure of the tenant; a command waits as long as it is allowed")
  func tokensSpent() async throws {
    try await EngineFixture.with { (fixture) async throws in
      fixture.clock.stand()
      for _ in 0..<15 { _ = try await fixture.neighbour().checkConsent(in: fixture.first) }
      #expect(Self.tokens(fixture) == 15)
      let before = try await Self.row(fixture)
      let failure = await fixture.engine.sync(fixture.first, priority: .foreground)
      let free = fixture.clock.now + 300
      #expect(failure?.causeName == "tokenBudgetSpent")
      // What is kept is rounded.
      #expect(abs(failure?.retryAt?.timeIntervalSince(free) ?? 9) < 0.001)
      let row = try await Self.row(fixture)
      #expect(row.sync.error == nil && row.token == before.token && row.consent == before.consent)
      fixture.clock.pass(250)
      let clock = fixture.clock
      let patience = Patience { tenant, error, until in
        #expect(tenant == fixture.first && error.causeName == "tokenBudgetSpent")
        #expect(abs(until.timeIntervalSince(free)) < 0.001)
      }
      let read = await fixture.engine.syncToEnd(fixture.first, priority: .foreground, patience: patience) { pause in
        clock.pass((pause / .milliseconds(1)).rounded(.up) / 1000)
      }
      #expect(read?.cause == nil)
      #expect(clock.now.timeIntervalSince(free) < 0.01)
    }
  }

  @Test("A command waits at most a minute in all for one tenant, tells each wait, and not at all when told so")
  func patience() async throws {
    try await EngineFixture.with { (fixture) async throws in
      fixture.clock.stand()
      let clock = fixture.clock
      let start = clock.now
      fixture.lab.add(
        LabFault(.answer(status: 429, headers: ["Retry-After": "25"], body: ""), route: "incidents.list", times: 0))
      let waits = EngineFixture.Recorder()
      let patience = Patience { _, error, until in
        waits.note(.warned("\(error.causeName) \(abs(until.timeIntervalSince(clock.now) - 25) < 0.001)", nil))
      }
      func read(_ patience: Patience) async -> PartnerError? {
        await fixture.engine.syncToEnd(fixture.first, priority: .foreground, patience: patience) { pause in
          clock.pass((pause / .milliseconds(1)).rounded() / 1000)
        }
      }
      #expect(await read(patience)?.causeName == "throttled")
      func passed() -> Double { clock.now.timeIntervalSince(start).rounded() }
      #expect(passed() == 50)
      #expect(waits.all == [.warned("throttled true", nil), .warned("throttled true", nil)])
      clock.pass(26)
      #expect(await read(.none)?.causeName == "throttled")
      #expect(passed() == 76)
      fixture.lab.clearFaults()
      #expect(await read(patience) == nil)
      #expect(passed() == 101)
    }
  }

  @Test("Advice follows the tenant's own permissions: one that is only read is never told to have more consented to")
  func onlyRead() async throws {
    try await EngineFixture.with(configure: { configuration in
      configuration.tenants[0].permissions = [.readIncidents, .readAlerts]
    }) { fixture in
      Self.change(fixture, .grant, roles: ["SecurityAlert.Read.All", "SecurityIncident.Read.All"])
      let incident = try await fixture.unassigned()
      #expect(try await Self.row(fixture).consent.state == .granted)
      let write = try await fixture.engine.update(
        incident.key, with: IncidentUpdate(assignment: .to(EngineFixture.upn)), seen: nil)
      #expect(write.problem?.cause == "appRoleMissing")
      let next = try #require(write.problem?.nextAction)
      #expect(next.hasPrefix("Nothing is changed in ") && !next.contains("consent"))
      Self.change(fixture, .grant, roles: ["SecurityAlert.Read.All"])
      let failure = await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(failure?.causeName == "appRoleMissing")
      let told = try #require(try await Self.row(fixture).sync.error?.nextAction)
      #expect(told.contains("SecurityIncident.Read.All is granted") && !told.contains("ReadWrite"))
    }
  }
}
