import CSpawn
import Glibc
import Synchronization

/// A program of the desktop: in a session of its own, without our terminal and descriptors, its complaints kept.
///
/// To be followed by one task, until ``ended()`` has said how it ended or ``letGo()`` was called.
struct DesktopProgram: Sendable {
  enum End: Equatable { case well, badly(reason: String) }
  struct Failure: Error { var reason: String }

  private let name: String
  private let process: pid_t
  /// What it writes to standard error, in memory; -1 where there is no such file.
  private let complaints: Int32

  /// Those that nobody follows any more: their ends are fetched when the next one starts.
  private static let left = Mutex<Set<pid_t>>([])

  /// - Parameters:
  ///   - path: absolute.
  ///   - environment: as `NAME=VALUE`; all that it gets.
  static func start(
    _ path: String, _ arguments: [String], environment: [String]
  ) throws(Failure) -> DesktopProgram {
    left.withLock { left in left = left.filter { waitpid($0, nil, WNOHANG) == 0 } }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let complaints = spawn_memory_file()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    if complaints >= 0 { posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO) }
    spawn_without_descriptors_from(&actions, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    spawn_in_own_session(&attributes)
    var argv: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in argv + variables { free(text) } }
    var process: pid_t = 0
    let refusal = posix_spawn(&process, path, &actions, &attributes, &argv, &variables)
    guard refusal == 0 else {
      if complaints >= 0 { close(complaints) }
      throw Failure(reason: "\(name) cannot be started: \(String(cString: strerror(refusal)))")
    }
    return DesktopProgram(name: name, process: process, complaints: complaints)
  }

  private init(name: String, process: pid_t, complaints: Int32) {
    self.name = name
    self.process = process
    self.complaints = complaints
  }

  /// How it ended; `nil` while it runs. Not to be asked again after an end.
  func ended() -> End? {
    var status: Int32 = 0
    let found = waitpid(process, &status, WNOHANG)
    if found == 0 || found < 0 && errno == EINTR { return nil }
    defer { closeComplaints() }
    if found == process, status == 0 { return .well }
    let signal = status & 0x7F
    let way = signal == 0 ? "it ended with \(status >> 8 & 0xFF)" : "it was ended by signal \(signal)"
    return .badly(reason: firstComplaint() ?? "\(name): \(way)")
  }

  /// Follows it no longer; it goes on.
  func letGo() {
    closeComplaints()
    _ = Self.left.withLock { $0.insert(process) }
  }

  /// A browser that goes on would fill the memory with what nobody reads: it can write no more.
  private func closeComplaints() {
    guard complaints >= 0 else { return }
    spawn_seal(complaints)
    close(complaints)
  }

  private func firstComplaint() -> String? {
    guard complaints >= 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = pread(complaints, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).lazy.map { line in
      String(line.prefix(300).drop(while: \.isWhitespace))
    }
    return lines.first { !$0.isEmpty }
  }
}
