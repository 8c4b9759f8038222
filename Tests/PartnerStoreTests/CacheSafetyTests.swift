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

  @Test("F57: on a full disk a page is kept whole or not at all, and reading goes on")
  func full() throws {
    try withFolder { (folder) throws in
      let cache = try Cache.open(in: folder, now: noon)
      let first = try cache.apply([.any(1, in: contoso)], in: contoso, at: noon)
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
