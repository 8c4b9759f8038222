import FoundationEssentials
import SystemCrypto

/// A root of our own and a leaf for this machine, made at every start and kept nowhere.
struct TlsIdentity: Sendable {
  /// The root's certificate, for clients to trust.
  let rootPEM: String
  let server: TlsServer

  /// - Parameter vaults: key vaults by their names, each served as a host below `localhost`.
  init(now: Date, vaults: [String] = []) throws {
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
    // Each by its own name too: no client takes a star for all of a domain that has one part.
    let names =
      ((["localhost", "*.localhost"] + vaults.map { "\($0).localhost" }).map { "DNS:\($0)" } + [
        "IP:127.0.0.1", "IP:::1",
      ])
      .joined(separator: ",")
    let leafKey = try PrivateKey.p256()
    let leaf = try Certificate.issue(
      CertificateContent(
        subject: [("CN", "localhost")], validFrom: from, validUntil: until,
        extensions: [
          ("basicConstraints", "critical,CA:FALSE"), ("keyUsage", "critical,digitalSignature"),
          ("extendedKeyUsage", "serverAuth"), ("subjectAltName", names),
          ("authorityKeyIdentifier", "keyid:always"),
        ]), for: leafKey, by: (root, rootKey))
    rootPEM = root.pem
    server = try TlsServer(certificate: leaf, key: leafKey)
  }
}
