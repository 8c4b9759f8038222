package import FoundationEssentials
import PartnerModel
import PartnerStore
import Synchronization

/// Tells what other processes of this user stored, as if it had happened here.
package actor StoreWatch {
  /// Seconds by which two looks overlap: a row is stored later than the moment it carries, by as long as a writer may
  /// have to wait for the file.
  private static let overlap: TimeInterval = 10
  /// Incidents told at a time.
  private static let slice = 2_000

  private let engine: PartnerEngine
  private var cacheVersion: Int64?
  private var journalVersion: Int64?
  private var lookedAt: Date
  private var isLooking = false

  /// What was stored before this moment is known already.
  package init(engine: PartnerEngine) {
    self.engine = engine
    lookedAt = engine.now()
  }

  /// Looks, unless the last look is less than `pace` seconds ago.
  /// - Returns: whether a write came up that is still open.
  package func look(atMostEvery pace: TimeInterval) async -> Bool {
    guard !isLooking, cacheVersion == nil || abs(engine.now().timeIntervalSince(lookedAt)) >= pace else { return false }
    return await look()
  }

  /// Costs two numbers out of the files while nobody else stored anything.
  /// - Returns: whether a write came up that is still open.
  @discardableResult
  package func look() async -> Bool {
    isLooking = true
    defer { isLooking = false }
    await lookAtCache()
    return await lookAtJournal()
  }

  private func lookAtCache() async {
    // Asked for first: what is stored while this reads makes the next look read again.
    guard let version = try? await engine.cache.dataVersion() else { return }
    let started = engine.now()
    let since = min(lookedAt, started).addingTimeInterval(-Self.overlap)
    lookedAt = started
    guard version != cacheVersion else { return }
    guard let rows = await engine.storedOverviews(of: engine.configuration.tenants),
      let incidents = try? await engine.cache.incidents(readSince: since)
    else {
      lookedAt = since
      return
    }
    // What a process kept that was killed since is put on record by those that go on.
    await engine.putChangesOnRecord()
    let isFirst = cacheVersion == nil
    cacheVersion = version
    for row in rows {
      let before = engine.told.withLock { $0.rows[row.id] }
      if before == row { continue }
      if isFirst, before == nil { engine.told.withLock { $0.rows[row.id] = row } } else { engine.tell(row) }
    }
    var start = 0
    while start < incidents.count {
      let end = min(start + Self.slice, incidents.count)
      engine.report(.incidentsChanged(Array(incidents[start..<end])))
      start = end
    }
  }

  private func lookAtJournal() async -> Bool {
    guard let version = try? await engine.journal.dataVersion(), version != journalVersion,
      let pending = try? await engine.journal.writes(.pending)
    else { return false }
    journalVersion = version
    let told = engine.told.withLock { $0.writes }
    let news = pending.filter { told[$0.id] != $0.state }
    for write in news { engine.tell(write) }
    let open = Set(pending.map(\.id))
    for (id, state) in told where state.isPending && !open.contains(id) {
      if let ended = try? await engine.journal.writes(.one(id)).first { engine.tell(ended) }
    }
    return !news.isEmpty
  }
}
