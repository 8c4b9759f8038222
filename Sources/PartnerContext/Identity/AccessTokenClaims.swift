import FoundationEssentials
import PartnerModel

/// The few claims of an access token that tell whose it is and what it allows. Never verified, never required: the
/// token is for the service, and this is for diagnosis.
struct AccessTokenClaims: Hashable, Sendable {
  /// As it stands in the token.
  var tenant: String?
  /// Empty when none was granted.
  var roles: [AppRole]

  /// `nil` when the token is not a JWT with a readable body.
  init?(token: String) {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Self.decode(parts[1]),
      let body = try? JSONReader.read(String(decoding: bytes, as: UTF8.self)), body.members != nil
    else { return nil }
    tenant = body["tid"]?.string
    roles = (body["roles"]?.array ?? []).compactMap(\.string).map { AppRole($0) }.sorted()
  }

  /// Reads base64url without padding, RFC 4648, section 5.
  private static func decode(_ text: Substring.UTF8View) -> Data? {
    var base64 = Data(capacity: text.count + 3)
    for byte in text {
      switch byte {
      case UInt8(ascii: "-"): base64.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): base64.append(UInt8(ascii: "/"))
      default: base64.append(byte)
      }
    }
    while base64.count % 4 != 0 { base64.append(UInt8(ascii: "=")) }
    return Data(base64Encoded: base64)
  }
}
