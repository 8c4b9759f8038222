import COpenSSL
package import FoundationEssentials

/// Cryptographic hashes (FIPS 180-4).
package enum Digest {
  /// 32 bytes.
  ///
  /// - Throws: `.libraryMissing`; `.refused` when there is no memory.
  package static func sha256(_ bytes: some ContiguousBytes) throws(CryptoFailure) -> [UInt8] {
    try made(32, of: bytes, copenssl_sha256)
  }

  /// 20 bytes; for names such as the thumbprint `x5t`, which RFC 7517 defines with it, and never for proof.
  ///
  /// - Throws: as ``sha256(_:)``.
  package static func sha1(_ bytes: some ContiguousBytes) throws(CryptoFailure) -> [UInt8] {
    try made(20, of: bytes, copenssl_sha1)
  }

  private static func made(
    _ count: Int, of bytes: some ContiguousBytes,
    _ digest: (UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>) -> Int32
  ) throws(CryptoFailure) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    let isMade = bytes.withUnsafeBytes { digest($0.baseAddress, $0.count, &result) }
    guard isMade == 1 else { throw .last("make a digest") }
    return result
  }
}
