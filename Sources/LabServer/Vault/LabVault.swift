package import FoundationEssentials
import Synchronization
import SystemCrypto

/// A key vault of the partner, in its own directory; served where the request's host is `NAME.localhost`.
package struct LabVault: Hashable, Sendable {
  /// Whom the vault's owner may let read secrets.
  package enum Reader: Hashable, Sendable { case app, managedIdentity }

  package var name: String
  /// Of several with one name the last is the current version.
  package var secrets: [LabVaultSecret]
  package var readers: Set<Reader>

  package init(_ name: String, secrets: [LabVaultSecret] = [], readers: Set<Reader> = [.app, .managedIdentity]) {
    self.name = name
    self.secrets = secrets
    self.readers = readers
  }
}

/// One version of a secret.
package struct LabVaultSecret: Hashable, Sendable {
  package var name: String
  package var value: String
  package var contentType: String?
  package var isEnabled = true
  /// Both are told and change nothing: a vault gives an ended secret out.
  package var begins: Date?
  package var ends: Date?

  package init(_ name: String, value: String, contentType: String? = nil) {
    self.name = name
    self.value = value
    self.contentType = contentType
  }
}

extension LabVaultSecret {
  /// How a certificate's secret holds certificate and key.
  package enum CertificateForm: String, CaseIterable, Hashable, Sendable {
    /// Base64 of PKCS #12 with an empty password.
    case pkcs12 = "application/x-pkcs12"
    case pem = "application/x-pem-file"
  }

  /// A certificate that is made with its key, as the secret of the same name that a vault keeps for it.
  ///
  /// - Returns: the secret, and what of it is public, as PEM.
  /// - Throws: `CryptoFailure` where there is no OpenSSL.
  package static func certificate(
    _ name: String, as form: CertificateForm = .pkcs12, from: Date, until: Date
  ) throws -> (secret: LabVaultSecret, certificate: String) {
    let key = try PrivateKey.rsa(bits: 2048)
    let certificate = try Certificate.issue(
      CertificateContent(subject: [("CN", name)], validFrom: from, validUntil: until), for: key)
    let value =
      switch form {
      case .pkcs12: Data(try key.bundle(with: certificate)).base64EncodedString()
      case .pem: try key.pem() + certificate.pem
      }
    var secret = LabVaultSecret(name, value: value, contentType: form.rawValue)
    (secret.begins, secret.ends) = (from, until)
    return (secret, certificate.pem)
  }
}

extension LabServer {
  /// A new version of a secret in a vault; an unknown vault is ignored.
  package func put(_ secret: LabVaultSecret, intoVault name: String) {
    world.shared.withLock { $0.vaults[name.lowercased()]?.secrets.append(secret) }
  }

  /// Who may read in a vault from now on; an unknown vault is ignored.
  package func allow(_ readers: Set<LabVault.Reader>, inVault name: String) {
    world.shared.withLock { $0.vaults[name.lowercased()]?.readers = readers }
  }
}
