import FoundationEssentials
import SystemCrypto

/// A root of our own and a leaf for this machine, made at every start and kept nowhere.
struct TlsIdentity: Sendable {
  /// The root's certificate, for clients to trust.
  let rootPEM: String
  let server: TlsServer

  init(now: Date) throws {
    // A day on both sides covers clocks that differ.
    let (from, until) = (now - 86_400, now + 30 * 86_400)
    let rootKey = try PrivateKey.p256()
    let root = try Certificate.issue(
      CertificateContent(
        subject: [("O", "partner-console lab"), ("CN", "partner-console lab root")],
        validFrom: from, validUntil: until,
        extensions: [
          ("basicConstraints", "critical,CA:TRUE,pathlen:0"), ("keyUsage", "critical,keyCertSign,cRLSign"),
          ("subjectKeyIdentifier", "hash"),
        ]), for: rootKey)
    let leafKey = try PrivateKey.p256()
    let leaf = try Certificate.issue(
      CertificateContent(
        subject: [("CN", "localhost")], validFrom: from, validUntil: until,
        extensions: [
          ("basicConstraints", "critical,CA:FALSE"), ("keyUsage", "critical,digitalSignature"),
          ("extendedKeyUsage", "serverAuth"), ("subjectAltName", "DNS:localhost,IP:127.0.0.1,IP:::1"),
          ("authorityKeyIdentifier", "keyid:always"),
        ]), for: leafKey, by: (root, rootKey))
    rootPEM = root.pem
    server = try TlsServer(certificate: leaf, key: leafKey)
  }
}
