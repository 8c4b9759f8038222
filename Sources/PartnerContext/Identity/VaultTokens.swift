import PartnerModel

/// Tokens that key vaults take: in memory only.
actor VaultTokens {
  private struct Key: Hashable {
    var certificate: CertificateSource
    var challenge: VaultChallenge
  }

  /// Seconds before a token's end from which on another one is asked for.
  private static let margin: Double = 300

  private let metadata: MetadataService
  private let dependencies: PartnerDependencies
  private var kept: [Key: (token: Secret, until: Duration)] = [:]

  init(metadata: MetadataService, dependencies: PartnerDependencies) {
    self.metadata = metadata
    self.dependencies = dependencies
  }

  /// A token by the way that the configuration names, for the tenant and the resource that the vault does.
  /// - Throws: what the metadata service or the token endpoint says.
  func token(
    _ access: KeyVaultSource.Access, _ challenge: VaultChallenge, _ endpoint: TokenEndpoint
  ) async throws(PartnerError) -> Secret {
    guard case .certificate(let certificate) = access else { return try await metadata.token(for: challenge.resource) }
    let key = Key(certificate: certificate, challenge: challenge)
    if let known = kept[key], dependencies.uptime() < known.until { return known.token }
    let shown = try await endpoint.credentials.showing(
      .certificate(certificate), for: challenge.tenant, through: endpoint)
    let answer = try await endpoint.token(for: challenge.resource, in: challenge.tenant, shown.proof)
    let usable = answer.expiresIn - min(Self.margin, answer.expiresIn / 2)
    kept[key] = (answer.token, dependencies.uptime() + .seconds(usable))
    return answer.token
  }

  /// Forgets a token that the vault did not accept, unless it was replaced meanwhile.
  func drop(_ token: Secret, _ access: KeyVaultSource.Access, _ challenge: VaultChallenge) async {
    guard case .certificate(let certificate) = access else {
      return await metadata.drop(token, for: challenge.resource)
    }
    let key = Key(certificate: certificate, challenge: challenge)
    if kept[key]?.token === token { kept[key] = nil }
  }
}
