import Foundation
import Glibc
import Testing

/// The console in a real terminal emulator, tmux: what a person would see.
final class TerminalScreen: Sendable {
  private static let program = "/usr/bin/tmux"
  /// Short, because a socket's path may have about a hundred bytes.
  private let socket = "console-\(UUID().uuidString.prefix(8))"
  private let environment: [String: String]
  private let output: String

  /// Runs `command` in a shell, which stays when it ends.
  init(_ place: Workplace, _ command: String, columns: Int, rows: Int) throws {
    environment = place.environment
    output = place.home.appending(path: "\(socket).out").path
    _ = try tmux(
      "-f", "/dev/null", "-u", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
      "\(command); echo ended $?; exec sleep 10000")
  }

  deinit { _ = try? tmux("kill-server") }

  private func tmux(_ arguments: String...) throws -> String {
    // Foundation's Process would wait for the server too, which a first call starts and leaves behind.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    // Threads may have signals blocked, and the program would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var argv: [UnsafeMutablePointer<CChar>?] = ([Self.program, "-L", socket] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + variables { free(pointer) } }
    var process: pid_t = 0
    try #require(posix_spawn(&process, Self.program, &actions, &attributes, &argv, &variables) == 0)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let text = String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self)
    try #require(status == 0, "\(text)")
    return text
  }

  /// Types keys by tmux's names, one after the other.
  func press(_ keys: String...) throws { for key in keys { _ = try tmux("send-keys", key) } }
  /// Types a text as it is.
  func type(_ text: String) throws { _ = try tmux("send-keys", "-l", text) }
  /// Pastes a text, in brackets where the program asked for them.
  func paste(_ text: String) throws {
    _ = try tmux("set-buffer", text)
    _ = try tmux("paste-buffer", "-p", "-r")
  }
  func resize(columns: Int, rows: Int) throws {
    _ = try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
  }

  /// The window's lines, without the blanks at their ends.
  func lines() throws -> [String] {
    try tmux("capture-pane", "-p").components(separatedBy: "\n").dropLast().map {
      $0.replacing(#/\s+$/#, with: "")
    }
  }

  /// Column and row of the cursor, counted from zero.
  var cursor: String {
    get throws { try tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").replacing("\n", with: "") }
  }

  /// Filters the list by a text, and waits until keys act again: for 300 ms behind a filter they do not.
  func filter(by text: String) throws {
    try press("/")
    try until("Enter keeps")
    try type(text)
    // In one reading with its text, Enter would be a blank.
    try until("/\(text)")
    try press("Enter")
    try until("the end of the filter") { $0.allSatisfy { !$0.contains("Enter keeps") } }
    poll(nil, 0, 350)
  }

  var title: String { get throws { try tmux("display-message", "-p", "#{pane_title}") } }

  /// Looks until the screen is as wanted; fails with the screen when that does not come.
  @discardableResult
  func until(
    _ what: String, within time: Duration = Workplace.patience, location: SourceLocation = #_sourceLocation,
    _ isThere: ([String]) -> Bool
  ) throws -> [String] {
    let end = ContinuousClock.now + time
    while true {
      let lines = try lines()
      if isThere(lines) { return lines }
      guard ContinuousClock.now < end else {
        Issue.record("\(what) did not come:\n\(lines.joined(separator: "\n"))", sourceLocation: location)
        throw CancellationError()
      }
      // Nothing tells of a change inside tmux: look again a little later.
      poll(nil, 0, 20)
    }
  }

  @discardableResult
  func until(
    _ text: String, within time: Duration = Workplace.patience, location: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    try until("“\(text)”", within: time, location: location) { $0.contains { $0.contains(text) } }
  }
}
