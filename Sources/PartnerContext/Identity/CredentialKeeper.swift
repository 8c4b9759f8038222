import PartnerModel
import SystemCrypto

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
  private let app: AppRegistration
  private let dependencies: PartnerDependencies
  private let secrets: SecretKeeper
  private let certificates: CertificateKeeper
  private let federated: FederatedTokens
  private let metadata: MetadataService
  private let vault: KeyVault
  private let signer = AssertionSigner()

  /// What a token is for by which Entra ID takes another's word for who we are.
  private static let exchangeResource = "api://AzureADTokenExchange"

  init(app: AppRegistration, transport: any HTTPTransport, dependencies: PartnerDependencies) {
    self.app = app
    self.dependencies = dependencies
    secrets = SecretKeeper(dependencies: dependencies)
    certificates = CertificateKeeper(dependencies: dependencies)
    federated = FederatedTokens(now: dependencies.now)
    metadata = MetadataService(app: app, transport: transport, dependencies: dependencies)
    vault = KeyVault(
      app: app, transport: transport, dependencies: dependencies,
      tokens: VaultTokens(metadata: metadata, dependencies: dependencies))
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
    case .certificate(let place): return try await showing(of: certificates.usable(place), for: tenant)
    case .federated(.tokenFile(let path)):
      return CredentialShowing(proof: .assertion(try federated.read(path)))
    case .federated(.managedIdentity):
      let token = try await metadata.token(for: Self.exchangeResource)
      guard federated.refusal(of: token) == nil else {
        await metadata.drop(token, for: Self.exchangeResource)
        throw unreadable("the managed identity's token is outdated, and the machine gives the same one again: wait")
      }
      return CredentialShowing(proof: .assertion(token))
    case .keyVault(let place):
      let item = try await vault.item(place, through: endpoint)
      switch item.content {
      case .secret(let secret): return CredentialShowing(proof: .secret(secret), validUntil: item.validUntil)
      case .certificate(let identity):
        try CertificateKeeper.check(identity, from: place.label, at: dependencies.now())
        return try await showing(of: identity, for: tenant)
      }
    }
  }

  private func showing(
    of identity: SigningIdentity, for tenant: TenantID
  ) async throws(PartnerError) -> CredentialShowing {
    CredentialShowing(
      proof: .assertion(try await signer.sign(assertion(of: identity, for: tenant))),
      validUntil: identity.facts.notAfter,
      thumbprint: identity.facts.thumbprint)
  }

  /// What is good for one request alone to the tenant's token endpoint.
  private func assertion(of identity: SigningIdentity, for tenant: TenantID) -> ClientAssertion {
    ClientAssertion(
      identity: identity, clientID: app.clientID,
      audience: "\(app.endpoints.authority)\(TokenEndpoint.path(of: tenant))", id: dependencies.newRequestID(),
      issuedAt: dependencies.now())
  }

  /// Reads a certificate's files, so that its end is known before a token is asked for.
  /// - Returns: `nil` for another credential, and where a program would have to run for it.
  /// - Throws: `.credentialUnreadable`.
  func facts(of source: CredentialSource) async throws(PartnerError) -> CertificateFacts? {
    guard case .certificate(let place) = source else { return nil }
    if case .command = place.password { return nil }
    return try await certificates.identity(place).facts
  }

  /// Forgets what the service refused, unless it was replaced meanwhile.
  func drop(_ shown: CredentialShowing, of source: CredentialSource, after refusal: PartnerError) async {
    switch (source, shown.proof) {
    case (.secret(let place), .secret(let secret)): await secrets.drop(secret, of: place)
    case (.keyVault(let place), _): await vault.drop(shown, of: place)
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

  /// Whether the word says that the client was not accepted, and no number that is known here says why (rule T11:
  /// numbers may change).
  var mayConcernCredential: Bool {
    if case .refused = cause { error == "invalid_client" } else { false }
  }
}
