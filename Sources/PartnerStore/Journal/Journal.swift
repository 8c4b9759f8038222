package import FoundationEssentials
import GRDB
package import PartnerModel
import Synchronization

/// What was meant, sent, answered and seen: `journal.db`, append-only and chained, never deleted by the program.
///
/// Several processes may append at once. Every method without `await` blocks for the disk: the first frame and tests use
/// those, everything else the ones with `await`, which finish what they began even when their task is cancelled.
package final class Journal: Sendable {
  package enum Mode: Hashable, Sendable {
    case readWrite
    /// Nothing can be appended, so no action is possible; why, and what to do.
    case readOnly(StoreError)
  }

  package let path: String
  let folder: StateFolder
  /// `nil` until it is opened.
  private let file = Mutex<OpenFile?>(nil)
  /// Damage that was met after it was opened.
  private let damage = Mutex<StoreError?>(nil)

  private struct OpenFile {
    var mode: Mode
    /// `nil` when not even reading is possible.
    var database: DatabaseQueue?
    /// What may have been lost of its end before it was opened.
    var brokenEnd: String?
  }

  /// The journal of `folder`, opened now; see ``open(waiting:)``.
  package static func open(
    in folder: StateFolder, waiting: OpeningWait = OpeningWait()
  ) throws(StoreError) -> Journal {
    let journal = Journal(in: folder)
    try journal.open(waiting: waiting)
    return journal
  }

  /// The journal of `folder`, which is neither made nor looked at before it is opened or used.
  package init(in folder: StateFolder) {
    self.folder = folder
    path = folder.path(of: JournalFile.name)
  }

  /// Opens it, making it when there is none; does nothing when it is open. Its first use opens it as well.
  ///
  /// A journal that is damaged, cannot be written or cannot be made opens as read-only with the reason.
  /// - Throws: `.newerVersion`, `.unsafe`; `.opening`, `.cancelled` while another process opens the folder. Then the next
  ///   use tries again.
  package func open(waiting: OpeningWait) throws(StoreError) { _ = try opened(waiting) }

  private func opened(_ waiting: OpeningWait = OpeningWait()) throws(StoreError) -> OpenFile {
    try file.withLock { file throws(StoreError) in
      if let file { return file }
      let opened = try Self.file(in: folder, waiting)
      file = opened
      return opened
    }
  }

  private static func file(in folder: StateFolder, _ waiting: OpeningWait) throws(StoreError) -> OpenFile {
    let path = folder.path(of: JournalFile.name)
    let existed = folder.holds(JournalFile.name)
    do throws(StoreError) {
      return try StateLock.whileOpening(in: folder, waiting) { () throws(StoreError) in
        if !folder.holds(JournalFile.name) { try JournalFile.make(in: folder) }
        try folder.prepare(file: JournalFile.name)
        let end = try JournalFile.look(at: path)
        return OpenFile(mode: .readWrite, database: try JournalFile.openForWriting(path), brokenEnd: end)
      }
    } catch {
      switch error {
      case .corrupt, .busy, .failed, .readOnly, .diskFull, .unavailable:
        return OpenFile(
          mode: .readOnly(error), database: existed ? JournalFile.openForReading(path) : try? JournalFile.empty())
      default: throw error
      }
    }
  }

  /// Damage that is met while it is in use makes it read-only, as damage at the start does.
  package var mode: Mode {
    if let damage = damage.withLock({ $0 }) { return .readOnly(damage) }
    do throws(StoreError) { return try opened().mode } catch { return .readOnly(error) }
  }

  private func noticingDamage<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
    do throws(StoreError) { return try StoreFile.mapping(path, body) } catch {
      if case .corrupt = error { damage.withLock { $0 = $0 ?? error } }
      throw error
    }
  }

  /// Ends the use of the file; nothing works afterwards.
  package func close() { try? file.withLock { $0?.database }?.close() }

  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    guard let database = try opened().database else {
      if case .readOnly(let reason) = mode { throw reason }
      throw .unavailable(path: path, reason: "it is not open")
    }
    // A transaction over damaged pages fails as a whole, even for what was read before them.
    let isDamaged = mode != .readWrite
    return try noticingDamage { try isDamaged ? database.unsafeRead(body) : database.read(body) }
  }

  /// The transaction takes the write lock before it reads, so that the chain has one end for all processes.
  func append<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    if case .readOnly(let reason) = mode { throw reason }
    guard let database = try opened().database else {
      throw .unavailable(path: path, reason: "nothing can be written to it")
    }
    return try noticingDamage {
      try database.writeWithoutTransaction { db in
        var value: Value?
        try db.inTransaction(.immediate) {
          value = try body(db)
          return .commit
        }
        guard let value else { throw StoreError.failed(path: path, reason: "the transaction did not run") }
        return value
      }
    }
  }

  // MARK: Appending

  /// Appends an entry; it is durable when this returns.
  /// - Returns: its sequence number.
  /// - Throws: `.diskFull`, `.readOnly`, `.corrupt`, `.busy`: then nothing was recorded. `.illegalTransition` when it
  ///   belongs to a write whose state does not allow it.
  @discardableResult
  package func append(_ entry: JournalEntry) throws(StoreError) -> Int64 {
    try append { db in try WriteFold.append(entry, db) }
  }

  /// Records that a write is meant. Nothing of it may leave before this returned.
  /// - Parameter image: the fields it changes, as last read.
  /// - Throws: as ``append(_:)``.
  package func intend(_ write: IncidentWrite, image: IncidentImage? = nil) throws(StoreError) {
    try append(WriteFold.intent(write, image: image))
  }

  /// Records what happened to a write; tenant, incident and operator are taken from its intent.
  /// - Returns: the state it is in now.
  /// - Throws: as ``append(_:)``.
  @discardableResult
  package func record(
    _ write: WriteID, _ event: JournalKind, at: Date, requestID: String? = nil, image: IncidentImage? = nil,
    problem: Problem? = nil, detail: String? = nil
  ) throws(StoreError) -> WriteState {
    try append { db in
      try WriteFold.record(
        JournalEntry(
          event, at: at, write: write, requestID: requestID, image: image, problem: problem, detail: detail), db)
    }
  }

  // MARK: Reading

  /// Writes with their state, folded from their entries; in the order meant, but `recent` the newest first.
  package func writes(_ selection: WriteSelection) throws(StoreError) -> [IncidentWrite] {
    try read { db in try WriteFold.writes(selection, db) }
  }

  /// When a write's request last left, or was about to; `nil` while it never did.
  package func lastSent(of write: WriteID) throws(StoreError) -> Date? {
    try read { db in
      try Int64.fetchOne(
        db, sql: "SELECT max(at) FROM entries WHERE writeID = ? AND kind = 'sent'", arguments: [write.rawValue]
      ).map { Date(microseconds: $0) }
    }
  }

  /// A number that changes when another process appended something.
  package func dataVersion() throws(StoreError) -> Int64 {
    try read { db in try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0 }
  }

  /// Entries after `sequence`, in order. An entry that cannot be read ends the list; ``verify()`` says why.
  /// - Parameter tenants: only those of these tenants; `nil` for all.
  package func entries(
    after sequence: Int64 = 0, tenants: Set<TenantID>? = nil, limit: Int = 1_000
  ) throws(StoreError) -> [RecordedEntry] {
    try read { db in
      var found: [RecordedEntry] = []
      let rows = try Row.fetchCursor(
        db, sql: "SELECT \(JournalSchema.columns) FROM entries WHERE sequence > ? ORDER BY sequence",
        arguments: [sequence])
      // Damage in the middle must not take the intact part before it away.
      while found.count < limit, let row = try? rows.next() {
        guard let stored = try? StoredEntry(row), let entry = stored.entry, let hash: Data = try? row.needed(12) else {
          break
        }
        if let tenants, entry.tenant.map(tenants.contains) != true { continue }
        found.append(RecordedEntry(sequence: stored.sequence, entry: entry, hash: Array(hash)))
      }
      return found
    }
  }

  /// Entries of one kind, the newest first. What cannot be read is left out; ``verify()`` says why.
  /// - Parameter tenants: only those of these tenants.
  package func entries(
    of kind: JournalKind, tenants: Set<TenantID>, limit: Int
  ) throws(StoreError) -> [RecordedEntry] {
    try read { db in
      var found: [RecordedEntry] = []
      let rows = try Row.fetchCursor(
        db, sql: "SELECT \(JournalSchema.columns) FROM entries WHERE kind = ? ORDER BY sequence DESC",
        arguments: [kind.rawValue])
      while found.count < limit, let row = try rows.next() {
        guard let stored = try? StoredEntry(row), let entry = stored.entry, let hash: Data = try? row.needed(12),
          let tenant = entry.tenant, tenants.contains(tenant)
        else { continue }
        found.append(RecordedEntry(sequence: stored.sequence, entry: entry, hash: Array(hash)))
      }
      return found
    }
  }

  /// Recomputes the whole chain and tells the first entry that is not what was written; where all are, also whether the
  /// file around them is in order.
  package func verify() throws(StoreError) -> ChainReport {
    let file = try opened()
    return try read { db in
      var report = try JournalChain.check(db, after: 0)
      if report.isIntact { report.fileDamage = try JournalChain.damage(db) }
      // What was met before it was opened cannot be seen in it any more.
      var lost = file.brokenEnd
      if case .readOnly(.corrupt(_, let reason)) = file.mode { lost = reason }
      if let lost, report.isIntact { report.firstBroken = (report.intact + 1, lost) }
      return report
    }
  }
}

