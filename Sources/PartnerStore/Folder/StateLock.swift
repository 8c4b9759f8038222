import Glibc
import Synchronization

/// Ownership of a state folder: one process syncs and settles, all others read and append intents.
///
/// Held by `flock` on an open descriptor, so it ends with its process, however that ends.
package final class StateLock: Sendable {
  private let descriptor: Mutex<CInt?>

  /// Becomes the owner of `folder`.
  /// - Parameter pid: this process's id, told to those who come later.
  /// - Throws: `.locked` with the owner's pid; `.unsafe`, `.readOnly` or `.unavailable` when the file cannot be had.
  package static func acquire(in folder: StateFolder, pid: Int32 = getpid()) throws(StoreError) -> StateLock {
    let descriptor = try open(folder, file: "lock")
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      let holder = readHolder(descriptor)
      close(descriptor)
      guard reason == EWOULDBLOCK else { throw StateFolder.failure(folder.path(of: "lock"), reason) }
      throw .locked(pid: holder)
    }
    let text = Array("\(pid)\n".utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, text, text.count, 0)
    return StateLock(descriptor)
  }

  /// Finds out whether a process owns `folder` at this moment, without becoming its owner.
  /// - Throws: as ``acquire(in:pid:)``; `.locked` with the owner's pid when there is one.
  package static func requireFree(_ folder: StateFolder) throws(StoreError) {
    let descriptor = try open(folder, file: "lock")
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else { throw StateFolder.failure(folder.path(of: "lock"), errno) }
      throw .locked(pid: readHolder(descriptor))
    }
  }

  private init(_ descriptor: CInt) { self.descriptor = Mutex(descriptor) }

  deinit { release() }

  /// Gives the folder to the next; a second call does nothing.
  package func release() {
    descriptor.withLock { held in
      guard let open = held else { return }
      held = nil
      close(open)
    }
  }

  /// Runs `body` while no other process opens, migrates or sets aside a database of `folder`.
  /// - Throws: what `body` throws; `.opening` when another process is at it for too long, `.cancelled` when the wait for
  ///   it was broken off.
  static func whileOpening<Value>(
    in folder: StateFolder, _ waiting: OpeningWait, _ body: () throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let descriptor = try open(folder, file: "opening.lock")
    defer { close(descriptor) }
    try waiting.lock(descriptor, path: folder.path(of: "opening.lock"))
    return try body()
  }

  private static func open(_ folder: StateFolder, file: String) throws(StoreError) -> CInt {
    let path = folder.path(of: file)
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StateFolder.failure(path, errno) }
    do throws(StoreError) {
      try StateFolder.check(path, kind: S_IFREG)
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func readHolder(_ descriptor: CInt) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes.prefix(count).prefix { $0 >= 48 && $0 <= 57 }, as: UTF8.self))
  }
}
