import FoundationEssentials
import Synchronization

/// What a service reads in an access token.
struct AccessClaims: Decodable, Hashable, Sendable {
  var aud: String
  var tid: String
  /// The app; absent in tokens of version 2.0, which have another name for it.
  var appid: String?
  /// The principal that acts.
  var oid: String
  var roles: [String]?
  /// Delegated permissions, separated by spaces; absent where an app acts by itself.
  var scp: String?
  var upn: String?
  /// The token's own id.
  var uti: String?
  var nbf: Int
  var exp: Int
}

/// What a token is to say.
struct TokenGrant: Hashable, Sendable {
  /// How the app showed who it is; the number is that of the claim `appidacr`.
  enum Proof: String, Hashable, Sendable {
    /// A public client shows nothing.
    case none = "0"
    case secret = "1"
    case certificate = "2"
  }

  /// In whose name the app acts.
  struct Person: Hashable, Sendable {
    var upn: String
    var name: String
    /// GUID of the account's own tenant.
    var home: String
    var scopes: [String]
    var roles: [LabEntraRole]
    var hasMFA: Bool
  }

  var audience: String
  /// The app's id.
  var client: String
  /// The object id of what stands for the app in the tenant.
  var principal: String
  var proof: Proof
  var roles: [String] = []
  /// Nil: the app acts by itself.
  var person: Person?
  var claims = RequestedClaims.none
}

extension LabWorld {
  static let graphAudience = "https://graph.microsoft.com"
  /// Seconds that a token lives; Entra's answer says one less.
  static let tokenLifetime = 3600

  func appPrincipal(in room: TenantRoom) -> String {
    var chance = Chance(room.seed, 0x0B1D)
    return chance.guid()
  }

  /// A signed token of version 1.0, as the APIs of Microsoft get it.
  ///
  /// - Parameter now: seconds since 1970.
  func issueToken(for room: TenantRoom, _ grant: TokenGrant, at now: Int, uti: String) throws -> String {
    let payload = jsonObject { json in
      json.field("aud", grant.audience)
      json.field("iss", "https://sts.windows.net/\(room.tenant.id)/")
      json.field("iat", now)
      json.field("nbf", now)
      json.field("exp", now + Self.tokenLifetime)
      let authenticationContexts = grant.claims.values("acrs")
      if !authenticationContexts.isEmpty { json.field("acrs", authenticationContexts) }
      if let person = grant.person { json.field("amr", person.hasMFA ? ["pwd", "mfa"] : ["pwd"]) }
      json.field("app_displayname", "partner-console")
      json.field("appid", grant.client)
      json.field("appidacr", grant.proof.rawValue)
      json.field("idp", "https://sts.windows.net/\(grant.person?.home ?? room.tenant.id)/")
      json.field("idtyp", grant.person == nil ? "app" : "user")
      if let person = grant.person { json.field("name", person.name) }
      json.field("oid", grant.principal)
      if !grant.roles.isEmpty { json.field("roles", grant.roles) }
      if let person = grant.person { json.field("scp", person.scopes.joined(separator: " ")) }
      json.field("sub", grant.person == nil ? grant.principal : pairwise(grant.principal, grant.audience))
      json.field("tid", room.tenant.id)
      if let person = grant.person {
        json.field("unique_name", person.upn)
        json.field("upn", person.upn)
      }
      json.field("uti", uti)
      json.field("ver", "1.0")
      if let person = grant.person { json.field("wids", person.roles.map(\.templateID)) }
      let capabilities = grant.claims.values("xms_cc")
      if !capabilities.isEmpty { json.field("xms_cc", capabilities) }
    }
    let token = try SigningKey.shared.sign(payload)
    room.state.withLock { state in
      state.tokensIssued += 1
      if let challenge = state.challenge, grant.claims.contains(challenge.claims) {
        state.challenge?.satisfied.insert(uti)
      }
    }
    return token
  }

  /// The claims of a token of ours; nil for anything else.
  func claims(of token: String) -> AccessClaims? {
    if let known = shared.withLock({ $0.knownTokens[token] }) { return known }
    guard let payload = SigningKey.shared.payload(of: token),
      let claims = try? JSONDecoder().decode(AccessClaims.self, from: Data(payload))
    else { return nil }
    shared.withLock { shared in
      if shared.knownTokens.count > 20_000 { shared.knownTokens.removeAll() }
      shared.knownTokens[token] = claims
    }
    return claims
  }
}
