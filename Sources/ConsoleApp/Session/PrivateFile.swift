import Glibc

/// Writes small files that nobody else may read, whole or not at all.
enum PrivateFile {
  /// Writes `text` to a new file beside `path`, makes it durable, and renames it into place.
  static func write(_ text: String, to path: String) throws(CommandError) {
    func refuse() -> CommandError {
      CommandError(.nothingDone, "\(path): \(String(cString: strerror(errno))). Nothing was written.")
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
    guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
      let failure = refuse()
      unlink(temporary)
      throw failure
    }
  }
}
