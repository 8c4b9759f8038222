import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("What is missing, and what is not there any more")
struct MissingTests {
  private func withCache(_ body: (Cache, StateFolder) throws -> Void) throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      defer { cache.close() }
      try body(cache, folder)
    }
  }

  @Test("B09, B35: what of an incident's alerts did not come is kept with them, until they come whole")
  func gaps() throws {
    try withCache { (cache, _) throws in
      var incident = Incident.any(4, in: contoso, withAlerts: true)
      incident.alertGaps = AlertGaps(
        missing: 55, hasMore: true, foreign: 1, unreadable: 2,
        leftOut: [LeftOutProduct(name: "WDATP", status: 401), LeftOutProduct(name: nil)])
      try cache.save(incident, readAt: noon)
      #expect(try cache.incident(incident.key)?.incident == incident)
      #expect(try cache.summary(incident.key)?.alertCount == nil)
      var listed = Incident.any(4, in: contoso)
      listed.assignedTo = "new@partner.example"
      try cache.apply([listed], in: contoso, at: noon + 1)
      #expect(
        try cache.incident(incident.key)?.incident.alertGaps == incident.alertGaps, "a list tells nothing of them")
      incident.alertGaps = AlertGaps(missing: 54)
      try cache.save(incident, readAt: noon + 2)
      #expect(try cache.incident(incident.key)?.incident.alertGaps == incident.alertGaps)
      #expect(try cache.summary(incident.key)?.alertCount == 57)
      incident.alertGaps = .none
      try cache.save(incident, readAt: noon + 3)
      #expect(try cache.incident(incident.key)?.incident == incident)
      #expect(try cache.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM alertProductsLeftOut") } == 0)
    }
  }

  @Test("B02: a 404 takes nothing out, is counted, and is forgotten when the service gives the incident again")
  func absences() throws {
    try withCache { (cache, _) throws in
      let (one, two) = (Incident.any(1, in: contoso), Incident.any(2, in: contoso))
      try cache.apply([one, two], in: contoso, at: noon)
      #expect(try cache.noteAbsence(of: one.key, at: noon + 1) == 1)
      #expect(try cache.noteAbsence(of: one.key, at: noon + 2) == 2)
      #expect(try cache.noteAbsence(of: two.key, at: noon + 3) == 1)
      #expect(try cache.noteAbsence(of: IncidentKey(tenant: fabrikam, id: one.id), at: noon + 3) == 1)
      let found = try cache.absences(of: contoso)
      #expect(found.map(\.signs) == [2, 1])
      #expect(found.map(\.at) == [noon + 2, noon + 3])
      #expect(found.map { $0.known?.key } == [one.key, two.key])
      try cache.apply([one], in: contoso, at: noon + 4)
      #expect(try cache.absences(of: contoso).map(\.key) == [two.key])
      try cache.apply([], unchanged: [two.id], in: contoso, at: noon + 5)
      #expect(try cache.absences(of: contoso).isEmpty)
      #expect(try cache.absences(of: fabrikam).count == 1)
    }
  }

  @Test("B02: what was taken out is remembered as such for as long as the history goes back")
  func takenOut() throws {
    try withCache { (cache, _) throws in
      let one = Incident.any(1, in: contoso)
      try cache.apply([one], in: contoso, at: noon)
      _ = try cache.noteAbsence(of: one.key, at: noon + 1)
      _ = try cache.remove(one.key)
      let absences = try cache.absences(of: contoso)
      #expect(absences.map(\.key) == [one.key])
      #expect(absences.map(\.known) == [nil])
      try cache.apply([], forgettingBefore: noon + 2, in: contoso, at: noon + 5)
      #expect(try cache.absences(of: contoso).isEmpty)
    }
  }

  @Test("B03, B16: which product did not answer, and where an item could not be read, are kept with the tenant")
  func partial() throws {
    try withCache { (cache, _) throws in
      var sync = SyncRecord(lastAttempt: noon, lastSuccess: noon, unreadable: 1)
      sync.leftOut = Problem(
        cause: "answerPartial", error: "WDATP", code: 401, requestID: "r", at: noon, nextAction: "a")
      sync.unreadableItem = Problem(cause: "unreadableItem", error: "item 2, byte 7", at: noon, nextAction: "b")
      try cache.save(sync, of: contoso)
      let kept = try #require(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first)
      #expect(kept.sync == sync)
      #expect(kept.syncState(at: noon, staleAfter: 900) == .partial)
      #expect(kept.sync.problem == sync.leftOut)
      try cache.save(SyncRecord(lastAttempt: noon, lastSuccess: noon), of: contoso)
      let whole = try #require(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first)
      #expect(whole.sync.problem == nil)
      #expect(whole.syncState(at: noon, staleAfter: 900) == .ok)
    }
  }

  @Test("B17: dates that an earlier version took for real are none after it, and a real one is as it was")
  func dates() throws {
    try withFolder { (folder) throws in
      let ids = ["a", "b", "c", "d"]
      let moments = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-05-01T00:00:00Z"]
      let cache = try Cache.open(in: folder, now: noon)
      try cache.apply(
        zip(ids, moments).map { id, moment in
          Incident(
            tenant: contoso, id: IncidentID(id), severity: .high, assignedTo: "x", createdAt: Timestamp(moment),
            updatedAt: Timestamp(moment))
        }, in: contoso, at: noon)
      try cache.save(SyncRecord(lastAttempt: noon, lastSuccess: noon), of: contoso)
      cache.close()
      try withDatabase(folder.path(of: "cache.db")) { db in
        try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'dates that mean none'")
      }
      let after = try Cache.open(in: folder, now: noon)
      defer { after.close() }
      let known = try after.incidents(of: contoso, includeClosed: true)
      let real = Timestamp("2026-05-01T00:00:00Z")
      #expect(known.map(\.createdAt) == [nil, nil, nil, real])
      #expect(known.map(\.updatedAt) == [nil, nil, nil, real])
      #expect(known.map(\.acknowledgedAt) == [nil, nil, nil, real])
      #expect(try after.openIncidents(limit: 9).map(\.key.id.rawValue) == ["d", "c", "b", "a"])
      #expect(try after.overviews(for: [Tenant(id: contoso, name: "C")]).first?.counts?.oldest == real)
    }
  }
}
