import Glibc

/// A folder that is ours alone, opened once: what is done in it is done there, wherever its name leads meanwhile.
///
/// Closes with its last owner.
final class PrivateFolder: Sendable {
  let path: String
  private let descriptor: Int32

  /// - Throws: `.unsafe` where others can enter it; `.failed` where it cannot be opened.
  init(_ path: String) throws(SignInStoreError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    self.path = path
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure(path, errno) }
    try Self.check(status, path, as: S_IFDIR)
  }

  deinit { close(descriptor) }

  func path(of file: String) -> String { "\(path)/\(file)" }

  /// - Returns: `nil` where there is no such file.
  /// - Throws: `.unsafe` for what is no file of ours, or open to others; `.damaged` for one that is too long.
  func read(_ file: String, atMost most: Int) throws(SignInStoreError) -> [UInt8]? {
    let path = path(of: file)
    let opened = openat(descriptor, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else {
      if errno == ENOENT { return nil }
      throw Self.failure(path, errno)
    }
    defer { close(opened) }
    try Self.check(opened, path)
    var bytes = [UInt8](repeating: 0, count: most + 1)
    var count = 0
    while count < bytes.count {
      let read = bytes[count...].withUnsafeMutableBytes { Glibc.read(opened, $0.baseAddress, $0.count) }
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw Self.failure(path, errno) }
      if read == 0 { return Array(bytes.prefix(count)) }
      count += read
    }
    throw .damaged(place: path, reason: "it is over \(most) bytes")
  }

  /// Puts a file in the place of what has its name: whoever looks sees the old bytes or the new ones, also after a power
  /// failure.
  ///
  /// - Throws: `.unsafe` where something stands there that is not a file of ours; `.full`; `.failed`. Nothing was changed.
  func replace(_ file: String, with bytes: [UInt8]) throws(SignInStoreError) {
    try checkIfThere(file)
    let temporary = Self.temporary(file, UInt64.random(in: .min ... .max))
    let path = path(of: temporary)
    let opened = openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw Self.failure(path, errno) }
    defer { close(opened) }
    do throws(SignInStoreError) {
      // A umask may have taken bits away that we need.
      guard fchmod(opened, 0o600) == 0 else { throw Self.failure(path, errno) }
      try Self.write(bytes, to: opened, path)
      guard fsync(opened) == 0, renameat(descriptor, temporary, descriptor, file) == 0 else {
        throw Self.failure(path, errno)
      }
    } catch {
      unlinkat(descriptor, temporary, 0)
      throw error
    }
    fsync(descriptor)
  }

  /// Removes a file, and what a crash left of others on their way to its place. A link is removed itself.
  func remove(_ file: String) throws(SignInStoreError) {
    for name in names() where name == file || Self.isTemporary(name, of: file) {
      guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw Self.failure(path(of: name), errno) }
    }
    fsync(descriptor)
  }

  /// Opens a file for locks, and makes it where it is missing.
  ///
  /// - Returns: a descriptor to be closed.
  func openLock(_ file: String) throws(SignInStoreError) -> Int32 {
    let opened = openat(descriptor, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard opened >= 0 else { throw Self.failure(path(of: file), errno) }
    do throws(SignInStoreError) {
      try Self.check(opened, path(of: file))
    } catch {
      close(opened)
      throw error
    }
    return opened
  }

  /// Whether what is open is still what has the name.
  func isStill(_ opened: Int32, _ file: String) -> Bool {
    var (ours, named) = (stat(), stat())
    return fstat(opened, &ours) == 0 && fstatat(descriptor, file, &named, AT_SYMLINK_NOFOLLOW) == 0
      && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino
  }

  private static func temporary(_ file: String, _ number: UInt64) -> String { "\(file).new-\(number)" }
  private static func isTemporary(_ name: String, of file: String) -> Bool {
    name.hasPrefix("\(file).new-") && name.dropFirst(file.count + 5).allSatisfy { $0.isASCII && $0.isNumber }
  }

  private func names() -> [String] {
    let again = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard again >= 0 else { return [] }
    guard let folder = fdopendir(again) else {
      close(again)
      return []
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { names.append(String(cString: $0)) }
      }
    }
    return names
  }

  private func checkIfThere(_ file: String) throws(SignInStoreError) {
    var status = stat()
    guard fstatat(descriptor, file, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return }
      throw Self.failure(path(of: file), errno)
    }
    try Self.check(status, path(of: file), as: S_IFREG)
  }

  private static func write(_ bytes: [UInt8], to opened: Int32, _ path: String) throws(SignInStoreError) {
    var count = 0
    while count < bytes.count {
      let written = bytes[count...].withUnsafeBytes { Glibc.write(opened, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure(path, errno) }
      count += written
    }
  }

  private static func check(_ opened: Int32, _ path: String) throws(SignInStoreError) {
    var status = stat()
    guard fstat(opened, &status) == 0 else { throw failure(path, errno) }
    try check(status, path, as: S_IFREG)
  }

  /// Invariant 16.
  private static func check(_ status: stat, _ path: String, as kind: mode_t) throws(SignInStoreError) {
    if let (reason, fix) = exposure(kind: kind, found: status.st_mode, owner: status.st_uid, to: geteuid()) {
      throw .unsafe(path: path, reason: reason, fix: fix)
    }
  }

  /// What is wrong with a file or folder that should be `user`'s alone, and what to do about it.
  static func exposure(
    kind: mode_t, found mode: mode_t, owner: uid_t, to user: uid_t
  ) -> (reason: String, fix: String)? {
    let isFolder = kind == S_IFDIR
    if mode & S_IFMT == S_IFLNK { return ("is a symbolic link", "Look where it leads, then remove the link") }
    guard mode & S_IFMT == kind else {
      return ("is not \(isFolder ? "a folder" : "a regular file")", "Move it away")
    }
    guard owner == user else { return ("belongs to another user", "Run: sudo chown \(user) on it") }
    guard mode & 0o077 == 0 else { return ("is open to other users", "Run: chmod \(isFolder ? 700 : 600) on it") }
    return nil
  }

  private static func failure(_ path: String, _ code: Int32) -> SignInStoreError {
    let reason = String(cString: strerror(code))
    switch code {
    case ELOOP:
      return .unsafe(path: path, reason: "is a symbolic link", fix: "Look where it leads, then remove the link")
    case ENOSPC, EDQUOT: return .full(reason: "\(path): \(reason)")
    default: return .failed(reason: "\(path): \(reason)")
    }
  }
}
