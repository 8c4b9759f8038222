import FoundationEssentials
import Glibc
import PseudoTerminal

/// A program without a terminal: reads nothing unless it is held on a leash, and writes into files.
struct ChildProcess {
  /// What it took from its start to its end.
  struct Cost {
    var wall: Duration
    /// Processor time, its own children's that it waited for included.
    var processor: Duration
    /// The part of it outside the kernel.
    var user: Duration
    var exit: ProcessExit
  }

  let process: pid_t
  private let startedAt: ContinuousClock.Instant
  private let leash: Int32

  /// - Parameters:
  ///   - program: runs where this process runs; its folder takes no part.
  ///   - output: a new file for its standard output; its standard error is appended to `output` + `.err`.
  init(running program: Program, output: String) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw BenchError("no pipe: \(String(cString: strerror(errno)))") }
    defer { close(ends[0]) }
    // The child must not hold its own leash.
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, output + ".err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var arguments: [UnsafeMutablePointer<CChar>?] = ([program.path] + program.arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      program.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    startedAt = .now
    var process: pid_t = 0
    let failure = posix_spawn(&process, program.path, &actions, nil, &arguments, &variables)
    guard failure == 0 else {
      close(ends[1])
      throw BenchError("cannot start \(program.path): \(String(cString: strerror(failure)))")
    }
    self.process = process
    leash = ends[1]
  }

  /// Waits for its end.
  func wait() -> Cost {
    defer { close(leash) }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    return cost(usage, status)
  }

  /// Waits for its end, looking every two milliseconds how much memory it took.
  ///
  /// What the kernel tells at the end (`ru_maxrss`) would not do: it begins with the size of who started it.
  func waitWatchingMemory() -> (cost: Cost, peakBytes: Int?) {
    defer { close(leash) }
    var status: Int32 = 0
    var usage = rusage()
    var peak: Int?
    while true {
      if let bytes = ProcessRecord(process).peakResidentBytes { peak = max(peak ?? 0, bytes) }
      let ended = wait4(process, &status, WNOHANG, &usage)
      if ended == process { return (cost(usage, status), peak) }
      usleep(2000)
    }
  }

  private func cost(_ usage: rusage, _ status: Int32) -> Cost {
    let spent = [usage.ru_utime, usage.ru_stime].map { Duration.seconds($0.tv_sec) + .microseconds($0.tv_usec) }
    return Cost(
      wall: .now - startedAt, processor: spent[0] + spent[1], user: spent[0], exit: ProcessExit(waitStatus: status))
  }

  func stop() {
    kill(process, SIGTERM)
    _ = wait()
  }

  /// Runs a program to its end.
  /// - Throws: unless it ends with 0.
  @discardableResult
  static func run(_ program: Program, output: String) throws -> Cost {
    let cost = try ChildProcess(running: program, output: output).wait()
    try check(cost, of: program, output: output)
    return cost
  }

  /// Runs a program to its end.
  /// - Returns: the most bytes of memory that it had.
  /// - Throws: unless it ends with 0.
  static func peakBytes(of program: Program, output: String) throws -> Int? {
    let (cost, peak) = try ChildProcess(running: program, output: output).waitWatchingMemory()
    try check(cost, of: program, output: output)
    return peak
  }

  private static func check(_ cost: Cost, of program: Program, output: String) throws {
    guard cost.exit == .status(0) else {
      throw BenchError("\(program.path) ended with \(cost.exit): \(lastLine(of: output + ".err"))")
    }
  }

  private static func lastLine(of file: String) -> String {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.map(String.init) ?? ""
  }
}
