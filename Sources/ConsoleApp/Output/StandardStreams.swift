import CSignals
import Glibc
import SafeText

/// Data on standard output, words on standard error.
enum StandardStreams {
  /// Columns of the window that standard output is; `nil` for a file or a pipe, which have no width.
  static var width: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard console_window_size(STDOUT_FILENO, &columns, &rows) == 0, columns > 0 else { return 80 }
    return Int(columns)
  }

  /// Writes data that was made for programs, or text that went through `SafeText` already.
  /// - Throws: `CommandError`, of status `.readerGone` when nobody reads any more, which is nothing to talk about; also
  ///   when the disk is full, and when a signal ends the program while the reader takes nothing.
  static func write(_ text: String) throws(CommandError) { try write(text, to: STDOUT_FILENO) }

  private static let closed = CommandError(.nothingDone, "standard output is closed, so nothing was done.")

  /// Before anything is done whose outcome could not be told.
  /// - Throws: `CommandError` when standard output was closed at the start.
  static func requireOutput() throws(CommandError) {
    if console_is_closed_output(STDOUT_FILENO) != 0 { throw closed }
  }

  /// Says something to a person; outside text in it is made harmless, line by line.
  static func say(_ message: String) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText(String($0)).text }
    // Nobody is left to tell when standard error itself is closed.
    try? write(lines.joined(separator: "\n") + "\n", to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) throws(CommandError) {
    var bytes = Array(text.utf8)[...]
    let pipeSignal = PipeSignal()
    defer { pipeSignal.release() }
    while !bytes.isEmpty {
      try wait(for: descriptor)
      // No more than a pipe takes at once when it is ready: a longer write would wait where no signal is heard.
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, min($0.count, Int(PIPE_BUF))) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EBADF {
        throw closed
      } else if errno == EPIPE {
        throw CommandError(.readerGone, "")
      } else if errno != EINTR, errno != EAGAIN {
        throw CommandError(.nothingDone, "standard output: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Waits until a descriptor takes bytes, or has something else to say to the next write; whoever started the program
  /// may have set it to return at once.
  private static func wait(for descriptor: Int32) throws(CommandError) {
    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while poll(&ready, 1, 200) <= 0 {
      if Blocking.isStopWanted { throw CommandError(.interrupted, "") }
    }
  }

  /// Holds SIGPIPE back from this thread: a reader that has gone is told by the write itself.
  private struct PipeSignal {
    private var before = sigset_t()
    private var signals = sigset_t()

    init() {
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, &before)
    }

    func release() {
      guard sigismember([before], SIGPIPE) == 0 else { return }
      var none = timespec()
      while sigtimedwait([signals], nil, &none) == -1 && errno == EINTR {}
      pthread_sigmask(SIG_SETMASK, [before], nil)
    }
  }
}
