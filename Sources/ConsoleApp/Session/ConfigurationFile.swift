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
    let text = try text(of: path)
    do {
      return try ConfigurationReader.read(text, file: path)
    } catch {
      throw CommandError(.badConfiguration, error.description)
    }
  }

  static func text(of path: String) throws(CommandError) -> String {
    func refuse(_ reason: String, _ fix: String) -> CommandError {
      CommandError(.badConfiguration, "\(path): \(reason). \(fix)")
    }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let fix =
        errno == ENOENT
        ? "Copy tenants.sample.json there and fill it in, name another file with --config, or try --demo."
        : "Check the path and its permissions."
      throw refuse(String(cString: strerror(errno)), fix)
    }
    defer { close(descriptor) }
    // A pipe or a terminal has no size; a folder says so when it is read.
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw refuse("is not a regular file", "Name a file with --config.")
    }
    guard size <= largest else { throw refuse("is larger than 64 MiB", "Split it.") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw refuse(String(cString: strerror(errno)), "Check the disk.") }
      if count == 0 { break }
      bytes += chunk[..<count]
      guard bytes.count <= largest else { throw refuse("is larger than 64 MiB", "Split it.") }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refuse("is not UTF-8 text", "Save it as UTF-8.")
    }
    return text
  }

  static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }
}
