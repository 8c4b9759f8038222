import Glibc
import PartnerModel

/// A lab that runs as a child process of the same binary and ends when this process does, however it ends.
///
/// Its standard input is a pipe whose other end only this process holds: when that closes, the lab stops. Where it listens
/// is known before it runs, so that nobody has to wait for it who only wants to know what it will serve.
struct LabChild: Sendable {
  /// The number under which the child finds the socket that it serves.
  private static let listener: Int32 = 3

  private let process: pid_t
  private let leash: Int32
  private let folder: String
  let configurationPath: String

  /// Starts a lab for these customers, and writes the configuration that leads to it.
  /// - Parameter folder: where its configuration, secret and ready file go.
  static func start(in folder: String, serving configuration: Configuration) throws(CommandError) -> LabChild {
    let path = folder + "/tenants.json"
    let socket: LoopbackListener
    do throws(LoopbackListener.Refusal) { socket = try LoopbackListener() } catch {
      throw failure("no socket", error.code)
    }
    defer { socket.close() }
    try PrivateFile.write(LabSecret.random() + "\n", to: path + ".secret", replacing: false)
    try PrivateFile.write(
      ConfigurationText(
        configuration: configuration, baseURL: "http://127.0.0.1:\(socket.port)", secretFile: path + ".secret",
        caFile: nil
      ).text, to: path, replacing: false)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw failure("no pipe", errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let arguments = [
      "partner-console", "lab", "--listener", "\(listener)", "--config", path, "--ready-file", ready(folder),
      "--until-input-closes",
    ]
    return LabChild(
      process: try spawn(arguments, input: ends[0], listener: socket.descriptor, log: folder + "/lab.log"),
      leash: ends[1], folder: folder, configurationPath: path)
  }

  /// Waits until it serves.
  /// - Throws: `CommandError` when it does not come up within `seconds`.
  func waitUntilReady(seconds: Int = 20) throws(CommandError) {
    for _ in 0..<seconds * 100 {
      if access(Self.ready(folder), F_OK) == 0 { return }
      if hasEnded { break }
      usleep(10_000)  // The ready file appears by rename; nothing else tells that the lab serves.
    }
    let log = (try? ConfigurationFile.text(of: folder + "/lab.log")) ?? ""
    throw CommandError(.nothingDone, "the lab did not start. \(log)")
  }

  /// Ends the lab at once: nothing of a demo's lab is kept, and a console that ends waits for nobody.
  func stop() {
    close(leash)
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) == -1 && errno == EINTR {}
  }

  /// Whether the lab is gone. Its end is not fetched: its id stays its own until it is stopped.
  private var hasEnded: Bool {
    var end = siginfo_t()
    return waitid(P_PID, id_t(process), &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_signo != 0
  }

  private static func ready(_ folder: String) -> String { folder + "/ready" }

  /// What the lab needs of this process's environment: where things are and how text is written, no secrets.
  ///
  /// - Parameter value: the value of a variable by its name.
  static func environment(_ value: (String) -> String?) -> [String] {
    let names = [
      "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC",
      "LC_TIME", "TZ", "SWIFT_BACKTRACE",
    ]
    return names.compactMap { name in value(name).map { "\(name)=\($0)" } }
  }

  private static func failure(_ what: String, _ code: Int32) -> CommandError {
    CommandError(.nothingDone, "cannot start the lab: \(what): \(String(cString: strerror(code)))")
  }

  private static func spawn(
    _ arguments: [String], input: Int32, listener: Int32, log: String
  ) throws(CommandError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    posix_spawn_file_actions_adddup2(&actions, listener, Self.listener)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that Ctrl-C and Ctrl-Z at the terminal are the console's alone.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment(SessionPlace.environment).map { strdup($0) } + [nil]
    defer { for text in argv + variables { free(text) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &argv, &variables)
    guard result == 0 else { throw failure("spawn", result) }
    return process
  }
}
