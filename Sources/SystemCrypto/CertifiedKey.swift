import COpenSSL
package import FoundationEssentials

/// The public RSA key that a certificate vouches for, to check what its owner has signed.
///
/// Unchecked, because a pointer is not `Sendable`: the key is complete when `init` has it and is never changed
/// afterwards, which is what OpenSSL asks of keys that several threads use.
package final class CertifiedKey: @unchecked Sendable {
  /// The two ways of JSON Web Algorithms to sign with RSA and SHA-256 (RFC 7518, sections 3.3 and 3.5).
  package enum Algorithm: String, Sendable { case rs256 = "RS256", ps256 = "PS256" }

  package let certificate: Certificate
  private let pointer: OpaquePointer

  /// - Throws: `.libraryMissing`; `.refused` for bytes that are no certificate, and for a key of another kind.
  package init(of certificate: Certificate) throws(CryptoFailure) {
    guard let pointer = copenssl_certified_key(certificate.der, certificate.der.count) else {
      throw .last("read the key of a certificate")
    }
    self.certificate = certificate
    self.pointer = pointer
    _ = try [UInt8](taking: copenssl_rsa_number(pointer, "n"), "read an RSA key")
  }

  deinit { copenssl_release_key(pointer) }

  /// Whether the certificate has begun and has not ended.
  package func isInTime(_ time: Date) -> Bool {
    copenssl_is_in_time(certificate.der, certificate.der.count, Int64(time.timeIntervalSince1970)) == 1
  }

  /// Whether the owner of the certificate has signed `message` so.
  package func isSignature(
    _ signature: some ContiguousBytes, of message: some ContiguousBytes, by algorithm: Algorithm
  ) -> Bool {
    message.withUnsafeBytes { message in
      signature.withUnsafeBytes { signature in
        let check =
          switch algorithm {
          case .rs256: copenssl_is_signed
          case .ps256: copenssl_is_pss_signed
          }
        return check(pointer, message.baseAddress, message.count, signature.baseAddress, signature.count) == 1
      }
    }
  }
}

extension Certificate {
  /// The first certificate in a text; nil when there is none (RFC 7468).
  package init?(pem text: String) {
    let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
    guard let start = text.firstRange(of: begin)?.upperBound,
      let stop = text[start...].firstRange(of: end)?.lowerBound,
      let der = Data(base64Encoded: String(text[start..<stop].filter { !$0.isWhitespace }))
    else { return nil }
    self.init(der: Array(der))
  }
}
