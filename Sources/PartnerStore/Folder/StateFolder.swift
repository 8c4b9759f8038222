import Glibc
package import PartnerModel

/// The folder of one app in one cloud: `$XDG_STATE_HOME/partner-console/<cloud>-<clientId>/`.
///
/// Only its owner can enter (0700), and every file in it is 0600. No part of it that we make is a symbolic link.
package struct StateFolder: Hashable, Sendable {
  package let path: String

  /// Makes or checks the folder of `app`.
  ///
  /// A relative `XDG_STATE_HOME` is ignored, as the XDG Base Directory Specification asks.
  /// - Parameter environment: the process's variables; `XDG_STATE_HOME` and `HOME` are read.
  /// - Throws: `.homeMissing`; `.unsafe` with the command that repairs it; `.unavailable`.
  package static func open(
    environment: [String: String], cloud: Cloud, clientID: String
  ) throws(StoreError) -> StateFolder {
    let base: String
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      base = state
      try makeParents(of: base)
    } else {
      guard let home = environment["HOME"], home.hasPrefix("/") else { throw .homeMissing }
      guard isDirectory(home) else {
        throw .unavailable(path: home, reason: "the home folder does not exist")
      }
      base = home + "/.local/state"
      try makeParents(of: base)
    }
    let name = "\(cloud.rawValue)-\(clientID)"
    guard !clientID.isEmpty, name.utf8.allSatisfy(isPlain) else {
      throw .unavailable(path: base, reason: "the client id is not one that can name a folder")
    }
    try checkBase(base)
    let program = base + "/partner-console"
    try makeOwn(program)
    return try open(at: program + "/" + name)
  }

  /// Makes or checks the folder at `path`, whose parent exists; for a demo's own temporary folder.
  package static func open(at path: String) throws(StoreError) -> StateFolder {
    try makeOwn(path)
    return StateFolder(path: path)
  }

  private init(path: String) { self.path = path }

  package func path(of file: String) -> String { path + "/" + file }

  /// Makes `file` as ours alone if it is missing, else checks that it is; never opens one that exists, because closing
  /// a database file that is in use would drop its locks.
  func prepare(file: String) throws(StoreError) {
    let path = path(of: file)
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor < 0 else {
      fchmod(descriptor, 0o600)
      close(descriptor)
      sync()
      return
    }
    let reason = errno
    if reason == EEXIST { return try Self.check(path, kind: S_IFREG) }
    if Self.status(path) != nil { return try Self.check(path, kind: S_IFREG) }
    throw Self.failure(path, reason)
  }

  /// Whether nothing more can be written beside the file at `path`.
  static func hasNoRoom(_ path: String) -> Bool {
    var status = statvfs()
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    // Less than what a log and its index take at once.
    return statvfs(folder, &status) == 0 && UInt64(status.f_bavail) * UInt64(status.f_frsize) < 65_536
  }

  /// Whether `file` is there, as anything.
  func holds(_ file: String) -> Bool { Self.status(path(of: file)) != nil }

  /// Tells a file from another of the same name.
  struct Identity: Hashable, Sendable {
    var device: dev_t
    var inode: ino_t
  }

  func identity(of file: String) -> Identity? {
    Self.status(path(of: file)).map { Identity(device: $0.st_dev, inode: $0.st_ino) }
  }

  /// Makes the names in this folder as durable as the bytes.
  func sync() {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

extension StateFolder {
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// What is at `path` itself, a symbolic link not followed.
  private static func status(_ path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes the folders above ours that are missing; those that exist stay as they are.
  private static func makeParents(of base: String) throws(StoreError) {
    var path = ""
    for part in base.split(separator: "/") {
      path += "/" + part
      guard !isDirectory(path) else { continue }
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path, errno) }
    }
  }

  /// The folder above ours may be a link to another disk, but nobody else may be able to swap what is in it.
  private static func checkBase(_ path: String) throws(StoreError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(path, errno) }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw .unsafe(path: path, reason: "belongs to another user", fix: "Set XDG_STATE_HOME to a folder of your own.")
    }
    let isSticky = status.st_mode & S_ISVTX != 0
    let othersWrite = status.st_mode & 0o002 != 0 || (status.st_mode & 0o020 != 0 && status.st_gid != getegid())
    guard isSticky || !othersWrite else {
      throw .unsafe(path: path, reason: "can be changed by other users", fix: "Run: chmod go-w \(quoted(path))")
    }
  }

  private static func makeOwn(_ path: String) throws(StoreError) {
    if mkdir(path, 0o700) == 0 {
      // A umask may have taken bits away that we need.
      chmod(path, 0o700)
      return
    }
    guard errno == EEXIST || status(path) != nil else { throw failure(path, errno) }
    try check(path, kind: S_IFDIR)
  }

  /// That `path` is of this kind, ours, closed to others, and no link.
  static func check(_ path: String, kind: mode_t) throws(StoreError) {
    guard let status = status(path) else { throw failure(path, errno) }
    let shown = quoted(path)
    if status.st_mode & S_IFMT == S_IFLNK {
      throw .unsafe(path: path, reason: "is a symbolic link", fix: "Look where it leads, then run: rm \(shown)")
    }
    guard status.st_mode & S_IFMT == kind else {
      let noun = kind == S_IFDIR ? "a folder" : "a file"
      throw .unsafe(path: path, reason: "is not \(noun)", fix: "Move it away: mv \(shown) \(shown).old")
    }
    guard status.st_uid == geteuid() else {
      throw .unsafe(path: path, reason: "belongs to another user", fix: "Run: sudo chown \(geteuid()) \(shown)")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = kind == S_IFDIR ? "700" : "600"
      throw .unsafe(path: path, reason: "is open to other users", fix: "Run: chmod \(mode) \(shown)")
    }
  }

  /// As a shell takes it.
  private static func quoted(_ path: String) -> String {
    var text = "'"
    for character in path.unicodeScalars {
      if character == "'" { text += "'\\''" } else { text.unicodeScalars.append(character) }
    }
    return text + "'"
  }

  static func failure(_ path: String, _ code: CInt) -> StoreError {
    let reason = String(cString: strerror(code))
    switch code {
    case ENOSPC, EDQUOT: return .diskFull(path: path)
    case EROFS, EACCES, EPERM: return .readOnly(path: path, reason: reason)
    case ELOOP:
      return .unsafe(path: path, reason: "is a symbolic link", fix: "Look where it leads, then remove the link.")
    default: return .unavailable(path: path, reason: reason)
    }
  }
}

extension StateFolder {
  /// Renames a file of this folder; one that is not there is no failure.
  func rename(_ file: String, to other: String) throws(StoreError) {
    guard Glibc.rename(path(of: file), path(of: other)) == 0 || errno == ENOENT else {
      throw Self.failure(path(of: file), errno)
    }
    sync()
  }

  func remove(_ file: String) { unlink(path(of: file)) }
}
