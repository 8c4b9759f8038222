import PartnerModel
import SystemCrypto

/// A sign-in as its file has it: what is needed to derive the key, what is needed to know the key, and the sealed text.
///
/// The layout of version 1: 8 bytes that say what it is, the version, three bytes of scrypt's numbers, 16 of salt, 16 by
/// which the right passphrase is known, 12 of nonce; the sealed text and its tag of 16; the SHA-256 of all that. The hash
/// tells damage from a wrong passphrase; against who means harm stands the tag, which covers all that is in front of it.
struct SealedSignIn: Equatable {
  static let mark = Array("PCSIGNIN".utf8)
  static let version: UInt8 = 1
  static let saltCount = 16
  static let checkCount = 16
  private static let digestCount = 32
  private static let headCount = mark.count + 4 + saltCount + checkCount + SealedBytes.nonceCount
  static let longest = headCount + SignInName.longest + SealedBytes.tagCount + digestCount

  /// The numbers that a file may have: 32 to 128 MiB and a tenth of a second to half a one. Others are no file of ours,
  /// and would have us work for ever or take all memory.
  static let costs = 15...17

  var derivation: PasswordKey
  var salt: [UInt8]
  /// The second half of what was derived: it says that a passphrase is right, and nothing about the key.
  var check: [UInt8]
  var nonce: [UInt8]
  var sealed: SealedBytes

  /// - Throws: `.damaged`; `.newerVersion`.
  init(reading bytes: [UInt8], at path: String) throws(SignInStoreError) {
    func damaged(_ reason: String) -> SignInStoreError { .damaged(place: path, reason: reason) }
    guard bytes.starts(with: Self.mark) else { throw damaged("it does not begin as a sign-in does") }
    guard bytes.count > Self.mark.count else { throw damaged("it is too short") }
    guard bytes[Self.mark.count] <= Self.version else { throw .newerVersion(path: path) }
    guard bytes.count >= Self.headCount + SealedBytes.tagCount + Self.digestCount, bytes.count <= Self.longest else {
      throw damaged("it has \(bytes.count) bytes")
    }
    let body = Array(bytes.dropLast(Self.digestCount))
    guard try Array(bytes.suffix(Self.digestCount)) == Self.digest(body) else { throw damaged("its hash is another") }
    var rest = body.dropFirst(Self.mark.count + 1)
    func take(_ count: Int) -> [UInt8] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    let numbers = take(3).map(Int.init)
    guard bytes[Self.mark.count] == Self.version, Self.costs.contains(numbers[0]), numbers[1] == 8, numbers[2] == 1
    else { throw damaged("its numbers are out of range") }
    derivation = PasswordKey(costLogarithm: numbers[0], blockSize: numbers[1], parallelism: numbers[2])
    salt = take(Self.saltCount)
    check = take(Self.checkCount)
    nonce = take(SealedBytes.nonceCount)
    let text = take(rest.count - SealedBytes.tagCount)
    sealed = SealedBytes(bytes: text, tag: Array(rest))
  }

  /// Seals `secret` for `name` with a nonce that was never used.
  init(
    sealing secret: Secret, of name: SignInName, with key: SignInKey
  ) throws(SignInStoreError) {
    (derivation, salt, check) = (key.derivation, key.salt, key.check)
    nonce = Self.random(SealedBytes.nonceCount)
    sealed = SealedBytes(bytes: [], tag: [])
    let named = head + Array(name.text.utf8)
    do throws(CryptoFailure) {
      sealed = try secret.withBytes { plain throws(CryptoFailure) in
        try key.secret.withBytes { key throws(CryptoFailure) in
          try SealedBytes(sealing: plain, key: key, nonce: nonce, naming: named)
        }
      }
    } catch {
      throw .failed(reason: "\(error)")
    }
  }

  /// - Throws: `.damaged` where anything was changed, or the file is another sign-in's.
  func open(of name: SignInName, with key: SignInKey, at path: String) throws(SignInStoreError) -> Secret {
    let named = head + Array(name.text.utf8)
    var outcome: Result<Bool, CryptoFailure> = .success(false)
    let secret = Secret(capacity: sealed.bytes.count, into: .process) { room in
      outcome = Result { () throws(CryptoFailure) in
        try key.secret.withBytes { key throws(CryptoFailure) in
          try sealed.open(key: key, nonce: nonce, naming: named, into: room)
        }
      }
      return room.count
    }
    switch outcome {
    case .success(true): return secret
    case .success(false): throw .damaged(place: path, reason: "it was changed, or is another sign-in's")
    case .failure(let failure): throw .failed(reason: "\(failure)")
    }
  }

  /// As the file has it.
  func bytes() throws(SignInStoreError) -> [UInt8] {
    let body = head + sealed.bytes + sealed.tag
    return try body + Self.digest(body)
  }

  private var head: [UInt8] {
    let numbers = [derivation.costLogarithm, derivation.blockSize, derivation.parallelism].map { UInt8($0) }
    return Self.mark + [Self.version] + numbers + salt + check + nonce
  }

  private static func digest(_ bytes: [UInt8]) throws(SignInStoreError) -> [UInt8] {
    do { return try Digest.sha256(bytes) } catch { throw .failed(reason: "\(error)") }
  }

  static func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max) } }
}
