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
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Self.decode(parts[1]),
      let body = try? JSONReader.read(String(decoding: bytes, as: UTF8.self)), body.members != nil
    else { return nil }
    tenant = body["tid"]?.string
    roles = (body["roles"]?.array ?? []).compactMap(\.string).map { AppRole($0) }.sorted()
  }

  private static func decode(_ text: Substring) -> Data? {
    var base64 = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    while base64.utf8.count % 4 != 0 { base64 += "=" }
    return Data(base64Encoded: base64)
  }
}
