package import FoundationEssentials
import Synchronization

/// The lab's own OpenID provider: somebody beside Entra ID whose tokens a registration can trust, as a cluster's are.
///
/// Source: OpenID Connect Discovery 1.0; RFC 7517.
extension LabWorld {
  /// What anyone may read of it; nil where there is nothing.
  func openIDProvider(_ path: [String]) -> LabAnswer? {
    switch path {
    case [".well-known", "openid-configuration"]:
      .json(
        jsonObject { json in
          json.field("issuer", issuerURL)
          json.field("jwks_uri", "\(issuerURL)/keys")
          json.field("response_types_supported", ["id_token"])
          json.field("subject_types_supported", ["public"])
          json.field("id_token_signing_alg_values_supported", ["RS256"])
        })
    case ["keys"]: .json(SigningKey.issuer.keySet(issuer: nil))
    default: nil
    }
  }

  /// A token of the provider's.
  ///
  /// - Parameter lifetime: seconds; one that is negative has ended already.
  func mint(lifetime: Int, subject: String, audience: String) throws -> String {
    let now = Int(limitNow().ticks / Moment.second)
    let number = shared.withLock { shared in
      shared.requests += 1
      return shared.requests
    }
    var chance = Chance(options.seed, 0x01DC, number)
    return try SigningKey.issuer.sign(
      jsonObject { json in
        json.field("iss", issuerURL)
        json.field("sub", subject)
        json.field("aud", [audience])
        json.field("iat", min(now, now + lifetime))
        json.field("nbf", min(now, now + lifetime))
        json.field("exp", now + lifetime)
        json.field("jti", chance.guid())
      })
  }
}

extension LabServer {
  /// The issuer of ``federatedToken(lifetime:subject:audience:)``.
  package var issuer: String { world.issuerURL }

  /// A token by the lab's own provider, of the lab's clock, for `LabFederatedCredential.workloadIdentity`.
  ///
  /// - Parameter lifetime: seconds; one that is negative has ended already.
  /// - Throws: `CryptoFailure` where there is no memory.
  package func federatedToken(
    lifetime: Int = 3600, subject: String = LabFederatedCredential.workload,
    audience: String = LabFederatedCredential.audience
  ) throws -> String {
    try world.mint(lifetime: lifetime, subject: subject, audience: audience)
  }

  /// The clock of tokens and their ends, which `tick` moves on.
  package var now: Date { Date(timeIntervalSince1970: Double(world.limitNow().ticks) / Double(Moment.second)) }

  /// The managed identity's client id and principal; nil without a home tenant.
  package var managedIdentity: (client: String, principal: String)? { world.managedIdentity }
}
