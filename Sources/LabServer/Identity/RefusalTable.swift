/// The numbers that a tenant's token endpoint can be told to refuse with; see `LabServer.refuse(_:code:told:)`.
package enum LabRefusalCodes {
  /// Every AADSTS number that the lab knows, in rising order.
  package static let all = TokenRefusal.all(client: "", tenant: "").map(\.code).sorted()
}

/// How a refusal tells its numbers: a gateway may hand them on as texts, or leave them out of all but the description.
package enum LabCodeForm: Hashable, Sendable { case numbers, texts, absent }

extension TokenRefusal {
  /// The refusal of a number, for a request by `client` to the directory named `tenant`; nil for an unknown number.
  static func of(_ code: Int, client: String, tenant: String) -> TokenRefusal? {
    all(client: client, tenant: tenant).first { $0.code == code }
  }

  /// One refusal for each number that the service is known to send.
  ///
  /// Source: Microsoft's reference of AADSTS error codes, and public reports of those that it leaves out.
  static func all(client: String, tenant: String) -> [TokenRefusal] {
    ofRequests(client, tenant) + ofConsent(client, tenant) + ofCredentials(client) + ofTheService
      + ofUsers(client, tenant) + ofDevices(client) + ofSignIns(client)
  }

  /// What is wrong with the request itself, or with where it was sent.
  private static func ofRequests(_ client: String, _ tenant: String) -> [TokenRefusal] {
    [
      .missingParameter("scope"), .duplicateParameter("scope"), .postOnly, .grantType("password"),
      .assertionTypeUnknown, .aliasNotAllowed, .resourceSent, .tenantNotFound(tenant), .tenantNameInvalid(tenant),
      .otherCloud(tenant), .scopeNotDefault("https://graph.microsoft.com"), .scopeInvalid("graph"),
      .severalResources("https://graph.microsoft.com/.default https://vault.azure.net/.default"),
      TokenRefusal(
        error: "invalid_scope", code: 700022,
        text: "The scope 'https://graph.microsoft.com/.default https://vault.azure.net/.default' names more than one"
          + " resource. Ask for one resource at a time."),
    ]
  }

  /// What a customer, or our registration, has to change before the app is let in.
  private static func ofConsent(_ client: String, _ tenant: String) -> [TokenRefusal] {
    [
      .appNotFound(client, in: tenant), .noServicePrincipal(client, in: tenant), .disabled(client), .blocked,
      .unlicensed(client, in: tenant), .resourceNotRequested(client),
      .resourceNotFound("https://graph.microsoft.com", in: tenant),
      TokenRefusal(
        status: 401, error: "invalid_client", code: 500_014,
        text: "The service principal for resource 'https://graph.microsoft.com' is disabled: a subscription in the"
          + " tenant has lapsed, or its administrator has disabled the application."),
      TokenRefusal(
        error: "unauthorized_client", code: 70001,
        text: "Application '\(client)'(partner-console) cannot be used: it was disabled or does not exist here."),
      TokenRefusal(
        error: "invalid_grant", code: 65001,
        text: "The user or administrator has not consented to use the application with ID '\(client)' named"
          + " 'partner-console'. Send an interactive authorization request for this user and resource.",
        suberror: "consent_required"),
      TokenRefusal(
        error: "consent_required", code: 65004, text: "User declined to consent to access the app."),
      TokenRefusal(
        error: "invalid_resource", code: 65005,
        text: "Application '\(client)' asks for a resource that its list of required resource access does not hold."),
      TokenRefusal(
        status: 401, error: "invalid_client", code: 650_051,
        text: "Consent for application '\(client)' could not be recorded: the service principal name is already"
          + " present for the tenant '\(tenant)'.",
        isDocumented: false),
      TokenRefusal(
        error: "invalid_resource", code: 650_054,
        text: "The application asked for permissions to access a resource that has been removed or is no longer"
          + " available."),
      TokenRefusal(
        error: "unauthorized_client", code: 650_056,
        text: "Misconfigured application: no permission of 'https://graph.microsoft.com' is listed for"
          + " '\(client)', or nobody with authority in '\(tenant)' has consented."),
      TokenRefusal(
        error: "invalid_grant", code: 501_051,
        text: "Application '\(client)'(partner-console) is not assigned to a role for the application"
          + " '00000003-0000-0000-c000-000000000000'(Microsoft Graph).",
        isDocumented: false),
      TokenRefusal(
        error: "unauthorized_client", code: 90099,
        text: "The application '\(client)' (partner-console) has not been authorized in the tenant '\(tenant)'."
          + " Applications must be authorized to access the external tenant before partner delegated administrators"
          + " can use them."),
      TokenRefusal(error: "access_denied", code: 90094, text: "Admin consent is required for '\(client)'."),
      TokenRefusal(
        error: "access_denied", code: 90095,
        text: "Admin consent is required for '\(client)'. The request was handed to the reviewers of consent."),
    ]
  }

  /// What is wrong with how the app shows who it is.
  private static func ofCredentials(_ client: String) -> [TokenRefusal] {
    [
      .secretWrong(client), .secretEnded(client), .credentialMissing, .assertionUnknown, .assertionOutOfTime,
      .assertionMalformed, .assertionOfOtherApp, .assertionElsewhere, .assertionOfTwo, .assertionRepeated,
      .issuerUnknown("https://issuer.example"), .audienceUnknown("api://example"), .subjectUnknown("example"),
      TokenRefusal(
        error: "invalid_request", code: 70021,
        text: "No matching federated identity record found for presented assertion."),
      TokenRefusal(
        status: 401, error: "invalid_client", code: 700_025,
        text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
      TokenRefusal(
        status: 401, error: "invalid_client", code: 700_030,
        text: "The certificate's subject name is not one that application '\(client)' may sign with."),
      TokenRefusal(
        status: 401, error: "invalid_client", code: 700_229,
        text: "Only a token of an app, not one of a user, can be the federated credential of an application.",
        isDocumented: false),
    ]
  }

  /// What passes by itself.
  private static let ofTheService = [
    loop,
    TokenRefusal(status: 503, error: "temporarily_unavailable", code: 90006, text: "A server outside did not answer."),
    TokenRefusal(status: 504, error: "temporarily_unavailable", code: 90012, text: "The request has timed out."),
    TokenRefusal(
      status: 503, error: "temporarily_unavailable", code: 90024, text: "The budget for the request is used up."),
    TokenRefusal(
      status: 503, error: "temporarily_unavailable", code: 90033,
      text: "A transient error has occurred. Please try again."),
    TokenRefusal(
      status: 429, error: "temporarily_unavailable", code: 90055,
      text: "Too many requests were received for this tenant. Please try again later."),
    TokenRefusal(error: "invalid_request", code: 50134, text: "The request reached the wrong data center."),
  ]
}
