import Foundation
import GRDB
import Glibc
import PartnerModel
import Testing

@testable import PartnerStore

@Suite struct JournalSafetyTests {
  private func filled(_ folder: StateFolder, _ count: Int = 12) throws -> Journal {
    let journal = try Journal.open(in: folder)
    for number in 0..<count { try journal.intend(write("w\(number)", in: tenant(number % 3))) }
    return journal
  }

  @Test("A journal that is only named is not made; its first use opens it, and one that may not be used stays unused")
  func deferred() throws {
    try withFolder { (folder) throws in
      let journal = Journal(in: folder)
      #expect(!FileManager.default.fileExists(atPath: journal.path))
      try journal.intend(write("w1"))
      #expect(try journal.writes(.pending).map(\.id.rawValue) == ["w1"])
    }
    try withFolder { (folder) throws in
      let journal = Journal(in: folder)
      #expect(mkfifo(journal.path, 0o600) == 0)
      #expect(throws: StoreError.self) { try journal.open(waiting: OpeningWait()) }
      #expect(throws: StoreError.self) { try journal.intend(write("w1")) }
      guard case .readOnly(.unsafe) = journal.mode else { throw StoreError.homeMissing }
      unlink(journal.path)
      try journal.intend(write("w1"))
    }
  }

  @Test(
    "D1: no statement changes or removes an entry",
    arguments: [
      "UPDATE entries SET detail = 'x'", "DELETE FROM entries", "DELETE FROM entries WHERE sequence = 12",
      "INSERT OR REPLACE INTO entries (sequence, kind, at, hash) VALUES (3, 'signIn', 0, x'00')",
      "INSERT INTO entries (sequence, kind, at, hash) VALUES (0, 'signIn', 0, x'00')",
    ])
  func appendOnly(sql: String) throws {
    try withFolder { (folder) throws in
      let journal = try filled(folder)
      #expect(throws: DatabaseError.self) { try withDatabase(journal.path) { try $0.execute(sql: sql) } }
      #expect(try journal.verify() == ChainReport(intact: 12))
    }
  }

  @Test(
    "invariant 20: verify names the first entry that is not what was written",
    arguments: [
      ("UPDATE entries SET operatorUPN = 'eve@partner.example' WHERE sequence = 5", 5),
      ("UPDATE entries SET requestID = '' WHERE sequence = 4", 4),
      ("UPDATE entries SET at = at + 1 WHERE sequence = 1", 1),
      ("UPDATE entries SET tenantID = x'00' WHERE sequence = 12", 12),
      ("UPDATE entries SET requestID = operatorUPN, operatorUPN = requestID WHERE sequence = 9", 9),
      ("DELETE FROM entries WHERE sequence = 6", 6), ("DELETE FROM entries WHERE sequence >= 11", 11),
      ("DELETE FROM entries", 1),
    ])
  func tampering(sql: String, first: Int64) throws {
    try withFolder { (folder) throws in
      let journal = try filled(folder)
      #expect(try journal.verify().isIntact)
      try withDatabase(journal.path) { (db) throws in
        for trigger in ["Changed", "Deleted"] { try db.execute(sql: "DROP TRIGGER entriesAreNot\(trigger)") }
        try db.execute(sql: sql)
      }
      let report = try journal.verify()
      #expect(report.firstBroken?.sequence == first)
      #expect(report.intact == first - 1)
      // What is intact stays readable, and nothing is appended to a broken chain at the next start.
      journal.close()
      let next = try Journal.open(in: folder)
      guard case .readOnly(.corrupt) = next.mode else {
        Issue.record("\(next.mode)")
        return
      }
      #expect(throws: StoreError.self) { try next.intend(write("new")) }
    }
  }

