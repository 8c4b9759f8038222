import FoundationEssentials
import PartnerModel
import SystemCrypto

/// A proof for one request, and what is known of the credential that it is made from.
struct CredentialShowing: Sendable {
  var proof: ClientProof
  /// When the credential ends.
  var validUntil: Date?
  /// Of the certificate, in capital hexadecimal digits.
  var thumbprint: String?

  /// Tells one content from another without holding it; `nil` where it cannot be made. What is signed anew for each
  /// request is told by its certificate.
  var fingerprint: [UInt8]? {
    if let thumbprint { return Array(thumbprint.utf8) }
    return switch proof {
    case .secret(let secret), .assertion(let secret): secret.fingerprint
    }
  }
}

extension Secret {
  /// SHA-256 of the content; `nil` when it cannot be made.
  var fingerprint: [UInt8]? { withBytes { try? Digest.sha256($0) } }
}
