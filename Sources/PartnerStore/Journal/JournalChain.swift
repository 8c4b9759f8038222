import FoundationEssentials
import GRDB

/// The chain of hashes through the journal.
enum JournalChain {
  /// How many entries are checked at every start; a full check reads all.
  static let end: Int64 = 256

  /// Checks the last entries, and that none after them were cut off.
  static func checkEnd(_ db: Database) throws -> ChainReport {
    let last = try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM entries") ?? 0
    return try check(db, after: max(0, last - end))
  }

  /// Checks all entries after `start`, whose own hash is believed.
  static func check(_ db: Database, after start: Int64) throws -> ChainReport {
    var report = ChainReport(intact: start)
    // Of an empty journal nothing is hashed.
    var previous: Data?
    func breaks(_ reason: String) -> ChainReport {
      report.firstBroken = (report.intact + 1, reason)
      return report
    }
    if start > 0 {
      guard let hash = try Data.fetchOne(db, sql: "SELECT hash FROM entries WHERE sequence = ?", arguments: [start])
      else { return breaks("the entry before it is missing") }
      previous = hash
    }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(JournalSchema.columns) FROM entries WHERE sequence > ? ORDER BY sequence", arguments: [start])
    do {
      while let row = try rows.next() {
        let stored = try StoredEntry(row)
        guard stored.sequence == report.intact + 1 else { return breaks("it is missing") }
        let hash: Data = try row.needed(12)
        let computed = try stored.hash(after: previous ?? JournalSchema.genesis())
        guard computed == hash else { return breaks(try Self.reason(stored: hash, computed: computed, before: rows)) }
        guard stored.entry != nil else { return breaks("its content cannot be read") }
        previous = hash
        report.intact += 1
      }
    } catch is RowDecodingError {
      return breaks("a value of it is missing")
    } catch let error as DatabaseError {
      return breaks(error.message ?? "the file is damaged")
    }
    let given = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'entries'") ?? 0
    guard given == report.intact else { return breaks("it and all that followed were cut off") }
    return report
  }

  /// What is amiss with a file whose entries are what was written, in words; `nil` where nothing is.
  /// - Parameter made: a journal as the program makes it.
  /// - Throws: also where there is none to compare with: that tells nothing of the file.
  static func damage(
    _ db: Database, comparedWith made: () throws -> DatabaseQueue = JournalFile.empty
  ) throws -> String? {
    let found = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") ?? "ok"
    if found != "ok" { return found }
    guard try JournalSchema.hasLookups(db) else { return nil }
    let other = try parts(db).symmetricDifference(made().read(parts))
    if let part = other.map(\.name).min() { return "\(part) is not what the program made" }
    let differs = try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT writeID FROM openWrites EXCEPT \(JournalSchema.openWrites))
          OR EXISTS (\(JournalSchema.openWrites) EXCEPT SELECT writeID FROM openWrites)
        """)
    return differs == true ? "its list of open writes is not that of its entries" : nil
  }

  private struct Part: Hashable, Sendable {
    var name: String
    var sql: String?
  }

  /// Tables, indexes and triggers: without those that refuse a change, anybody's tool can make one.
  private static func parts(_ db: Database) throws -> Set<Part> {
    let rows = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
    return Set(try rows.map { Part(name: try $0.needed(0), sql: try $0.text(1)) })
  }

  /// What of an entry is another than it was: the entry behind it was chained to its hash.
  /// - Parameter rows: those that follow.
  private static func reason(stored: Data, computed: Data, before rows: RowCursor) throws -> String {
    guard let row = try? rows.next(), let next = try? StoredEntry(row), let hash: Data = try? row.needed(12) else {
      return "it is not what was written"
    }
    if try next.hash(after: stored) == hash { return "its content is not what was written" }
    return try next.hash(after: computed) == hash
      ? "its hash is not what was written" : "it is not what was written"
  }
}
