import COpenSSL
import FoundationEssentials

extension PrivateKey {
  /// The key in the clear, as one block of PEM (RFC 5958, RFC 7468).
  ///
  /// - Throws: `.refused` when there is no memory.
  package func pem() throws(CryptoFailure) -> String {
    let der = try [UInt8](taking: copenssl_private_key(pointer), "write a private key")
    let text = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return "-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n"
  }

  /// Key and certificate as PKCS #12 with an empty password (RFC 7292), as Azure Key Vault hands them out.
  ///
  /// - Throws: `.refused` for a certificate of another key.
  package func bundle(with certificate: Certificate) throws(CryptoFailure) -> [UInt8] {
    try [UInt8](
      taking: copenssl_bundle(certificate.der, certificate.der.count, pointer), "bundle a key with its certificate")
  }
}
