import FoundationEssentials
import Glibc
package import PartnerModel
import Synchronization

/// The right to change some incidents, or to carry some writes through: while it is held no other process of this folder, and nobody else in this one,
/// reads an incident afresh to write on it. The service knows no condition on a write, so between the fresh reading and
/// the write another one of ours would be lost.
///
/// Held by a lock on a few bytes of an open file, so it ends with its process, however that ends.
package final class WriteClaim: Sendable {
  private let descriptor: Mutex<CInt?>

  /// `F_OFD_SETLK` of Linux, which its headers show to programs in C alone.
  private static let setOpenFileLock: CInt = 37

  /// Bytes of the file that incidents share: two that fall on one wait for each other, which costs time alone.
  private static let places: UInt64 = 1 << 30

  /// - Returns: `nil` when one of them is held by another.
  /// - Throws: when the file cannot be had.
  package static func attempt(_ keys: [IncidentKey], in folder: StateFolder) throws(StoreError) -> WriteClaim? {
    try attempt(names: keys.map { "\($0.tenant.rawValue)/\($0.id.rawValue)" }, in: folder)
  }

  /// - Parameter names: of what is to be held, whatever it is.
  fileprivate static func attempt(names: [String], in folder: StateFolder) throws(StoreError) -> WriteClaim? {
    let path = folder.path(of: "writes.lock")
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StateFolder.failure(path, errno) }
    let claim = WriteClaim(descriptor)
    try StateFolder.check(path, kind: S_IFREG)
    // In one order for all, though none waits while it holds another.
    for place in Set(names.map(place)).sorted() {
      var lock = flock()
      lock.l_type = Int16(F_WRLCK)
      lock.l_whence = Int16(SEEK_SET)
      lock.l_start = off_t(place)
      lock.l_len = 1
      // Of the open file, not of the process: two claims of one process exclude each other too.
      guard fcntl(descriptor, setOpenFileLock, &lock) != 0 else { continue }
      if errno == EAGAIN || errno == EACCES { return nil }
      throw StateFolder.failure(path, errno)
    }
    return claim
  }

  private init(_ descriptor: CInt) { self.descriptor = Mutex(descriptor) }

  deinit { release() }

  /// Gives the incidents to the next; a second call does nothing.
  package func release() {
    descriptor.withLock { held in
      guard let open = held else { return }
      held = nil
      close(open)
    }
  }

  /// The same in every process, which a seeded hash is not.
  private static func place(of name: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return (hash ^ hash >> 32) % places
  }
}

extension Journal {
  /// The right to change these incidents; see ``WriteClaim``.
  /// - Returns: `nil` when one of them is held by another.
  package func claim(_ keys: [IncidentKey]) async throws(StoreError) -> WriteClaim? {
    try await StoreFile.away { [self] () throws(StoreError) in try WriteClaim.attempt(keys, in: folder) }
  }

  /// The right to carry these writes through: whoever holds it lives, and is at it, also while it waits and holds none of
  /// their incidents.
  /// - Returns: `nil` when one of them is held by another.
  package func hold(_ writes: [WriteID]) async throws(StoreError) -> WriteClaim? {
    try await StoreFile.away { [self] () throws(StoreError) in
      try WriteClaim.attempt(names: writes.map(\.rawValue), in: folder)
    }
  }
}
