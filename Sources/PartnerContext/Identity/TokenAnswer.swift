import FoundationEssentials
import PartnerModel

/// What the token endpoint granted.
///
/// Source: Entra ID v2.0, client credentials grant, successful response.
struct TokenAnswer: Sendable {
  var token: Secret
  /// When it was asked for: it knows of nothing that was granted later.
  var askedAt: Date
  /// Seconds; ten minutes where the answer does not say, which it need not (RFC 6749, section 5.1).
  var expiresIn: TimeInterval
  /// Seconds after which the service would like it to be renewed; `nil` for what is no number.
  var refreshIn: TimeInterval?
  /// `nil` when the token could not be decoded: its format is Microsoft's own affair.
  var claims: AccessTokenClaims?
  /// The index of the app's credential by which it came.
  var credential = 0
  /// By which a person's sign-in goes on; `nil` where none came.
  var refreshToken: Secret?
  /// Who signed in, as a JWT; `nil` where that was not asked for.
  var idToken: Secret?
  /// What was granted to a person, as the answer lists it; `nil` where it does not.
  var scopes: [String]?
  /// Who the person is; `nil` where the app acts.
  var account: String?
  /// What a service wanted it to say, and it was asked for with; `nil` for nothing.
  var challenge: String?

  /// What the token tells of itself, for keeping.
  /// - Parameter credential: by which it came, in words.
  func facts(credential: String?) -> TokenFacts {
    TokenFacts(
      audience: claims?.audience, roles: claims?.roles ?? [], scopes: claims?.scopes ?? [],
      issuedAt: claims?.issuedAt, credential: credential)
  }

  /// Room for a person with many groups.
  private static let longestToken = 16_384

  private static func token(_ node: JSONNode?) -> Secret? {
    guard let text = node?.string, !text.isEmpty, text.utf8.count <= longestToken, isVisible(text) else { return nil }
    return Secret(text)
  }

  private static let unnamedLifetime: TimeInterval = 600

  /// - Throws: `.answerUnreadable` when it is not a bearer token, or one whose lifetime cannot be read.
  init(_ answer: Answer, askedAt: Date) throws(PartnerError) {
    guard !answer.isWebPage else { throw PartnerError(.answerUnreadable("a web page"), tenant: nil) }
    guard let body = try? JSONReader.read(utf8: answer.body), body.members != nil else {
      throw PartnerError(.answerUnreadable("a token answer that is not JSON"), tenant: nil)
    }
    guard body["token_type"]?.string?.lowercased() == "bearer", let text = body["access_token"]?.string,
      !text.isEmpty, text.utf8.count <= 65_536, Self.isVisible(text),
      let expiresIn = Self.lifetime(body["expires_in"]), expiresIn > 0
    else { throw PartnerError(.answerUnreadable("a token answer without a bearer token"), tenant: nil) }
    token = Secret(text)
    self.askedAt = askedAt
    self.expiresIn = min(expiresIn, 172_800)
    refreshIn = Self.seconds(body["refresh_in"])
    claims = AccessTokenClaims(token: text)
    refreshToken = Self.token(body["refresh_token"])
    idToken = Self.token(body["id_token"])
    scopes = body["scope"]?.string.map { $0.split(separator: " ").prefix(200).map(String.init) }
  }

  /// What it allows, by the names that the configuration uses; `nil` when it does not tell.
  func permissions(of resource: String) -> [AppRole]? {
    guard account != nil else { return claims?.roles }
    guard let scopes = claims.map(\.scopes) ?? scopes else { return nil }
    return PersonalScope.permissions(scopes, of: resource)
  }

  /// Whether it is ASCII without blanks and controls.
  private static func isVisible(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { $0.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
  }

  private static func lifetime(_ node: JSONNode?) -> TimeInterval? {
    guard let node, !node.isNull else { return unnamedLifetime }
    return seconds(node)
  }

  /// Numbers come as numbers or as text.
  private static func seconds(_ node: JSONNode?) -> TimeInterval? {
    guard let node else { return nil }
    let value = node.number ?? node.string.flatMap { Double($0) }
    return value.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }
}
