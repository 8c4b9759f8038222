import FoundationEssentials
import Synchronization

extension LabWorld {
  /// A token for the app itself that tells who signed in (OpenID Connect Core 1.0, section 2).
  ///
  /// - Parameter now: seconds since 1970.
  func issueIDToken(
    for room: TenantRoom, _ grant: TokenGrant, _ person: TokenGrant.Person, nonce: String?, at now: Int
  ) throws -> String {
    let origin = shared.withLock { $0.origin }
    return try SigningKey.shared.sign(
      jsonObject { json in
        json.field("aud", grant.client)
        json.field("iss", "\(origin)/\(room.tenant.id)/v2.0")
        json.field("iat", now)
        json.field("nbf", now)
        json.field("exp", now + Self.tokenLifetime)
        json.field("name", person.name)
        if let nonce { json.field("nonce", nonce) }
        json.field("oid", grant.principal)
        json.field("preferred_username", person.upn)
        json.field("upn", person.upn)
        json.field("sub", pairwise(grant.principal, grant.client))
        json.field("tid", room.tenant.id)
        json.field("ver", "2.0")
      })
  }

  /// The name by which one app knows a person, and no other app.
  func pairwise(_ principal: String, _ client: String) -> String {
    var chance = Chance(stableHash(principal), stableHash(client))
    return base64URL(Data(Array(chance.hex(32).utf8)))
  }

  /// The claims that a request has to bring while Graph refuses tokens without them.
  struct ClaimsChallenge: Sendable {
    var claims: RequestedClaims
    /// The JSON as it was set.
    var text: String
    /// Whether only a new sign-in satisfies it.
    var needsPerson: Bool
    /// `uti` of the tokens that were got with them.
    var satisfied: Set<String> = []
  }

  /// - Throws: 50076 with the claims, where they have to be brought by a sign-in and were not.
  func checkStepUp(_ wanted: RequestedClaims, _ signIn: People.SignIn, in room: TenantRoom) throws {
    guard let challenge = room.state.withLock({ $0.challenge }), challenge.needsPerson,
      wanted.contains(challenge.claims), !signIn.claims.contains(challenge.claims)
    else { return }
    var refusal = refusal(50076, of: signIn.upn, in: room)
    refusal.error = "interaction_required"
    refusal.claims = challenge.text
    throw refusal
  }
}
