import COpenSSL
package import FoundationEssentials

/// A private RSA key with the certificate that belongs to it: by which an app shows who it is.
///
/// It prints as the certificate's thumbprint and never shows anything of the key, which rests in OpenSSL's secure heap.
package final class SigningIdentity: Sendable, CustomStringConvertible, CustomReflectable {
  package let certificate: Certificate
  package let facts: CertificateFacts
  private let key: PrivateKey

  /// Bits below which a key is not taken.
  package static let fewestBits = 2048

  private init(taking identity: COpenSSLIdentity) throws(SigningIdentityFailure) {
    let der = identity.certificate.bytes.map {
      Array(UnsafeBufferPointer(start: $0, count: identity.certificate.count))
    }
    copenssl_release_bytes(identity.certificate)
    let key = identity.key.map { PrivateKey(owning: $0) }
    if let failure = SigningIdentityFailure(identity.end) { throw failure }
    guard let key, let der else { throw .broken }
    guard key.kind == "RSA" else { throw .notRSA(kind: key.kind) }
    guard key.bits >= Self.fewestBits else { throw .tooShort(bits: key.bits) }
    guard let facts = CertificateFacts(der: der) else { throw .broken }
    certificate = Certificate(der: der)
    self.key = key
    self.facts = facts
  }

  /// Reads the key of one PEM text and its certificate in another, which may be the same and may hold others.
  ///
  /// - Parameters:
  ///   - key: PKCS#8 or PKCS#1, also encrypted.
  ///   - password: in UTF-8; nil for none. Nobody is ever asked for one.
  package static func pem(
    key: UnsafeRawBufferPointer, certificates: UnsafeRawBufferPointer, password: UnsafeRawBufferPointer?
  ) throws(SigningIdentityFailure) -> SigningIdentity {
    try checkLibrary()
    guard let key = nonEmpty(key) else { throw .noKey }
    guard let certificates = nonEmpty(certificates) else { throw .noCertificate }
    return try SigningIdentity(
      taking: withPassword(password) {
        copenssl_read_pem(key.start, key.count, certificates.start, certificates.count, $0)
      })
  }

  /// Reads both from PKCS#12; without a password from one that has none or an empty one.
  package static func pkcs12(
    _ bytes: UnsafeRawBufferPointer, password: UnsafeRawBufferPointer?
  ) throws(SigningIdentityFailure) -> SigningIdentity {
    try checkLibrary()
    guard let bytes = nonEmpty(bytes) else { throw .noKey }
    return try SigningIdentity(
      taking: withPassword(password) { copenssl_read_pkcs12(bytes.start, bytes.count, $0) })
  }

  /// Signs with RSASSA-PSS, SHA-256 and a salt of 32 bytes (PS256; RFC 7518, section 3.5).
  ///
  /// - Throws: `.refused` when there is no memory.
  package func signature(of message: some ContiguousBytes) throws(CryptoFailure) -> [UInt8] {
    try key.pssSignature(of: message)
  }

  package var description: String { "certificate \(facts.thumbprint)" }
  package var customMirror: Mirror { Mirror(self, children: ["certificate": facts.thumbprint]) }

  private static func checkLibrary() throws(SigningIdentityFailure) {
    do throws(CryptoFailure) { try CryptoFailure.checkLibrary() } catch { throw .library(error) }
  }

  private static func nonEmpty(_ bytes: UnsafeRawBufferPointer) -> (start: UnsafeRawPointer, count: Int)? {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return nil }
    return (start, bytes.count)
  }

  /// Lends the password with a zero behind it, which some functions of the library want, and wipes that.
  private static func withPassword(
    _ password: UnsafeRawBufferPointer?, _ read: (UnsafePointer<COpenSSLPassword>?) -> COpenSSLIdentity
  ) -> COpenSSLIdentity {
    guard let password else { return read(nil) }
    return withUnsafeTemporaryAllocation(byteCount: password.count + 1, alignment: 1) { memory in
      // There is always the byte for the zero.
      guard let start = memory.baseAddress else { return read(nil) }
      defer { copenssl_wipe(start, memory.count) }
      memory.copyMemory(from: password)
      memory[password.count] = 0
      var lent = COpenSSLPassword(bytes: UnsafeRawPointer(start), count: password.count)
      return read(&lent)
    }
  }
}

/// What a certificate says of itself, for people.
package struct CertificateFacts: Hashable, Sendable {
  /// As RFC 2253 writes names: `CN=app,O=Partner`. It comes from whoever made the certificate.
  package var subject: String
  /// SHA-256 of its DER form; what `x5t#S256` is made of.
  package var sha256: [UInt8]
  /// SHA-1 of the same.
  package var sha1: [UInt8]
  package var notBefore: Date
  package var notAfter: Date

  /// The SHA-1 in capital hexadecimal digits, by which the app registration's page lists its certificates.
  package var thumbprint: String {
    let digits = Array("0123456789ABCDEF".utf8)
    return String(decoding: sha1.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// `nil` for what is no certificate, or has no readable times.
  init?(der: [UInt8]) {
    var (from, until) = (Int64(0), Int64(0))
    var name = COpenSSLBytes()
    guard copenssl_read_facts(der, der.count, &from, &until, &name) == 1, let sha256 = try? Digest.sha256(der),
      let sha1 = try? Digest.sha1(der)
    else {
      return nil
    }
    defer { copenssl_release_bytes(name) }
    subject =
      name.bytes.map { String(decoding: UnsafeBufferPointer(start: $0, count: name.count), as: UTF8.self) } ?? ""
    (self.sha256, self.sha1) = (sha256, sha1)
    notBefore = Date(timeIntervalSince1970: Double(from))
    notAfter = Date(timeIntervalSince1970: Double(until))
  }
}

/// Why a key and its certificate cannot be used.
package enum SigningIdentityFailure: Error, Hashable, Sendable {
  case library(CryptoFailure)
  /// There is no private key, or no PKCS#12 at all.
  case noKey
  /// There is one that cannot be understood.
  case broken
  case passwordMissing
  case passwordWrong
  /// Encrypted in a way (RC2-40) that needs OpenSSL's legacy provider, which is not installed.
  case legacyProviderMissing
  case noCertificate
  /// There are certificates, and none is this key's.
  case certificateOfOtherKey
  case notRSA(kind: String)
  case tooShort(bits: Int)

  /// nil where both were read.
  init?(_ end: COpenSSLIdentityEnd) {
    switch end {
    case COPENSSL_IDENTITY_READ: return nil
    case COPENSSL_IDENTITY_NO_KEY: self = .noKey
    case COPENSSL_IDENTITY_LOCKED: self = .passwordMissing
    case COPENSSL_IDENTITY_WRONG_PASSWORD: self = .passwordWrong
    case COPENSSL_IDENTITY_OLD_WAY: self = .legacyProviderMissing
    case COPENSSL_IDENTITY_NO_CERTIFICATE: self = .noCertificate
    case COPENSSL_IDENTITY_FOREIGN: self = .certificateOfOtherKey
    default: self = .broken
    }
  }
}

/// The memory in which OpenSSL keeps what is secret of keys.
package enum KeyMemory {
  /// Whether it is locked, so that it cannot be swapped out; asked for before the first key is read. true where there is
  /// no OpenSSL, and so no key.
  package static func protect() -> Bool { !CryptoFailure.isLibraryOpen || copenssl_protect_keys() == 1 }
}
