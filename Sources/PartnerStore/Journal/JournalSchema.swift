import FoundationEssentials
import GRDB
import PartnerModel
import SystemCrypto

/// The journal's table, and how an entry becomes a row of it.
///
/// `AUTOINCREMENT` keeps the highest number ever given beside the table, so that a cut-off end is noticed. The triggers
/// stop accidents and ordinary tools; against a determined hand there is the chain.
enum JournalSchema {
  /// Append-only: a migration that was released is never changed.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("entries") { db in
      try db.execute(
        sql: """
          CREATE TABLE entries (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            tenantID BLOB,
            incidentID TEXT,
            writeID TEXT,
            operatorUPN TEXT,
            requestID TEXT,
            image TEXT,
            change TEXT,
            problem TEXT,
            detail TEXT,
            hash BLOB NOT NULL UNIQUE
          ) STRICT;
          CREATE INDEX entriesByWrite ON entries (writeID, sequence, kind) WHERE writeID IS NOT NULL;
          CREATE TRIGGER entriesAreNotChanged BEFORE UPDATE ON entries
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
          CREATE TRIGGER entriesAreNotDeleted BEFORE DELETE ON entries
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
          CREATE TRIGGER entriesAreNotReplaced BEFORE INSERT ON entries
            WHEN NEW.sequence <= (SELECT coalesce(max(sequence), 0) FROM entries)
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
          """)
    }
    migrator.registerMigration("entries of an incident") { db in
      try db.execute(
        sql: """
          CREATE INDEX entriesByIncident ON entries (tenantID, incidentID, sequence) WHERE incidentID IS NOT NULL
          """)
    }
    migrator.registerMigration("entries by what is asked for") { try $0.execute(sql: lookups) }
    return migrator
  }

  /// What the journal is asked for while it is in use, so that an answer costs what it holds and not what the journal
  /// holds: the first entries of writes, which is their order; the writes that have not ended, which no index could tell;
  /// and entries of a kind or of a tenant. All of it follows from the entries, and ``JournalChain`` compares it with them.
  ///
  /// Journals of early versions have an index of one of these names, of another shape.
  private static let lookups = """
    DROP INDEX IF EXISTS writesBegun;
    DROP INDEX IF EXISTS entriesByKind;
    DROP INDEX IF EXISTS entriesByTenant;
    DROP TRIGGER IF EXISTS writesBegin;
    DROP TRIGGER IF EXISTS writesEnd;
    DROP TABLE IF EXISTS openWrites;
    CREATE INDEX writesBegun ON entries (sequence, writeID) WHERE kind IN ('drafted', 'intent');
    CREATE INDEX entriesByKind ON entries (kind, sequence);
    CREATE INDEX entriesByTenant ON entries (tenantID, sequence) WHERE tenantID IS NOT NULL;
    CREATE TABLE openWrites (writeID TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
    INSERT INTO openWrites \(openWrites);
    CREATE TRIGGER writesBegin AFTER INSERT ON entries
      WHEN NEW.kind IN ('drafted', 'intent') AND NEW.writeID IS NOT NULL
      BEGIN INSERT OR IGNORE INTO openWrites VALUES (NEW.writeID); END;
    CREATE TRIGGER writesEnd AFTER INSERT ON entries WHEN NEW.kind IN (\(ends))
      BEGIN DELETE FROM openWrites WHERE writeID = NEW.writeID; END;
    """

  /// Kinds after which a write is at its end.
  private static let ends = "'confirmed', 'refused', 'settledInEffect', 'settledNotInEffect', 'abandoned'"
  /// Selects the writes with neither answer nor end, from the entries themselves.
  static let openWrites = """
    SELECT writeID FROM entries WHERE writeID IS NOT NULL GROUP BY writeID HAVING sum(kind IN (\(ends))) = 0
    """
  /// Whether there is what answers fast; a damaged journal of an earlier version, which is only read, has none of it.
  static func hasLookups(_ db: Database) throws -> Bool { try db.tableExists("openWrites") }

  /// What the first entry is chained to.
  static func genesis() throws(CryptoFailure) -> Data {
    Data(try Digest.sha256(Data("partner-console journal 1".utf8)))
  }

  static let columns =
    "sequence, kind, at, tenantID, incidentID, writeID, operatorUPN, requestID, image, change, problem, detail, hash"

  static func insert(_ entry: JournalEntry, _ db: Database) throws -> Int64 {
    let last = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1"))
    var row = StoredEntry(entry)
    row.sequence = (try last?.needed(0) ?? 0) + 1
    let hash = try row.hash(after: try last?.needed(1) ?? genesis())
    try db.cachedStatement(
      sql: "INSERT INTO entries (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(arguments: row.arguments(hash: hash))
    return row.sequence
  }
}

