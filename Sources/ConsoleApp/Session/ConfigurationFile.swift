import CSignals
import Glibc
import PartnerModel

/// Finds and reads `tenants.json`.
enum ConfigurationFile {
  /// A larger file is no configuration.
  private static let largest = 64 << 20

  /// `--config`, else `$PARTNER_CONSOLE_CONFIG`, else `$XDG_CONFIG_HOME/partner-console/tenants.json`, else the same
  /// below `~/.config`. A relative XDG path is ignored.
  static func path(option: String?, environment: (String) -> String?) throws(CommandError) -> String {
    if let option { return absolute(option) }
    if let named = environment("PARTNER_CONSOLE_CONFIG"), !named.isEmpty { return absolute(named) }
    if let folder = environment("XDG_CONFIG_HOME"), folder.hasPrefix("/") {
      return folder + "/partner-console/tenants.json"
    }
    guard let home = environment("HOME"), home.hasPrefix("/") else {
      throw CommandError(
        .badConfiguration, "HOME is not set, so there is no usual place for tenants.json. Name the file with --config.")
    }
    return home + "/.config/partner-console/tenants.json"
  }

  static func read(_ path: String) throws(CommandError) -> Configuration {
    let source = try source(path)
    return try read(source, path)
  }

  static func read(_ source: Source, _ path: String) throws(CommandError) -> Configuration {
    do {
      return try ConfigurationReader.read(
        source.text, file: path, relativeTo: source.folder, home: SessionPlace.environment("HOME"))
    } catch {
      throw CommandError(.badConfiguration, error.description)
    }
  }

  /// A configuration's text, and what relative paths in it are relative to.
  struct Source {
    var text: String
    /// `nil` for the folder of the file.
    var folder: String?
  }

  /// Reads a file, or a pipe up to its end. What came through a descriptor has no folder of its own: paths in it are
  /// relative to the current one.
  static func source(_ path: String) throws(CommandError) -> Source {
    func refuse(_ reason: String, _ fix: String) -> CommandError {
      CommandError(.badConfiguration, "\(path): \(reason). \(fix)")
    }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      let fix =
        errno == ENOENT
        ? "Copy tenants.sample.json there and fill it in, name another file with --config, or try --demo."
        : "Check the path and its permissions."
      throw refuse(String(cString: strerror(errno)), fix)
    }
    defer { close(descriptor) }
    let kind = mode_t(truncatingIfNeeded: console_file_kind(descriptor))
    if kind == S_IFDIR {
      throw refuse(
        "is a directory", "Name the file in it, such as \(path.hasSuffix("/") ? path : path + "/")tenants.json.")
    }
    guard kind == S_IFREG || kind == S_IFIFO else {
      throw refuse("is neither a file nor a pipe", "Name a file with --config.")
    }
    if kind == S_IFIFO { Blocking.holdSignals() }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      if kind == S_IFIFO, try !wait(for: descriptor, path, &bytes) {
        throw refuse(
          "nobody wrote into the pipe for \(Int(longestAbsence)) s", "Start what writes into it, or name a file.")
      }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw refuse(String(cString: strerror(errno)), "Check the disk.") }
      if count == 0 { break }
      bytes += chunk[..<count]
      guard bytes.count <= largest else { throw refuse("is larger than 64 MiB", "Split it.") }
    }
    if kind == S_IFIFO { try Blocking.releaseSignals() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refuse("is not UTF-8 text", "Save it as UTF-8.")
    }
    let isPipe = kind == S_IFIFO
    let isDescriptor = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) }
    return Source(text: text, folder: isPipe || isDescriptor ? currentFolder : nil)
  }

  /// Seconds after which a pipe in which nothing is is told to be waited for.
  private static let untoldSilence = 2.0
  /// Seconds after which a pipe that nobody has open to write is given up.
  private static let longestAbsence = 10.0

  /// Waits until there is something in a pipe, or its writers have gone.
  ///
  /// A pipe by name may have no writer yet. One that is there may take its time: somebody may be typing a passphrase.
  /// - Parameter bytes: gets what comes while it is looked whether there is a writer.
  /// - Returns: `false` when no writer came.
  /// - Throws: `CommandError(.interrupted)` after a signal, which is held back.
  private static func wait(
    for pipe: Int32, _ path: String, _ bytes: inout [UInt8]
  ) throws(CommandError) -> Bool {
    let start = ContinuousClock.now
    var isTold = false
    var ready = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
    while poll(&ready, 1, 100) <= 0 {
      if Blocking.isStopWanted { throw CommandError(.interrupted, "") }
      let silence = start.duration(to: .now)
      if silence > .seconds(longestAbsence) {
        // Where nobody writes it is the end at once; a writer that is silent makes it a moment to try again.
        var byte: UInt8 = 0
        switch Glibc.read(pipe, &byte, 1) {
        case 0: return false
        case 1...:
          bytes.append(byte)
          return true
        default: break
        }
      }
      if silence > .seconds(untoldSilence), !isTold {
        isTold = true
        StandardStreams.say("partner-console: waiting for the configuration to come through \(path).")
      }
    }
    return true
  }

  static func text(of path: String) throws(CommandError) -> String { try source(path).text }

  private static var currentFolder: String? {
    guard let folder = getcwd(nil, 0) else { return nil }
    defer { free(folder) }
    return String(cString: folder)
  }

  static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return currentFolder.map { "\($0)/\(path)" } ?? path
  }
}
