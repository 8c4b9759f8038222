import Crypto
import FoundationEssentials
import NIOSSL
import SwiftASN1
import X509

/// A root of our own and a leaf for this machine, made at every start and kept nowhere.
struct TlsIdentity: Sendable {
  /// The root's certificate, for clients to trust.
  let rootPEM: String
  let context: NIOSSLContext

  init(now: Date) throws {
    // A day on both sides covers clocks that differ.
    let validity = (from: now - 86_400, until: now + 30 * 86_400)
    let rootKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
    let rootName = try DistinguishedName {
      OrganizationName("partner-console lab")
      CommonName("partner-console lab root")
    }
    let root = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: rootKey.publicKey, notValidBefore: validity.from,
      notValidAfter: validity.until, issuer: rootName, subject: rootName, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: rootKey.publicKey)
      }, issuerPrivateKey: rootKey)
    let leafKey = P256.Signing.PrivateKey()
    let leafPublic = Certificate.PrivateKey(leafKey).publicKey
    let leaf = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: leafPublic, notValidBefore: validity.from,
      notValidAfter: validity.until, issuer: rootName,
      subject: DistinguishedName { CommonName("localhost") }, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames([
          .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
          .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ])
        AuthorityKeyIdentifier(
          keyIdentifier: SubjectKeyIdentifier(hash: rootKey.publicKey).keyIdentifier)
      }, issuerPrivateKey: rootKey)
    rootPEM = try root.serializeAsPEM().pemString
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: [
        .certificate(try NIOSSLCertificate(bytes: Array(try leaf.serializeAsPEM().pemString.utf8), format: .pem))
      ],
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(leafKey.pemRepresentation.utf8), format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    context = try NIOSSLContext(configuration: configuration)
  }
}
