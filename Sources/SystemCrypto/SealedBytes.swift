import COpenSSL

/// Bytes that only who has the key can read, or change without being found out: AES-256-GCM (NIST SP 800-38D).
package struct SealedBytes: Hashable, Sendable {
  package static let keyCount = Int(COPENSSL_KEY_COUNT)
  package static let nonceCount = Int(COPENSSL_NONCE_COUNT)
  package static let tagCount = Int(COPENSSL_TAG_COUNT)

  /// As many as there were plain bytes.
  package var bytes: [UInt8]
  package var tag: [UInt8]

  package init(bytes: [UInt8], tag: [UInt8]) { (self.bytes, self.tag) = (bytes, tag) }

  /// - Parameters:
  ///   - key: 32 bytes.
  ///   - nonce: 12 bytes that were never used with this key.
  ///   - named: what is not encrypted, and cannot be exchanged all the same.
  /// - Throws: `.libraryMissing`; `.refused` for other lengths.
  package init(
    sealing plain: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, nonce: [UInt8], naming named: [UInt8]
  ) throws(CryptoFailure) {
    let task = "encrypt"
    guard key.count == Self.keyCount, nonce.count == Self.nonceCount,
      let key = key.assumingMemoryBound(to: UInt8.self).baseAddress
    else { throw .refused(task, reason: "the key or the nonce has another length") }
    bytes = [UInt8](repeating: 0, count: plain.count)
    tag = [UInt8](repeating: 0, count: Self.tagCount)
    let isSealed = copenssl_seal_gcm(
      key, nonce, named, named.count, plain.baseAddress, plain.count, &bytes, &tag)
    guard isSealed == 1 else { throw .last(task) }
  }

  /// Writes the plain bytes to `plain`, which has room for as many as there are sealed.
  ///
  /// - Returns: `false`, and only zeros in `plain`, when the key is another one or anything was changed.
  /// - Throws: `.libraryMissing`; `.refused` for other lengths.
  package func open(
    key: UnsafeRawBufferPointer, nonce: [UInt8], naming named: [UInt8], into plain: UnsafeMutableRawBufferPointer
  ) throws(CryptoFailure) -> Bool {
    let task = "decrypt"
    guard key.count == Self.keyCount, nonce.count == Self.nonceCount, tag.count == Self.tagCount,
      plain.count == bytes.count, let key = key.assumingMemoryBound(to: UInt8.self).baseAddress
    else { throw .refused(task, reason: "the key, the nonce or the tag has another length") }
    switch copenssl_open_gcm(key, nonce, named, named.count, bytes, bytes.count, tag, plain.baseAddress) {
    case 1: return true
    case 0: return false
    default: throw .last(task)
    }
  }
}