extension Journal {
  /// As the one that blocks; finishes even when the task is cancelled.
  @discardableResult
  package func append(_ entry: JournalEntry) async throws(StoreError) -> Int64 {
    try await StoreFile.away { [self] () throws(StoreError) in try append(entry) }
  }

  /// As the one that blocks; finishes even when the task is cancelled.
  package func intend(_ write: IncidentWrite, image: IncidentImage? = nil) async throws(StoreError) {
    try await StoreFile.away { [self] () throws(StoreError) in try intend(write, image: image) }
  }

  /// As the one that blocks; finishes even when the task is cancelled.
  @discardableResult
  package func record(
    _ write: WriteID, _ event: JournalKind, at: Date, requestID: String? = nil, image: IncidentImage? = nil,
    problem: Problem? = nil, detail: String? = nil
  ) async throws(StoreError) -> WriteState {
    try await StoreFile.away { [self] () throws(StoreError) in
      try record(write, event, at: at, requestID: requestID, image: image, problem: problem, detail: detail)
    }
  }

  /// As the one that blocks.
  package func writes(_ selection: WriteSelection) async throws(StoreError) -> [IncidentWrite] {
    try await StoreFile.away { [self] () throws(StoreError) in try writes(selection) }
  }

  /// As the one that blocks.
  package func entries(
    of kind: JournalKind, tenants: Set<TenantID>, limit: Int
  ) async throws(StoreError) -> [RecordedEntry] {
    try await StoreFile.away { [self] () throws(StoreError) in try entries(of: kind, tenants: tenants, limit: limit) }
  }

  /// As the one that blocks.
  package func verify() async throws(StoreError) -> ChainReport {
    try await StoreFile.away { [self] () throws(StoreError) in try verify() }
  }

  /// As the one that blocks.
  package func lastSent(of write: WriteID) async throws(StoreError) -> Date? {
    try await StoreFile.away { [self] () throws(StoreError) in try lastSent(of: write) }
  }

  /// As the one that blocks.
  package func dataVersion() async throws(StoreError) -> Int64 {
    try await StoreFile.away { [self] () throws(StoreError) in try dataVersion() }
  }
}
