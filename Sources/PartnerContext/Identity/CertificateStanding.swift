package import FoundationEssentials
package import PartnerModel
import SystemCrypto

/// What a certificate of the app says of itself, for people (rule T6).
package struct CertificateStanding: Hashable, Sendable {
  /// Where it is.
  package var file: String
  /// Whose it is, as RFC 2253 writes names; from whoever made it. `nil` when it cannot be read.
  package var subject: String?
  /// SHA-256 in capital hexadecimal digits, as the portal shows it.
  package var thumbprint: String?
  package var notBefore: Date?
  /// From here on Entra ID refuses it.
  package var notAfter: Date?
  /// Why it cannot be read: `.credentialUnreadable`.
  package var problem: PartnerError?

  init(file: String) { self.file = file }

  func with(_ facts: CertificateFacts) -> CertificateStanding {
    var standing = self
    (standing.subject, standing.thumbprint) = (facts.subject, facts.thumbprint)
    (standing.notBefore, standing.notAfter) = (facts.notBefore, facts.notAfter)
    return standing
  }

  func with(_ problem: PartnerError) -> CertificateStanding {
    var standing = self
    standing.problem = problem
    return standing
  }
}
