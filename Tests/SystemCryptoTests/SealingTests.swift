import SystemCrypto
import Testing

@Suite struct SealingTests {
  @Test(
    "A key from a password is the one that RFC 7914 prints",
    arguments: [
      (
        "", "", 4, 1, 1,
        """
        77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
        fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906
        """
      ),
      (
        "password", "NaCl", 10, 8, 16,
        """
        fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
        2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640
        """
      ),
      (
        "pleaseletmein", "SodiumChloride", 14, 8, 1,
        """
        7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
        d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887
        """
      ),
    ])
  func scrypt(password: String, salt: String, cost: Int, blockSize: Int, parallelism: Int, key: String) throws {
    let derivation = PasswordKey(costLogarithm: cost, blockSize: blockSize, parallelism: parallelism)
    #expect(try derive(derivation, password, salt, 64) == key)
  }

  @Test(
    "Numbers that are not allowed, or need too much memory, are refused",
    arguments: [
      PasswordKey(costLogarithm: 0), PasswordKey(costLogarithm: 64), PasswordKey(costLogarithm: -1),
      PasswordKey(costLogarithm: 18), PasswordKey(costLogarithm: 40),
      PasswordKey(costLogarithm: 15, blockSize: 0), PasswordKey(costLogarithm: 15, parallelism: 0),
      PasswordKey(costLogarithm: 15, blockSize: 1 << 20), PasswordKey(costLogarithm: 15, parallelism: 1 << 30),
    ])
  func hostileCost(derivation: PasswordKey) {
    #expect(throws: CryptoFailure.self) { try derive(derivation, "password", "salt", 32) }
  }

  private func derive(_ derivation: PasswordKey, _ password: String, _ salt: String, _ count: Int) throws -> String {
    var key = [UInt8](repeating: 0, count: count)
    try Array(password.utf8).withUnsafeBytes { password in
      try key.withUnsafeMutableBytes { key in
        try derivation.derive(from: password, salt: Array(salt.utf8), into: key)
      }
    }
    return hexadecimal(key)
  }

  /// McGrew and Viega, “The Galois/Counter Mode of Operation”, appendix B: the cases of AES-256 with a nonce of 96 bits.
  private static let cases: [(key: String, nonce: String, named: String, plain: String, sealed: String, tag: String)] =
    [
      (
        String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", "", "",
        "530f8afbc74536b9a963b4f1c4cb738b"
      ),
      (
        String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", String(repeating: "0", count: 32),
        "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"
      ),
      (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
        """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
        """,
        """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad
        """,
        "b094dac5d93471bdec1a502270e3cc6c"
      ),
      (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
        """,
        """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
        """,
        "76fc6ece0f4e1768cddf8853bb2d551b"
      ),
    ]

  @Test("What is sealed is what was published, and opens; one bit changed, it does not", arguments: cases.indices)
  func galoisCounterMode(index: Int) throws {
    let vector = Self.cases[index]
    let (key, nonce, named) = (bytes(vector.key), bytes(vector.nonce), bytes(vector.named))
    let plain = bytes(vector.plain)
    let sealed = try plain.withUnsafeBytes { plain in
      try key.withUnsafeBytes { try SealedBytes(sealing: plain, key: $0, nonce: nonce, naming: named) }
    }
    #expect(hexadecimal(sealed.bytes) == vector.sealed)
    #expect(hexadecimal(sealed.tag) == vector.tag)
    #expect(try open(sealed, key, nonce, named) == plain)
    func flipped(_ bytes: [UInt8]) -> [[UInt8]] {
      bytes.indices.map { place in
        var bytes = bytes
        bytes[place] ^= 1
        return bytes
      }
    }
    for other in flipped(sealed.bytes) {
      #expect(try open(SealedBytes(bytes: other, tag: sealed.tag), key, nonce, named) == nil)
    }
    for other in flipped(sealed.tag) {
      #expect(try open(SealedBytes(bytes: sealed.bytes, tag: other), key, nonce, named) == nil)
    }
    for other in flipped(key) { #expect(try open(sealed, other, nonce, named) == nil) }
    for other in flipped(nonce) { #expect(try open(sealed, key, other, named) == nil) }
    for other in flipped(named) + [named + [0]] { #expect(try open(sealed, key, nonce, other) == nil) }
  }

  /// - Returns: the plain bytes; `nil` where the seal does not hold, after a look that there are none.
  private func open(_ sealed: SealedBytes, _ key: [UInt8], _ nonce: [UInt8], _ named: [UInt8]) throws -> [UInt8]? {
    var plain = [UInt8](repeating: 0xAA, count: sealed.bytes.count)
    let isOpen = try key.withUnsafeBytes { key in
      try plain.withUnsafeMutableBytes { try sealed.open(key: key, nonce: nonce, naming: named, into: $0) }
    }
    if !isOpen { #expect(plain.allSatisfy { $0 == 0 }) }
    return isOpen ? plain : nil
  }

  private func bytes(_ text: String) -> [UInt8] {
    stride(from: 0, to: text.utf8.count, by: 2).compactMap { place in
      let start = text.index(text.startIndex, offsetBy: place)
      return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16)
    }
  }
}
