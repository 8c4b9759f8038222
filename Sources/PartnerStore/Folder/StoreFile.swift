import Dispatch
import GRDB

/// One database file of ours: how it is opened, and what its errors mean.
enum StoreFile {
  static func configuration(_ label: String) -> Configuration {
    var configuration = Configuration()
    configuration.label = label
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 3
    return configuration
  }

  /// Looks at a file that exists, without writing to it.
  /// - Throws: `.newerVersion` when it knows a migration that `migrator` does not; `.corrupt`.
  static func probe(_ path: String, _ migrator: DatabaseMigrator) throws(StoreError) {
    try mapping(path) {
      var configuration = configuration("probe")
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      try queue.read { db in
        if try migrator.hasBeenSuperseded(db) { throw StoreError.newerVersion(path: path) }
      }
    }
  }

  /// Brings the schema up to date; killed half-way, the next start goes on with the migration that is missing.
  /// - Throws: `.corrupt` when what is there does not fit the migrations that it is said to have had.
  static func migrate(_ writer: any DatabaseWriter, _ migrator: DatabaseMigrator) throws {
    if try writer.read(migrator.hasCompletedMigrations) { return }
    do {
      try migrator.migrate(writer)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: error.message)
    }
  }

  /// Runs `body` and tells its failure in our words.
  static func mapping<Value>(_ path: String, _ body: () throws -> Value) throws(StoreError) -> Value {
    do { return try body() } catch { throw storeError(error, path) }
  }

  /// - Parameter isFull: whether the disk of a path has no room left: not every failure of a write says so.
  static func storeError(
    _ error: any Error, _ path: String, isFull: (String) -> Bool = StateFolder.hasNoRoom
  ) -> StoreError {
    if let error = error as? StoreError { return error }
    // The schema allows no such value, so the page is not what was written.
    if error is RowDecodingError { return .corrupt(path: path, reason: "a value is not what was written") }
    guard let error = error as? DatabaseError else { return .failed(path: path, reason: "\(error)") }
    let reason = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_FULL: return .diskFull(path: path)
    case .SQLITE_IOERR where isFull(path): return .diskFull(path: path)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .corrupt(path: path, reason: reason)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: return .readOnly(path: path, reason: reason)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy(path: path)
    default: return .failed(path: path, reason: reason)
    }
  }

  /// Runs blocking work away from the caller's thread.
  ///
  /// A cancelled caller still gets the outcome: what was written must not be forgotten because nobody waits any more.
  static func away<Value: Sendable>(
    _ body: @escaping @Sendable () throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let outcome: Result<Value, StoreError> = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .userInitiated).async { continuation.resume(returning: Result(catching: body)) }
    }
    return try outcome.get()
  }
}
