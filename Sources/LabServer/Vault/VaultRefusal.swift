/// A refusal of a vault in the form that its REST interface documents.
struct VaultRefusal: Error, Hashable {
  var status: Int
  var code: String
  var message: String
  /// The more exact code inside.
  var inner: String?
  /// Who is to be asked for a token, where one is missing or not good enough.
  var challenge: String?

  static let versionMissing = VaultRefusal(
    status: 400, code: "BadParameter", message: "The request URI must name an api-version.")
  static let methodUnknown = VaultRefusal(
    status: 405, code: "HttpMethodNotAllowed", message: "This vault only reads secrets.")
  static let pathUnknown = VaultRefusal(status: 404, code: "NotFound", message: "There is nothing at this address.")

  static func tokenMissing(_ challenge: String) -> VaultRefusal {
    VaultRefusal(
      status: 401, code: "Unauthorized", message: "AKV10000: Request is missing a Bearer or PoP token.",
      challenge: challenge)
  }
  static func token(_ what: String, _ challenge: String) -> VaultRefusal {
    VaultRefusal(
      status: 401, code: "Unauthorized", message: what, challenge: "\(challenge), error=\"invalid_token\"")
  }
  static func noAccess(_ principal: String, _ vault: String) -> VaultRefusal {
    VaultRefusal(
      status: 403, code: "Forbidden",
      message: "The user, group or application '\(principal)' does not have secrets get permission on key vault"
        + " '\(vault)'.",
      inner: "AccessDenied")
  }
  static let secretDisabled = VaultRefusal(
    status: 403, code: "Forbidden", message: "Operation get is not allowed on a disabled secret.",
    inner: "SecretDisabled")
  static func secretNotFound(_ name: String) -> VaultRefusal {
    VaultRefusal(
      status: 404, code: "SecretNotFound",
      message: "A secret with (name/id) \(name) was not found in this key vault.")
  }

  var answer: LabAnswer {
    var answer = LabAnswer.json(
      jsonObject { json in
        json.object("error") { json in
          json.field("code", code)
          json.field("message", message)
          if let inner { json.object("innererror") { $0.field("code", inner) } }
        }
      }, status: status)
    if let challenge { answer.headers.append(("WWW-Authenticate", challenge)) }
    return answer
  }
}
