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
  /// - Returns: `nil` for what is none.
  private static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var (bits, count) = (UInt32(0), 0)
    for character in text.prefix(while: { $0 != UInt8(ascii: "=") }) {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character + 4
      case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    // One character alone is no byte.
    return count < 6 ? bytes : nil
  }
}
