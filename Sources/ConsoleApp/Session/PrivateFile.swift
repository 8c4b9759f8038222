import Glibc

/// Writes small files that nobody else may read, whole or not at all.
enum PrivateFile {
  /// Whether anything has this name: a file, a folder, a link that leads nowhere.
  static func exists(_ path: String) -> Bool {
    faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0
  }

  /// The same for every way to write one name: without `.`, `..`, double slashes, or links to folders on the way. The
  /// name itself may be that of a link, which is replaced and not followed.
  static func place(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), let folder = realpath(String(path[...slash]), nil) else { return path }
    defer { free(folder) }
    return String(cString: folder) + path[slash...]
  }

  /// Writes `text` to a new file beside `path`, makes it durable, and renames it into place.
  /// - Parameters:
  ///   - replacing: whether what has this name goes; a file that appears meanwhile is else kept.
  ///   - link: gives a file a second name.
  static func write(
    _ text: String, to path: String, replacing: Bool, link: (String, String) -> Int32 = { Glibc.link($0, $1) }
  ) throws(CommandError) {
    func refuse() -> CommandError {
      CommandError(.nothingDone, "\(path): \(String(cString: strerror(errno))). It was not written.")
    }
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw refuse() }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let failure = refuse()
        close(descriptor)
        unlink(temporary)
        throw failure
      }
      bytes = bytes.dropFirst(count)
    }
    guard fsync(descriptor) == 0, close(descriptor) == 0, move(temporary, to: path, replacing: replacing, link)
    else {
      let failure = refuse()
      unlink(temporary)
      throw failure
    }
  }

  private static func move(
    _ file: String, to path: String, replacing: Bool, _ link: (String, String) -> Int32
  ) -> Bool {
    if replacing { return rename(file, path) == 0 }
    // A second name never takes a name that is taken.
    if link(file, path) == 0 {
      unlink(file)
      return true
    }
    guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS].contains(errno) else { return false }
    // Not every file system has second names. Nor does a new file take a name that is taken, and ours may go.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    close(descriptor)
    if rename(file, path) == 0 { return true }
    let failure = errno
    unlink(path)
    errno = failure
    return false
  }
}
