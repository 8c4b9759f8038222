import PartnerModel

/// What a service wants a token to say, in its 401 (rule T10).
///
/// Source: Entra ID, "Claims challenges, claims requests and client capabilities"; RFC 9110, section 11.6.1.
struct ClaimsChallenge: Hashable, Sendable {
  /// A JSON object, for the next request for a token.
  var claims: String

  /// Bytes; a longer one is none.
  static let longest = 8192

  /// `nil` without one that can be read.
  init?(_ answer: Answer) {
    let texts = answer.values("www-authenticate").filter {
      $0.utf8.count <= Self.longest && $0.lowercased().hasPrefix("bearer ") && $0.contains("insufficient_claims")
    }
    guard texts.count == 1, let text = texts.first, let value = Self.parameter("claims", of: text),
      let bytes = Base64Text.decode(value), let claims = String(validating: bytes, as: UTF8.self),
      let node = try? JSONReader.read(claims), node.members != nil
    else { return nil }
    // As we write it: nothing of the service's own spelling goes on.
    self.claims = node.text(isPretty: false)
  }

  /// The value of the one parameter of this name, quoted or not.
  private static func parameter(_ name: String, of text: String) -> String? {
    var values: [String] = []
    for part in text.split(separator: ",") {
      let part = part.drop { $0 == " " }
      let words = part.split(separator: " ").last ?? ""
      guard let equals = words.firstIndex(of: "="), words[..<equals].lowercased() == name else { continue }
      var value = words[words.index(after: equals)...]
      if value.first == "\"", value.last == "\"", value.count > 1 { value = value.dropFirst().dropLast() }
      values.append(String(value))
    }
    return values.count == 1 ? values[0] : nil
  }
}
