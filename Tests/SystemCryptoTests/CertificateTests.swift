import Foundation
import NIOSSL
import SystemCrypto
import Testing

/// Certificates as another library reads them.
@Suite struct CertificateTests {
  private let from = Date(timeIntervalSince1970: 1_772_000_000)
  private let until = Date(timeIntervalSince1970: 4_000_000_000)

  private func content(_ name: String, _ extensions: [(name: String, value: String)] = []) -> CertificateContent {
    CertificateContent(
      subject: [("O", "a lab"), ("CN", name)], validFrom: from, validUntil: until, extensions: extensions)
  }

  @Test("What a certificate was to say is what is read from it, in both of its forms")
  func content() throws {
    let key = try PrivateKey.p256()
    let names = "DNS:localhost,IP:127.0.0.1,IP:::1"
    let made = try Certificate.issue(content("Zoë", [("subjectAltName", names)]), for: key)
    let read = try NIOSSLCertificate(bytes: made.der, format: .der)
    #expect(try NIOSSLCertificate.fromPEMBytes(Array(made.pem.utf8)) == [read])
    #expect(read.notValidBefore == 1_772_000_000)
    #expect(read.notValidAfter == 4_000_000_000)
    #expect("\(read)".contains("common_name=Zoë;alternative_names=localhost,127.0.0.1,::1"), "\(read)")
    let publicKey = try read.extractPublicKey().toSPKIBytes()
    let other = try Certificate.issue(content("Zoë"), for: key)
    #expect(try NIOSSLCertificate(bytes: other.der, format: .der).extractPublicKey().toSPKIBytes() == publicKey)
    #expect(other.der != made.der)
  }

  @Test("Two certificates of the same content have different numbers")
  func serialNumbers() throws {
    let key = try PrivateKey.p256()
    let numbers = try (0..<8).map { _ in
      try NIOSSLCertificate(bytes: Certificate.issue(content("a"), for: key).der, format: .der).serialNumber
    }
    #expect(Set(numbers).count == 8)
    #expect(numbers.allSatisfy { $0.count == 16 && $0[0] < 128 })
  }

  @Test("A private key is read by others")
  func privateKey() throws {
    for key in [try PrivateKey.rsa(bits: 2048), try PrivateKey.p256()] {
      #expect(throws: Never.self) { try NIOSSLPrivateKey(bytes: key.der(), format: .der) }
    }
  }

  @Test(
    "An attribute or an extension that is not known is told, and makes no certificate",
    arguments: [
      CertificateContent(
        subject: [("NO", "a")], validFrom: Date(timeIntervalSince1970: 0), validUntil: Date(timeIntervalSince1970: 9)),
      CertificateContent(
        subject: [("CN", "a")], validFrom: Date(timeIntervalSince1970: 0), validUntil: Date(timeIntervalSince1970: 9),
        extensions: [("noSuchThing", "x")]),
      CertificateContent(
        subject: [("CN", "a")], validFrom: Date(timeIntervalSince1970: 0), validUntil: Date(timeIntervalSince1970: 9),
        extensions: [("subjectAltName", "IP:somewhere")]),
    ])
  func refused(content: CertificateContent) throws {
    let key = try PrivateKey.p256()
    do {
      _ = try Certificate.issue(content, for: key)
      Issue.record("it was made")
    } catch {
      #expect("\(error)".hasPrefix("OpenSSL could not make a certificate: error:"), "\(error)")
    }
  }
}
