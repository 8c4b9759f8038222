import PartnerModel

/// What shows the token endpoint in one request who the app is.
enum ClientProof: Sendable {
  case secret(Secret)
  /// A signed JWT (RFC 7523, section 2.2).
  case assertion(Secret)

  /// The fields of the form that carry it.
  func fields() -> [(name: String, value: Secret)] {
    switch self {
    case .secret(let secret): [("client_secret", secret)]
    case .assertion(let token):
      [
        ("client_assertion_type", Secret("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
        ("client_assertion", token),
      ]
    }
  }
}

/// Gives what each of the app's credentials shows.
struct CredentialKeeper: Sendable {
  private let secrets: SecretKeeper
  private let federated: FederatedTokens
  private let metadata: MetadataService
  private let vaultTokens: VaultTokens
  private let vault: KeyVault

  /// What a token is for by which Entra ID takes another's word for who we are.
  private static let exchangeResource = "api://AzureADTokenExchange"

  init(app: AppRegistration, transport: any HTTPTransport, dependencies: PartnerDependencies) {
    secrets = SecretKeeper(dependencies: dependencies)
    federated = FederatedTokens(dependencies: dependencies)
    metadata = MetadataService(app: app, transport: transport, dependencies: dependencies)
    vaultTokens = VaultTokens(metadata: metadata, dependencies: dependencies)
    vault = KeyVault(app: app, transport: transport, dependencies: dependencies, tokens: vaultTokens)
  }

  /// Whether a proof takes neither a program nor a request.
  static func isAtHand(_ source: CredentialSource) -> Bool {
    switch source {
    case .secret(.command), .keyVault, .federated(.managedIdentity): false
    case .secret, .certificate, .federated(.tokenFile): true
    }
  }

  /// - Parameter endpoint: where a token for a key vault is asked for.
  /// - Throws: `.credentialUnreadable` naming the place and the reason, never the content; `.cancelled`.
  func showing(
    _ source: CredentialSource, for tenant: TenantID, through endpoint: TokenEndpoint
  ) async throws(PartnerError) -> CredentialShowing {
    switch source {
    case .secret(let place): return CredentialShowing(proof: .secret(try await secrets.secret(place)))
    case .federated(.tokenFile(let path)):
      return CredentialShowing(proof: .assertion(try await federated.read(path)))
    case .federated(.managedIdentity):
      let token = try await metadata.token(for: Self.exchangeResource)
      guard federated.refusal(of: token) == nil else {
        await metadata.drop(token, for: Self.exchangeResource)
        throw unreadable("the managed identity's token is outdated, and the machine gives the same one again: wait")
      }
      return CredentialShowing(proof: .assertion(token))
    case .keyVault(let place):
      let item = try await vault.item(place, through: endpoint)
      return CredentialShowing(proof: .secret(item.value), validUntil: item.validUntil)
    // No configuration that was read names one.
    case .certificate: throw unreadable("this version signs in with a secret")
    }
  }

  /// Forgets what the service refused, unless it was replaced meanwhile.
  func drop(_ proof: ClientProof, of source: CredentialSource, after refusal: PartnerError) async {
    switch (source, proof) {
    case (.secret(let place), .secret(let secret)): await secrets.drop(secret, of: place)
    case (.keyVault(let place), .secret(let secret)): await vault.drop(secret, of: place)
    case (.federated(let place), .assertion(let token)):
      if refusal.code == PartnerError.outdatedAssertion { federated.noteRefused(token) }
      if place == .managedIdentity { await metadata.drop(token, for: Self.exchangeResource) }
    default: break
    }
  }
}

extension PartnerError {
  /// The number with which Entra ID says that an assertion's time is over, or has not come.
  static let outdatedAssertion = 700_024

  /// Whether it is our credential that was refused, and so for every tenant: then the next one is tried, and no other
  /// tenant has to find out. A tenant without our app, a conditional access policy, a licence or a scope says nothing
  /// of it.
  var concernsCredential: Bool { cause == .consent(.credentialProblem) && error == "invalid_client" }
}
