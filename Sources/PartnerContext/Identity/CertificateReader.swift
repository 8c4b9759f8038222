import Glibc
import PartnerModel
import SystemCrypto

/// Reads a certificate and its key from the files that the configuration names (invariant 16).
struct CertificateReader: Sendable {
  /// What was read, and what the files were like then.
  struct Reading: Sendable {
    var identity: SigningIdentity
    var stamps: [SecretFile.Stamp?]
  }

  var secrets: SecretReader

  /// Of the files as they are now, in the order of ``files(of:)``.
  static func stamps(of source: CertificateSource) -> [SecretFile.Stamp?] {
    files(of: source).map { SecretFile.Stamp(at: $0) }
  }

  private static func files(of source: CertificateSource) -> [String] {
    switch source {
    case .pem(let certificate, let key, _): certificate == key ? [key] : [key, certificate]
    case .pkcs12(let file, _): [file]
    }
  }

  /// - Throws: `.credentialUnreadable` naming the file, the reason and what to do, never the content.
  func read(_ source: CertificateSource) async throws(PartnerError) -> Reading {
    if !KeyMemory.protect() { secrets.memory.note(LockedMemory.Failure(code: ENOMEM)) }
    switch source {
    case .pem(let certificate, let key, let password):
      let secret = try await passphrase(password, of: key)
      let keyFile = try SecretFile.read(key)
      let certificateFile = certificate == key ? keyFile : try SecretFile.read(certificate, isPublic: true)
      do throws(SigningIdentityFailure) {
        let identity = try keyFile.bytes.withBytes { key throws(SigningIdentityFailure) in
          try certificateFile.bytes.withBytes { certificates throws(SigningIdentityFailure) in
            try Self.lend(secret) { password throws(SigningIdentityFailure) in
              try SigningIdentity.pem(key: key, certificates: certificates, password: password)
            }
          }
        }
        let stamps = certificate == key ? [keyFile.stamp] : [keyFile.stamp, certificateFile.stamp]
        return Reading(identity: identity, stamps: stamps)
      } catch {
        throw unreadable(Self.reason(error, key: key, certificate: certificate, isPKCS12: false, keyFile.bytes))
      }
    case .pkcs12(let file, let password):
      let secret = try await passphrase(password, of: file)
      let read = try SecretFile.read(file)
      do throws(SigningIdentityFailure) {
        let identity = try read.bytes.withBytes { bytes throws(SigningIdentityFailure) in
          try Self.lend(secret) { password throws(SigningIdentityFailure) in
            try SigningIdentity.pkcs12(bytes, password: password)
          }
        }
        return Reading(identity: identity, stamps: [read.stamp])
      } catch {
        throw unreadable(Self.reason(error, key: file, certificate: file, isPKCS12: true, read.bytes))
      }
    }
  }

  private static func lend(
    _ secret: Secret?, _ read: (UnsafeRawBufferPointer?) throws(SigningIdentityFailure) -> SigningIdentity
  ) throws(SigningIdentityFailure) -> SigningIdentity {
    guard let secret else { return try read(nil) }
    return try secret.withBytes { bytes throws(SigningIdentityFailure) in try read(bytes) }
  }

  private func passphrase(_ source: SecretSource?, of file: String) async throws(PartnerError) -> Secret? {
    guard let source else { return nil }
    do {
      return try await secrets.read(source)
    } catch {
      guard case .credentialUnreadable(let reason) = error.cause else { throw error }
      throw unreadable("the password of \(file): \(reason)")
    }
  }

  /// What is wrong and what to do about it.
  private static func reason(
    _ failure: SigningIdentityFailure, key: String, certificate: String, isPKCS12: Bool, _ bytes: WipedBytes
  ) -> String {
    switch failure {
    case .library(let failure): return "\(key): \(failure)"
    case .noKey:
      if bytes.count == 0 { return "\(key) is empty" }
      if isPKCS12 {
        return isText(bytes)
          ? "\(key) is no PKCS#12 but text: name a PEM file as \"certificate\" and \"key\""
          : "\(key) is no PKCS#12 file"
      }
      return isText(bytes)
        ? "\(key) holds no private key in PEM: name the file that begins with -----BEGIN PRIVATE KEY----- as \"key\""
        : "\(key) is binary and no PEM: name a .p12 or .pfx file as \"pkcs12\""
    case .broken: return "\(key) holds a private key that cannot be read: it is damaged, or of a kind that is not known"
    case .passwordMissing:
      return "\(key) is encrypted: name where its \"password\" is, or write it without one, mode 600"
    case .passwordWrong: return "\(key) does not open with its password: check where \"password\" points"
    case .legacyProviderMissing:
      return """
        \(key) is encrypted in an old way (RC2 or the like) that needs OpenSSL's legacy provider, which is not installed: \
        apt-get install openssl-provider-legacy, or export it anew with AES
        """
    case .noCertificate:
      return "\(certificate) holds no certificate\(isPKCS12 ? "" : " in PEM (-----BEGIN CERTIFICATE-----)")"
    case .certificateOfOtherKey:
      return "\(certificate) holds no certificate of the key in \(key): name the two that were made together"
    case .notRSA(let kind):
      return "\(key) holds a key of kind \(kind), and Entra ID takes RSA: make one of 2048 bits or more"
    case .tooShort(let bits):
      return "\(key) holds an RSA key of \(bits) bits, which is too short: make one of 2048 bits or more"
    }
  }

  /// Whether the beginning looks like text.
  private static func isText(_ bytes: WipedBytes) -> Bool {
    bytes.withBytes { $0.prefix(64).allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) } }
  }
}
