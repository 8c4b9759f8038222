import CSpawn
import ConsoleCore
import FoundationEssentials
import Glibc
import NcursesDriver
import PartnerContext

/// A text on its way through the operator's own editor: in a file of a private folder, which goes when it is back.
struct TextEditing {
  /// Why a text cannot be edited so; it stays as it was.
  struct Failure: Error, Equatable { var reason: String }

  let program: TerminalGuest
  private let folder: TemporaryFolder
  private let file: String
  /// How the editor is called in messages.
  private let name: String

  /// Bytes that a text may have when it comes back.
  private static let limit = 1 << 20
  /// What an editor needs to be the one that the operator is used to; nothing else of our environment reaches it.
  private static let inherited: Set<String> = [
    "ALTERNATE_EDITOR", "COLORTERM", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "EDITOR", "EXINIT", "HOME", "LANG",
    "LANGUAGE",
    "LOGNAME", "MYVIMRC", "NO_COLOR", "SHELL", "SSH_CONNECTION", "SSH_TTY", "STY", "TERM", "TERMINFO", "TERMINFO_DIRS",
    "TERM_PROGRAM", "TMPDIR", "TMUX", "TZ", "USER", "VISUAL", "WAYLAND_DISPLAY", "WSLENV", "WSL_DISTRO_NAME",
    "WSL_INTEROP", "XAUTHORITY",
  ]
  private static let families = ["EMACS", "LC_", "NVIM", "VIM", "XDG_"]

  /// Writes `text` to a file for the editor that the environment names.
  static func begin(_ text: String, environment: [String: String]) throws(Failure) -> TextEditing {
    let (words, name) = try editor(environment)
    let folder: TemporaryFolder
    do throws(CommandError) {
      folder = try TemporaryFolder.make { environment[$0] }
    } catch {
      throw Failure(reason: error.message)
    }
    let file = folder.path + "/text.txt"
    do throws(Failure) {
      try write(text, to: file)
    } catch {
      folder.remove()
      throw error
    }
    var variables = environment.filter { variable in
      inherited.contains(variable.key) || families.contains { variable.key.hasPrefix($0) }
    }
    variables["PATH"] = ProgramPath(environment["PATH"]).text
    let program = TerminalGuest(
      path: words[0], arguments: Array(words.dropFirst()) + [file],
      environment: variables.map { "\($0.key)=\($0.value)" }.sorted())
    return TextEditing(program: program, folder: folder, file: file, name: name)
  }

  /// What came of it, after the editor has ended.
  func outcome(_ end: GuestEnd) -> TextEdit {
    switch end {
    case .exited(0): break
    case .exited(let status): return .kept(reason: "\(name) ended with \(status), so the text stays as it was.")
    case .killed(let signal):
      return .kept(reason: "\(name) was ended by signal \(signal), so the text stays as it was.")
    }
    do throws(Failure) {
      return .changed(try read())
    } catch {
      return .kept(reason: "\(error.reason), so the text stays as it was.")
    }
  }

  /// To be called when the text is back, or not wanted any more.
  func remove() { folder.remove() }

  // MARK: The editor

  /// - Returns: the program's path and its arguments, and the name it goes by.
  private static func editor(_ environment: [String: String]) throws(Failure) -> (words: [String], name: String) {
    let named = ["VISUAL", "EDITOR"].first { variable in
      environment[variable].map { !$0.allSatisfy(\.isWhitespace) } ?? false
    }
    let value = named.flatMap { environment[$0] } ?? "vi"
    let whose = named.map { "\($0) is “\(value)”" } ?? "VISUAL and EDITOR are not set"
    var words: [String]
    do throws(ShellWords.Refusal) {
      words = try ShellWords.split(value, home: environment["HOME"])
    } catch {
      throw Failure(reason: "\(whose): \(error.reason). Put it into a script, and name that.")
    }
    guard let name = words.first, !name.isEmpty else { throw Failure(reason: "\(whose): it names no program.") }
    let path = name.contains("/") ? (isProgram(name) ? name : nil) : ProgramPath(environment["PATH"]).program(name)
    guard let path else {
      throw Failure(reason: "\(whose), and there is no program \(name). Set VISUAL or EDITOR to an editor.")
    }
    words[0] = path
    return (words, name.split(separator: "/").last.map(String.init) ?? name)
  }

  /// As ``ProgramPath`` has it: nothing that somebody else could have put there.
  private static func isProgram(_ path: String) -> Bool {
    path.hasPrefix("/") && spawn_is_ours(path, 0) != 0 && access(path, X_OK) == 0
  }

  // MARK: The file

  private static func write(_ text: String, to file: String) throws(Failure) {
    func failure() -> Failure { Failure(reason: "\(file): \(String(cString: strerror(errno)))") }
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    // Editors end a text with a line's end, and so does its file.
    var bytes = Array((text.isEmpty || text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      bytes = bytes.dropFirst(count)
    }
  }

  private func read() throws(Failure) -> String {
    // Some editors put a new file in its place, a named pipe would never end.
    let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure(reason: "\(name) left no file behind") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= Self.limit {
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(reason: "what \(name) wrote cannot be read") }
      if count == 0 { break }
      bytes += part[..<count]
    }
    guard bytes.count <= Self.limit else { throw Failure(reason: "what \(name) wrote is longer than 1 MiB") }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(reason: "what \(name) wrote is not UTF-8")
    }
    while text.last?.isNewline ?? false { text.removeLast() }
    return text
  }
}
