import Foundation
import GRDB
import PartnerModel
import Testing

@testable import PartnerStore

@Suite struct CacheSafetyTests {
  @Test("F59, D2: a corrupt cache is set aside with its log and made anew, and the caller is told")
  func corrupt() throws {
    try withFolder { (folder) throws in
      try Cache.open(in: folder, now: noon).close()
      let rubbish = Data(repeating: 0xAA, count: 9_000)
      for suffix in ["", "-wal", "-shm"] {
        try rubbish.write(to: URL(fileURLWithPath: folder.path(of: "cache.db" + suffix)))
        chmod(folder.path(of: "cache.db" + suffix), 0o600)
      }
      let cache = try Cache.open(in: folder, now: noon)
      let aside = try #require(cache.setAside)
      #expect(aside.hasPrefix(folder.path(of: "cache.db.corrupt-")))
      #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == rubbish)
      #expect(try Data(contentsOf: URL(fileURLWithPath: aside + "-wal")) == rubbish)
      try cache.apply([.any(1, in: contoso)], in: contoso, at: noon)
      cache.close()
      #expect(try Cache.open(in: folder, now: noon).setAside == nil)
    }
  }

  @Test("F59: damage met while the cache is in use is repaired at the next start")
  func damagedLater() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      _ = #expect(throws: StoreError.self) {
        try cache.read { _ in throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "malformed") }
      }
      cache.close()
      #expect(try Cache.open(in: folder, now: noon).setAside != nil)
      #expect(try Cache.open(in: folder, now: noon).setAside == nil)
    }
  }

  @Test("F59: damage of a file that was replaced meanwhile does not cost the new one")
  func damageOfTheOldFile() throws {
    try withFolder { (folder) throws in
      let old = try Cache.open(in: folder, now: noon)
      let fails = { try old.read { _ in throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "malformed") } }
      _ = #expect(throws: StoreError.self) { try fails() }
      let new = try Cache.open(in: folder, now: noon)
      #expect(new.setAside != nil)
      // The old one is still open in another process, which meets the damage again.
      _ = #expect(throws: StoreError.self) { try fails() }
      try new.apply([.any(1, in: contoso)], in: contoso, at: noon)
      let next = try Cache.open(in: folder, now: noon)
      #expect(next.setAside == nil)
      #expect(try next.incidents(of: contoso, includeClosed: true).count == 1)
    }
  }

  @Test("F59, D2: a zeroed sector anywhere ends in an error or not at all, never in a trap")
  func zeroedSector() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      try cache.apply((0..<6).map { .any($0, in: contoso, withAlerts: true) }, in: contoso, at: noon)
      let problem = Problem(cause: "outage", code: 503, at: noon, nextAction: "Wait.")
      try cache.save(SyncRecord(lastAttempt: noon, lastSuccess: noon, error: problem), cursor: "1", of: contoso)
      cache.close()
      let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path(of: "cache.db")))
      var damaged = 0
      for sector in 0..<whole.count / 512 {
        let place = try makePlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let victim = try StateFolder.open(at: place + "/state")
        var bytes = whole
        bytes.replaceSubrange(sector * 512..<(sector + 1) * 512, with: [UInt8](repeating: 0, count: 512))
        try bytes.write(to: URL(fileURLWithPath: victim.path(of: "cache.db")))
        chmod(victim.path(of: "cache.db"), 0o600)
        let read = { (cache: Cache) throws in
          _ = try cache.overviews(for: [Tenant(id: contoso, name: "C")])
          _ = try cache.overviews(for: (0..<30).map { Tenant(id: tenant($0), name: "T") })
          _ = try cache.openIncidents(limit: 100)
          _ = try cache.syncCursor(of: contoso)
          for summary in try cache.incidents(of: contoso, includeClosed: true) { _ = try cache.incident(summary.key) }
          for number in 0..<6 { _ = try cache.incident(Incident.any(number, in: contoso).key) }
          _ = try cache.incidents(readSince: noon)
          try cache.apply((0..<6).map { .any($0, in: contoso, seed: 9, withAlerts: true) }, in: contoso, at: noon)
        }
        let cache = try Cache.open(in: victim, now: noon)
        if cache.setAside != nil { damaged += 1 }
        do { try read(cache) } catch { damaged += 1 }
        cache.close()
        // Damage that was met costs the cache, not the program: the next start has a whole one.
        let next = try Cache.open(in: victim, now: noon)
        if next.setAside != nil { try read(next) }
        next.close()
      }
      #expect(damaged > 0)
    }
  }

  @Test("F58: a cache that cannot be had for writing is still shown, from a copy in memory")
  func copied() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      let change = try cache.apply((0..<9).map { .any($0, in: contoso) }, in: contoso, at: noon)
      try cache.save(SyncRecord(lastSuccess: noon), cursor: "1", of: contoso)
      let copy = try Cache.inMemory(copying: folder)
      #expect(copy.path == ":memory:")
      #expect(try copy.incidents(of: contoso, includeClosed: true) == change.changed)
      #expect(try copy.overviews(for: [Tenant(id: contoso, name: "C")]).first?.counts == change.counts)
      try copy.apply([.any(20, in: contoso)], in: contoso, at: noon)
      #expect(try cache.incidents(of: contoso, includeClosed: true) == change.changed)
      cache.close()
      for suffix in ["-wal", "-shm"] { folder.remove("cache.db" + suffix) }
      try Data(repeating: 0xAA, count: 9_000).write(to: URL(fileURLWithPath: folder.path(of: "cache.db")))
      #expect(try Cache.inMemory(copying: folder).openIncidents(limit: 9).isEmpty)
    }
  }

  @Test("A cache from before it was kept whose turn it is opens, and its problems stay")
  func olderProblems() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      let problem = Problem(
        cause: "blocked", code: 53_003, at: noon, nextAction: "Ask.", whoActs: .customer, summary: "blocked",
        message: "m")
      try cache.save(TokenRecord(trouble: .refused, lastError: problem), of: contoso, at: noon)
      cache.close()
      try withDatabase(folder.path(of: "cache.db")) { db in
        for column in ["whoActs", "summary", "message"] {
          try db.execute(sql: "ALTER TABLE problems DROP COLUMN \(column)")
        }
        try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'whose turn it is'")
      }
      let next = try Cache.open(in: folder, now: noon)
      #expect(next.setAside == nil)
      let before = Problem(cause: "blocked", code: 53_003, at: noon, nextAction: "Ask.")
      let row = [Tenant(id: contoso, name: "Contoso")]
      #expect(try next.overviews(for: row)[0].token.lastError == before)
      try next.save(TokenRecord(trouble: .refused, lastError: problem), of: contoso, at: noon)
      #expect(try next.overviews(for: row)[0].token.lastError == problem)
    }
  }

  @Test("F60: a cache of a newer version is refused without a write")
  func newer() throws {
    try withFolder { (folder) throws in
      try Cache.open(in: folder, now: noon).close()
      let path = folder.path(of: "cache.db")
      try withDatabase(path) { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('of tomorrow')") }
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: StoreError.newerVersion(path: path)) { try Cache.open(in: folder, now: noon) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test("F60: a cache from before knew a new severity as the last; now it comes before medium")
  func severityOrder() throws {
    try withFolder { (folder) throws in
      let words = ["unknown", "informational", "low", "medium", "catastrophic", "high"]
      let rows = words.enumerated().map { number, word in
        var incident = Incident.any(number, in: contoso)
        incident.severity = Severity(wire: word)
        incident.status = .active
        incident.assignedTo = nil
        return incident
      }
      var cache = try Cache.open(in: folder, now: noon)
      try cache.apply(rows, in: contoso, at: noon)
      cache.close()
      try withDatabase(folder.path(of: "cache.db")) { db in
        for (word, number) in zip(words, [4, 3, 2, 1, 4, 0]) {
          try db.execute(sql: "UPDATE incidents SET riskOrder = ? WHERE severity = ?", arguments: [number, word])
        }
        try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'new severities before medium'")
      }
      cache = try Cache.open(in: folder, now: noon)
      let order = ["high", "catastrophic", "medium", "low", "informational", "unknown"]
      #expect(try cache.openIncidents(limit: 9).map(\.severity.wire) == order)
      try cache.apply(rows, in: contoso, at: noon)
      #expect(try cache.openIncidents(limit: 9).map(\.severity.wire) == order)
    }
  }

  @Test("F57: on a full disk a page is kept whole or not at all, and reading goes on")
  func full() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      let first = try cache.apply([.any(1, in: contoso)], in: contoso, at: noon)
      try cache.save(SyncRecord(lastSuccess: noon), of: contoso)
      try cache.write { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages + 2)")
      }
      let page = (2..<300).map { Incident.any($0, in: contoso) }
      #expect(throws: StoreError.diskFull(path: cache.path)) { try cache.apply(page, in: contoso, at: noon) }
      #expect(try cache.incidents(of: contoso, includeClosed: true) == first.changed)
      #expect(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first?.counts == first.counts)
    }
  }

  @Test("another process's change is noticed, our own is not")
  func dataVersion() throws {
    try withFolder { (folder) throws in
      let (ours, theirs) = (try Cache.open(in: folder, now: noon), try Cache.open(in: folder, now: noon))
      let start = try ours.dataVersion()
      try ours.apply([.any(1, in: contoso)], in: contoso, at: noon)
      #expect(try ours.dataVersion() == start)
      try theirs.apply([.any(2, in: contoso)], in: contoso, at: noon)
      #expect(try ours.dataVersion() != start)
      #expect(try ours.incidents(of: contoso, includeClosed: true).count == 2)
    }
  }

  @Test("F57: without a place on disk the cache still serves this process")
  func inMemory() throws {
    let cache = try Cache.inMemory()
    let incident = Incident.any(2, in: contoso, withAlerts: true)
    let change = try cache.apply([incident], in: contoso, at: noon)
    try cache.save(SyncRecord(lastSuccess: noon), of: contoso)
    #expect(try cache.incident(incident.key)?.incident == incident)
    #expect(try cache.overviews(for: [Tenant(id: contoso, name: "C")]).first?.counts == change.counts)
    #expect(throws: StoreError.self) { try cache.read { _ in throw DatabaseError(resultCode: .SQLITE_CORRUPT) } }
  }

  @Test("a zero in a name is not a change at every read")
  func zero() throws {
    let cache = try Cache.inMemory()
    var incident = Incident.any(1, in: contoso)
    incident.displayName = "a\0b"
    #expect(try cache.apply([incident], in: contoso, at: noon).changed.first?.displayName == "a\u{FFFD}b")
    #expect(try cache.apply([incident], in: contoso, at: noon).changed.isEmpty)
  }

  private static let portal = "https://security.microsoft.com/incident2/5/overview?tid=\(contoso)"
  /// What is kept of an address; `nil` for the same text.
  private static let addresses: [(address: String?, kept: String?)] = [
    (portal, "\u{1}"), (nil, nil), ("", nil), (portal + "/", nil),
    (portal.replacing("incident2/5", with: "incident2/6"), nil),
    (portal.replacing("overview", with: "0verview"), nil), (portal.uppercased(), nil),
    (portal.replacing(".com", with: ".us"), nil), ("https://security.microsoft.com/incidents/5?tid=\(contoso)", nil),
    ("\u{1}", "\u{1}\u{1}"), ("\u{1}\u{1}e\u{301}", "\u{1}\u{1}\u{1}e\u{301}"),
  ]

  @Test("an address comes back as it came, and one that follows from its incident takes no room", arguments: addresses)
  func portalAddress(address: String?, kept: String?) throws {
    try withFolder { folder in
      let cache = try Cache.open(in: folder, now: noon)
      defer { cache.close() }
      var incident = Incident.any(5, in: contoso)
      incident.webURL = address
      try cache.apply([incident], in: contoso, at: noon)
      #expect(
        try cache.summary(incident.key)?.webURL?.unicodeScalars.map(\.value) == address?.unicodeScalars.map(\.value))
      #expect(try cache.incident(incident.key)?.incident.webURL == address)
      #expect(try cache.apply([incident], in: contoso, at: noon).changed.isEmpty)
      #expect(try cache.read { try String.fetchOne($0, sql: "SELECT webURL FROM incidents") } == kept ?? address)
      // As an earlier version kept it.
      guard let address, address.utf8.first != 1 else { return }
      try cache.write { try $0.execute(sql: "UPDATE incidents SET webURL = ?", arguments: [address]) }
      #expect(try cache.summary(incident.key)?.webURL == address)
    }
  }

  @Test("a list of texts survives whatever stands in it", arguments: UInt64(0)..<100)
  func textLists(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let alphabet = ["a", "\"", ",", "\\", "[", "]", "\n", "\u{1F}", "ş", "\u{202E}", "🧨", "\u{0}"]
    let list = (0..<Int.random(in: 0...4, using: &chance)).map { _ in
      (0..<Int.random(in: 0...5, using: &chance)).map { _ in alphabet.randomElement(using: &chance) ?? "" }.joined()
    }
    #expect(TextList.write(list).map(TextList.read) ?? [] == list)
  }

  @Test("tenants are ordered as bytes as they are as values, and come back", arguments: UInt64(0)..<50)
  func tenantBytes(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let (left, right) = (
      TenantID(high: chance.next(), low: chance.next()), TenantID(high: chance.next(), low: chance.next())
    )
    #expect(TenantID(blob: left.blob) == left)
    #expect(left.blob.lexicographicallyPrecedes(right.blob) == (left < right))
    #expect(TenantID(blob: left.blob.dropLast()) == nil)
  }
}
