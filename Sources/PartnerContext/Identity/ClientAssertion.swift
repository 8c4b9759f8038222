import FoundationEssentials
import PartnerModel
import SystemCrypto

/// A JWT by which the app shows that it holds the key of a certificate of its registration, for one request.
///
/// Source: Entra ID, certificate credentials; RFC 7523, section 3; PS256 is RFC 7518, section 3.5.
struct ClientAssertion: Sendable {
  /// Seconds for which it is good.
  static let lifetime = 600

  var identity: SigningIdentity
  var clientID: String
  /// The token endpoint that it is for.
  var audience: String
  /// A GUID that no other has.
  var id: String
  var issuedAt: Date

  /// - Throws: `.credentialUnreadable` when OpenSSL cannot sign.
  func signed() throws(PartnerError) -> Secret {
    let text = WipedBytes(capacity: 1200)
    // None of the texts holds a character that JSON would have escaped: GUIDs, base64url, and an address of ours.
    append("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"\(thumbprint)\"}", to: text)
    text.append(UInt8(ascii: "."))
    let start = Int(issuedAt.timeIntervalSince1970)
    append(
      """
      {"aud":"\(audience)","exp":\(start + Self.lifetime),"iat":\(start),"iss":"\(clientID)","jti":"\(id)",\
      "nbf":\(start),"sub":"\(clientID)"}
      """, to: text)
    let signature: [UInt8]
    do throws(CryptoFailure) {
      signature = try text.withBytes { message throws(CryptoFailure) in try identity.signature(of: message) }
    } catch {
      throw unreadable("the certificate's key cannot sign: \(error)")
    }
    text.append(UInt8(ascii: "."))
    signature.withUnsafeBytes { Base64URL.append($0, to: text) }
    return text.withBytes { Secret(copying: $0) }
  }

  private var thumbprint: String {
    let text = WipedBytes(capacity: 48)
    identity.facts.sha256.withUnsafeBytes { Base64URL.append($0, to: text) }
    return text.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  private func append(_ json: String, to text: WipedBytes) {
    var json = json
    json.withUTF8 { Base64URL.append(UnsafeRawBufferPointer($0), to: text) }
  }
}
