import Crypto
import CryptoExtras
import FoundationEssentials
import SwiftASN1
import X509

/// The authority's RSA key. One per process: making it takes up to seconds, and no test needs two.
struct SigningKey: Sendable {
  static let shared = SigningKey()

  /// The thumbprint of the certificate: base64url of SHA-1 over its DER form.
  let id: String
  /// The certificate that vouches for the key, signed by itself: base64 of its DER form (RFC 7517, section 4.7).
  let certificate: String
  let publicKey: _RSA.Signing.PublicKey
  /// Modulus and exponent, base64url, as the key set publishes them (RFC 7518, section 6.3.1).
  let modulus: String
  let exponent: String
  private let privateKey: _RSA.Signing.PrivateKey

  private init() {
    do {
      privateKey = try _RSA.Signing.PrivateKey(keySize: .bits2048)
      publicKey = privateKey.publicKey
      let primitives = try publicKey.getKeyPrimitives()
      modulus = base64URL(primitives.modulus)
      exponent = base64URL(primitives.publicExponent)
      let der = try Self.selfSigned(privateKey)
      certificate = Data(der).base64EncodedString()
      id = base64URL(Data(Insecure.SHA1.hash(data: der)))
    } catch {
      // A 2048-bit key is always allowed, can always be read and can sign: only memory exhaustion ends here.
      fatalError("no RSA key: \(error)")
    }
  }

  /// DER; valid for so long that no run outlives it.
  private static func selfSigned(_ key: _RSA.Signing.PrivateKey) throws -> [UInt8] {
    let key = Certificate.PrivateKey(key)
    let name = try DistinguishedName { CommonName("partner-console lab signing") }
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: key.publicKey,
      notValidBefore: Date(timeIntervalSince1970: 0), notValidAfter: Date(timeIntervalSince1970: 4_000_000_000),
      issuer: name, subject: name, signatureAlgorithm: .sha256WithRSAEncryption, extensions: Certificate.Extensions(),
      issuerPrivateKey: key)
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return serializer.serializedBytes
  }

  /// RS256 over the two encoded parts of a JWT (RFC 7515).
  func sign(_ payload: [UInt8]) throws -> String {
    let header = jsonObject { json in
      json.field("typ", "JWT")
      json.field("alg", "RS256")
      json.field("x5t", id)
      json.field("kid", id)
    }
    let signed = "\(base64URL(Data(header))).\(base64URL(Data(payload)))"
    let signature = try privateKey.signature(
      for: SHA256.hash(data: Data(signed.utf8)), padding: .insecurePKCS1v1_5)
    return "\(signed).\(base64URL(signature.rawRepresentation))"
  }

  /// The payload of a JWT that this key signed; nil for any other text.
  func payload(of token: String) -> [UInt8]? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = bytes(base64URL: parts[1]), let signature = bytes(base64URL: parts[2]) else {
      return nil
    }
    let digest = SHA256.hash(data: Data("\(parts[0]).\(parts[1])".utf8))
    let isOurs = publicKey.isValidSignature(
      _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
    return isOurs ? payload : nil
  }
}

func base64URL(_ data: Data) -> String {
  data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

func bytes(base64URL text: some StringProtocol) -> [UInt8]? {
  let standard = String(text).replacing("-", with: "+").replacing("_", with: "/")
  let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
  return Data(base64Encoded: standard + padding).map(Array.init)
}
