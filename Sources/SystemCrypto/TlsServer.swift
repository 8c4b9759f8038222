import COpenSSL

/// What a server of TLS 1.2 and 1.3 shows to whoever calls: its certificate, whose key it holds.
///
/// Unchecked, because a pointer is not `Sendable`: it is complete when `init` has it and is never changed afterwards,
/// which is what OpenSSL asks of a context from which several threads begin sessions.
package final class TlsServer: @unchecked Sendable {
  let pointer: OpaquePointer

  /// - Throws: `.libraryMissing`; `.refused` where the key is not the certificate's.
  package init(certificate: Certificate, key: PrivateKey) throws(CryptoFailure) {
    try CryptoFailure.checkTlsLibrary()
    let pointer = copenssl_make_server(certificate.der, certificate.der.count, key.pointer)
    guard let pointer else { throw .last("serve TLS") }
    self.pointer = pointer
  }

  deinit { copenssl_release_server(pointer) }
}
