import CNcurses
import CSignals
import Glibc
import TerminalKit

/// Lends the terminal on standard input and output to `body` and gives it back on every way out.
///
/// Signals for stopping, ending and resizing are handled meanwhile. On the main thread, one at a time.
/// - Throws: `TerminalError`, before anything was changed; what `body` throws.
package func withTerminal<Result>(
  _ options: TerminalOptions, wake: WakePipe, _ body: (TerminalDriver) throws -> Result
) throws -> Result {
  guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw TerminalError.notATerminal }
  let type = getenv("TERM").map { String(cString: $0) }
  // Values that ncurses would believe more than the terminal, or read files for.
  let unfollowed = ["TERMINFO", "TERMINFO_DIRS"].filter { (name: String) in
    getenv(name).map { $0.pointee != 0 } ?? false
  }
  for variable in ["LINES", "COLUMNS", "TERMINFO", "TERMINFO_DIRS", "TERMCAP", "TERMPATH"] { unsetenv(variable) }
  return try withTerminal(
    options, type: type, unfollowed: unfollowed, wake: wake, input: STDIN_FILENO, output: STDOUT_FILENO, body)
}

/// As above, on a terminal of a given type behind other descriptors.
func withTerminal<Result>(
  _ options: TerminalOptions, type: String?, unfollowed: [String] = [], wake: WakePipe, input: Int32, output: Int32,
  _ body: (TerminalDriver) throws -> Result
) throws -> Result {
  let candidates = try TerminalType.candidates(for: type)
  var options = options
  if console_use_utf8() == 0 { options.signs = .ascii }

  guard let files = TerminalFiles(input: input, output: output) else { throw TerminalError.noDescriptors }
  defer { files.close() }
  console_signals_install(wake.writeEnd)
  defer { console_signals_restore() }
  // newterm refuses windows of an absurd size; it then starts with terminfo's, and the driver clamps the real one.
  use_env(TerminalDriver.claimedSize(of: output) == TerminalDriver.size(of: output))
  var made: OpaquePointer?
  var used = ""
  for name in candidates where made == nil {
    used = name
    made = newterm(name, files.output, files.input)
  }
  guard let screen = made else { throw TerminalError.typeUnusable(type ?? "", unfollowed: unfollowed) }
  defer { delscreen(screen) }
  // newterm has put some handlers of its own where it found none.
  console_signals_install(wake.writeEnd)
  guard console_capability("cup") != nil else {
    endwin()
    throw TerminalError.typeUnusable(type ?? "", unfollowed: unfollowed)
  }
  let frames = FrameOutput(descriptor: fileno(files.output), terminal: output)
  let driver = TerminalDriver(
    options, terminal: used, wake: wake, input: input, output: output, frames: frames,
    substitute: type == used
      ? nil : type.map { TerminalSubstitute(term: $0, used: used, unfollowed: unfollowed) })
  defer { driver.close() }
  return try body(driver)
}

/// The streams that ncurses wants, on copies of the descriptors.
private struct TerminalFiles {
  let input: UnsafeMutablePointer<FILE>
  let output: UnsafeMutablePointer<FILE>

  init?(input: Int32, output: Int32) {
    let readable = fcntl(input, F_DUPFD_CLOEXEC, 3)
    guard readable >= 0, let reader = fdopen(readable, "r") else {
      if readable >= 0 { Glibc.close(readable) }
      return nil
    }
    let writable = fcntl(output, F_DUPFD_CLOEXEC, 3)
    guard writable >= 0, let writer = fdopen(writable, "w") else {
      if writable >= 0 { Glibc.close(writable) }
      fclose(reader)
      return nil
    }
    self.input = reader
    self.output = writer
  }

  func close() {
    fclose(output)
    fclose(input)
  }
}
