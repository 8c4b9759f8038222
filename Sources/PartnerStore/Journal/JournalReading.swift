import FoundationEssentials
import GRDB
package import PartnerModel

/// Entries as they were asked for, and what of them is not there.
package struct EntryListing: Hashable, Sendable {
  /// The newest first.
  package var entries: [RecordedEntry] = []
  /// The numbers of those that cannot be read; ``Journal/verify()`` says why.
  package var unreadable: [Int64] = []
  /// Whether there are older ones.
  package var hasOlder = false
}

extension Journal {
  /// Appends entries, all or nothing; they are durable when this returns.
  /// - Throws: as ``append(_:)``.
  package func append(_ entries: [JournalEntry]) throws(StoreError) {
    if entries.isEmpty { return }
    try append { db in
      for entry in entries { _ = try WriteFold.append(entry, db) }
    }
  }

  /// As ``intend(_:image:)`` for several: all of them are on record, or none.
  package func intend(_ writes: [IncidentWrite]) async throws(StoreError) {
    try await append(writes.map { WriteFold.intent($0, image: nil) })
  }

  /// As the one that blocks; finishes even when the task is cancelled.
  package func append(_ entries: [JournalEntry]) async throws(StoreError) {
    try await StoreFile.away { [self] () throws(StoreError) in try append(entries) }
  }

  /// Appends changes of incidents that were observed, all or nothing; one that is on record already stays there once.
  /// - Throws: as ``append(_:)``.
  package func record(observed entries: [JournalEntry]) async throws(StoreError) {
    if entries.isEmpty { return }
    try await StoreFile.away { [self] () throws(StoreError) in
      try append { db in
        for entry in entries where try !Self.isRecorded(entry, db) { _ = try WriteFold.append(entry, db) }
      }
    }
  }

  private static func isRecorded(_ entry: JournalEntry, _ db: Database) throws -> Bool {
    let row = StoredEntry(entry)
    return try Int.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT 1 FROM entries INDEXED BY entriesByIncident
          WHERE tenantID = ? AND incidentID = ? AND kind = ? AND at = ? AND change = ? LIMIT 1
          """), arguments: [row.tenant, row.texts[0], row.kind, row.at, row.texts[5]]) != nil
  }

  /// The changes of these incidents that were observed, in the order in which they were.
  package func observedChanges(of keys: [IncidentKey]) throws(StoreError) -> [ObservedChange] {
    try observed(of: keys).changes
  }

  /// - Returns: besides, how many there are that cannot be read.
  private func observed(
    of keys: [IncidentKey]
  ) throws(StoreError) -> (changes: [ObservedChange], unreadable: Int) {
    try read { db in
      var unreadable = 0
      var found: [(sequence: Int64, change: ObservedChange)] = []
      for key in keys {
        let rows = try Row.fetchCursor(
          db,
          sql: """
            SELECT \(JournalSchema.columns) FROM entries INDEXED BY entriesByIncident
            WHERE tenantID = ? AND incidentID = ? AND kind = ? ORDER BY sequence
            """,
          arguments: [key.tenant.blob, key.id.rawValue, JournalKind.incidentChanged.rawValue])
        while let row = try rows.next() {
          guard let stored = try? StoredEntry(row), let entry = stored.entry, let observed = entry.observed else {
            unreadable += 1
            continue
          }
          var change = ObservedChange(
            key: key, changes: observed.changes, changedAt: observed.changedAt, seenAt: entry.at, by: observed.by,
            readBefore: observed.readBefore)
          change.count = observed.count
          found.append((stored.sequence, change))
        }
      }
      return (found.sorted { $0.sequence < $1.sequence }.map(\.change), unreadable)
    }
  }

  /// As the one that blocks.
  package func observedChanges(of keys: [IncidentKey]) async throws(StoreError) -> [ObservedChange] {
    try await StoreFile.away { [self] () throws(StoreError) in try observedChanges(of: keys) }
  }

  /// The same of one incident, with how many there are that cannot be read; ``verify()`` says why.
  package func observedChanges(
    of key: IncidentKey
  ) async throws(StoreError) -> (changes: [ObservedChange], unreadable: Int) {
    try await StoreFile.away { [self] () throws(StoreError) in try observed(of: [key]) }
  }

  private static let fewTenants = 20

  /// The last entries of every kind, the newest first.
  /// - Parameter tenants: only those of these tenants; `nil` for all, with those of no tenant.
  package func newestEntries(of tenants: Set<TenantID>?, limit: Int) throws(StoreError) -> EntryListing {
    try read { db in
      var listing = EntryListing()
      let blobs = tenants.map { Set($0.map(\.blob)) }
      var (condition, arguments) = ("", StatementArguments())
      // Of few tenants, entries may be far apart; of many, they are met on the way.
      if let blobs, blobs.count <= Self.fewTenants, try JournalSchema.hasLookups(db) {
        let one =
          "SELECT sequence FROM (SELECT sequence FROM entries WHERE tenantID = ? ORDER BY sequence DESC LIMIT ?)"
        condition = "WHERE sequence IN (\(blobs.map { _ in one }.joined(separator: " UNION ALL ")))"
        for blob in blobs { arguments += [blob, limit + 1] }
      }
      let rows = try Row.fetchCursor(
        db,
        sql:
          "SELECT \(JournalSchema.columns) FROM entries \(blobs?.isEmpty == true ? "WHERE FALSE" : condition) ORDER BY sequence DESC",
        arguments: arguments)
      while let row = try rows.next() {
        if let blobs, (try? row.optional(3) as Data?).flatMap(\.self).map(blobs.contains) != true { continue }
        guard listing.entries.count < limit else {
          listing.hasOlder = true
          break
        }
        guard let stored = try? StoredEntry(row), let entry = stored.entry, let hash: Data = try? row.needed(12) else {
          if let sequence: Int64 = try? row.needed(0) { listing.unreadable.append(sequence) }
          continue
        }
        listing.entries.append(RecordedEntry(sequence: stored.sequence, entry: entry, hash: Array(hash)))
      }
      return listing
    }
  }

  /// As the one that blocks.
  package func newestEntries(of tenants: Set<TenantID>?, limit: Int) async throws(StoreError) -> EntryListing {
    try await StoreFile.away { [self] () throws(StoreError) in try newestEntries(of: tenants, limit: limit) }
  }
}
