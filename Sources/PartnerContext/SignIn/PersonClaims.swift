import FoundationEssentials
import PartnerModel

/// Who signed in, by an id token that came over TLS straight from the token endpoint: then its issuer needs no proof by a
/// signature (OpenID Connect Core 1.0, section 3.1.3.7).
struct PersonClaims: Hashable, Sendable {
  /// The UPN, or what stands in its place.
  var account: String
  /// The person's object in the tenant.
  var objectID: String

  /// Seconds by which the clocks may differ.
  private static let skew: Double = 300
  private static let longestName = 256

  /// What has to stand in it.
  struct Expected {
    var authority: Origin
    var clientID: String
    var tenant: TenantID
    /// `nil` where a device asked, whose request has none.
    var nonce: String?
    var now: Date
  }

  /// - Throws: which part is not the expected one; nothing of the token is repeated.
  init(_ token: Secret, _ expected: Expected) throws(Mismatch) {
    let body = token.reveal { JWTBody.read($0) }
    guard let body else { throw Mismatch(part: "the id token cannot be read") }
    guard body["iss"]?.string == "\(expected.authority)/\(expected.tenant)/v2.0" else {
      throw Mismatch(part: "the id token's issuer")
    }
    guard body["aud"]?.string?.lowercased() == expected.clientID.lowercased() else {
      throw Mismatch(part: "the id token's audience")
    }
    guard body["tid"]?.string.flatMap({ TenantID($0) }) == expected.tenant else {
      throw Mismatch(part: "the id token's tenant")
    }
    if let nonce = expected.nonce, body["nonce"]?.string != nonce { throw Mismatch(part: "the id token's nonce") }
    guard let end = body["exp"]?.number, end > expected.now.timeIntervalSince1970 - Self.skew else {
      throw Mismatch(part: "the id token's time, or this machine's clock")
    }
    let names = ["preferred_username", "upn", "email"].lazy.compactMap { body[$0]?.string }
    guard let name = names.first(where: { !$0.isEmpty }), let object = body["oid"]?.string ?? body["sub"]?.string
    else { throw Mismatch(part: "the id token names nobody") }
    (account, objectID) = (Self.cut(name), Self.cut(object))
  }

  /// By scalars: a single character may have any number of marks.
  private static func cut(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.prefix(longestName)))
  }

  struct Mismatch: Error, Hashable { var part: String }
}
