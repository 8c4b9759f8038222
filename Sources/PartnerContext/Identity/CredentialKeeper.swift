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

  init(dependencies: PartnerDependencies) { secrets = SecretKeeper(dependencies: dependencies) }

  /// Whether a proof takes neither a program nor a request.
  static func isAtHand(_ source: CredentialSource) -> Bool {
    switch source {
    case .secret(.command), .keyVault, .federated(.managedIdentity): false
    case .secret, .certificate, .federated(.tokenFile): true
    }
  }

  /// - Throws: `.credentialUnreadable` naming the place and the reason, never the content; `.cancelled`.
  func proof(_ source: CredentialSource, for tenant: TenantID) async throws(PartnerError) -> ClientProof {
    switch source {
    case .secret(let place): .secret(try await secrets.secret(place))
    // No configuration that was read names one.
    case .certificate, .keyVault, .federated: throw unreadable("this version signs in with a secret")
    }
  }

  /// Forgets what the service refused, unless it was replaced meanwhile.
  func drop(_ proof: ClientProof, of source: CredentialSource, after refusal: PartnerError) async {
    guard case .secret(let place) = source, case .secret(let secret) = proof else { return }
    await secrets.drop(secret, of: place)
  }
}
