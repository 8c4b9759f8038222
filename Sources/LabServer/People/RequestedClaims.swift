/// What a request wants its access token to say (OpenID Connect Core 1.0, section 5.5).
struct RequestedClaims: Hashable, Sendable {
  var accessToken: [String: JsonValue] = [:]

  static let none = RequestedClaims()

  private init() {}

  /// - Throws: 90023 for what is no object in JSON.
  init(_ text: String?) throws {
    guard let text, !text.isEmpty else { return }
    guard let members = JsonValue.parse(Array(text.utf8))?.members else {
      throw TokenRefusal.parameterInvalid("claims")
    }
    accessToken = members["access_token"]?.members ?? [:]
  }

  /// Texts that a claim is to have, one or several.
  func values(_ name: String) -> [String] {
    let wish = accessToken[name]?.members
    return wish?["values"]?.texts ?? wish?["value"]?.text.map { [$0] } ?? []
  }

  /// Whether everything that `other` wants is wanted here as well.
  func contains(_ other: RequestedClaims) -> Bool { other.accessToken.allSatisfy { accessToken[$0] == $1 } }

  /// Both wishes; where they differ, that of `other`.
  func merging(_ other: RequestedClaims) -> RequestedClaims {
    var merged = self
    merged.accessToken.merge(other.accessToken) { _, new in new }
    return merged
  }
}
