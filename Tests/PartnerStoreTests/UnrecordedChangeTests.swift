import Foundation
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("Changes that wait for a journal that cannot be written")
struct UnrecordedChangeTests {
  /// An incident whose severity changes again and again while nothing goes on record.
  private func changing(_ cache: Cache, _ times: Int, number: Int = 1) async throws -> [String] {
    var incident = Incident.any(number, in: contoso)
    incident.status = .active
    let names = ["low", "medium", "high"]
    var seen: [String] = []
    for time in 0...times {
      let name = names[time % 3]
      seen.append(name)
      incident.severity = Severity(wire: name)
      incident.updatedAt = Timestamp(noon + Double(time) * 60)
      _ = try await cache.save(incident, readAt: noon + Double(time) * 60 + 5)
    }
    return seen
  }

  @Test("of one incident only so many wait: the last ones become one, which tells since when it was not put on record")
  func bounded() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      let seen = try await changing(cache, 40)
      let other = try await changing(cache, 2, number: 2)
      let waiting = try await cache.unrecordedChanges(limit: 100).compactMap(\.entry)
      let ofFirst = waiting.filter { $0.incident == IncidentID("1") }
      #expect(ofFirst.count == 8 && waiting.count == 10)
      // Each goes on where the one before it ended, up to what is kept.
      for (number, entry) in ofFirst.enumerated() {
        let change = try #require(entry.observed?.changes.first)
        #expect(change.field == .severity && change.before == .text(seen[number]))
        #expect(change.after == .text(number < 7 ? seen[number + 1] : seen[40]))
      }
      let last = try #require(ofFirst.last?.observed)
      #expect(last.readBefore == noon + 7 * 60 + 5 && ofFirst.last?.at == noon + 40 * 60 + 5)
      #expect(last.changedAt == Timestamp(noon + 40 * 60) && last.count == 33)
      // On record, it tells the same.
      let journal = try Journal.open(in: folder)
      try await journal.record(observed: waiting)
      let told = try await journal.observedChanges(of: [IncidentKey(tenant: contoso, id: IncidentID("1"))])
      #expect(told.map(\.count) == Array(repeating: 1, count: 7) + [33] && told.last?.readBefore == last.readBefore)
      #expect(waiting.suffix(2).map { $0.observed?.changes.first?.after } == other.dropFirst().map { .text($0) })
    }
  }

  @Test("only a field that the history follows waits to go on record, and the change of it says so")
  func followed() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      var incident = Incident.any(1, in: contoso)
      let new = try await cache.save(incident, readAt: noon)
      #expect(!new.hasUnrecorded, "what is new did not change")
      incident.updatedAt = Timestamp(noon + 60)
      let touched = try await cache.save(incident, readAt: noon + 61)
      #expect(!touched.hasUnrecorded && touched.changed.count == 1)
      incident.assignedTo = "bo@partner.example"
      let assigned = try await cache.save(incident, readAt: noon + 120)
      #expect(assigned.hasUnrecorded)
      #expect(try await cache.unrecordedChanges(limit: 9).count == 1)
      let tenant = Tenant(id: contoso, name: "Contoso")
      (incident.assignedTo, incident.updatedAt) = (nil, Timestamp(noon + 180))
      let page = KeptPage(incidents: [incident], at: noon + 181)
      let first = try await cache.change(tenant, pages: [page], at: noon) { _, _ in }
      let again = try await cache.change(tenant, pages: [page], at: noon) { _, _ in }
      #expect(first.hasUnrecorded && !again.hasUnrecorded)
    }
  }

  @Test("what waits of an incident that is not kept any more leaves with the history, and nothing else does")
  func forgotten() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      for number in 1...3 { _ = try await changing(cache, 2, number: number) }
      for number in [1, 2] { _ = try await cache.remove(IncidentKey(tenant: contoso, id: IncidentID("\(number)"))) }
      func waiting() async throws -> Set<String> {
        Set(try await cache.unrecordedChanges(limit: 100).compactMap { $0.entry?.incident?.rawValue })
      }
      _ = try await cache.endOpenList(of: contoso, listed: nil, forgettingBefore: noon, at: noon)
      #expect(try await waiting() == ["1", "2", "3"])
      _ = try await cache.endOpenList(of: fabrikam, listed: nil, forgettingBefore: noon + 3_600, at: noon)
      #expect(try await waiting() == ["1", "2", "3"])
      _ = try await cache.endOpenList(of: contoso, listed: nil, forgettingBefore: noon + 3_600, at: noon)
      #expect(try await waiting() == ["3"])
    }
  }
}
