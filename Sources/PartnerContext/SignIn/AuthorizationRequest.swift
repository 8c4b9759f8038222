import PartnerModel

/// The page on which a person signs in.
///
/// Source: Entra ID v2.0, `GET /{tenant}/oauth2/v2.0/authorize`; RFC 7636.
struct AuthorizationRequest: Sendable {
  var app: AppRegistration
  var tenant: TenantID
  var redirectURI: String
  /// 128 bits that are used once.
  var state: String
  var nonce: String
  /// Base64url of the SHA-256 of the verifier.
  var challenge: String
  /// Who is expected; `nil` for anybody.
  var loginHint: String?
  /// What a service asked for; `nil` for nothing.
  var claims: String?

  var url: String {
    var items = [
      ("client_id", app.clientID), ("response_type", "code"), ("redirect_uri", redirectURI),
      ("response_mode", "query"), ("scope", PersonalScope.text(app.endpoints.graphResource)), ("state", state),
      ("nonce", nonce), ("code_challenge", challenge), ("code_challenge_method", "S256"),
      ("claims", PersonalScope.claims(adding: claims)),
    ]
    if let loginHint { items.append(("login_hint", loginHint)) } else { items.append(("prompt", "select_account")) }
    return "\(app.endpoints.authority)/\(tenant)/oauth2/v2.0/authorize?"
      + items.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
  }

  /// What proves that whoever redeems a code is who asked for it.
  static func challenge(for verifier: Secret) -> String? {
    guard let digest = verifier.fingerprint else { return nil }
    let text = WipedBytes(capacity: 48)
    digest.withUnsafeBytes { Base64URL.append($0, to: text) }
    return text.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
