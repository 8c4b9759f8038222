import FoundationEssentials
import LabServer

/// A file with a token by the lab's own OpenID provider, renewed before it ends, as a cluster does it.
struct FederatedTokenFile: Sendable {
  /// Seconds: short, so that whoever keeps a token in place of reading the file again is found out.
  static let lifetime = 600
  /// Seconds before its end in which a token is renewed.
  static let margin = 200

  var path: String
  var server: LabServer

  /// Writes the first token, and keeps the file fresh until the task is cancelled.
  ///
  /// - Throws: `CommandError` when the first one cannot be written.
  func keep() throws -> Task<Void, Never> {
    let first = try write()
    return Task.detached {
      var (end, isTold) = (first, false)
      // The lab's clock can be pushed on at any time, so it is looked at again and again.
      while (try? await Task.sleep(for: .seconds(1))) != nil {
        guard server.now > end - Double(Self.margin) else { continue }
        do {
          end = try write()
          isTold = false
        } catch {
          if !isTold { StandardStreams.say("\(error)") }
          isTold = true
        }
      }
    }
  }

  /// - Returns: when the token ends.
  private func write() throws -> Date {
    let end = server.now + Double(Self.lifetime)
    try PrivateFile.write(try server.federatedToken(lifetime: Self.lifetime) + "\n", to: path, replacing: true)
    return end
  }
}
