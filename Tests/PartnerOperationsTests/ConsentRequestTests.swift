import Foundation
import LabServer
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore
import Synchronization
import Testing

@Suite("Asking a tenant's admin for consent, and what becomes of it", .serialized)
struct ConsentRequestTests {
  /// What a browser did with the page, and what it saw at its end.
  private final class Visit: Sendable {
    let links = Mutex<[String]>([])
    let page = Mutex<String?>(nil)
  }

  /// A browser in whose place a test answers: it comes back with `query`, where STATE stands for the link's own.
  private static func browser(_ query: String, _ visit: Visit) -> @Sendable (String) async -> BrowserOpening {
    { link in
      visit.links.withLock { $0.append(link) }
      let items = URLComponents(string: link)?.queryItems ?? []
      func value(_ name: String) -> String { items.first { $0.name == name }?.value ?? "" }
      let target = value("redirect_uri") + "?" + query.replacingOccurrences(of: "STATE", with: value("state"))
      Thread.detachNewThread {
        // Into a file: a pipe's end would be inherited by whatever other tests start meanwhile.
        let page = FileManager.default.temporaryDirectory.appending(path: "page-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: page) }
        let curl = Process()
        curl.executableURL = URL(filePath: "/usr/bin/curl")
        curl.arguments = ["-s", "--max-time", "30", "-o", page.path, target]
        if (try? curl.run()) != nil { curl.waitUntilExit() }
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        visit.page.withLock { $0 = text }
      }
      return BrowserOpening(openedBy: "test")
    }
  }

  private final class Told: Sendable {
    private let steps = Mutex<[ConsentRequestProgress]>([])
    func note(_ step: ConsentRequestProgress) { steps.withLock { $0.append(step) } }
    var all: [ConsentRequestProgress] { steps.withLock { $0 } }
    var lags: Int { all.count { if case .lagging = $0 { true } else { false } } }
  }

  private static func request(
    _ fixture: EngineFixture, _ query: String, visit: Visit = Visit(), told: Told = Told(),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }
  ) async -> ConsentRequestEnd {
    await fixture.engine.requestConsent(
      in: fixture.first, open: browser(query, visit), sleep: sleep, tell: told.note)
  }

  private static func state(_ fixture: EngineFixture) async throws -> ConsentState {
    try #require(await fixture.engine.overviews(of: [fixture.first]).first).consent.state
  }

  private static func records(_ fixture: EngineFixture) async throws -> [String] {
    try await fixture.engine.journal.entries(of: .consentChecked, tenants: [fixture.first.id], limit: 99)
      .compactMap(\.entry.detail)
  }

  @Test("T9: what the page says is believed only when a fresh token shows it; the request is on record")
  func granted() async throws {
    try await EngineFixture.with(change: { $0.tenants[0].scenario = .missing }) { (fixture) async throws in
      let (visit, told) = (Visit(), Told())
      #expect(await fixture.engine.checkConsent(in: fixture.first).consent.state == .missing)
      // The grant shows at the second look.
      let end = await Self.request(
        fixture, "admin_consent=True&tenant=\(fixture.first.id)&state=STATE", visit: visit, told: told
      ) { _ in fixture.lab.changeConsent(of: fixture.first.id.rawValue, .grant) }
      #expect(end == .granted)
      #expect(told.lags == 1)
      guard case .link(let url, "test", nil)? = told.all.first, case .ended(.granted)? = told.all.last else {
        Issue.record("\(told.all)")
        return
      }
      #expect(visit.links.withLock { $0 } == [url])
      #expect(url.contains("/\(fixture.first.id)/v2.0/adminconsent?") && url.contains("%2F.default"))
      #expect(url.contains("redirect_uri=http%3A%2F%2Flocalhost%3A"))
      #expect(try await Self.state(fixture) == .granted)
      #expect(try await Self.records(fixture) == ["consent was asked for: granted"])
      #expect(try await fixture.engine.journal.verify().isIntact)
      let history = try await fixture.engine.consentHistory(of: [fixture.first])
      try #require(!history.isEmpty)
      #expect(history.count == 1 && history[0].before == .missing && history[0].after == .granted)
      #expect(Set(history[0].gained) == Set(fixture.configuration.app.permissions))
      #expect(history[0].operatorUPN == EngineFixture.upn)
    }
  }

  @Test("T9: a page that reports success without a grant ends as not seen yet, after five minutes of looking")
  func lies() async throws {
    try await EngineFixture.with(change: { $0.tenants[0].scenario = .missing }) { (fixture) async throws in
      let told = Told()
      let pauses = Mutex<[Duration]>([])
      let end = await Self.request(fixture, "admin_consent=True&state=STATE", told: told) { pause in
        pauses.withLock { $0.append(pause) }
      }
      #expect(end == .notSeenYet)
      #expect(pauses.withLock { $0.reduce(.zero, +) } == .seconds(290) && told.lags == 8)
      #expect(try await Self.state(fixture) == .missing)
    }
  }

