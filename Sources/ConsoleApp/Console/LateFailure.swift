import NcursesDriver
import Synchronization

/// Why an open console may not go on: found out in a task, and looked for by the loop.
final class LateFailure: Sendable {
  private let found = Mutex<CommandError?>(nil)
  private let wake: WakePipe

  init(wake: WakePipe) { self.wake = wake }

  var error: CommandError? { found.withLock { $0 } }

  /// Ends the console with this error.
  func tell(_ error: CommandError) {
    found.withLock { $0 = $0 ?? error }
    wake.wake()
  }
}
