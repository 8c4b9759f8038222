import FoundationEssentials
import Glibc
package import PartnerModel

/// Reads a client secret from where the configuration says it is.
package struct SecretReader: Sendable {
  static let longest = 65_536

  var environment: @Sendable (String) -> String?

  /// Reads this process's variables, files and commands.
  package static let live = SecretReader(environment: PartnerDependencies.live.environment)

  /// - Throws: `.credentialUnreadable` naming the place and the reason, never the content.
  package func read(_ source: SecretSource) async throws(PartnerError) -> Secret {
    let bytes: [UInt8]
    switch source {
    case .environment(let name):
      guard let text = environment(name), !text.isEmpty else {
        throw unreadable("the environment variable \(name) is not set")
      }
      bytes = Array(text.utf8)
    case .file(let path): bytes = try file(path)
    case .command(let command): bytes = try await SecretCommand(command: command).output()
    }
    return try SecretText.secret(in: bytes, from: place(of: source))
  }

  private func place(of source: SecretSource) -> String {
    switch source {
    case .environment(let name): "the environment variable \(name)"
    case .file(let path): "the file \(path)"
    case .command(let command): "the answer of \(command.first ?? "the command")"
    }
  }

  private func file(_ path: String) throws(PartnerError) -> [UInt8] {
    // Mounted secrets are symbolic links, and rotate by another target: a link is followed, and what was opened checked.
    var descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    let isLink = descriptor < 0 && errno == ELOOP
    if isLink { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw unreadable("\(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw unreadable("\(path) is not a regular file")
    }
    if let reason = Self.exposure(
      owner: status.st_uid, mode: status.st_mode & 0o777, behindLink: isLink, to: geteuid())
    {
      throw unreadable("\(path) \(reason)\(Self.otherWays)")
    }
    guard status.st_size <= Self.longest else { throw unreadable("\(path) is over 64 KiB") }
    var bytes = [UInt8](repeating: 0, count: 4096)
    var count = 0
    while count <= Self.longest {
      if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: count)) }
      let read = bytes.withUnsafeMutableBytes { room in
        Glibc.read(descriptor, room.baseAddress.map { $0 + count }, room.count - count)
      }
      guard read >= 0 else { throw unreadable("\(path) cannot be read") }
      if read == 0 { return Array(bytes.prefix(count)) }
      count += read
    }
    throw unreadable("\(path) cannot be read")
  }

  /// Where a mount decides about owner and mode.
  private static let otherWays =
    "; where a mount sets its mode, write { \"command\": [\"cat\", \"PATH\"] } or { \"env\": \"NAME\" } instead"

  /// Who else could read or change the file; `nil` when nobody could (invariant 16).
  ///
  /// A group may read what belongs to root, when it is not our own to mend: that is how secrets are mounted.
  static func exposure(owner: UInt32, mode: UInt32, behindLink: Bool, to user: UInt32) -> String? {
    let shown = "(mode \(String(mode, radix: 8)))"
    guard owner == user || owner == 0 else { return "belongs to another user" }
    if mode & 0o022 != 0 { return "can be changed by others \(shown): chmod 600" }
    let mayGroupRead = owner == 0 && (behindLink || user != 0)
    if mode & (mayGroupRead ? 0o007 : 0o077) != 0 { return "can be read by others \(shown): chmod 600" }
    return nil
  }
}

func unreadable(_ reason: String) -> PartnerError { PartnerError(.credentialUnreadable(reason), tenant: nil) }
