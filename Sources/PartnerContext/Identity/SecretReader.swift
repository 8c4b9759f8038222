package import PartnerModel

/// Reads a secret text from where the configuration says it is, into locked memory.
package struct SecretReader: Sendable {
  var environment: @Sendable (String) -> String?
  var memory = LockedMemory.process

  /// Reads this process's variables, files and commands.
  package static let live = SecretReader(environment: PartnerDependencies.live.environment)

  /// Where a mount decides about owner and mode.
  private static let otherWays =
    "; where a mount sets its mode, write { \"command\": [\"cat\", \"PATH\"] } or { \"env\": \"NAME\" } instead"

  /// - Throws: `.credentialUnreadable` naming the place and the reason, never the content.
  package func read(_ source: SecretSource) async throws(PartnerError) -> Secret {
    switch source {
    case .environment(let name):
      guard let text = environment(name), !text.isEmpty else {
        throw unreadable("the environment variable \(name) is not set")
      }
      let place = "the environment variable \(name)"
      return try Secret(text).withBytes { bytes throws(PartnerError) in
        try SecretText.secret(in: bytes, from: place, into: memory)
      }
    case .file(let path):
      let file = try SecretFile.read(path, remedy: Self.otherWays).bytes
      return try file.withBytes { bytes throws(PartnerError) in
        try SecretText.secret(in: bytes, from: "the file \(path)", into: memory)
      }
    case .command(let command):
      let printed = try await SecretCommand(command: command).output()
      return try printed.withBytes { bytes throws(PartnerError) in
        try SecretText.secret(in: bytes, from: "the answer of \(command.first ?? "the command")", into: memory)
      }
    }
  }
}
