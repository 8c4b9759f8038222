import Glibc
import Synchronization

/// Runs asynchronous work while the main thread waits for it and for signals.
///
/// The main thread keeps SIGINT, SIGTERM and SIGHUP blocked and takes them with `sigtimedwait`, so no handler runs
/// anywhere; the work's end arrives the same way, as SIGUSR1.
enum Blocking {
  /// How long cancelled work may take to tidy up: Ctrl-C ends within a second.
  private static let patience = timespec(tv_sec: 0, tv_nsec: 800_000_000)

  /// - Returns: what `work` returned.
  /// - Throws: what `work` threw; `CommandError(.interrupted)` after a signal.
  static func run<Result: Sendable>(
    _ work: @escaping @Sendable () async throws -> Result
  ) throws -> Result {
    var signals = blockedSignals()
    let outcome = Outcome<Result>()
    let main = pthread_self()
    let task = Task.detached {
      do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
      pthread_kill(main, SIGUSR1)
    }
    var received = sigwaitinfo(&signals, nil)
    while received == -1 { received = sigwaitinfo(&signals, nil) }
    if received != SIGUSR1 {
      task.cancel()
      var patience = patience
      _ = sigtimedwait(&signals, nil, &patience)
      throw CommandError(.interrupted, "")
    }
    guard let result = outcome.take() else { throw CommandError(.nothingDone, "the work ended without a result") }
    return try result.get()
  }

  /// Holds back the signals that end a program until ``run(_:)`` or ``releaseSignals()`` takes them, so that what is
  /// made meanwhile is tidied up.
  static func holdSignals() { _ = blockedSignals() }

  /// Lets held signals through again.
  /// - Throws: `CommandError(.interrupted)` when one came meanwhile; it stays held.
  static func releaseSignals() throws(CommandError) {
    if isStopWanted { throw CommandError(.interrupted, "") }
    var signals = blockedSignals()
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Lets so many milliseconds pass on the main thread, and holds back the signals that end a program from then on.
  /// - Returns: `false` when one of them came, which is taken with that.
  static func pause(_ milliseconds: Int) -> Bool {
    var signals = blockedSignals()
    var time = timespec(tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000)
    let signal = sigtimedwait(&signals, nil, &time)
    return signal <= 0 || signal == SIGUSR1
  }

  /// Whether a signal that ends a program is held back.
  static var isStopWanted: Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return [SIGINT, SIGTERM, SIGHUP].contains { sigismember(&pending, $0) == 1 }
  }

  /// Waits for SIGINT or SIGTERM, or for standard input to close when `untilInputCloses` is set.
  static func waitForStop(untilInputCloses: Bool) {
    var signals = blockedSignals()
    if untilInputCloses {
      let main = pthread_self()
      Task.detached {
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 {}
        pthread_kill(main, SIGTERM)
      }
    }
    while sigwaitinfo(&signals, nil) == -1 {}
  }

  private static func blockedSignals() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    return signals
  }

  private final class Outcome<Value: Sendable>: Sendable {
    private let value = Mutex<Swift.Result<Value, any Error>?>(nil)
    func set(_ result: Swift.Result<Value, any Error>) { value.withLock { $0 = result } }
    func take() -> Swift.Result<Value, any Error>? { value.withLock { $0 } }
  }
}
