import FoundationEssentials
import GRDB
import PartnerModel

/// A write is the fold over its entries: nothing of it is kept anywhere else.
enum WriteFold {
  static func intent(_ write: IncidentWrite, image: IncidentImage?) -> JournalEntry {
    JournalEntry(
      .intent, at: write.intendedAt, tenant: write.key.tenant, incident: write.key.id, write: write.id,
      operatorUPN: write.operatorUPN, image: image, update: write.update)
  }

  /// Appends `entry`, refusing what its write's state does not allow.
  static func append(_ entry: JournalEntry, _ db: Database) throws -> Int64 {
    if entry.kind.concernsWrite {
      guard let id = entry.write else { throw StoreError.illegalTransition(WriteID(""), from: nil, event: entry.kind) }
      let current = try write(id, db)
      // A write without its tenant, incident and change could never be settled.
      let isComplete = entry.tenant != nil && entry.incident != nil && (current != nil || entry.update != nil)
      guard isComplete, entry.kind.state(after: current?.state) != nil,
        current == nil || current?.key == IncidentKey(entry)
      else { throw StoreError.illegalTransition(id, from: current?.state, event: entry.kind) }
    }
    return try JournalSchema.insert(entry, db)
  }

  /// Appends an entry that names only its write; the rest is as in the intent.
  static func record(_ entry: JournalEntry, _ db: Database) throws -> WriteState {
    guard let id = entry.write else { throw StoreError.illegalTransition(WriteID(""), from: nil, event: entry.kind) }
    guard let current = try write(id, db), let state = entry.kind.state(after: current.state) else {
      throw StoreError.illegalTransition(id, from: try write(id, db)?.state, event: entry.kind)
    }
    var entry = entry
    entry.tenant = current.key.tenant
    entry.incident = current.key.id
    entry.operatorUPN = current.operatorUPN
    _ = try JournalSchema.insert(entry, db)
    return state
  }

  static func writes(_ selection: WriteSelection, _ db: Database) throws -> [IncidentWrite] {
    switch selection {
    case .one(let id): return try write(id, db).map { [$0] } ?? []
    case .all: return try fold(db, sql: "SELECT DISTINCT writeID FROM entries WHERE writeID IS NOT NULL")
    case .pending:
      // Only a write with neither answer nor end can be pending.
      return try fold(
        db,
        sql: """
          SELECT writeID FROM entries WHERE writeID IS NOT NULL GROUP BY writeID
          HAVING sum(kind IN ('confirmed', 'refused', 'settledInEffect', 'settledNotInEffect', 'abandoned')) = 0
          """
      ).filter(\.state.isPending)
    case .recent(let limit):
      return try fold(
        db,
        sql: """
          SELECT writeID FROM entries WHERE writeID IS NOT NULL GROUP BY writeID ORDER BY min(sequence) DESC LIMIT \(limit)
          """
      ).reversed()
    }
  }

  private static func write(_ id: WriteID, _ db: Database) throws -> IncidentWrite? {
    var fold = Fold()
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT \(JournalSchema.columns) FROM entries WHERE writeID = ? ORDER BY sequence"),
      arguments: [id.rawValue])
    while let row = try rows.next() { fold.add(try StoredEntry(row)) }
    return fold.writes.first
  }

  /// - Parameter sql: selects the ids of the writes.
  private static func fold(_ db: Database, sql: String) throws -> [IncidentWrite] {
    var fold = Fold()
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(JournalSchema.columns) FROM entries WHERE writeID IN (\(sql)) ORDER BY sequence")
    while let row = try rows.next() { fold.add(try StoredEntry(row)) }
    return fold.writes
  }

  private struct Fold {
    /// In the order of their first entries.
    var writes: [IncidentWrite] = []
    private var positions: [WriteID: Int] = [:]

    mutating func add(_ stored: StoredEntry) {
      guard let entry = stored.entry, let id = entry.write else { return }
      guard let position = positions[id] else {
        guard let key = IncidentKey(entry), let update = entry.update, let state = entry.kind.state(after: nil) else {
          return
        }
        positions[id] = writes.count
        writes.append(
          IncidentWrite(
            id: id, key: key, update: update, state: state, operatorUPN: entry.operatorUPN, intendedAt: entry.at,
            problem: entry.problem))
        return
      }
      guard let state = entry.kind.state(after: writes[position].state) else { return }
      writes[position].state = state
      if let update = entry.update { writes[position].update = update }
      if entry.kind == .intent { writes[position].intendedAt = entry.at }
      // The last word counts: a confirmation clears the trouble on the way.
      if entry.kind != .observed { writes[position].problem = entry.problem }
    }
  }
}

extension IncidentKey {
  fileprivate init?(_ entry: JournalEntry) {
    guard let tenant = entry.tenant, let incident = entry.incident else { return nil }
    self.init(tenant: tenant, id: incident)
  }
}
