import FoundationEssentials
import PartnerModel
import Synchronization

/// Reads tokens that somebody else signs for us, and knows which of them are spent.
///
/// A file is read anew each time: another program replaces it every few minutes, and a mounted one is a link to
/// another file then. A text that the service called outdated is never sent again, whoever asks.
///
/// Source: Entra ID, workload identity federation; AADSTS700024.
final class FederatedTokens: Sendable {
  private let now: @Sendable () -> Date
  /// SHA-256 of texts that were refused, and when.
  private let spent = Mutex<[[UInt8]: Date]>([:])
  /// One is refused every few minutes at most; the oldest are no longer in any file.
  private static let mostSpent = 256

  /// Where a mount decides about owner and mode.
  private static let otherWays =
    "; where a cluster mounts it, give the pod's securityContext an fsGroup or the user that runs this program"

  init(now: @escaping @Sendable () -> Date) { self.now = now }

  /// - Throws: `.credentialUnreadable` naming the file, the reason and who mends it, never the content.
  func read(_ path: String) throws(PartnerError) -> Secret {
    let file = try SecretFile.read(path, remedy: Self.otherWays).bytes
    let text = try file.withBytes { bytes throws(PartnerError) in
      try SecretText.secret(in: bytes, from: "the file \(path)", into: nil)
    }
    let token = try Self.token(in: text, from: "the file \(path)")
    if let since = refusal(of: token) {
      throw unreadable(
        """
        the token in \(path) is outdated: Entra ID refused it at \(Timestamp(since)), and the file still holds the same \
        one. See to it that whoever writes the file renews it (in a cluster the kubelet, elsewhere the agent or job that \
        fetches the token)
        """)
    }
    return token
  }

  /// When a token was refused as outdated; `nil` when it was not.
  func refusal(of token: Secret) -> Date? {
    guard !spent.withLock({ $0.isEmpty }), let fingerprint = token.fingerprint else { return nil }
    return spent.withLock { $0[fingerprint] }
  }

  /// Notes that a token is outdated.
  func noteRefused(_ token: Secret) {
    guard let fingerprint = token.fingerprint else { return }
    let now = now()
    spent.withLock { spent in
      if spent.count >= Self.mostSpent, let oldest = spent.min(by: { $0.value < $1.value })?.key {
        spent[oldest] = nil
      }
      spent[fingerprint] = spent[fingerprint] ?? now
    }
  }

  /// The token in a text: no blank belongs to it.
  /// - Throws: `.credentialUnreadable` for what has not the shape of a JWT (RFC 7519, section 3).
  static func token(in secret: Secret, from place: String) throws(PartnerError) -> Secret {
    let token = secret.reveal { text -> Secret? in
      let token = text.drop { $0.isWhitespace }
      let parts = token.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isBase64URL) }),
        isObject(parts[0]), isObject(parts[1])
      else { return nil }
      return Secret(String(token))
    }
    guard let token else { throw unreadable("\(place) holds no signed token (a JWT, which begins with eyJ)") }
    return token
  }

  private static func isBase64URL(_ byte: UInt8) -> Bool {
    (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 45 || byte == 95
  }

  private static func isObject(_ part: Substring) -> Bool {
    var base = String(part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    base += String(repeating: "=", count: (4 - base.utf8.count % 4) % 4)
    guard let bytes = Data(base64Encoded: base), let node = try? JSONReader.read(utf8: Array(bytes)) else {
      return false
    }
    return node.members != nil
  }
}
