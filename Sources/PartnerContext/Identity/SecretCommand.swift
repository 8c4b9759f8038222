import CSpawn
import Dispatch
import FoundationEssentials
import Glibc
import PartnerModel

/// Runs a program that prints a secret: arguments only, no shell, a clean environment, 10 s, at most 64 KiB.
struct SecretCommand: Sendable {
  var command: [String]
  var milliseconds = 10_000

  /// - Throws: `.credentialUnreadable` when it cannot be started, fails, is slow, or prints too much.
  func output() async throws(PartnerError) -> Secret {
    // It waits in poll and waitpid, so it gets a thread of its own instead of one of the shared pool.
    let result = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: Result { () throws(PartnerError) in try run() })
      }
    }
    return try result.get()
  }

  /// The variables that a helper gets: what it needs to find itself, its store, its agent and its terminal, and nothing
  /// of ours.
  static let handedOn = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TERM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS", "GPG_TTY", "GNUPGHOME", "PASSWORD_STORE_DIR",
    "SSH_AUTH_SOCK",
  ]

  private var name: String { command.first ?? "the command" }

  private func run() throws(PartnerError) -> Secret {
    let output = try pipe()
    let errors: Pipe
    do { errors = try pipe() } catch {
      output.closeBoth()
      throw error
    }
    defer {
      close(output.reading)
      close(errors.reading)
    }
    let child: pid_t
    do {
      defer {
        close(output.writing)
        close(errors.writing)
      }
      child = try start(output: output.writing, errors: errors.writing)
    }
    var printed = Drain(reading: output.reading)
    var complained = Drain(reading: errors.reading, keepingLast: Self.longestComplaint)
    var status: Int32?
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    // The program's own end decides: it may close its output long before, and what it started may keep it open after.
    while printed.bytes.count <= SecretFile.longest, status == nil || printed.isOpen {
      if status == nil, ContinuousClock.now >= deadline { break }
      if status == nil {
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
    guard printed.bytes.count <= SecretFile.longest else { throw unreadable("\(name) printed over 64 KiB") }
    guard let status else { throw unreadable("\(name) took over \(milliseconds / 1000) s") }
    // A pipe holds no more; what a program leaves behind may go on writing for ever.
    for _ in 0..<16 where !Drain.wait(&complained, milliseconds: 0) { break }
    guard status == 0 else {
      throw unreadable("\(name) \(Self.words(status))\(complained.lastLine(without: printed.bytes))")
    }
    return printed.bytes.withBytes { Secret(copying: $0) }
  }

  /// Bytes of standard error that are kept: its last line is told.
  private static let longestComplaint = 4096

  private struct Pipe {
    var reading: Int32
    var writing: Int32
    func closeBoth() {
      close(reading)
      close(writing)
    }
  }

  private func pipe() throws(PartnerError) -> Pipe {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw unreadable("\(name) cannot be started") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return Pipe(reading: ends[0], writing: ends[1])
  }

  /// How a program ended, from what `waitpid` says.
  private static func words(_ status: Int32) -> String {
    let signal = status & 0x7F
    return signal == 0 ? "ended with \(status >> 8 & 0xFF)" : "was ended by signal \(signal)"
  }

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

  private func start(output: Int32, errors: Int32) throws(PartnerError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // All others, also those that another thread opens meanwhile.
    spawn_without_descriptors_from(&actions, 3)
    var arguments: [UnsafeMutablePointer<CChar>?] = []
    for argument in command { arguments.append(strdup(argument)) }
    arguments.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = []
    for name in Self.handedOn {
      if let value = getenv(name) { environment.append(strdup("\(name)=\(String(cString: value))")) }
    }
    environment.append(nil)
    defer { for pointer in arguments + environment { free(pointer) } }
    var child: pid_t = 0
    guard command.first.map({ posix_spawnp(&child, $0, &actions, nil, &arguments, &environment) }) == 0 else {
      throw unreadable("\(name) cannot be started")
    }
    return child
  }
}