  @Test("journals of several processes keep one chain without a gap", arguments: UInt64(0)..<6)
  func interleaved(seed: UInt64) async throws {
    try await withFolder { (folder) async throws in
      let journals = try (0..<3).map { _ in try Journal.open(in: folder) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, journal) in journals.enumerated() {
          group.addTask {
            var chance = SplitMix(seed: seed &* 31 &+ UInt64(number))
            for step in 0..<15 {
              let id = WriteID("\(number)-\(step)")
              try await journal.intend(write(id.rawValue))
              if Bool.random(using: &chance) { try await journal.record(id, .sent, at: noon) }
              if Bool.random(using: &chance) { await Task.yield() }
            }
          }
        }
        try await group.waitForAll()
      }
      let entries = try journals[0].entries()
      #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)))
      #expect(try await journals[1].verify() == ChainReport(intact: Int64(entries.count)))
      #expect(try await journals[2].writes(.all).count == 45)
    }
  }

  @Test("F55: whatever is cut off the log by a crash, acknowledged entries before it are there and the chain holds")
  func torn() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      let log = journal.path + "-wal"
      // Bytes of the log once each entry was acknowledged.
      var sizes: [Int] = []
      for number in 0..<10 {
        try journal.intend(write("w\(number)"))
        sizes.append(try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int))
      }
      // A copy by another program, which drops no lock of ours.
      func copy(_ from: String, _ to: String) throws {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/bin/cp")
        program.arguments = [from, to]
        try program.run()
        program.waitUntilExit()
      }
      let base = folder.path + "/../copy"
      try copy(journal.path, base)
      try copy(log, base + "-wal")
      let whole = try Data(contentsOf: URL(fileURLWithPath: base + "-wal"))
      var chance = SplitMix(seed: 55)
      for round in 0..<40 {
        let cut = round == 0 ? whole.count : Int.random(in: 0...whole.count, using: &chance)
        let place = try makePlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let victim = try StateFolder.open(at: place + "/state")
        try copy(base, victim.path(of: "journal.db"))
        chmod(victim.path(of: "journal.db"), 0o600)
        try whole.prefix(cut).write(to: URL(fileURLWithPath: victim.path(of: "journal.db-wal")))
        let survivor = try Journal.open(in: victim)
        let kept = sizes.count { $0 <= cut }
        #expect(survivor.mode == .readWrite)
        #expect(try survivor.verify() == ChainReport(intact: Int64(kept)), "cut at \(cut)")
        try survivor.intend(write("after"))
        #expect(try survivor.verify() == ChainReport(intact: Int64(kept) + 1))
        survivor.close()
      }
    }
  }

  @Test("F56: on a full disk the intent is refused and nothing of it is recorded")
  func full() throws {
    try withFolder { (folder) throws in
      let journal = try filled(folder)
      try journal.append { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
      }
      var recorded: Int64 = 12
      let error = #expect(throws: StoreError.self) {
        while recorded < 1_000 { recorded = try journal.append(JournalEntry(.refusal, at: noon, detail: "x")) }
      }
      #expect(error == .diskFull(path: journal.path))
      #expect(throws: StoreError.diskFull(path: journal.path)) {
        var large = write("large")
        large.operatorUPN = String(repeating: "a", count: 40_000)
        try journal.intend(large)
      }
      #expect(try journal.verify() == ChainReport(intact: recorded))
      #expect(try journal.writes(.one(WriteID("large"))).isEmpty)
    }
  }

  @Test(
    "F58: a journal that cannot be written opens as read-only with the reason, and still reads",
    .disabled(if: geteuid() == 0, "root writes everywhere"))
  func readOnly() throws {
    try withFolder { (folder) throws in
      try filled(folder).close()
      chmod(folder.path(of: "journal.db"), 0o400)
      let journal = try Journal.open(in: folder)
      guard case .readOnly(.readOnly) = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      #expect(try journal.entries().count == 12)
      #expect(throws: StoreError.self) { try journal.intend(write("new")) }
    }
  }

  @Test("F58: where no journal can be made the console starts, empty and without actions")
  func notMade() throws {
    try withFolder { (folder) throws in
      mkdir(folder.path(of: "opening.lock"), 0o700)
      let journal = try Journal.open(in: folder)
      guard case .readOnly = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      #expect(try journal.writes(.pending).isEmpty)
      #expect(throws: StoreError.self) { try journal.intend(write("new")) }
    }
  }

  @Test("whatever stands in a text, the chain holds", arguments: ["a\0b", "", "\u{202E}", "\r\n\"'\\", "e\u{301}"])
  func oddTexts(text: String) throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      var odd = write("w", incident: text)
      odd.operatorUPN = text
      odd.action = .update(IncidentUpdate(status: .unrecognised(text), assignment: .to(text)))
      try journal.intend(odd)
      try journal.record(odd.id, .sent, at: noon, problem: Problem(cause: text, nextAction: text))
      #expect(try journal.verify() == ChainReport(intact: 2))
      #expect(try journal.writes(.pending).first?.update == odd.update)
    }
  }

  @Test("F59: a journal with a destroyed head is kept byte for byte and opens as read-only")
  func destroyed() throws {
    try withFolder { (folder) throws in
      try filled(folder).close()
      let file = URL(fileURLWithPath: folder.path(of: "journal.db"))
      var bytes = try Data(contentsOf: file)
      bytes.replaceSubrange(0..<64, with: [UInt8](repeating: 0xAA, count: 64))
      try bytes.write(to: file)
      chmod(file.path, 0o600)
      let journal = try Journal.open(in: folder)
      guard case .readOnly(.corrupt(let path, _)) = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      #expect(path == file.path)
      #expect(throws: StoreError.self) { try journal.intend(write("new")) }
      #expect(try Data(contentsOf: file) == bytes)
    }
  }

  @Test("F59: entries before the damage can still be read")
  func damagedEnd() throws {
    try withFolder { (folder) throws in
      try filled(folder, 200).close()
      let file = URL(fileURLWithPath: folder.path(of: "journal.db"))
      let (size, root) = try withDatabase(file.path) { (db) throws in
        (
          try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0,
          try Int.fetchOne(db, sql: "SELECT max(pageno) FROM dbstat WHERE name = 'entries' AND pagetype = 'leaf'")
        )
      }
      let page = try #require(root)
      var bytes = try Data(contentsOf: file)
      bytes.replaceSubrange((page - 1) * size..<page * size, with: [UInt8](repeating: 0x5A, count: size))
      try bytes.write(to: file)
      chmod(file.path, 0o600)
      let journal = try Journal.open(in: folder)
      guard case .readOnly = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      let entries = try journal.entries()
      #expect(!entries.isEmpty && entries.count < 200)
      #expect(try journal.verify().firstBroken?.sequence == Int64(entries.count) + 1)
    }
  }

  @Test("F60: a journal of a newer version is refused without a write")
  func newer() throws {
    try withFolder { (folder) throws in
      try filled(folder).close()
      let path = folder.path(of: "journal.db")
      try withDatabase(path) { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('of tomorrow')") }
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: StoreError.newerVersion(path: path)) { try Journal.open(in: folder) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test("F60: a migration that was killed is finished at the next start")
  func halfMigrated() throws {
    try withFolder { (folder) throws in
      try folder.prepare(file: "journal.db")
      try withDatabase(folder.path(of: "journal.db")) { (db) throws in
        try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      }
      let journal = try Journal.open(in: folder)
      try journal.intend(write("a"))
      #expect(try journal.verify().isIntact)
    }
  }

  @Test("F59: a zeroed sector anywhere ends in a journal that only reads, or changes nothing; never in a trap")
  func zeroedSector() throws {
    try withFolder { (folder) throws in
      let journal = try filled(folder)
      for number in 0..<6 { try journal.record(WriteID("w\(number)"), .sent, at: noon) }
      journal.close()
      let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path(of: "journal.db")))
      var damaged = 0
      for sector in 0..<whole.count / 512 {
        let place = try makePlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let victim = try StateFolder.open(at: place + "/state")
        let file = URL(fileURLWithPath: victim.path(of: "journal.db"))
        var bytes = whole
        bytes.replaceSubrange(sector * 512..<(sector + 1) * 512, with: [UInt8](repeating: 0, count: 512))
        try bytes.write(to: file)
        chmod(file.path, 0o600)
        let journal = try Journal.open(in: victim)
        if journal.mode != .readWrite { damaged += 1 }
        _ = try? journal.writes(.all)
        _ = try? journal.writes(.pending)
        _ = try? journal.entries()
        _ = try? journal.verify()
        _ = try? journal.intend(write("new"))
        journal.close()
        #expect(victim.holds("journal.db"))
      }
      #expect(damaged > 0)
    }
  }

  @Test("F59: damage that is met while the journal is in use makes it read-only")
  func damagedInUse() throws {
    try withFolder { (folder) throws in
      let journal = try filled(folder)
      #expect(journal.mode == .readWrite)
      let corrupt = DatabaseError(resultCode: .SQLITE_CORRUPT, message: "malformed")
      #expect(throws: StoreError.self) { try journal.read { _ in throw corrupt } }
      guard case .readOnly(.corrupt) = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      #expect(throws: StoreError.self) { try journal.intend(write("new")) }
      #expect(try journal.entries().count == 12)
    }
  }
}
