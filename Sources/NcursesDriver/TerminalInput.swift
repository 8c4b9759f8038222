package import TerminalKit

/// What the main thread was woken for.
package enum TerminalInput: Hashable, Sendable {
  /// What one reading of the terminal gave, Ctrl-C among it.
  ///
  /// `at` is in milliseconds of a clock that only goes forward: the earliest moment at which it may have been typed, as
  /// far as that is known.
  case keys([Key], at: Int)
  /// The window has a new size; paint a screen of that size.
  case resized(Size)
  /// The program was stopped and goes on; time has passed.
  case resumed
  /// The program that had the terminal has ended; the terminal is the console's again.
  case returned(GuestEnd)
  /// `WakePipe.wake()` was called: look into the mailbox.
  case woken
  /// SIGINT from elsewhere.
  case interrupt
  /// The terminal is gone (SIGHUP, end of input, an error on reading or writing): end at once, nothing can be shown.
  case hangup
  /// SIGTERM: end in an orderly way.
  case terminate
}
