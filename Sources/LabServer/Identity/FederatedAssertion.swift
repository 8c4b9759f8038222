import Synchronization

extension LabWorld {
  /// The lab's own OpenID provider, apart from its Entra ID.
  var issuerURL: String { "\(shared.withLock { $0.origin })/lab/issuer" }

  /// Who vouches for the managed identity.
  var homeIssuer: String { "\(shared.withLock { $0.origin })/\(homeRoom?.tenant.id ?? "")/v2.0" }

  /// Checks a token by somebody else whom the app's registration trusts: by whom, whose key, when, of whom, for whom.
  ///
  /// The texts are compared as they are: a slash too many is another issuer.
  /// Source: Entra ID, workload identity federation.
  /// - Throws: the refusal that Entra ID has for the first that is wrong.
  func check(federated assertion: ClientAssertion, by issuer: String) throws {
    let trusted = options.federatedCredentials.filter { name(of: $0.issuer) == issuer }
    guard let first = trusted.first else { throw TokenRefusal.issuerUnknown(issuer) }
    guard let key = key(of: first.issuer), assertion.isSigned(by: key) else { throw TokenRefusal.assertionForged }
    try check(timesOf: assertion)
    let subject = assertion.claims["sub"]?.text ?? ""
    let ofSubject = trusted.filter { self.subject(of: $0) == subject }
    guard !ofSubject.isEmpty else { throw TokenRefusal.subjectUnknown(subject) }
    // A JWT may name several (RFC 7519, section 4.1.3).
    let audiences = assertion.claims["aud"].map { $0.texts ?? [$0.text].compactMap(\.self) } ?? []
    guard ofSubject.contains(where: { !Set($0.audiences).isDisjoint(with: audiences) }) else {
      throw TokenRefusal.audienceUnknown(audiences.first ?? "")
    }
  }

  private func name(of issuer: LabFederatedCredential.Issuer) -> String {
    switch issuer {
    case .lab: issuerURL
    case .homeTenant: homeIssuer
    case .other(let name): name
    }
  }

  private func key(of issuer: LabFederatedCredential.Issuer) -> SigningKey? {
    switch issuer {
    case .lab: SigningKey.issuer
    case .homeTenant: SigningKey.shared
    case .other: nil
    }
  }

  private func subject(of credential: LabFederatedCredential) -> String? {
    credential.subject ?? (credential.issuer == .homeTenant ? managedIdentity?.principal : nil)
  }
}
