import Glibc

/// A lab that runs as a child process of the same binary and ends when this process does, however it ends.
///
/// Its standard input is a pipe whose other end only this process holds: when that closes, the lab stops.
struct LabChild {
  private let process: pid_t
  private let leash: Int32
  let configurationPath: String

  /// Starts the lab and waits until it serves.
  /// - Parameters:
  ///   - folder: where its configuration, secret and ready file go.
  ///   - configuration: whose tenants are served; `nil` for the sample's.
  /// - Throws: `CommandError` when it does not come up within `seconds`.
  static func start(in folder: String, configuration: String?, seconds: Int = 20) throws(CommandError) -> LabChild {
    let configurationPath = folder + "/tenants.json"
    let ready = folder + "/ready"
    var arguments = [
      "partner-console", "lab", "--port", "0", "--write-config", configurationPath, "--ready-file", ready,
      "--until-input-closes",
    ]
    if let configuration { arguments += ["--config", configuration] }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw failure("no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child = LabChild(
      process: try spawn(arguments, input: ends[0], log: folder + "/lab.log"), leash: ends[1],
      configurationPath: configurationPath)
    for _ in 0..<seconds * 100 {
      if access(ready, F_OK) == 0 { return child }
      if child.hasEnded() {
        close(child.leash)
        throw notStarted(folder)
      }
      usleep(10_000)  // The ready file appears by rename; nothing else tells that the lab listens.
    }
    child.stop()
    throw notStarted(folder)
  }

  /// Ends the lab at once: nothing of a demo's lab is kept, and a console that ends waits for nobody.
  func stop() {
    close(leash)
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) == -1 && errno == EINTR {}
  }

  /// Whether the lab is gone; then its id is free for others, and may not be used any more.
  private func hasEnded() -> Bool { waitpid(process, nil, WNOHANG) != 0 }

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

  private static func notStarted(_ folder: String) -> CommandError {
    let log = (try? ConfigurationFile.text(of: folder + "/lab.log")) ?? ""
    return CommandError(.nothingDone, "the lab did not start. \(log)")
  }

  private static func failure(_ what: String) -> CommandError {
    CommandError(.nothingDone, "cannot start the lab: \(what): \(String(cString: strerror(errno)))")
  }

  private static func spawn(_ arguments: [String], input: Int32, log: String) throws(CommandError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
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
    guard result == 0 else {
      errno = result
      throw failure("spawn")
    }
    return process
  }
}