/// A row's columns, exactly as they are hashed.
struct StoredEntry {
  var sequence: Int64 = 0
  var kind: String
  var at: Int64
  var tenant: Data?
  /// `incidentID` to `detail`, in the order of the columns.
  var texts: [String?]

  init(_ entry: JournalEntry) {
    kind = entry.kind.rawValue
    at = entry.at.microseconds
    tenant = entry.tenant?.blob
    texts = [
      entry.incident?.rawValue, entry.write?.rawValue, entry.operatorUPN, entry.requestID, entry.image?.json,
      entry.action?.json(undoing: entry.undoes) ?? entry.observed?.json, entry.problem?.json, entry.detail,
    ].map { $0?.withoutNUL }
  }

  /// Reads a row that was selected with ``JournalSchema/columns``.
  init(_ row: Row) throws {
    sequence = try row.needed(0)
    kind = try row.needed(1)
    at = try row.needed(2)
    tenant = try row.optional(3)
    texts = try (4..<12).map { try row.text($0) }
  }

  func arguments(hash: Data) -> StatementArguments {
    var values: [(any DatabaseValueConvertible)?] = [sequence, kind, at, tenant]
    values += texts.map { $0 }
    values.append(hash)
    return StatementArguments(values)
  }

  /// SHA-256 over the previous hash and every column: each as one byte for its type, eight for its length, and itself.
  func hash(after previous: Data) throws(CryptoFailure) -> Data {
    var bytes = Data(previous)
    func add(_ type: UInt8, _ content: some Collection<UInt8>) {
      bytes.append(type)
      withUnsafeBytes(of: UInt64(content.count).bigEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: content)
    }
    func add(_ number: Int64) { add(1, withUnsafeBytes(of: number.bigEndian) { Array($0) }) }
    func add(_ text: String?) { if let text { add(2, text.utf8) } else { add(0, EmptyCollection()) } }
    add(sequence)
    add(kind)
    add(at)
    if let tenant { add(3, tenant) } else { add(0, EmptyCollection()) }
    for text in texts { add(text) }
    return Data(try Digest.sha256(bytes))
  }

  /// `nil` when a column holds something that this version cannot have written.
  var entry: JournalEntry? {
    guard let kind = JournalKind(rawValue: kind) else { return nil }
    let image = texts[4].map { IncidentImage(json: $0) }
    let isObserved = kind == .incidentChanged
    let action = isObserved ? nil : texts[5].map { IncidentAction.read(json: $0) }
    let observed = isObserved ? texts[5].map { JournalEntry.Observed(json: $0) } : nil
    let problem = texts[6].map { Problem(json: $0) }
    let tenant = tenant.map { TenantID(blob: $0) }
    // A value that is there but cannot be read.
    if case .some(.none) = image { return nil }
    if case .some(.none) = action { return nil }
    if case .some(.none) = observed { return nil }
    if case .some(.none) = problem { return nil }
    if case .some(.none) = tenant { return nil }
    return JournalEntry(
      kind, at: Date(microseconds: at), tenant: tenant ?? nil, incident: texts[0].map { IncidentID($0) },
      write: texts[1].map { WriteID($0) }, operatorUPN: texts[2], requestID: texts[3], image: image ?? nil,
      action: action??.action, undoes: action??.undoes, observed: observed ?? nil, problem: problem ?? nil,
      detail: texts[7])
  }
}
