import Foundation
import Glibc
import LabServer
import PartnerContext
import PartnerModel
import PartnerOperations
import PartnerStore
import PseudoTerminal
import Testing

@Suite("kill -9 around a claim", .serialized)
struct KillLoopTests {
  /// Even, because each tenant has two.
  private static let rounds =
    max(2, Int(ProcessInfo.processInfo.environment["PARTNER_CONSOLE_KILLS"] ?? "") ?? 50) / 2 * 2

  @Test("F53, F54, F55: 50 kills and more at every moment of a claim: none lost, none sent twice, the chain intact")
  func killed() async throws {
    // Two claims a tenant: the shares of the request limits are not what is tried here.
    try await Workplace.with(tenants: Self.rounds / 2, incidents: 40, latency: 10) { place in
      let targets = try await targets(place)
      #expect(targets.count == Self.rounds)
      for (round, target) in targets.enumerated() {
        // From before the intent to after the confirmation, in an order that is no order of time.
        let moment = Duration.milliseconds(round * 7 % 50 * 5)
        try await onThread { try claimAndKill(target, after: moment, place) }
      }

      let folder = try StateFolder.open(at: place.stateFolder)
      let journal = try Journal.open(in: folder)
      #expect(journal.mode == .readWrite)
      #expect(try await journal.verify().isIntact)
      let before = try await journal.writes(.all)
      // A claim that was on its way when the program was killed is on record, once.
      #expect(Set(before.map(\.key)).count == before.count)
      #expect(Set(before.map(\.key)).isSubset(of: Set(targets)))
      let sent = place.lab.state().map(\.writes).reduce(0, +)
      let (engine, transport) = try engine(place, journal, folder)
      let left = try await engine.settleLeftovers().open
      #expect(left == [])
      #expect(place.lab.state().map(\.writes).reduce(0, +) == sent, "settling sends nothing")

      var inEffect: Set<IncidentKey> = []
      for target in targets {
        let incident = try await engine.readIncident(target)
        if incident.assignedTo == Workplace.upn { inEffect.insert(target) }
      }
      await transport.shutDown()
      #expect(sent == inEffect.count, "each change that the service took was sent once")
      let after = try await journal.writes(.all)
      #expect(after.allSatisfy { $0.state == .confirmed || $0.state == .failed })
      #expect(Set(after.filter { $0.state == .confirmed }.map(\.key)) == inEffect, "the journal says what is")
      #expect(try await journal.verify().isIntact)
      // The loop has met both sides, or it proves nothing.
      #expect(!inEffect.isEmpty && inEffect.count < targets.count)
    }
  }

  /// Incidents that nobody has, two of each tenant, all known to the cache.
  private func targets(_ place: Workplace) async throws -> [IncidentKey] {
    let listed = try await place.run("incidents", "list", "--output", "json")
    #expect(listed.status == 0, "\(listed.words)")
    let incidents = (listed.json as? [String: Any])?["incidents"] as? [[String: Any]] ?? []
    var found: [TenantID: [IncidentKey]] = [:]
    for incident in incidents where incident["assignedTo"] is NSNull && incident["status"] as? String == "active" {
      guard let tenant = (incident["tenantId"] as? String).flatMap({ TenantID($0) }),
        let id = incident["id"] as? String, found[tenant, default: []].count < 2
      else { continue }
      found[tenant, default: []].append(IncidentKey(tenant: tenant, id: IncidentID(id)))
    }
    return found.values.flatMap(\.self).sorted()
  }

  private func claimAndKill(_ target: IncidentKey, after moment: Duration, _ place: Workplace) throws {
    let terminal = try place.console("--tenant", target.tenant.rawValue)
    try terminal.readUntil(contains: "INCIDENT", within: Workplace.patience)
    let child = try #require(ProcessRecord(terminal.process).children.first)
    // Keys are taken in their order: the claim is for the one row that the filter leaves. Right behind the filter it
    // would not count.
    try terminal.write("/\(target.id.rawValue)")
    try terminal.readUntil(contains: "Enter keeps", within: Workplace.patience)
    try terminal.write("\r")
    _ = terminal.quiet(for: .milliseconds(350), within: Workplace.patience)
    try terminal.write("a")
    let end = ContinuousClock.now + moment
    while terminal.read(until: end) != nil {}
    kill(child, SIGKILL)
    #expect(try terminal.waitForExit(within: Workplace.patience) == .status(128 + SIGKILL))
  }

  /// An engine whose clock is far enough ahead that every write may be judged.
  private func engine(
    _ place: Workplace, _ journal: Journal, _ folder: StateFolder
  ) throws -> (PartnerEngine, LiveTransport) {
    let configuration = try ConfigurationReader.read(
      String(contentsOfFile: place.configuration, encoding: .utf8), file: place.configuration)
    let cache = try Cache.open(in: folder, now: Date())
    let transport = try LiveTransport(for: configuration.app)
    let engine = PartnerEngine(
      configuration: configuration, journal: journal, cache: cache,
      mainContext: PartnerContext(app: configuration.app, transport: transport), contexts: [:],
      now: { Date().addingTimeInterval(3600) }, newID: { UUID().uuidString }, report: { _ in })
    return (engine, transport)
  }
}
