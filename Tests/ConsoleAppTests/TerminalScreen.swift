import Foundation
import Glibc
import Testing

/// The console in a real terminal emulator, tmux: what a person would see.
final class TerminalScreen: Sendable {
  private static let program = "/usr/bin/tmux"
  private let socket = "console-\(UUID().uuidString)"
  private let environment: [String: String]

  /// Runs `command` in a shell, which stays when it ends.
  init(_ place: Workplace, _ command: String, columns: Int, rows: Int) throws {
    environment = place.environment.merging(["TMUX_TMPDIR": place.home.path]) { $1 }
    _ = try tmux(
      "-f", "/dev/null", "-u", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
      "\(command); echo ended $?; exec sleep 10000")
  }

  deinit { _ = try? tmux("kill-server") }

  private func tmux(_ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: Self.program)
    process.arguments = ["-L", socket] + arguments
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
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
