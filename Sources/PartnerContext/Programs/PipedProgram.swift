import CSpawn
import Dispatch
import Glibc
import Synchronization

/// Runs a program of somebody else's to its end, over pipes: arguments only, no shell, a clean environment, none of our
/// descriptors, for so long and so many bytes.
struct PipedProgram: Sendable {
  /// The program, by its path or as `PATH` finds it, and its arguments.
  var command: [String]
  /// As `NAME=VALUE`; all that it gets.
  var environment: [String]
  var milliseconds: Int
  /// Bytes that it may print.
  var longest: Int

  enum Failure: Error, Hashable, Sendable { case notStarted, tooLong, tooSlow, cancelled }

  /// How it ended, and what it said.
  struct Ending: Sendable {
    /// As `waitpid` has it.
    var status: Int32
    /// What it printed, as it came.
    var output: Secret
    /// The last line of its standard error, as the end of a sentence; empty for none, and for one that repeats what it
    /// printed or was given.
    var complaint: String

    var isGood: Bool { status == 0 }
    /// The number that it ended with; `nil` where a signal ended it.
    var code: Int32? { status & 0x7F == 0 ? status >> 8 & 0xFF : nil }
    var words: String { code.map { "ended with \($0)" } ?? "was ended by signal \(status & 0x7F)" }
  }

  /// The variables that a helper gets: what it needs to find itself, its store, its agent and its terminal, and nothing
  /// of ours.
  private static let handedOnNames = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TERM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS", "GPG_TTY", "GNUPGHOME", "PASSWORD_STORE_DIR",
    "SSH_AUTH_SOCK",
  ]

  /// Of this process.
  static func handedOn() -> [String] {
    handedOnNames.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }

  var name: String { command.first ?? "the command" }

  /// - Parameter input: what it finds at its standard input; nothing otherwise.
  func run(input: Secret? = nil) async throws(Failure) -> Ending {
    let isCancelled = Flag()
    // It waits in poll and waitpid, so it gets a thread of its own instead of one of the shared pool.
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          continuation.resume(
            returning: Result { () throws(Failure) in try run(input, until: { isCancelled.isSet }) })
        }
      }
    } onCancel: {
      isCancelled.set()
    }
    return try result.get()
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }

  private func run(_ input: Secret?, until isCancelled: () -> Bool) throws(Failure) -> Ending {
    let output = try Pipe()
    let errors = try Pipe()
    var feed = try input.map { secret throws(Failure) in Feed(of: secret, into: try Pipe()) }
    // Most secrets fit into the pipe, so the program finds all of it when it begins.
    feed?.give()
    let child = try start(input: feed?.pipe.reading, output: output.writing, errors: errors.writing)
    output.closeWriting()
    errors.closeWriting()
    var printed = Drain(reading: output.reading)
    var complained = Drain(reading: errors.reading, keepingLast: Self.longestComplaint)
    var status: Int32?
    var failure: Failure?
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    // The program's own end decides: it may close its output long before, and what it started may keep it open after.
    while printed.bytes.count <= longest, status == nil || printed.isOpen {
      if status == nil {
        if isCancelled() { failure = .cancelled }
        if ContinuousClock.now >= deadline { failure = .tooSlow }
        if failure != nil { break }
        feed?.give()
        _ = Drain.wait(&printed, &complained, milliseconds: Self.step)
        status = Self.status(of: child)
      } else if !Drain.wait(&printed, milliseconds: 0) {
        // All that it wrote was in the pipe before it ended.
        break
      }
    }
    if status == nil {
      kill(child, SIGKILL)
      var ended: Int32 = 0
      while waitpid(child, &ended, 0) < 0, errno == EINTR {}
    }
    guard printed.bytes.count <= longest else { throw .tooLong }
    guard let status else { throw failure ?? .tooSlow }
    // A pipe holds no more; what a program leaves behind may go on writing for ever.
    for _ in 0..<16 where !Drain.wait(&complained, milliseconds: 0) { break }
    return Ending(
      status: status, output: printed.bytes.withBytes { Secret(copying: $0, into: .process) },
      complaint: complained.lastLine(without: input.map { Self.both(printed.bytes, $0) } ?? printed.bytes))
  }

  /// Line by line, what it printed and what it was given.
  private static func both(_ printed: WipedBytes, _ given: Secret) -> WipedBytes {
    let both = WipedBytes(capacity: printed.count + 1)
    printed.withBytes { both.append($0) }
    both.append(0x0A)
    given.withBytes { both.append($0) }
    return both
  }

  /// Bytes of standard error that are kept: its last line is told.
  private static let longestComplaint = 4096

  /// Milliseconds between two looks at whether the program has ended.
  private static let step: Int32 = 5

  /// How the program ended; `nil` while it runs.
  private static func status(of child: pid_t) -> Int32? {
    var status: Int32 = 0
    let ended = waitpid(child, &status, WNOHANG)
    if ended == child { return status }
    // Nobody else waits for it, so this does not happen; it must not count as a success.
    return ended < 0 && errno != EINTR ? -1 : nil
  }

  private func start(input: Int32?, output: Int32, errors: Int32) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // All others, also those that another thread opens meanwhile.
    spawn_without_descriptors_from(&actions, 3)
    // The threads of the pool block nearly all signals: what it starts itself could else not be asked to end.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    spawn_with_usual_signals(&attributes)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var child: pid_t = 0
    guard command.first.map({ posix_spawnp(&child, $0, &actions, &attributes, &arguments, &variables) }) == 0 else {
      throw .notStarted
    }
    return child
  }
}

extension PipedProgram {
  /// Both ends of a pipe, closed with the last who has it.
  private final class Pipe {
    let reading: Int32
    private(set) var writing: Int32

    init() throws(Failure) {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw .notStarted }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      (reading, writing) = (ends[0], ends[1])
    }

    deinit {
      close(reading)
      closeWriting()
    }

    func closeWriting() {
      if writing >= 0 { close(writing) }
      writing = -1
    }
  }

  /// Gives a program its input, never waiting for it. The end that is read from is kept here too, so that a program that
  /// leaves early is no signal for us.
  private struct Feed {
    let secret: Secret
    let pipe: Pipe
    private var given = 0

    init(of secret: Secret, into pipe: Pipe) {
      (self.secret, self.pipe) = (secret, pipe)
      _ = fcntl(pipe.writing, F_SETFL, O_NONBLOCK)
    }

    mutating func give() {
      while pipe.writing >= 0 {
        let written = secret.withBytes { bytes in
          let rest = UnsafeRawBufferPointer(rebasing: bytes[given...])
          return rest.isEmpty ? 0 : write(pipe.writing, rest.baseAddress, rest.count)
        }
        if written > 0 {
          given += written
        } else if written == 0 || errno != EINTR && errno != EAGAIN {
          pipe.closeWriting()
        } else if errno == EAGAIN {
          return
        }
      }
    }
  }
}
