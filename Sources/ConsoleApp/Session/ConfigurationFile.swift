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
    /// It cannot be read a second time.
    var isPipe: Bool
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
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      if kind == S_IFIFO {
        // Its writer may take its time, and a pipe by name may have no writer yet.
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, -1) < 0, errno == EINTR {}
      }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw refuse(String(cString: strerror(errno)), "Check the disk.") }
      if count == 0 { break }
      bytes += chunk[..<count]
      guard bytes.count <= largest else { throw refuse("is larger than 64 MiB", "Split it.") }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refuse("is not UTF-8 text", "Save it as UTF-8.")
    }
    let isPipe = kind == S_IFIFO
    let isDescriptor = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) }
    return Source(text: text, folder: isPipe || isDescriptor ? currentFolder : nil, isPipe: isPipe)
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
