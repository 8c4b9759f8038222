import FoundationEssentials

/// A refusal of the token endpoint, in the words of Microsoft's error reference.
struct TokenRefusal: Error, Hashable {
  var status = 400
  var error: String
  var code: Int
  var text: String
  /// Whether Microsoft's error reference lists the code, and the body therefore links to it.
  var isDocumented = true
  var claims: String?
  var suberror: String?
  var told = LabCodeForm.numbers

  static func missingParameter(_ name: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 900144,
      text: "The request body must contain the following parameter: '\(name)'.")
  }
  static func duplicateParameter(_ name: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 9000411,
      text: "The request is not properly formatted. The parameter '\(name)' is duplicated.")
  }
  static let postOnly = TokenRefusal(
    error: "invalid_request", code: 900561, text: "The endpoint only accepts POST requests. Received a GET request.")
  static let malformedBody = TokenRefusal(
    error: "invalid_request", code: 900144,
    text: "The request body must contain the following parameter: 'grant_type'.")
  static func grantType(_ name: String) -> TokenRefusal {
    TokenRefusal(
      error: "unsupported_grant_type", code: 70003,
      text: "The app requested an unsupported grant type '\(name)'.")
  }
  static let aliasNotAllowed = TokenRefusal(
    error: "invalid_request", code: 9_001_023,
    text: "The grant type is not supported over the /common or /consumers endpoints."
      + " Please use the /organizations or tenant-specific endpoint.",
    isDocumented: false)
  static func tenantNotFound(_ name: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 90002,
      text: "Tenant '\(name)' not found. Check to make sure you have the correct tenant ID and are signing into"
        + " the correct cloud. Check with your subscription administrator, this may happen if there are no active"
        + " subscriptions for the tenant.")
  }
  static func tenantNameInvalid(_ name: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 900023,
      text: "Specified tenant identifier '\(name)' is neither a valid DNS name, nor a valid external domain.",
      isDocumented: false)
  }
  static func appNotFound(_ client: String, in tenant: String) -> TokenRefusal {
    TokenRefusal(
      error: "unauthorized_client", code: 700016,
      text: "Application with identifier '\(client)' was not found in the directory '\(tenant)'. This can happen if"
        + " the application has not been installed by the administrator of the tenant or consented to by any user in"
        + " the tenant. You may have sent your authentication request to the wrong tenant.")
  }
  static let credentialMissing = TokenRefusal(
    status: 401, error: "invalid_client", code: 7_000_218,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
  static func secretWrong(_ client: String) -> TokenRefusal {
    TokenRefusal(
      status: 401, error: "invalid_client", code: 7_000_215,
      text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value,"
        + " not the client secret ID, for a secret added to app '\(client)'.")
  }
  static func secretEnded(_ client: String) -> TokenRefusal {
    TokenRefusal(
      status: 401, error: "invalid_client", code: 7_000_222,
      text: "The provided client secret keys for app '\(client)' are expired. Create new keys for your app, or consider"
        + " using certificate credentials for added security.")
  }
  static func otherCloud(_ tenant: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_request", code: 90038,
      text: "The tenant '\(tenant)' belongs to a different national cloud: it cannot be reached through this cloud's"
        + " instance.")
  }
  static let resourceSent = TokenRefusal(
    error: "invalid_request", code: 901002,
    text: "The 'resource' request parameter is not supported.", isDocumented: false)
  static func scopeNotDefault(_ scope: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_scope", code: 1_002_012,
      text: "The provided value for scope \(scope) is not valid. Client credential flows must have a scope value with"
        + " /.default suffixed to the resource identifier (application ID URI).",
      isDocumented: false)
  }
  static func scopeInvalid(_ scope: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_scope", code: 70011,
      text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter"
        + " 'scope' is not valid. The scope \(scope) is not valid.")
  }
  static func severalResources(_ scope: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_scope", code: 28002,
      text: "Provided value for the input parameter scope '\(scope)' is not valid when requesting an access token."
        + " Please specify a valid scope.")
  }
  static func resourceNotFound(_ resource: String, in tenant: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_resource", code: 500011,
      text: "The resource principal named \(resource) was not found in the tenant named \(tenant). This can happen if"
        + " the application has not been installed by the administrator of the tenant or consented to by any user in"
        + " the tenant. You might have sent your authentication request to the wrong tenant.")
  }
  static func noServicePrincipal(_ client: String, in tenant: String) -> TokenRefusal {
    TokenRefusal(
      status: 401, error: "invalid_client", code: 7_000_229,
      text: "The client application '\(client)' is missing service principal in the tenant '\(tenant)'."
        + " See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119",
      isDocumented: false)
  }
  static func disabled(_ client: String) -> TokenRefusal {
    TokenRefusal(
      error: "unauthorized_client", code: 7_000_112, text: "Application '\(client)'(partner-console) is disabled.")
  }
  static let loop = TokenRefusal(
    error: "invalid_grant", code: 50196,
    text: "The server terminated an operation because it encountered a client request loop."
      + " Please contact your app vendor.")
  static let blocked = TokenRefusal(
    error: "access_denied", code: 53003,
    text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    claims: #"{"access_token":{"capolids":{"essential":true,"values":["9f1d0c5e-7a57-4e5c-a3b0-51b1c6a8f2d4"]}}}"#)
  static func unlicensed(_ client: String, in tenant: String) -> TokenRefusal {
    TokenRefusal(
      status: 401, error: "invalid_client", code: 650052,
      text: "The app is trying to access a service '\(client)'(partner-console) that your organization '\(tenant)'"
        + " lacks a service principal for. Contact your IT Admin to review the configuration of your service"
        + " subscriptions or consent to the application in order to create the required service principal.")
  }
  static func resourceNotRequested(_ client: String) -> TokenRefusal {
    TokenRefusal(
      error: "invalid_resource", code: 650057,
      text: "Invalid resource. The client has requested access to a resource which is not listed in the requested"
        + " permissions in the client's application registration. Client app ID: \(client)(partner-console)."
        + " Resource value from request: https://graph.microsoft.com."
        + " Resource app ID: 00000003-0000-0000-c000-000000000000.")
  }

  func answer(traceID: String, correlationID: String, at now: Moment) -> LabAnswer {
    let stamp = now.tokenText
    return LabAnswer.json(
      jsonObject { json in
        json.field("error", error)
        json.field(
          "error_description",
          "AADSTS\(code): \(text)\r\nTrace ID: \(traceID)\r\nCorrelation ID: \(correlationID)\r\nTimestamp: \(stamp)")
        switch told {
        case .numbers: json.array("error_codes") { $0.number(code) }
        case .texts: json.field("error_codes", ["\(code)"])
        case .absent: break
        }
        json.field("timestamp", stamp)
        json.field("trace_id", traceID)
        json.field("correlation_id", correlationID)
        if isDocumented { json.field("error_uri", "https://login.microsoftonline.com/error?code=\(code)") }
        if let suberror { json.field("suberror", suberror) }
        if let claims { json.field("claims", claims) }
      }, status: status)
  }
}
