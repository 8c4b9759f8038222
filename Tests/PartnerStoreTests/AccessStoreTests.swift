import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("What is kept of who may act in a tenant")
struct AccessStoreTests {
  private static let tenants = [Tenant(id: contoso, name: "Contoso"), Tenant(id: fabrikam, name: "Fabrikam")]

  private static let relation = DelegatedAdminRelation(
    id: "a-b", displayName: "Sécurité\u{0}“x”", status: "active", endsAt: noon + 0.25, autoExtends: true,
    roles: ["r1", "r2"],
    assignments: [
      AccessAssignment(group: "g", status: "active", roles: ["r1"], holdsOperator: false),
      AccessAssignment(group: "h", status: "odd", roles: []),
    ])

  @Test("Relationships, directory, change and look come back as they were kept, whole and one by one")
  func roundTrip() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      try await cache.save([contoso: [Self.relation]], of: [contoso, fabrikam], readAt: noon)
      let directory = DirectoryConsent(checkedAt: noon, granted: [AppRole("A"), AppRole("B")], isEnabled: false)
      try await cache.save(directory, of: contoso)
      try await cache.noteConsentChange(of: contoso, at: noon)
      try await cache.noteConsentSeen(of: [contoso], at: noon + 1)
      let kept = Self.relation
      for rows in [
        try await cache.overviews(for: Self.tenants), [try await cache.overviews(for: [Self.tenants[0]])[0]],
        [try await cache.kept(of: Self.tenants[0]).row],
      ] {
        #expect(rows[0].access.relations == [kept])
        #expect(rows[0].access.checkedAt == noon && rows[0].directory == directory)
        #expect(rows[0].drift == ConsentDrift(changedAt: noon, seenAt: noon + 1))
      }
      // What a reading writes of the tenant leaves them alone.
      _ = try await cache.change(Self.tenants[0], at: noon) { row, _ in row.consent = ConsentRecord(state: .granted) }
      #expect(try await cache.kept(of: Self.tenants[0]).row.access.relations == [kept])
      #expect(try await cache.overviews(for: Self.tenants)[1].access.checkedAt == noon)
      #expect(try await cache.overviews(for: Self.tenants)[1].directory == nil)
      try await cache.save([:], of: [contoso], readAt: noon + 9)
      #expect(try await cache.kept(of: Self.tenants[0]).row.access == AccessRecord(checkedAt: noon + 9))
      cache.close()
    }
  }

  @Test("A reading that failed is kept with its reason, for each home tenant and app by itself")
  func readings() async throws {
    try await withFolder { (folder) async throws in
      let cache = try Cache.open(in: folder, now: noon)
      #expect(try await cache.relationReading(of: contoso, app: "a") == nil)
      let failed = RelationReading(at: noon, problem: Problem(cause: "appRoleMissing", nextAction: "Ask."))
      try await cache.save(failed, of: contoso, app: "a")
      #expect(try await cache.relationReading(of: contoso, app: "a") == failed)
      #expect(try await cache.relationReading(of: contoso, app: "b") == nil)
      #expect(try await cache.relationReading(of: fabrikam, app: "a") == nil)
      try await cache.save(RelationReading(at: noon + 1), of: contoso, app: "a")
      #expect(try await cache.relationReading(of: contoso, app: "a") == RelationReading(at: noon + 1))
      cache.close()
    }
  }

  @Test("F60: a cache from before knows nothing of it, and takes it")
  func older() async throws {
    try await withFolder { (folder) async throws in
      var cache = try Cache.open(in: folder, now: noon)
      try await cache.save(ConsentRecord(state: .granted, checkedAt: noon), of: contoso, at: noon)
      cache.close()
      try withDatabase(folder.path(of: "cache.db")) { db in
        try db.execute(sql: "DROP TABLE relationReadings")
        for column in [
          "accessCheckedAt", "accessRelations", "directoryCheckedAt", "directoryGranted", "directoryEnabled",
          "consentChangedAt", "consentSeenAt",
        ] {
          try db.execute(sql: "ALTER TABLE tenants DROP COLUMN \(column)")
        }
        try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'who may act in a tenant'")
      }
      cache = try Cache.open(in: folder, now: noon)
      #expect(cache.setAside == nil)
      let row = try await cache.overviews(for: Self.tenants)[0]
      #expect(row.consent.state == .granted && row.access == .never && row.drift == .none)
      try await cache.save([contoso: [Self.relation]], of: [contoso], readAt: noon)
      #expect(try await cache.overviews(for: Self.tenants)[0].access.relations.count == 1)
      cache.close()
    }
  }

  @Test("Damaged relationships are none, and cost nothing else", arguments: ["", "[", "{}", "[7, {\"id\": 1}]"])
  func damaged(text: String) { #expect(RelationText.read(text).isEmpty) }

  @Test("The journal gives the entries of one kind, the newest first, of the tenants that are asked for")
  func entries() async throws {
    try await withFolder { (folder) async throws in
      let journal = try Journal.open(in: folder)
      for (index, kind) in [JournalKind.consentChanged, .consentChecked, .consentChanged, .consentChanged].enumerated()
      {
        try await journal.append(
          JournalEntry(kind, at: noon + Double(index), tenant: index == 3 ? fabrikam : contoso, detail: "\(index)"))
      }
      let both = try await journal.entries(of: .consentChanged, tenants: [contoso, fabrikam], limit: 9)
      #expect(both.map(\.entry.detail) == ["3", "2", "0"])
      #expect(try await journal.entries(of: .consentChanged, tenants: [contoso], limit: 1).map(\.sequence) == [3])
      #expect(try await journal.verify().isIntact)
      journal.close()
    }
  }
}
