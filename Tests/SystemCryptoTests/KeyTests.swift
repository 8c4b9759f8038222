import SystemCrypto
import Testing

@Suite struct KeyTests {
  private let text = Array("a message".utf8)

  @Test(
    "A digest is the published one",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func sha256(text: String, digest: String) throws {
    #expect(try hexadecimal(Digest.sha256(Array(text.utf8))) == digest)
  }

  @Test("So is the one of thumbprints")
  func sha1() throws {
    #expect(try hexadecimal(Digest.sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test("A signature is one of this key and this text alone")
  func signature() throws {
    for makeKey in [{ try PrivateKey.rsa(bits: 2048) }, PrivateKey.p256] {
      let key = try makeKey()
      let signature = try key.signature(of: text)
      #expect(key.isSignature(signature, of: text))
      #expect(!key.isSignature(signature, of: text + [0]))
      #expect(!key.isSignature(Array(signature.dropLast()), of: text))
      #expect(!key.isSignature([UInt8](), of: text))
      #expect(try !makeKey().isSignature(signature, of: text))
    }
  }

  @Test("The numbers of an RSA key are as long as it is, and no other key has them")
  func numbers() throws {
    let numbers = try PrivateKey.rsa(bits: 2048).rsaNumbers()
    #expect(numbers.modulus.count == 256)
    #expect(numbers.modulus[0] > 127)
    #expect(numbers.exponent == [1, 0, 1])
    #expect(throws: CryptoFailure.self) { try PrivateKey.p256().rsaNumbers() }
  }

  @Test("What is refused is told with the reason, and the next call is none the worse for it")
  func refused() throws {
    do {
      _ = try PrivateKey.rsa(bits: 16)
      Issue.record("a key of 16 bits")
    } catch {
      #expect("\(error)".hasPrefix("OpenSSL could not make an RSA key: "), "\(error)")
      #expect("\(error)".contains("key size too small"), "\(error)")
    }
    #expect(try PrivateKey.p256().signature(of: text).isEmpty == false)
  }

  @Test("A key signs for many at once")
  func together() async throws {
    let key = try PrivateKey.p256()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in UInt8(0)..<64 {
        group.addTask { key.isSignature(try key.signature(of: [number]), of: [number]) }
      }
      for try await isSigned in group { #expect(isSigned) }
    }
  }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
