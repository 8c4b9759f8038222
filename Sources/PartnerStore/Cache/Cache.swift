package import FoundationEssentials
import GRDB
package import PartnerModel

/// The last known state of every tenant: `cache.db`. It can be thrown away and read again from the services.
///
/// Methods without `await` block for the disk: they are for the first frame and for tests. A failed write means that the
/// cache is paused: what is shown stays right, and is only not remembered.
package final class Cache: Sendable {
  package let path: String
  /// Where a damaged cache was moved before this one was made; `nil` when nothing was wrong.
  package let setAside: String?
  private let pool: any DatabaseWriter
  /// `nil` for a cache that is not on disk.
  private let folder: StateFolder?
  /// The file that was opened, to know it from one that another process made in its place since.
  private let identity: StateFolder.Identity?
  /// The tenants whose incidents the queue holds; `nil` for all.
  let shown: Set<TenantID>?
  private let reads = TransactionQueue()
  private let writes = TransactionQueue()
  /// For what a first reading brings: a moment longer than it takes to come, and too short for anybody to notice.
  private let largeWrites = TransactionQueue(patience: 80)

  private static let fileName = "cache.db"
  /// Says that damage was met while the cache was in use, so that the next start makes a new one.
  private static let damageMark = "cache.db.damaged"

  /// Opens the cache of `folder`, making it when there is none; a damaged one is renamed aside, with its -wal and -shm,
  /// and a new one made.
  /// - Parameters:
  ///   - showing: the tenants whose incidents the queue holds; `nil` for all.
  ///   - now: names what is set aside.
  /// - Throws: `.newerVersion` (nothing was written); `.unsafe`, `.readOnly`, `.diskFull`, `.unavailable`; `.opening`,
  ///   `.cancelled` while another process opens the folder.
  package static func open(
    in folder: StateFolder, showing: Set<TenantID>? = nil, now: Date, waiting: OpeningWait = OpeningWait()
  ) throws(StoreError) -> Cache {
    try StateLock.whileOpening(in: folder, waiting) { () throws(StoreError) in
      do throws(StoreError) {
        if folder.holds(damageMark) {
          throw .corrupt(path: folder.path(of: fileName), reason: "it was damaged when last used")
        }
        return try Cache(folder: folder, pool: open(folder), setAside: nil, shown: showing)
      } catch .corrupt {
        let aside = "\(fileName).corrupt-\(Timestamp(now))"
        for suffix in ["", "-wal", "-shm"] { try folder.rename(fileName + suffix, to: aside + suffix) }
        folder.remove(damageMark)
        return try Cache(folder: folder, pool: open(folder), setAside: folder.path(of: aside), shown: showing)
      }
    }
  }

  /// A cache of this process alone, for when the one on disk cannot be had: what is shown is right and not remembered.
  /// - Parameter copying: the folder whose cache it begins with, as far as that can be read.
  package static func inMemory(
    copying folder: StateFolder? = nil, showing: Set<TenantID>? = nil
  ) throws(StoreError) -> Cache {
    try StoreFile.mapping(":memory:") {
      var queue = try DatabaseQueue(configuration: StoreFile.configuration("cache in memory"))
      if let folder, let copy = copy(of: folder.path(of: fileName)) { queue = copy }
      try StoreFile.migrate(queue, CacheSchema.migrator)
      return Cache(folder: nil, pool: queue, setAside: nil, shown: showing)
    }
  }

  /// What a file holds that can perhaps be read and not written; `nil` when it cannot be read either.
  private static func copy(of path: String) -> DatabaseQueue? {
    var reading = StoreFile.configuration("cache, read-only")
    reading.readonly = true
    // Where nothing can be made beside the file, it is read as it stands, without what still waits in its log.
    for name in [path, "file:\(path)?immutable=1"] {
      guard let source = try? DatabaseQueue(path: name, configuration: reading),
        let copy = try? DatabaseQueue(configuration: StoreFile.configuration("cache in memory")),
        (try? source.backup(to: copy)) != nil,
        (try? copy.read(CacheSchema.migrator.hasBeenSuperseded)) == false
      else { continue }
      return copy
    }
    return nil
  }

  private init(folder: StateFolder?, pool: any DatabaseWriter, setAside: String?, shown: Set<TenantID>?) {
    self.folder = folder
    self.path = folder?.path(of: Self.fileName) ?? ":memory:"
    self.pool = pool
    self.setAside = setAside
    self.shown = shown
    identity = folder?.identity(of: Self.fileName)
  }

  private static func open(_ folder: StateFolder) throws(StoreError) -> any DatabaseWriter {
    let path = folder.path(of: fileName)
    let existed = folder.holds(fileName)
    try folder.prepare(file: fileName)
    // A pool writes when it opens, so a newer version is noticed before.
    if existed { try StoreFile.probe(path, CacheSchema.migrator) }
    return try StoreFile.mapping(path) {
      let pool = try DatabasePool(path: path, configuration: StoreFile.configuration("cache"))
      try StoreFile.migrate(pool, CacheSchema.migrator)
      try pool.writeWithoutTransaction { db in
        // A first reading changes pages all over the indexes: with little room each is written many times over. KiB, and
        // pages of the log, up to 16 MB; only what is used is taken.
        try db.execute(sql: "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4096")
      }
      return pool
    }
  }

  /// Ends the use of the file; nothing works afterwards.
  package func close() { try? pool.close() }

  /// Gives back, by and by, what reading much of the file took: the connections for reading, with their pages.
  package func releaseMemory() { (pool as? DatabasePool)?.releaseMemoryEventually() }

  /// A number that changes when another process changed the cache.
  package func dataVersion() throws(StoreError) -> Int64 {
    try mapping {
      try pool.writeWithoutTransaction { db in
        try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
      }
    }
  }

  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    try mapping { try pool.read(body) }
  }

  func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    try mapping { try pool.write(body) }
  }

  /// The same away from the caller's thread, together with what others read at the same time.
  /// - Parameter body: may be called more than once.
  func reading<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    try await reads.run(body) { [self] body throws(StoreError) in try read(body) }
  }

  /// The same away from the caller's thread, in one transaction with what others write at the same time.
  /// - Parameters:
  ///   - isLarge: whether it writes so much that it is worth to wait for others.
  ///   - body: may be called again after what it did was taken back.
  func writing<Value: Sendable>(
    isLarge: Bool = false, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    try await (isLarge ? largeWrites : writes).run(body) { [self] body throws(StoreError) in try write(body) }
  }

  private func mapping<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
    do throws(StoreError) { return try StoreFile.mapping(path, body) } catch {
      if case .corrupt = error, let folder, let identity, folder.identity(of: Self.fileName) == identity {
        // Another process may have put a healthy one in its place meanwhile.
        try? folder.prepare(file: Self.damageMark)
      }
      throw error
    }
  }
}
