import FoundationEssentials
import SystemCrypto

/// An RSA key whose owner publishes it. One of each per process: making it takes a while, and no test needs two.
struct SigningKey: Sendable {
  /// The authority's.
  static let shared = SigningKey("signing")
  /// The OpenID provider's.
  static let issuer = SigningKey("issuer")

  /// The thumbprint of the certificate: base64url of SHA-1 over its DER form.
  let id: String
  /// The certificate that vouches for the key, signed by itself: base64 of its DER form (RFC 7517, section 4.7).
  let certificate: String
  /// Modulus and exponent, base64url, as the key set publishes them (RFC 7518, section 6.3.1).
  let modulus: String
  let exponent: String
  private let key: PrivateKey

  private init(_ name: String) {
    do {
      key = try PrivateKey.rsa(bits: 2048)
      let numbers = try key.rsaNumbers()
      modulus = base64URL(Data(numbers.modulus))
      exponent = base64URL(Data(numbers.exponent))
      // Valid for so long that no run outlives it.
      let content = CertificateContent(
        subject: [("CN", "partner-console lab \(name)")], validFrom: Date(timeIntervalSince1970: 0),
        validUntil: Date(timeIntervalSince1970: 4_000_000_000))
      let der = try Certificate.issue(content, for: key).der
      certificate = Data(der).base64EncodedString()
      id = base64URL(Data(try Digest.sha1(der)))
    } catch {
      // The lab does not start without the library; a 2048-bit key is always allowed, can always be read and can sign:
      // only memory exhaustion ends here.
      fatalError("no RSA key: \(error)")
    }
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
    return "\(signed).\(base64URL(Data(try key.signature(of: Array(signed.utf8)))))"
  }

  /// The payload of a JWT that this key signed; nil for any other text.
  func payload(of token: String) -> [UInt8]? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = bytes(base64URL: parts[1]), let signature = bytes(base64URL: parts[2]) else {
      return nil
    }
    return isSignature(signature, of: Array("\(parts[0]).\(parts[1])".utf8)) ? payload : nil
  }

  func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool { key.isSignature(signature, of: message) }

  /// The key set with this key alone (RFC 7517).
  func keySet(issuer: String?) -> [UInt8] {
    jsonObject { json in
      json.array("keys") { json in
        json.object { json in
          json.field("kty", "RSA")
          json.field("use", "sig")
          json.field("kid", id)
          json.field("x5t", id)
          json.field("n", modulus)
          json.field("e", exponent)
          json.field("x5c", [certificate])
          if let issuer { json.field("issuer", issuer) }
        }
      }
    }
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
