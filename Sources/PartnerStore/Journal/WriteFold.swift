import FoundationEssentials
import GRDB
import PartnerModel

/// A write is the fold over its entries: nothing of it is kept anywhere else.
enum WriteFold {
  static func intent(_ write: IncidentWrite, image: IncidentImage?) -> JournalEntry {
    JournalEntry(
      .intent, at: write.intendedAt, tenant: write.key.tenant, incident: write.key.id, write: write.id,
      operatorUPN: write.operatorUPN, image: image ?? write.before, action: write.action,
      undoes: write.undoes)
  }

  /// Appends `entry`, refusing what its write's state does not allow.
  static func append(_ entry: JournalEntry, _ db: Database) throws -> Int64 {
    if entry.kind.concernsWrite {
      guard let id = entry.write else { throw StoreError.illegalTransition(WriteID(""), from: nil, event: entry.kind) }
      let current = try write(id, db)
      // A write without its tenant, incident and change could never be settled.
      let isComplete = entry.tenant != nil && entry.incident != nil && (current != nil || entry.action != nil)
      guard isComplete, entry.kind.state(after: current?.state) != nil,
        current == nil || current?.key == IncidentKey(entry)
      else { throw StoreError.illegalTransition(id, from: current?.state, event: entry.kind) }
    }
    return try JournalSchema.insert(entry.trimmed(to: entry.action), db)
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
    _ = try JournalSchema.insert(entry.trimmed(to: current.action), db)
    return state
  }

  static func writes(_ selection: WriteSelection, _ db: Database) throws -> [IncidentWrite] {
    switch selection {
    case .one(let id): return try write(id, db).map { [$0] } ?? []
    case .all: return try fold(db, sql: "SELECT DISTINCT writeID FROM entries WHERE writeID IS NOT NULL")
    case .pending:
      // Only a write with neither answer nor end can be pending.
      let hasLookups = try JournalSchema.hasLookups(db)
      return try fold(
        db, sql: hasLookups ? "SELECT writeID FROM openWrites" : JournalSchema.openWrites
      ).filter(\.state.isPending)
    case .on(let key):
      return try fold(
        db,
        sql: """
          SELECT writeID FROM entries INDEXED BY entriesByIncident
          WHERE tenantID = ? AND incidentID = ? AND writeID IS NOT NULL
          """, arguments: [key.tenant.blob, key.id.rawValue])
    case .recent(let limit):
      return try fold(db, sql: begun(limit)).reversed()
    case .before(let id, let limit):
      return try fold(
        db, sql: begun(limit, if: "AND sequence < (SELECT min(sequence) FROM entries WHERE writeID = ?)"),
        arguments: [id.rawValue]
      ).reversed()
    case .undoing(let id):
      // One that takes back another is meant on the same incident, and one that moves alerts back on where they went: an
      // index finds the entries of either.
      guard let undone = try write(id, db) else { return [] }
      var key = undone.key
      if case .moveAlerts(_, let target, _, _) = undone.action { key = IncidentKey(tenant: key.tenant, id: target) }
      return try writes(.on(key), db).filter { $0.undoes == id }
    }
  }

  /// Selects writes by their first entries, the last ones first.
  private static func begun(_ limit: Int, if condition: String = "") -> String {
    """
    SELECT writeID FROM entries AS begun WHERE kind IN ('drafted', 'intent') \(condition)
    AND NOT EXISTS (SELECT 1 FROM entries AS before
      WHERE before.writeID = begun.writeID AND before.sequence < begun.sequence)
    ORDER BY sequence DESC LIMIT \(limit)
    """
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
  private static func fold(
    _ db: Database, sql: String, arguments: StatementArguments = []
  ) throws -> [IncidentWrite] {
    var fold = Fold()
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(JournalSchema.columns) FROM entries INDEXED BY entriesByWrite WHERE writeID IN (\(sql)) ORDER BY sequence
        """,
      arguments: arguments)
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
        guard let key = IncidentKey(entry), let action = entry.action, let state = entry.kind.state(after: nil)
        else { return }
        positions[id] = writes.count
        writes.append(
          IncidentWrite(
            id: id, key: key, action: action, state: state, operatorUPN: entry.operatorUPN, intendedAt: entry.at,
            problem: entry.problem, before: entry.image, undoes: entry.undoes, stateSince: entry.at))
        return
      }
      guard let state = entry.kind.state(after: writes[position].state) else { return }
      if writes[position].state != state { writes[position].stateSince = entry.at }
      writes[position].state = state
      if let action = entry.action { writes[position].action = action }
      if let image = entry.image {
        // What was read right before it left is what it changed; the operator may have seen an older one.
        if entry.kind == .intent || entry.kind == .sent {
          writes[position].before = image
        } else {
          writes[position].after = image
        }
      }
      if entry.kind == .sent, let request = entry.requestID { writes[position].requestID = request }
      if let detail = entry.detail { writes[position].detail = detail }
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

extension JournalEntry {
  /// Without the alerts of its image that neither an undo nor the judging of a conflict asks for: an incident may have a
  /// thousand, and the journal never shrinks.
  /// - Parameter action: what the write does; `nil` where the entry is of none.
  fileprivate func trimmed(to action: IncidentAction?) -> JournalEntry {
    guard let alerts = image?.alerts, let action else { return self }
    var trimmed = self
    switch action {
    case .updateAlert(let id, _), .commentAlert(let id, _): trimmed.image?.alerts = alerts.filter { $0.id == id }
    case .update(let update):
      // Those that the service may close with the incident.
      let isAsked = kind == .sent && update.status == .resolved
      trimmed.image?.alerts = isAsked ? alerts.filter { $0.status != .resolved } : nil
    case .moveAlerts(let ids, _, _, _): trimmed.image?.alerts = alerts.filter { ids.contains($0.id) }
    case .comment, .merge: trimmed.image?.alerts = nil
    }
    return trimmed
  }
}
