import COpenSSL
package import FoundationEssentials
import Synchronization

/// A pair of keys for signatures.
///
/// Unchecked, because a pointer is not `Sendable`: the key is complete when `init` has it and is never changed
/// afterwards, which is what OpenSSL asks of keys that several threads use. A signer is taken out of the list, under its
/// lock, by the one thread that uses it.
package final class PrivateKey: @unchecked Sendable {
  let pointer: OpaquePointer
  /// Those that nobody uses at this moment, so that none is set up anew for each signature.
  private let signers = Mutex<[Signer]>([])

  private init(taking pointer: OpaquePointer?, _ task: String) throws(CryptoFailure) {
    guard let pointer else { throw .last(task) }
    self.pointer = pointer
  }

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { copenssl_release_key(pointer) }

  /// As OpenSSL names it: `RSA`, `EC`.
  var kind: String { String(cString: copenssl_key_kind(pointer)) }
  var bits: Int { copenssl_key_bits(pointer) }

  /// A new RSA key; of 2048 bits it takes about a tenth of a second.
  ///
  /// - Throws: `.libraryMissing`; `.refused` for a size that is not allowed.
  package static func rsa(bits: Int) throws(CryptoFailure) -> PrivateKey {
    try PrivateKey(taking: copenssl_make_rsa(bits), "make an RSA key")
  }

  /// A new key on the curve P-256.
  ///
  /// - Throws: `.libraryMissing`.
  package static func p256() throws(CryptoFailure) -> PrivateKey {
    try PrivateKey(taking: copenssl_make_p256(), "make a key on P-256")
  }

  /// What is public of an RSA key, each the highest byte first and not zero (RFC 8017, section 3.1).
  ///
  /// - Throws: `.refused` for a key of another kind.
  package func rsaNumbers() throws(CryptoFailure) -> (modulus: [UInt8], exponent: [UInt8]) {
    let task = "read the numbers of an RSA key"
    return (
      try [UInt8](taking: copenssl_rsa_number(pointer, "n"), task),
      try [UInt8](taking: copenssl_rsa_number(pointer, "e"), task)
    )
  }

  /// Signs the SHA-256 of `message`: with PKCS#1 version 1.5 by an RSA key (RS256), with ECDSA in DER by one on P-256.
  ///
  /// - Throws: `.refused` when there is no memory.
  package func signature(of message: some ContiguousBytes) throws(CryptoFailure) -> [UInt8] {
    let signature = message.withUnsafeBytes { copenssl_sign(pointer, $0.baseAddress, $0.count) }
    return try [UInt8](taking: signature, "sign")
  }

  /// Signs with RSASSA-PSS, SHA-256 and a salt of 32 bytes.
  ///
  /// - Throws: `.refused` for a key that is not RSA, and when there is no memory.
  package func pssSignature(of message: some ContiguousBytes) throws(CryptoFailure) -> [UInt8] {
    guard let signer = signers.withLock({ $0.popLast() }) ?? Signer(of: pointer) else { throw .last("sign") }
    let signature = message.withUnsafeBytes { copenssl_sign_pss(signer.pointer, $0.baseAddress, $0.count) }
    // After a failure it is not known what state it is in.
    if signature.bytes != nil { signers.withLock { $0.append(signer) } }
    return try [UInt8](taking: signature, "sign")
  }

  /// Whether `signature` is one that ``signature(of:)`` of this key can have made of `message`.
  package func isSignature(_ signature: some ContiguousBytes, of message: some ContiguousBytes) -> Bool {
    message.withUnsafeBytes { message in
      signature.withUnsafeBytes { signature in
        copenssl_is_signed(pointer, message.baseAddress, message.count, signature.baseAddress, signature.count) == 1
      }
    }
  }
}

/// A key that is set up for signatures with PSS.
///
/// Unchecked, because a pointer is not `Sendable`: one thread at a time has it, the one that took it out of the list.
private final class Signer: @unchecked Sendable {
  let pointer: OpaquePointer

  init?(of key: OpaquePointer) {
    guard let pointer = copenssl_begin_pss(key) else { return nil }
    self.pointer = pointer
  }

  deinit { copenssl_release_signer(pointer) }
}
