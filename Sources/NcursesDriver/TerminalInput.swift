package import TerminalKit

/// What the main thread was woken for.
package enum TerminalInput: Hashable, Sendable {
  case key(Key)
  /// The window has a new size; paint a screen of that size.
  case resized(Size)
  /// The program was stopped and goes on; time has passed.
  case resumed
  /// `WakePipe.wake()` was called: look into the mailbox.
  case woken
  /// Ctrl-C or SIGINT.
  case interrupt
  /// The terminal is gone (SIGHUP, end of input, an error on reading or writing): end at once, nothing can be shown.
  case hangup
  /// SIGTERM: end in an orderly way.
  case terminate
}
