/// Refusals of what an app signs instead of sending a secret.
///
/// Source: Microsoft identity platform, certificate credentials, and the reference of AADSTS error codes.
extension TokenRefusal {
  private static func assertion(_ code: Int, _ text: String) -> TokenRefusal {
    TokenRefusal(status: 401, error: "invalid_client", code: code, text: text)
  }

  static let assertionTypeUnknown = TokenRefusal(
    error: "invalid_request", code: 90014,
    text: "The value of the field 'client_assertion_type' is not"
      + " 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.")
  static let assertionMalformed = assertion(50027, "JWT token is invalid or malformed.")
  static let assertionUnknown = assertion(
    700027, "The certificate with identifier used to sign the client assertion is not registered on application.")
  static let assertionForged = assertion(
    700027, "Client assertion failed signature validation.")
  static let certificateEnded = assertion(
    700027, "The certificate used to sign the client assertion is not within its valid time range.")
  static let assertionOfOtherApp = assertion(
    700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
  static let assertionOfTwo = assertion(50048, "Subject must match Issuer claim in the client assertion.")
  static let assertionElsewhere = assertion(
    700023, "Client assertion audience claim does not match Realm issuer.")
  static let assertionOutOfTime = assertion(700024, "Client assertion is not within its valid time range.")
  static let assertionRepeated = assertion(
    50012, "Authentication failed: the client assertion with this 'jti' was used before.")

  static func issuerUnknown(_ issuer: String) -> TokenRefusal {
    var refusal = assertion(
      700211, "No matching federated identity record found for presented assertion issuer '\(issuer)'.")
    refusal.isDocumented = false
    return refusal
  }
  static func audienceUnknown(_ audience: String) -> TokenRefusal {
    var refusal = assertion(
      700212, "No matching federated identity record found for presented assertion audience '\(audience)'.")
    refusal.isDocumented = false
    return refusal
  }
  static func subjectUnknown(_ subject: String) -> TokenRefusal {
    var refusal = assertion(
      700213, "No matching federated identity record found for presented assertion subject '\(subject)'.")
    refusal.isDocumented = false
    return refusal
  }
}
