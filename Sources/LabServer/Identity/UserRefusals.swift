/// Refusals that only a person who signs in can meet: a policy, a device, an account, a code.
///
/// Source: Microsoft's reference of AADSTS error codes, and public reports of those that it leaves out.
extension TokenRefusal {
  private static let policyClaims =
    #"{"access_token":{"polids":{"essential":true,"values":["2b0c8f4e-51d2-4a7b-9f36-7d1e90c5ab18"]}}}"#

  /// A sign-in that has to be done again before the person's eyes.
  private static func interaction(_ code: Int, _ text: String, isDocumented: Bool = true) -> TokenRefusal {
    TokenRefusal(
      error: "interaction_required", code: code, text: text, isDocumented: isDocumented, suberror: "additional_action")
  }

  private static func grant(_ code: Int, _ text: String, isDocumented: Bool = true) -> TokenRefusal {
    TokenRefusal(error: "invalid_grant", code: code, text: text, isDocumented: isDocumented)
  }

  private static func request(_ code: Int, _ text: String) -> TokenRefusal {
    TokenRefusal(error: "invalid_request", code: code, text: text)
  }

  /// Who may not, or may not yet.
  static func ofUsers(_ client: String, _ tenant: String) -> [TokenRefusal] {
    let graph = "'00000003-0000-0000-c000-000000000000'"
    return [
      TokenRefusal(
        error: "invalid_grant", code: 50076,
        text: "Due to a configuration change made by your administrator, or because you moved to a new location, you"
          + " must use multi-factor authentication to access \(graph).",
        claims: policyClaims, suberror: "basic_action"),
      TokenRefusal(
        error: "invalid_grant", code: 50079,
        text: "Due to a configuration change made by your administrator, or because you moved to a new location, you"
          + " must enroll in multi-factor authentication to access \(graph).",
        claims: policyClaims, suberror: "basic_action"),
      TokenRefusal(
        error: "interaction_required", code: 50158,
        text: "External security challenge was not satisfied. The user is sent on to another page or provider.",
        claims: policyClaims, suberror: "basic_action"),
      TokenRefusal(
        error: "invalid_grant", code: 50074,
        text: "Strong authentication is required, and the user did not pass the challenge.",
        suberror: "basic_action"),
      TokenRefusal(
        error: "invalid_grant", code: 50078,
        text: "The presented multi-factor authentication has expired. Authenticate again to access \(graph).",
        suberror: "basic_action"),
      grant(50057, "The user account is disabled."),
      grant(500_341, "The user account has been deleted from the \(tenant) directory.", isDocumented: false),
      grant(
        90072,
        "User account 'anna@partner.example' from identity provider 'partner.example' does not exist in tenant"
          + " '\(tenant)' and cannot access the application '\(client)'(partner-console) in that tenant."),
      grant(
        50020,
        "User account 'anna@partner.example' does not exist in tenant '\(tenant)' and cannot access the application"
          + " '\(client)'(partner-console). Add the account as an external user first."),
      grant(50034, "The user account does not exist in the \(tenant) directory."),
      TokenRefusal(
        error: "interaction_required", code: 16000,
        text: "User account 'anna@partner.example' does not exist in tenant '\(tenant)'. Sign out and sign in again"
          + " with a different account."),
      grant(51004, "The user account 'anna@partner.example' does not exist in the \(tenant) directory."),
      grant(50105, "The signed in user is not assigned to a role for the application '\(client)'(partner-console)."),
      TokenRefusal(
        error: "access_denied", code: 500_212, text: "The user's administrator does not let this user go to \(tenant)."),
      TokenRefusal(
        error: "access_denied", code: 500_213,
        text: "The tenant \(tenant) lets nobody of the user's organization in: its cross-tenant access policy says no."),
      TokenRefusal(
        error: "access_denied", code: 530_034,
        text: "A delegated administrator was blocked from accessing the tenant due to account risk in their home"
          + " tenant."),
    ]
  }

  /// What a policy asks of the machine.
  static func ofDevices(_ client: String) -> [TokenRefusal] {
    [
      TokenRefusal(
        error: "interaction_required", code: 53000,
        text: "Device is not in required device state: unknown. The policy requires a compliant device.",
        claims: policyClaims, suberror: "message_only"),
      TokenRefusal(
        error: "interaction_required", code: 53001,
        text: "Device is not in required device state: unknown. The policy requires a domain joined device.",
        claims: policyClaims, suberror: "message_only"),
      interaction(530_003, "Your device is required to be managed to access this resource.", isDocumented: false),
      interaction(50097, "Device authentication is required."),
    ]
  }

  /// Codes and refresh tokens that have had their time, and flows that went wrong.
  static func ofSignIns(_ client: String) -> [TokenRefusal] {
    [
      TokenRefusal(
        error: "invalid_grant", code: 50173,
        text: "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        suberror: "bad_token"),
      TokenRefusal(
        error: "invalid_grant", code: 70043,
        text: "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
        suberror: "bad_token"),
      TokenRefusal(
        error: "invalid_grant", code: 700_082,
        text: "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
        suberror: "bad_token"),
      TokenRefusal(
        error: "invalid_grant", code: 70008,
        text: "The provided authorization code or refresh token has expired due to inactivity.", suberror: "bad_token"),
      grant(50089, "Authentication failed due to flow token expired."),
      grant(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code."),
      grant(501_481, "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
      grant(501_491, "Invalid size of Code_Challenge parameter."),
      request(50147, "Invalid size of Code_Challenge parameter."),
      request(
        50011,
        "The redirect URI 'http://localhost' specified in the request does not match the redirect URIs configured for"
          + " the application '\(client)'."),
      TokenRefusal(
        error: "authorization_pending", code: 70016,
        text: "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
      TokenRefusal(
        error: "expired_token", code: 70019, text: "Verification code expired. Have the user try signing-in again."),
      TokenRefusal(
        error: "bad_verification_code", code: 70018, text: "Invalid verification code: this one was never issued."),
      request(90119, "The user code is null or empty."),
      request(90120, "The request was already authorized or declined."),
    ]
  }
}
