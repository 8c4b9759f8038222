import FoundationEssentials

/// A refusal in the form of Microsoft Graph's error body.
struct GraphRefusal: Error, Hashable {
  var status: Int
  var code: String
  var message: String
  var retryAfter: Int?
  var challenge: String?

  static func badRequest(_ message: String, code: String = "BadRequest") -> GraphRefusal {
    GraphRefusal(status: 400, code: code, message: message)
  }
  static func option(_ name: String) -> GraphRefusal {
    badRequest("The query parameter '\(name)' is not supported.")
  }
  static func invalidOption(_ name: String, _ value: String) -> GraphRefusal {
    badRequest("Invalid value '\(value)' for \(name) query option found. It must be a non-negative integer.")
  }
  /// The observed body of a page size above the limit has an empty code.
  static func topTooLarge(_ value: Int, limit: Int) -> GraphRefusal {
    badRequest(
      "The query specified in the URI is not valid. The limit of '\(limit)' for Top query has been exceeded."
        + " The value from the incoming request is '\(value)'.", code: "")
  }
  static func skipTooLarge(_ value: Int, limit: Int) -> GraphRefusal {
    badRequest(
      "The query specified in the URI is not valid. The limit of '\(limit)' for Skip query has been exceeded."
        + " The value from the incoming request is '\(value)'.", code: "")
  }
  static func filter(_ problem: String) -> GraphRefusal {
    badRequest("Invalid filter clause: \(problem)")
  }
  static func notFound(_ what: String, _ id: String) -> GraphRefusal {
    GraphRefusal(status: 404, code: "NotFound", message: "\(what) with id '\(id)' was not found.")
  }
  static func unknownSegment(_ name: String) -> GraphRefusal {
    GraphRefusal(
      status: 400, code: "BadRequest", message: "Resource not found for the segment '\(name)'.")
  }
  static func method(_ name: String) -> GraphRefusal {
    GraphRefusal(
      status: 405, code: "Request_BadRequest", message: "The OData request is not supported: method \(name).")
  }
  static func token(_ message: String) -> GraphRefusal {
    GraphRefusal(
      status: 401, code: "InvalidAuthenticationToken", message: message,
      challenge: #"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize","#
        + #" client_id="00000003-0000-0000-c000-000000000000""#)
  }
  static func roles(required: [String], present: [String]) -> GraphRefusal {
    GraphRefusal(
      status: 403, code: "Forbidden",
      message: "Missing application roles. API required roles: \(required.joined(separator: ",")),"
        + " application roles: \(present.joined(separator: ",")).")
  }
  static func scopes(required: [String], present: [String]) -> GraphRefusal {
    GraphRefusal(
      status: 403, code: "Forbidden",
      message: "Missing application scopes. API required scopes: \(required.joined(separator: ",")),"
        + " application scopes: \(present.joined(separator: ",")).")
  }
  /// The person has no role in Defender that is enough.
  static let roleMissing = GraphRefusal(
    status: 403, code: "Forbidden", message: "The user does not have a role that allows this operation.")
  /// A token that was got without what is asked for since.
  static func claims(_ claims: String, at origin: String) -> GraphRefusal {
    GraphRefusal(
      status: 401, code: "InvalidAuthenticationToken",
      message: "Continuous access evaluation resulted in challenge with result: InteractionRequired and code:"
        + " TokenIssuedBeforeRevocationTimestamp",
      challenge: #"Bearer realm="", authorization_uri="\#(origin)/common/oauth2/authorize","#
        + #" client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims","#
        + #" claims="\#(Data(claims.utf8).base64EncodedString())""#)
  }
  static func tooManyRequests(_ seconds: Int) -> GraphRefusal {
    GraphRefusal(
      status: 429, code: "TooManyRequests",
      message: "Too many requests. The Retry-After header tells when to come back.",
      retryAfter: seconds)
  }
  static let serverError = GraphRefusal(
    status: 500, code: "InternalServerError", message: "An internal server error has occurred.")
  static let unavailable = GraphRefusal(
    status: 503, code: "serviceNotAvailable", message: "The service is temporarily unavailable.")

  func answer(requestID: String, clientRequestID: String, at now: Moment) -> LabAnswer {
    let body = jsonObject { json in
      json.object("error") { json in
        json.field("code", code)
        json.field("message", message)
        if code.isEmpty { json.array("details") { _ in } }
        json.object("innerError") { json in
          json.field("date", now.errorText)
          json.field("request-id", requestID)
          json.field("client-request-id", clientRequestID)
        }
      }
    }
    var answer = LabAnswer(status: status, body: body)
    if let retryAfter { answer.headers.append(("Retry-After", String(retryAfter))) }
    if let challenge { answer.headers.append(("WWW-Authenticate", challenge)) }
    return answer
  }
}
