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
  func output() async throws(PartnerError) -> [UInt8] {
    // It waits in poll and waitpid, so it gets a thread of its own instead of one of the shared pool.
    let result = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: Result { () throws(PartnerError) in try run() })
      }
    }
    return try result.get()
  }

  private var name: String { command.first ?? "the command" }

  private func run() throws(PartnerError) -> [UInt8] {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw unreadable("\(name) cannot be started") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = ends[0]
    defer { close(reading) }
    let child = try start(writing: ends[1])
    close(ends[1])
    var output: [UInt8] = []
    var isOpen = true
    var status: Int32?
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    // The program's own end decides: it may close its output long before, and what it started may keep it open after.
    while output.count <= SecretReader.longest, status == nil || isOpen {
      if status == nil, ContinuousClock.now >= deadline { break }
      if isOpen, let piece = Self.piece(of: reading, wait: status == nil ? Self.step : 0) {
        isOpen = !piece.isEmpty
        output += piece
        continue
      }
      // All that it wrote was in the pipe before it ended.
      if status != nil { break }
      status = Self.status(of: child)
      if status == nil, !isOpen { poll(nil, 0, Self.step) }
    }
    if status == nil {
      kill(child, SIGKILL)
      var ended: Int32 = 0
      while waitpid(child, &ended, 0) < 0, errno == EINTR {}
    }
    guard output.count <= SecretReader.longest else { throw unreadable("\(name) printed over 64 KiB") }
    guard let status else { throw unreadable("\(name) took over \(milliseconds / 1000) s") }
    guard status == 0 else { throw unreadable("\(name) ended with a failure") }
    return output
  }

  /// Milliseconds between two looks at whether the program has ended.
  private static let step: Int32 = 5

  /// What lies in the pipe, empty at its end; `nil` when nothing came within `wait` milliseconds.
  private static func piece(of reading: Int32, wait: Int32) -> ArraySlice<UInt8>? {
    var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, wait) > 0 else { return nil }
    var piece = [UInt8](repeating: 0, count: 4096)
    let count = read(reading, &piece, piece.count)
    if count < 0, errno == EINTR { return nil }
    return piece.prefix(max(0, count))
  }

  /// How the program ended; `nil` while it runs.
  private static func status(of child: pid_t) -> Int32? {
    var status: Int32 = 0
    let ended = waitpid(child, &status, WNOHANG)
    if ended == child { return status }
    // Nobody else waits for it, so this does not happen; it must not count as a success.
    return ended < 0 && errno != EINTR ? -1 : nil
  }

  private func start(writing: Int32) throws(PartnerError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, writing, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // All others, also those that another thread opens meanwhile.
    spawn_without_descriptors_from(&actions, 3)
    var arguments: [UnsafeMutablePointer<CChar>?] = []
    for argument in command { arguments.append(strdup(argument)) }
    arguments.append(nil)
    // What a helper needs to find itself and its own settings, and nothing of ours.
    var environment: [UnsafeMutablePointer<CChar>?] = []
    for name in ["PATH", "HOME", "LANG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] {
      if let value = getenv(name) { environment.append(strdup("\(name)=\(String(cString: value))")) }
    }
    environment.append(nil)
    defer { for pointer in arguments + environment { free(pointer) } }
    var child: pid_t = 0
    guard command.first.map({ posix_spawnp(&child, $0, &actions, nil, &arguments, &environment) }) == 0 else {
      close(writing)
      throw unreadable("\(name) cannot be started")
    }
    return child
  }
}
