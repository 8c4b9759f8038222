import CSignals
import Glibc
import SafeText

/// Data on standard output, words on standard error.
enum StandardStreams {
  /// Writes data that was made for programs, or text that went through `SafeText` already.
  /// - Throws: `CommandError` when the reader has gone or the disk is full.
  static func write(_ text: String) throws(CommandError) { try write(text, to: STDOUT_FILENO) }

  static let closed = CommandError(.nothingDone, "standard output is closed, so nothing was done.")
  static var isOutputClosed: Bool { console_is_closed_output(STDOUT_FILENO) != 0 }

  /// Before anything is done whose outcome could not be told.
  /// - Throws: `CommandError` when standard output was closed at the start.
  static func requireOutput() throws(CommandError) { if isOutputClosed { throw closed } }

  /// Says something to a person; outside text in it is made harmless, line by line.
  static func say(_ message: String) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText(String($0)).text }
    // Nobody is left to tell when standard error itself is closed.
    try? write(lines.joined(separator: "\n") + "\n", to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) throws(CommandError) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EBADF {
        throw closed
      } else if errno != EINTR {
        throw CommandError(.nothingDone, "standard output: \(String(cString: strerror(errno)))")
      }
    }
  }
}
