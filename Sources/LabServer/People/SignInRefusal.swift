/// Refusals of a sign-in, a code or a refresh token beside those of the table.
///
/// Source: Microsoft's reference of AADSTS error codes.
extension TokenRefusal {
  static let grantUnknown = TokenRefusal(
    error: "invalid_grant", code: 70000,
    text: "The provided value for the input parameter 'code', 'refresh_token' or 'device_code' is not valid.")
  static let codeOfOtherTenant = TokenRefusal(
    error: "invalid_grant", code: 700_005,
    text: "Provided Authorization Code is intended to use against other tenant, thus rejected.")
  static func redirectDiffers(_ given: String, _ asked: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_grant", code: 500_112,
      text: "The reply address '\(given)' does not match the reply address '\(asked)' provided when requesting"
        + " Authorization code.")
  }
  static func redirectUnknown(_ redirect: String, of client: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 50011,
      text: "The redirect URI '\(redirect)' specified in the request does not match the redirect URIs configured for"
        + " the application '\(client)'.")
  }
  static func parameterInvalid(_ name: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 90023, text: "The value of the request's parameter '\(name)' is not valid.")
  }
  static let notSignedIn = TokenRefusal(
    error: "login_required", code: 50058,
    text: "A silent sign-in request was sent but no user is signed in.")
  static let canceled = TokenRefusal(
    error: "access_denied", code: 65004, text: "User declined to consent to access the app.")
  static let secondFactorFailed = TokenRefusal(
    error: "access_denied", code: 500_121, text: "Authentication failed during strong authentication request.")
  static func responseType(_ type: String) -> TokenRefusal {
    TokenRefusal(
      error: "unsupported_response_type", code: 700_054,
      text: "response_type '\(type)' is not enabled for the application.")
  }
  static let challengeSize = TokenRefusal(
    error: "invalid_request", code: 501_491, text: "Invalid size of Code_Challenge parameter.")
  static let credentialOfPublicClient = TokenRefusal(
    status: 401, error: "invalid_client", code: 700_025,
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
}
