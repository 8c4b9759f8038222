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
  package func read(_ source: CredentialSource) async throws(PartnerError) -> Secret {
    let bytes: [UInt8]
    switch source {
    case .secretInEnvironment(let name):
      guard let text = environment(name), !text.isEmpty else {
        throw unreadable("the environment variable \(name) is not set")
      }
      bytes = Array(text.utf8)
    case .secretInFile(let path): bytes = try file(path)
    case .secretFromCommand(let command): bytes = try await SecretCommand(command: command).output()
    }
    var end = bytes.count
    if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    guard end > 0 else { throw unreadable("\(place(of: source)) is empty") }
    guard let text = String(validating: bytes[..<end], as: UTF8.self),
      !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { throw unreadable("\(place(of: source)) holds more than one line of text") }
    return Secret(text)
  }

  private func place(of source: CredentialSource) -> String {
    switch source {
    case .secretInEnvironment(let name): "the environment variable \(name)"
    case .secretInFile(let path): "the file \(path)"
    case .secretFromCommand(let command): "the answer of \(command.first ?? "the command")"
    }
  }

  private func file(_ path: String) throws(PartnerError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw unreadable(errno == ELOOP ? "\(path) is a symbolic link" : "\(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw unreadable("\(path) is not a regular file")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else { throw unreadable("\(path) belongs to another user") }
    guard status.st_mode & 0o077 == 0 else {
      throw unreadable("\(path) can be read by others (mode \(String(status.st_mode & 0o777, radix: 8))): chmod 600")
    }
    guard status.st_size <= Self.longest else { throw unreadable("\(path) is over 64 KiB") }
    var bytes = [UInt8](repeating: 0, count: Self.longest + 1)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0, count <= Self.longest else { throw unreadable("\(path) cannot be read") }
    return Array(bytes.prefix(count))
  }
}

func unreadable(_ reason: String) -> PartnerError { PartnerError(.credentialUnreadable(reason), tenant: nil) }
