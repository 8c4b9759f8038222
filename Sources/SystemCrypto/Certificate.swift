import COpenSSL
package import FoundationEssentials

/// An X.509 certificate, version 3 (RFC 5280).
package struct Certificate: Hashable, Sendable {
  package let der: [UInt8]

  /// One block of PEM (RFC 7468).
  package var pem: String {
    let text = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
  }
}

/// What a new certificate says of its key.
package struct CertificateContent: Sendable {
  /// Attributes of the subject's name in their order: `("CN", "localhost")`.
  package var subject: [(attribute: String, value: String)]
  package var validFrom: Date
  package var validUntil: Date
  /// Names and values as OpenSSL's `x509v3_config` has them: `("basicConstraints", "critical,CA:FALSE")`.
  package var extensions: [(name: String, value: String)]

  package init(
    subject: [(attribute: String, value: String)], validFrom: Date, validUntil: Date,
    extensions: [(name: String, value: String)] = []
  ) {
    self.subject = subject
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.extensions = extensions
  }
}

extension Certificate {
  /// Certifies that `key` is `content`'s, with a random serial number, signed with SHA-256.
  ///
  /// - Parameter issuer: who vouches; nil for a certificate that is signed with its own key.
  /// - Throws: `.refused` for an attribute or an extension that OpenSSL does not know.
  package static func issue(
    _ content: CertificateContent, for key: PrivateKey, by issuer: (certificate: Certificate, key: PrivateKey)? = nil
  ) throws(CryptoFailure) -> Certificate {
    let task = "make a certificate"
    let (from, until) = (content.validFrom.timeIntervalSince1970, content.validUntil.timeIntervalSince1970)
    guard let certificate = copenssl_begin_certificate(key.pointer, Int64(from), Int64(until)) else {
      throw .last(task)
    }
    defer { copenssl_release_certificate(certificate) }
    for (attribute, value) in content.subject {
      guard copenssl_name(certificate, attribute, value) == 1 else { throw .last(task) }
    }
    let (vouching, count) = (issuer?.certificate.der, issuer?.certificate.der.count ?? 0)
    for (name, value) in content.extensions {
      guard copenssl_extend(certificate, vouching, count, name, value) == 1 else { throw .last(task) }
    }
    let signer = (issuer?.key ?? key).pointer
    return Certificate(der: try [UInt8](taking: copenssl_issue(certificate, vouching, count, signer), task))
  }
}
