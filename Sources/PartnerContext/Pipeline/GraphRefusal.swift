import FoundationEssentials
import PartnerModel

/// An answer of Microsoft Graph that is not a success, read for what an operator can do.
///
/// Source: Microsoft Graph v1.0, "Error responses and resource types".
struct GraphRefusal {
  private let answer: Answer
  private let code: String?
  private let message: String?

  init(_ answer: Answer) {
    self.answer = answer
    let body = answer.isWebPage || answer.body.count > 262_144 ? nil : try? JSONReader.read(answer.text)
    let error = body?["error"]
    code = error?["code"]?.string.flatMap { $0.isEmpty ? nil : String($0.prefix(Answer.longestID)) }
    message = error?["message"]?.string
  }

  /// - Parameters:
  ///   - roles: those in the token that the request was sent with; `nil` when it does not tell.
  ///   - isPersonal: whether a person acts, whose own roles count beside the token's permissions.
  func error(
    for call: GraphCall, roles: [AppRole]?, isPersonal: Bool = false, in tenant: TenantID, requestID: String,
    at now: Date
  ) -> PartnerError {
    PartnerError(
      cause(for: call, roles: roles, isPersonal: isPersonal, at: now), tenant: tenant, error: code, code: answer.status,
      correlationID: requestID,
      requestID: answer.requestID, at: now)
  }

  private func cause(
    for call: GraphCall, roles: [AppRole]?, isPersonal: Bool, at now: Date
  ) -> PartnerError.Cause {
    switch answer.status {
    case 304: .answerUnreadable("HTTP 304")
    case 300...399: .redirectRefused(to: answer.redirectTarget)
    case 401: hasClaimsChallenge ? .claimsChallenge : .unauthorized
    case 403: forbidden(call, roles, isPersonal)
    case 404: .notFound
    case 409, 412, 423: .conflict(shortMessage)
    case 429, 503:
      answer.parkingEnd(at: now).map { .throttled(until: $0) } ?? .outage(status: answer.status)
    case 408, 500...599: .outage(status: answer.status)
    case 100...199: .answerUnreadable("HTTP \(answer.status)")
    default: refused
    }
  }

  /// One status stands for a tenant without Defender, for missing permissions, and for refusals that pass: the message
  /// and the token's own roles tell which.
  private func forbidden(_ call: GraphCall, _ roles: [AppRole]?, _ isPersonal: Bool) -> PartnerError.Cause {
    let text = message?.lowercased() ?? ""
    if text.contains("not provisioned") || text.contains("not onboarded") { return .notProvisioned }
    // The app may, and the person may not: what a person holds is a role in the tenant.
    if isPersonal, call.needs == nil, let roles, suffices(roles, for: call) { return .access(.roleMissing) }
    // It looked at the token, and at what its admin granted since.
    if let missingRoles { return .appRoleMissing(missingRoles) }
    guard text.contains("valid permissions") || text.contains("insufficient privileges"), let roles else {
      return refused
    }
    guard suffices(roles, for: call) else { return .appRoleMissing(call.sufficientRoles) }
    return code == "Authorization_RequestDenied" ? refused : .refusedDespiteRoles(message: shortMessage)
  }

  private func suffices(_ roles: [AppRole], for call: GraphCall) -> Bool {
    call.sufficientRoles.contains { need in roles.contains { $0.satisfies(need) } }
  }

  private var refused: PartnerError.Cause { .refused(status: answer.status, message: shortMessage) }

  private var shortMessage: String {
    if answer.isWebPage { return "a gateway's page instead of an answer" }
    return message.map { String($0.prefix(300)) } ?? code ?? "no reason given"
  }

  /// The service can ask for claims that only a signed-in person can give.
  private var hasClaimsChallenge: Bool {
    answer.values("www-authenticate").contains {
      $0.utf8.count <= ClaimsChallenge.longest && $0.contains("insufficient_claims") && $0.contains("claims=")
    }
  }

  /// The roles of which the service wants one, out of its message: a hint, so an unfamiliar message gives none.
  private var missingRoles: [AppRole]? {
    guard let message, let marker = message.firstRange(of: "API required roles: ") else { return nil }
    let list = message[marker.upperBound...]
    let end = list.firstRange(of: ", application roles:")?.lowerBound ?? list.endIndex
    let roles = list[..<end].split { $0 == "," || $0 == " " }.map { AppRole(String($0)) }
      .filter { role in
        role.rawValue.utf8.count <= 80
          && role.rawValue.utf8.allSatisfy { ($0 | 32 >= 97 && $0 | 32 <= 122) || $0 == 46 }
      }
    return roles.isEmpty ? nil : Array(roles.prefix(8))
  }
}
