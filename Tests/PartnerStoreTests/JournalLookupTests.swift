import Foundation
import GRDB
import PartnerModel
import Synchronization
import Testing

@testable import PartnerStore

@Suite("What the journal is asked for in use costs what the answer holds, not what the journal holds")
struct JournalLookupTests {
  private static let key = IncidentKey(tenant: contoso, id: IncidentID("7"))

  struct Question: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var ask: @Sendable (Journal) throws -> Void

    init(_ name: String, _ ask: @escaping @Sendable (Journal) throws -> Void) {
      (testDescription, self.ask) = (name, ask)
    }
  }

  static let questions = [
    Question("pending") { _ = try $0.writes(.pending) },
    Question("recent") { _ = try $0.writes(.recent(limit: 2)) },
    Question("before") { _ = try $0.writes(.before(WriteID("w3"), limit: 2)) },
    Question("on an incident") { _ = try $0.writes(.on(key)) },
    Question("undoing") { _ = try $0.writes(.undoing(WriteID("w3"))) },
    Question("one") { _ = try $0.writes(.one(WriteID("w3"))) },
    Question("last sent") { _ = try $0.lastSent(of: WriteID("w3")) },
    Question("changes") { _ = try $0.observedChanges(of: [key]) },
    Question("of a kind") { _ = try $0.entries(of: .consentChanged, tenants: [contoso], limit: 2) },
    Question("newest of a tenant") { _ = try $0.newestEntries(of: [contoso], limit: 2) },
  ]

  /// A look at every entry reads `entries` without an index that leads to what is sought; in their order it may, as far
  /// as the limit goes.
  private func looksAtAll(_ step: String, _ sql: String) -> Bool {
    guard step.hasPrefix("SCAN") else { return false }
    return !step.hasSuffix("USING INDEX writesBegun") && !step.contains("openWrites") && !step.contains("SUBQUERY")
      && !step.contains("(subquery") && !step.hasPrefix("SCAN CONSTANT")
  }

  @Test("no question looks at all entries", arguments: questions)
  func plans(question: Question) throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      for number in 0..<6 { try journal.intend(write("w\(number)")) }
      let asked = Mutex<[String]>([])
      try journal.read { db in
        db.trace { event in
          if case .statement(let statement) = event { asked.withLock { $0.append(statement.expandedSQL) } }
        }
      }
      try question.ask(journal)
      try journal.read { db in
        db.trace()
        let selects = asked.withLock { $0 }.filter { $0.hasPrefix("SELECT") && $0.contains("entries") }
        #expect(!selects.isEmpty)
        for sql in selects {
          let steps = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map { row -> String in row["detail"] }
          #expect(!steps.contains { looksAtAll($0, sql) }, "\(steps) of \(sql)")
        }
      }
    }
  }

  @Test(
    "F60: a journal of before gets its look-ups: the same writes, the same chain, and nothing open is forgotten",
    arguments: [
      "", "CREATE INDEX entriesByTenant ON entries (tenantID, sequence)",
      """
      CREATE INDEX entriesByKind ON entries (at); CREATE INDEX writesBegun ON entries (at);
      CREATE TABLE openWrites (other TEXT); INSERT INTO openWrites VALUES ('x');
      CREATE TRIGGER writesBegin AFTER INSERT ON entries BEGIN SELECT 1; END;
      CREATE TRIGGER writesEnd AFTER INSERT ON entries BEGIN SELECT 1; END
      """,
    ])
  func migrated(already: String) throws {
    try withFolder { (folder) throws in
      let path = folder.path(of: "journal.db")
      try folder.prepare(file: "journal.db")
      let queue = try DatabaseQueue(path: path)
      try JournalSchema.migrator.migrate(queue, upTo: "entries of an incident")
      try queue.write { db in
        for number in 0..<9 {
          let id = WriteID("w\(number)")
          _ = try WriteFold.append(WriteFold.intent(write(id.rawValue, in: tenant(number % 2)), image: nil), db)
          if number % 3 > 0 { _ = try WriteFold.record(JournalEntry(.sent, at: noon, write: id), db) }
          if number % 3 > 1 { _ = try WriteFold.record(JournalEntry(.confirmed, at: noon, write: id), db) }
        }
      }
      let before = try queue.read { db in
        (try WriteFold.writes(.pending, db), try WriteFold.writes(.recent(limit: 4), db))
      }
      #expect(before.0.map(\.id.rawValue) == ["w0", "w1", "w3", "w4", "w6", "w7"], "without look-ups, too")
      try queue.write { db in try db.execute(sql: already) }
      try queue.close()
      let journal = try Journal.open(in: folder)
      #expect(journal.mode == .readWrite)
      #expect(try journal.writes(.pending) == before.0)
      #expect(
        try journal.writes(.recent(limit: 4)) == before.1 && before.1.map(\.id.rawValue) == ["w8", "w7", "w6", "w5"])
      #expect(try journal.writes(.before(WriteID("w5"), limit: 2)).map(\.id.rawValue) == ["w4", "w3"])
      #expect(try journal.verify() == ChainReport(intact: 18))
      try journal.record(WriteID("w4"), .confirmed, at: noon)
      try journal.record(WriteID("w0"), .abandoned, at: noon)
      #expect(try journal.writes(.pending).map(\.id.rawValue) == ["w1", "w3", "w6", "w7"])
      #expect(try journal.verify() == ChainReport(intact: 20))
    }
  }

  @Test("a draft that is meant later keeps its place among the writes, and an end takes each kind from the open ones")
  func places() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      var draft = WriteFold.intent(write("draft"), image: nil)
      draft.kind = .drafted
      try journal.append(draft)
      try journal.intend(write("later"))
      #expect(try journal.writes(.pending).map(\.id.rawValue) == ["later"], "a draft waits for nobody")
      try journal.append(WriteFold.intent(write("draft"), image: nil))
      #expect(try journal.writes(.recent(limit: 9)).map(\.id.rawValue) == ["later", "draft"])
      #expect(try journal.writes(.before(WriteID("later"), limit: 9)).map(\.id.rawValue) == ["draft"])
      #expect(try journal.writes(.before(WriteID("draft"), limit: 9)).isEmpty)
      let ends: [(String, [JournalKind])] = [
        ("a", [.sent, .confirmed]), ("b", [.sent, .refused]), ("c", [.sent, .unknown, .settledInEffect]),
        ("d", [.sent, .unknown, .settledNotInEffect]), ("e", [.abandoned]), ("f", [.sent, .notSent]),
        ("g", [.sent, .unknown]),
      ]
      for (id, kinds) in ends {
        try journal.intend(write(id))
        for kind in kinds { try journal.record(WriteID(id), kind, at: noon) }
      }
      #expect(try journal.writes(.pending).map(\.id.rawValue) == ["draft", "later", "f", "g"])
      #expect(try journal.verify().isIntact)
    }
  }

  @Test("a journal that cannot be compared with a new one is not told as damaged")
  func incomparable() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      try journal.intend(write("a"))
      #expect(throws: StoreError.self) {
        try journal.read { db in
          try JournalChain.damage(db) { throw DatabaseError(resultCode: .SQLITE_NOMEM) }
        }
      }
      #expect(journal.mode == .readWrite)
    }
  }

  @Test("invariant 20: a trigger that is gone and a list of open writes that is another are told by verify")
  func damage() throws {
    for (sql, name) in [
      ("DROP TRIGGER entriesAreNotDeleted", "entriesAreNotDeleted"), ("DROP INDEX entriesByKind", "entriesByKind"),
      ("CREATE TRIGGER more AFTER INSERT ON entries BEGIN SELECT 1; END", "more"),
      ("DELETE FROM openWrites", "open writes"), ("INSERT INTO openWrites VALUES ('none')", "open writes"),
    ] {
      try withFolder { (folder) throws in
        let journal = try Journal.open(in: folder)
        try journal.intend(write("a"))
        #expect(try journal.verify().isIntact)
        try withDatabase(journal.path) { try $0.execute(sql: sql) }
        let report = try journal.verify()
        #expect(report.fileDamage?.contains(name) == true && report.firstBroken == nil, "\(sql): \(report)")
      }
    }
  }
}
