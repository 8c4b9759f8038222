import FoundationEssentials
import Synchronization

/// What Graph reads in an app-only access token, version 1.0.
struct AccessClaims: Decodable, Hashable, Sendable {
  var aud: String
  var tid: String
  var appid: String
  var roles: [String]?
  var nbf: Int
  var exp: Int
}

extension LabWorld {
  static let graphAudience = "https://graph.microsoft.com"
  /// Seconds that a token lives; Entra's answer says one less.
  static let tokenLifetime = 3600

  /// A signed token for our app in one tenant, with what its administrator granted.
  func issueToken(for room: TenantRoom, roles: [String], uti: String) throws -> String {
    var chance = Chance(room.seed, 0x0B1D)
    let principal = chance.guid()
    let now = Int(limitNow().ticks / Moment.second)
    let payload = jsonObject { json in
      json.field("aud", Self.graphAudience)
      json.field("iss", "https://sts.windows.net/\(room.tenant.id)/")
      json.field("iat", now)
      json.field("nbf", now)
      json.field("exp", now + Self.tokenLifetime)
      json.field("app_displayname", "partner-console")
      json.field("appid", options.clientID)
      json.field("appidacr", "1")
      json.field("idp", "https://sts.windows.net/\(room.tenant.id)/")
      json.field("idtyp", "app")
      json.field("oid", principal)
      if !roles.isEmpty { json.field("roles", roles) }
      json.field("sub", principal)
      json.field("tid", room.tenant.id)
      json.field("uti", uti)
      json.field("ver", "1.0")
    }
    let token = try SigningKey.shared.sign(payload)
    room.state.withLock { $0.tokensIssued += 1 }
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
