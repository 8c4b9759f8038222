import Glibc
import PartnerModel

/// Reads a file that holds what nobody else may see or change (invariant 16).
enum SecretFile {
  /// Bytes over which nothing is read.
  static let longest = 65_536

  /// By what a file is known to be the one that was read, as it was then.
  struct Stamp: Hashable, Sendable {
    var device: UInt64
    var number: UInt64
    var owner: UInt32
    var mode: UInt32
    var size: Int
    /// Nanoseconds since 1970 of the last change of its content, and of its owner or mode too.
    var modified: Int
    var changed: Int

    fileprivate init(_ status: stat) {
      (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
      (owner, mode, size) = (status.st_uid, status.st_mode, Int(status.st_size))
      modified = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
      changed = status.st_ctim.tv_sec &* 1_000_000_000 &+ status.st_ctim.tv_nsec
    }

    /// What stands at `path` now, behind links; `nil` for nothing.
    init?(at path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(status)
    }
  }

  /// - Parameters:
  ///   - isPublic: others may read it; nobody else may change it.
  ///   - remedy: what is said beside a mode that will not do.
  /// - Throws: `.credentialUnreadable` naming the path and the reason, never the content.
  static func read(
    _ path: String, isPublic: Bool = false, remedy: String = ""
  ) throws(PartnerError) -> (bytes: WipedBytes, stamp: Stamp) {
    // Mounted secrets are symbolic links, and rotate by another target: a link is followed, and what was opened checked.
    var descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    let isLink = descriptor < 0 && errno == ELOOP
    if isLink { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw unreadable("\(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw unreadable("\(path) is not a regular file")
    }
    let mode = status.st_mode & 0o777
    if let reason = exposure(
      owner: status.st_uid, mode: mode, behindLink: isLink, isPublic: isPublic, to: geteuid())
    {
      throw unreadable("\(path) \(reason)\(remedy)")
    }
    guard status.st_size <= longest else { throw unreadable("\(path) is over 64 KiB") }
    let bytes = WipedBytes(capacity: Int(status.st_size) + 4096)
    while bytes.count <= longest {
      let read = bytes.read(from: descriptor)
      guard read >= 0 else { throw unreadable("\(path) cannot be read") }
      if read == 0 { return (bytes, Stamp(status)) }
    }
    throw unreadable("\(path) is over 64 KiB")
  }

  /// Who else could read or change the file; `nil` when nobody could (invariant 16).
  ///
  /// A group may read what belongs to root, when it is not our own to mend: that is how secrets are mounted.
  static func exposure(
    owner: UInt32, mode: UInt32, behindLink: Bool, isPublic: Bool = false, to user: UInt32
  ) -> String? {
    let shown = "(mode \(String(mode, radix: 8)))"
    guard owner == user || owner == 0 else { return "belongs to another user" }
    if mode & 0o022 != 0 { return "can be changed by others \(shown): chmod \(isPublic ? "644" : "600")" }
    if isPublic { return nil }
    let mayGroupRead = owner == 0 && (behindLink || user != 0)
    if mode & (mayGroupRead ? 0o007 : 0o077) != 0 { return "can be read by others \(shown): chmod 600" }
    return nil
  }
}

func unreadable(_ reason: String) -> PartnerError { PartnerError(.credentialUnreadable(reason), tenant: nil) }
