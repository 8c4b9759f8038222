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
  private static let mostScopes = 200

  /// `nil` when the token is not a JWT with a readable body.
  init?(token: String) {
    guard let body = JWTBody.read(token) else { return nil }
    tenant = body["tid"].map { $0.string ?? "" }
    roles = (body["roles"]?.array ?? []).compactMap(\.string).map { AppRole($0) }.sorted()
    audience = body["aud"]?.string.map { String($0.prefix(Self.longestAudience)) }
    scopes = body["scp"]?.string.map { $0.split(separator: " ").prefix(Self.mostScopes).map(String.init) } ?? []
    // A NumericDate (RFC 7519, section 2); one that no calendar holds tells nothing.
    issuedAt = body["iat"]?.number.flatMap {
      (0...253_402_300_799).contains($0) ? Date(timeIntervalSince1970: $0) : nil
    }
  }
}
