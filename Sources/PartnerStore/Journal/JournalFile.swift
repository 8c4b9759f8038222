import GRDB
import Glibc

/// The file of a journal: how it is made, opened, and looked at before that.
enum JournalFile {
  static let name = "journal.db"

  /// Makes an empty journal, which has its name only when it is whole: what a full disk or a kill left half made is none.
  /// - Throws: `.corrupt` where the log of one that is gone is still there: a new one would take it for its own.
  static func make(in folder: StateFolder) throws(StoreError) {
    let path = folder.path(of: name)
    guard size(of: path + "-wal") == 0 else {
      throw .corrupt(path: path, reason: "it is gone, and its log \(name)-wal is still there")
    }
    let new = name + ".new"
    func clean() { for suffix in ["", "-wal", "-shm", "-journal"] { folder.remove(new + suffix) } }
    clean()
    do throws(StoreError) {
      try folder.prepare(file: new)
      try StoreFile.mapping(path) {
        let queue = try DatabaseQueue(path: folder.path(of: new), configuration: configuration)
        defer { try? queue.close() }
        try logAhead(queue, path)
        try StoreFile.migrate(queue, JournalSchema.migrator)
        try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try queue.close()
      }
      try folder.rename(new, to: name)
    } catch {
      clean()
      throw error
    }
  }

  /// What is amiss with the file as it lies there. The file itself is only asked for its size, never opened: this process
  /// may have it open already, and closing it would drop the locks that SQLite has on it.
  ///
  /// A log that may have been broken off is not put aside for later looks: after a power cut that is how an unacknowledged
  /// transaction looks, and whoever were told of it for ever would not heed what is damaged.
  /// - Throws: `.corrupt` where what was written in it is lost.
  /// - Returns: what may be lost of its end, in words; `nil` where nothing is.
  static func look(at path: String) throws(StoreError) -> String? {
    guard size(of: path) > 0 else {
      throw .corrupt(path: path, reason: "it is empty: its entries were cut off, or the disk was full when it was made")
    }
    switch JournalLog.look(beside: path) {
    case .whole: return nil
    case .damaged(let offset):
      throw .corrupt(path: path, reason: "\(name)-wal is not what was written, from byte \(offset) on")
    case .brokenOff(let offset):
      return "it was broken off, or changed, at byte \(offset) of \(name)-wal; or there was none"
    }
  }

  static func openForWriting(_ path: String) throws(StoreError) -> DatabaseQueue {
    try StoreFile.probe(path, JournalSchema.migrator)
    return try StoreFile.mapping(path) {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try logAhead(queue, path)
      try StoreFile.migrate(queue, JournalSchema.migrator)
      try queue.read { db in
        let report = try JournalChain.checkEnd(db)
        if let broken = report.firstBroken {
          throw StoreError.corrupt(path: path, reason: "entry \(broken.sequence): \(broken.reason)")
        }
      }
      return queue
    }
  }

  private static var configuration: Configuration {
    var configuration = StoreFile.configuration("journal")
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    return configuration
  }

  private static func logAhead(_ queue: DatabaseQueue, _ path: String) throws {
    try queue.writeWithoutTransaction { db in
      let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
      guard mode == "wal" else {
        throw StoreError.readOnly(path: path, reason: "write-ahead logging is not possible")
      }
    }
  }

  /// - Returns: `nil` where it cannot be read either.
  static func openForReading(_ path: String) -> DatabaseQueue? {
    guard size(of: path) > 0 else { return try? empty() }
    var configuration = StoreFile.configuration("journal, read-only")
    configuration.readonly = true
    return try? DatabaseQueue(path: path, configuration: configuration)
  }

  /// Where none was ever written there is nothing to read, and that is no failure.
  static func empty() throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try StoreFile.migrate(queue, JournalSchema.migrator)
    return queue
  }

  /// In bytes; 0 for one that is not there.
  private static func size(of path: String) -> Int {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