  @Test("A part of the permissions ends as such when it stays, and says what is missing")
  func partial() async throws {
    try await EngineFixture.with(change: { $0.tenants[0].scenario = .missing }) { (fixture) async throws in
      let told = Told()
      fixture.lab.changeConsent(of: fixture.first.id.rawValue, .grant, roles: ["SecurityIncident.Read.All"])
      let end = await Self.request(fixture, "admin_consent=True&state=STATE", told: told)
      guard case .partial(let missing) = end else {
        Issue.record("\(end)")
        return
      }
      #expect(missing.contains(.updateIncidents) && told.lags == 2)
    }
  }

  @Test(
    "H58: declined, no rights, another tenant, an error: each ends clearly, and no token is asked for",
    arguments: [
      ("error=access_denied&error_subcode=cancel&state=STATE", "declined", "declined"),
      ("error=access_denied&error_description=AADSTS90094%3A+No&state=STATE", "insufficientRights", "Not allowed"),
      (
        "admin_consent=True&tenant=00000000-1111-4222-8333-444444444444&state=STATE", "otherTenant",
        "Another organisation"
      ),
      ("error=server_error&error_description=%1B%5B2J%3Cb%3E&admin_consent=True&state=STATE", "refused", "not given"),
    ])
  func ended(query: String, name: String, page: String) async throws {
    try await EngineFixture.with(change: { $0.tenants[0].scenario = .missing }) { (fixture) async throws in
      let visit = Visit()
      let end = await Self.request(fixture, query, visit: visit)
      #expect(end.name == name)
      while visit.page.withLock({ $0 }) == nil { await Task.yield() }
      let shown = visit.page.withLock { $0 } ?? ""
      #expect(shown.contains(page) && !shown.contains("<b>") && !shown.contains("\u{1B}"), "\(shown)")
      #expect(fixture.lab.state()[0].requests["token"] == nil)
      #expect(try await Self.records(fixture) == ["consent was asked for: \(name)"])
    }
  }

  @Test("Cancelled while it waits for the page: it ends, and says so on record")
  func cancelled() async throws {
    try await EngineFixture.with { (fixture) async throws in
      let opened = AsyncStream<Void>.makeStream()
      let request = Task {
        await fixture.engine.requestConsent(
          in: fixture.first,
          open: { _ in
            opened.continuation.finish()
            return BrowserOpening(reason: "none")
          }, sleep: { _ in }, tell: { _ in })
      }
      for await _ in opened.stream {}
      request.cancel()
      #expect(await request.value == .cancelled)
      #expect(try await Self.records(fixture) == ["consent was asked for: cancelled"])
    }
  }

  @Test("H57: whoever does not answer within ten minutes ends it as unanswered; no token is asked for")
  func unanswered() async throws {
    let waited = Mutex(0)
    let expire: @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void = { limit, pass in
      guard limit == .seconds(600) else { return PartnerDependencies.live.expire(limit, pass) }
      waited.withLock { $0 += 1 }
      pass()
      return {}
    }
    try await EngineFixture.with(change: { $0.tenants[0].scenario = .missing }, expire: expire) {
      (fixture) async throws in
      let told = Told()
      let end = await fixture.engine.requestConsent(
        in: fixture.first, open: { _ in BrowserOpening(reason: "none") }, sleep: { _ in }, tell: told.note)
      #expect(end == .unanswered && told.all.last == .ended(.unanswered) && waited.withLock { $0 } == 1)
      #expect(fixture.lab.state()[0].requests["token"] == nil)
      #expect(try await Self.records(fixture) == ["consent was asked for: unanswered"])
    }
  }

  @Test("An excluded tenant is never asked")
  func excluded() async throws {
    try await EngineFixture.with(configure: { $0.tenants[0].isExcluded = true }) { (fixture) async throws in
      let end = await Self.request(fixture, "admin_consent=True&state=STATE")
      guard case .failed(let error) = end else {
        Issue.record("\(end)")
        return
      }
      #expect(error.cause == .excluded)
    }
  }

  @Test("A changed consent is flagged in its row until somebody looked, in other processes too")
  func drift() async throws {
    try await EngineFixture.with { (fixture) async throws in
      func row(_ engine: PartnerEngine) async throws -> TenantOverview {
        try #require(await engine.overviews(of: [fixture.first]).first)
      }
      #expect(await fixture.engine.checkConsent(in: fixture.first).drift == .none)
      fixture.lab.changeConsent(of: fixture.first.id.rawValue, .partial)
      fixture.clock.pass(5)
      #expect(await fixture.engine.checkConsent(in: fixture.first).drift.isUnseen)
      let other = try fixture.neighbour()
      #expect(try await row(other).drift.isUnseen)
      fixture.clock.pass(5)
      await other.noteConsentSeen(of: [fixture.first])
      #expect(try await !row(fixture.engine).drift.isUnseen)
      // A background read sees the next change as well.
      fixture.lab.changeConsent(of: fixture.first.id.rawValue, .revoke)
      fixture.clock.pass(3_700)
      await fixture.engine.sync(fixture.first, priority: .background)
      #expect(try await row(other).drift.isUnseen)
      let history = try await fixture.engine.consentHistory(of: fixture.configuration.tenants)
      #expect(history.map(\.after) == [.missing, .partial])
    }
  }
}
