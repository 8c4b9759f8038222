import PartnerModel

/// Reads the middle part of a JWT (RFC 7519); nothing is verified.
enum JWTBody {
  /// - Returns: `nil` for what has no readable body.
  static func read(_ token: String) -> JSONNode? {
    var token = token
    guard let bytes = token.withUTF8(body), let body = try? JSONReader.read(utf8: bytes), body.members != nil else {
      return nil
    }
    return body
  }

  /// The second of three parts.
  private static func body(_ token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let dot = UInt8(ascii: ".")
    guard let first = token.firstIndex(of: dot), let last = token.lastIndex(of: dot), first < last,
      !token[first + 1..<last].contains(dot)
    else { return nil }
    return Base64Text.decode(UnsafeBufferPointer(rebasing: token[first + 1..<last]))
  }
}
