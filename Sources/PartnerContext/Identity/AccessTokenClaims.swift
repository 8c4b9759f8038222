import FoundationEssentials
import PartnerModel

/// The few claims of an access token that tell whose it is and what it allows. Never verified, never required: the
/// token is for the service, and this is for diagnosis.
struct AccessTokenClaims: Hashable, Sendable {
  /// As it stands in the token; empty for what is no text, and so no tenant.
  var tenant: String?
  /// Empty when none was granted.
  var roles: [AppRole]
  /// The resource that it is for.
  var audience: String?
  /// Delegated permissions.
  var scopes: [String]
  var issuedAt: Date?

  /// A longer audience is cut: it is only shown.
  private static let longestAudience = 256

  /// `nil` when the token is not a JWT with a readable body.
  init?(token: String) {
    var token = token
    guard let bytes = token.withUTF8(Self.body), let body = try? JSONReader.read(utf8: bytes), body.members != nil
    else { return nil }
    tenant = body["tid"].map { $0.string ?? "" }
    roles = (body["roles"]?.array ?? []).compactMap(\.string).map { AppRole($0) }.sorted()
    audience = body["aud"]?.string.map { String($0.prefix(Self.longestAudience)) }
    scopes = body["scp"]?.string.map { $0.split(separator: " ").map(String.init) } ?? []
    // A NumericDate (RFC 7519, section 2); one that no calendar holds tells nothing.
    issuedAt = body["iat"]?.number.flatMap {
      (0...253_402_300_799).contains($0) ? Date(timeIntervalSince1970: $0) : nil
    }
  }

  /// The second of three parts.
  private static func body(_ token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let dot = UInt8(ascii: ".")
    guard let first = token.firstIndex(of: dot), let last = token.lastIndex(of: dot), first < last,
      !token[first + 1..<last].contains(dot)
    else { return nil }
    return decode(UnsafeBufferPointer(rebasing: token[first + 1..<last]))
  }

  /// Reads base64url without padding, RFC 4648, section 5.
  /// - Returns: `nil` for what is none.
  private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var isValid = true
    let values = values
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4 + 1) { bytes, length in
      var (bits, count) = (UInt32(0), 0)
      for character in text {
        if character == UInt8(ascii: "=") { break }
        let value = values[Int(character)]
        guard value < 64 else {
          isValid = false
          return
        }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
          count -= 8
          bytes[length] = UInt8(truncatingIfNeeded: bits >> UInt32(count))
          length += 1
        }
      }
      // One character alone is no byte.
      if count >= 6 { isValid = false }
    }
    return isValid ? bytes : nil
  }

  /// What each character stands for; over 63 for one that stands for nothing.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
    for character in "-+".utf8 { values[Int(character)] = 62 }
    for character in "_/".utf8 { values[Int(character)] = 63 }
    return values
  }()
}
