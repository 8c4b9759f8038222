import PartnerModel

/// By what a token is asked for.
///
/// Source: Entra ID v2.0, token endpoint; RFC 6749, sections 4.1.3, 4.4.2 and 6; RFC 8628, section 3.4.
enum TokenGrant: Sendable {
  /// As the app itself.
  case client
  /// A code that a browser brought back.
  /// - Parameter verifier: of PKCE (RFC 7636).
  case code(Secret, verifier: Secret, redirectURI: String)
  /// What an earlier sign-in left behind.
  /// - Parameter claims: JSON that a service wants the token to satisfy; `nil` for none.
  case refresh(Secret, claims: String?)
  /// A code that somebody types on another device.
  case device(Secret)

  /// Whether a person acts.
  var isPersonal: Bool { if case .client = self { false } else { true } }

  /// Whether the same may be sent again when no answer came: a code is taken once.
  var isRepeatable: Bool {
    switch self {
    case .client, .refresh: true
    case .code, .device: false
    }
  }

  /// Whether it counts among the tokens that are asked for: an unfinished device's code is asked about at the pace that
  /// the service names.
  var isCounted: Bool { if case .device = self { false } else { true } }

  /// As `grant_type` names it.
  var type: String {
    switch self {
    case .client: "client_credentials"
    case .code: "authorization_code"
    case .refresh: "refresh_token"
    case .device: "urn:ietf:params:oauth:grant-type:device_code"
    }
  }

  /// Appends what the form holds beside the type and the app's own fields.
  /// - Parameter resource: what the token is for, for example `https://graph.microsoft.com`.
  func append(to form: WipedBytes, resource: String) {
    switch self {
    case .client: break
    case .code(let code, let verifier, let redirectURI):
      form.append("&redirect_uri=\(escaped(redirectURI))")
      append("code", code, to: form)
      append("code_verifier", verifier, to: form)
    case .refresh(let token, let claims):
      append("refresh_token", token, to: form)
      form.append("&claims=\(escaped(PersonalScope.claims(adding: claims)))")
    case .device(let code): append("device_code", code, to: form)
    }
    form.append("&scope=\(escaped(isPersonal ? PersonalScope.text(resource) : "\(resource)/.default"))")
  }

  private func append(_ name: String, _ value: Secret, to form: WipedBytes) {
    form.append("&\(name)=")
    value.withBytes { appendEscaped($0, to: form) }
  }
}
