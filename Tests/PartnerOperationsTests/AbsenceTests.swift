import Foundation
import LabServer
import PartnerModel
import PartnerStore
import Testing

@testable import PartnerOperations

@Suite("Incidents for which the service answers 404")
struct AbsenceTests {
  private static let claim = IncidentUpdate(status: .inProgress, assignment: .to(EngineFixture.upn))

  /// What neighbouring tools met: a router's text, a page of HTML in the message, and a plain refusal.
  static let bodies = [
    #"{"error":{"code":"UnknownError","message":"404 page not found"}}"#,
    #"{"error":{"code":"UnknownError","message":"<!DOCTYPE html><html><body>Not here</body></html>"}}"#,
    #"{"error":{"code":"ResourceNotFound","message":""}}"#,
    "<html>404</html>",
  ]

  private static func notFound(_ body: String = bodies[0], times: Int = 1) -> LabFault {
    LabFault(.answer(status: 404, headers: [:], body: body), route: "incidents.get", times: times)
  }

  private static let emptyList = LabFault(
    .answer(status: 200, headers: ["Content-Type": "application/json"], body: #"{"value":[]}"#),
    route: "incidents.list", times: 1)

  private static func known(_ fixture: EngineFixture, _ key: IncidentKey) async -> RememberedIncident? {
    await fixture.engine.storedIncident(key)
  }

  private static func cause(_ fixture: EngineFixture, _ key: IncidentKey) async -> PartnerError.Cause? {
    do throws(PartnerError) {
      _ = try await fixture.engine.readIncident(key)
      return nil
    } catch {
      return error.cause
    }
  }

  @Test(
    "B02: one passing 404 leaves the incident where it is, and after the next good answer all is as before",
    arguments: bodies)
  func passing(body: String) async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let before = try #require(await fixture.engine.overviews(of: [fixture.first]).first?.counts)
      fixture.forgetEvents()
      fixture.lab.add(Self.notFound(body))
      #expect(await Self.cause(fixture, incident.key) == .absentJustNow)
      #expect(await Self.known(fixture, incident.key) != nil)
      #expect(fixture.toldIncidents == [])
      #expect(await fixture.engine.overviews(of: [fixture.first]).first?.counts == before)
      #expect(await Self.cause(fixture, incident.key) == nil)
      fixture.lab.add(Self.notFound(body))
      #expect(await Self.cause(fixture, incident.key) == .absentJustNow, "a good answer wiped the first 404 out")
    }
  }

  @Test("B02: a second 404 takes it out only when the list does not give it either; then it is told as gone")
  func second() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      let before = try #require(await fixture.engine.overviews(of: [fixture.first]).first?.counts)
      fixture.lab.add(Self.notFound(times: 3))
      fixture.forgetEvents()
      for _ in 0..<2 { #expect(await Self.cause(fixture, incident.key) == .absentJustNow, "the list still gives it") }
      #expect(await Self.known(fixture, incident.key) != nil)
      fixture.lab.add(Self.emptyList)
      #expect(await Self.cause(fixture, incident.key) == .notFound)
      #expect(await Self.known(fixture, incident.key) == nil)
      #expect(fixture.toldIncidents.map(\.status) == [.gone])
      #expect(await fixture.engine.overviews(of: [fixture.first]).first?.counts?.open == before.open - 1)
    }
  }

  @Test("B02: what was taken out comes back with the next list that gives it")
  func back() async throws {
    try await EngineFixture.with { fixture in
      await fixture.engine.sync(fixture.first, priority: .foreground)
      fixture.lab.tick(seconds: 1, newIncidents: 1, tenant: fixture.first.id.rawValue)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let incident = try #require(fixture.toldIncidents.last)
      fixture.lab.add(Self.notFound(times: 2))
      fixture.lab.add(Self.emptyList)
      for _ in 0..<2 { _ = await Self.cause(fixture, incident.key) }
      #expect(await Self.known(fixture, incident.key) == nil)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(await Self.known(fixture, incident.key) != nil)
      #expect(try await fixture.engine.cache.absences(of: fixture.first.id).isEmpty)
    }
  }

  @Test(
    "B02: a whole list that does not give it where it should is a second sign; one in part is none",
    arguments: [(200, false), (206, true)])
  func list(status: Int, stays: Bool) async throws {
    try await EngineFixture.with { fixture in
      await fixture.engine.sync(fixture.first, priority: .foreground)
      fixture.lab.tick(seconds: 1, newIncidents: 1, tenant: fixture.first.id.rawValue)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let incident = try #require(fixture.toldIncidents.last)
      fixture.lab.add(Self.notFound())
      #expect(await Self.cause(fixture, incident.key) == .absentJustNow)
      fixture.lab.add(
        LabFault(
          .answer(status: status, headers: ["Content-Type": "application/json"], body: #"{"value":[]}"#),
          route: "incidents.list"))
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect((await Self.known(fixture, incident.key) != nil) == stays)
    }
  }

  @Test("B02: a read that goes on at a link was no whole one: what stood on an earlier read's pages stays")
  func resumedList() async throws {
    try await EngineFixture.with { fixture in
      func item(_ id: String, _ secondsAgo: TimeInterval) -> String {
        let changed = Timestamp(fixture.clock.now.addingTimeInterval(-secondsAgo))
        return
          #"{"id":"\#(id)","displayName":"x","severity":"high","status":"active","lastUpdateDateTime":"\#(changed)"}"#
      }
      func list(_ body: String, status: Int = 200) -> LabFault {
        LabFault(
          .answer(status: status, headers: ["Content-Type": "application/json"], body: body), route: "incidents.list",
          times: 1)
      }
      // What is open was listed before.
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      let key = IncidentKey(tenant: fixture.first.id, id: IncidentID("9201"))
      // Out of the order that was asked for, so that the link is followed.
      let items = "\(item("9300", 100)),\(item("9201", 5_000))"
      let link = "\(fixture.lab.baseURL)/v1.0/security/incidents?$skiptoken=2"
      fixture.lab.add(list(#"{"@odata.nextLink":"\#(link)","value":[\#(items)]}"#))
      fixture.lab.add(list(#"{"error":{"code":"Forbidden","message":"x"}}"#, status: 403))
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) != nil)
      #expect(await Self.known(fixture, key) != nil)
      fixture.lab.add(Self.notFound())
      #expect(await Self.cause(fixture, key) == .absentJustNow)
      fixture.lab.add(list(#"{"value":[\#(item("9302", 300))]}"#))
      #expect(await fixture.engine.sync(fixture.first, priority: .foreground) == nil)
      #expect(await Self.known(fixture, IncidentKey(tenant: fixture.first.id, id: IncidentID("9302"))) != nil)
      #expect(await Self.known(fixture, key) != nil)
    }
  }

  @Test("B02: a list that still gives it is a good answer: the 404 is forgotten, and the lists are told")
  func listed() async throws {
    try await EngineFixture.with { fixture in
      await fixture.engine.sync(fixture.first, priority: .foreground)
      fixture.lab.tick(seconds: 1, newIncidents: 1, tenant: fixture.first.id.rawValue)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let incident = try #require(fixture.toldIncidents.last)
      fixture.lab.add(Self.notFound())
      #expect(await Self.cause(fixture, incident.key) == .absentJustNow)
      fixture.forgetEvents()
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(fixture.toldIncidents == [incident])
      #expect(try await fixture.engine.cache.absences(of: fixture.first.id).isEmpty)
    }
  }

  @Test("B02: a change that meets a 404 before it is sent says that nothing was changed")
  func notSent() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(Self.notFound())
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .failed)
      #expect(write.problem?.nextAction.hasPrefix("Nothing was changed") == true)
      #expect(fixture.updates == 0)
    }
  }

  @Test("B02: an older incident is looked at again by itself, after five minutes, and stays when it is there")
  func secondLook() async throws {
    try await EngineFixture.with { fixture in
      await fixture.engine.sync(fixture.first, priority: .foreground)
      let known = try await fixture.engine.incidents(of: [fixture.first], includeClosed: true)
      let incident = try #require(known.min { ($0.updatedAt?.ticks ?? 0) < ($1.updatedAt?.ticks ?? 0) })
      fixture.lab.add(Self.notFound())
      #expect(await Self.cause(fixture, incident.key) == .absentJustNow)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(try await fixture.engine.cache.absences(of: fixture.first.id).count == 1)
      fixture.clock.pass(301)
      await fixture.engine.sync(fixture.first, priority: .foreground)
      #expect(try await fixture.engine.cache.absences(of: fixture.first.id).isEmpty)
      #expect(await Self.known(fixture, incident.key) != nil)
    }
  }

  @Test("B02: an unknown write is not settled by one 404, and one that took effect is never called not made")
  func unknownWrite() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetAfter, route: "incidents.update"))
      // The reading back after the write meets the router; so does a later one.
      fixture.lab.add(LabFault(.delay(milliseconds: 0), route: "incidents.get"))
      fixture.lab.add(Self.notFound(times: 2))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      fixture.clock.pass(61)
      #expect(try await fixture.engine.settleLeftovers().open.map(\.id) == [write.id])
      #expect(try await fixture.engine.settleLeftovers().open == [])
      #expect(try await fixture.engine.journal.writes(.one(write.id)).first?.state == .confirmed)
    }
  }

  @Test("B02: a write to an incident that is really gone comes to its end")
  func goneWrite() async throws {
    try await EngineFixture.with { fixture in
      let incident = try await fixture.unassigned()
      fixture.lab.add(LabFault(.resetBefore, route: "incidents.update"))
      fixture.lab.add(LabFault(.delay(milliseconds: 0), route: "incidents.get"))
      fixture.lab.add(Self.notFound(times: 0))
      let write = try await fixture.engine.update(incident.key, with: Self.claim, seen: incident)
      #expect(write.state == .unknown)
      fixture.clock.pass(61)
      fixture.lab.add(Self.emptyList)
      #expect(try await fixture.engine.settleLeftovers().open == [])
      let ended = try #require(try await fixture.engine.journal.writes(.one(write.id)).first)
      #expect(ended.state == .failed)
      #expect(ended.problem?.cause == "notFound")
    }
  }
}
