import FoundationEssentials

extension PartnerError {
  /// A stable word for the cause, for programs.
  public var causeName: String {
    switch cause {
    case .consent(let state): state.rawValue
    case .appRoleMissing: "appRoleMissing"
    case .grantLags: "grantLags"
    case .throttled: host == nil ? "throttled" : "appThrottled"
    case .budgetSpent: "budgetSpent"
    case .tokensSpent: "tokenBudgetSpent"
    case .unreachable: "unreachable"
    case .outage: "outage"
    case .unauthorized: "unauthorized"
    case .claimsChallenge: "claimsChallenge"
    case .signInNeeded: "signInNeeded"
    case .access(let state): state.rawValue
    case .signInFailed: "signInFailed"
    case .excluded: "excluded"
    case .foreignToken: "foreignToken"
    case .foreignData: "foreignData"
    case .redirectRefused: "redirectRefused"
    case .unsafeLink: "unsafeLink"
    case .pagingLoop: "pagingLoop"
    case .answerTooLarge, .incidentTooLarge: "answerTooLarge"
    case .answerIncomplete: "answerIncomplete"
    case .answerPartial: "answerPartial"
    case .answerUnreadable: "answerUnreadable"
    case .deadlineExceeded: "deadlineExceeded"
    case .notFound, .absentJustNow: "notFound"
    case .merged, .otherMerged: "merged"
    case .tooMany: "tooMany"
    case .conflict, .overtaken: "conflict"
    case .notUndoable: "notUndoable"
    case .breakerOpen: host == nil ? "breakerOpen" : "hostBreakerOpen"
    case .notProvisioned: "notProvisioned"
    case .refusedDespiteRoles: "refusedDespiteRoles"
    case .assignedElsewhere: "assignedElsewhere"
    case .refused: "refused"
    case .outcomeUnknown: "outcomeUnknown"
    case .credentialUnreadable: "credentialUnreadable"
    case .rootUnreadable: "rootUnreadable"
    case .httpLibrary: "httpLibrary"
    case .storage: "storage"
    case .cancelled: "cancelled"
    }
  }

  /// What happened, in one clause without the tenant's name. May quote the service: make it harmless before painting.
  public var summary: String {
    switch cause {
    case .consent(.tenantNotFound) where homeCloud != nil: homeCloud?.summary ?? ""
    case .consent(let state): meaning?.cause ?? state.summary
    case .appRoleMissing(let roles): "the app lacks \(roles.map(\.rawValue).joined(separator: ", "))"
    case .grantLags(let roles):
      "granted in the tenant's directory, and in no token yet: \(roles.map(\.rawValue).joined(separator: ", "))"
    case .throttled(let until) where code == Self.loopCode:
      "Entra ID was asked too often, again at \(minute(until))"
    case .throttled where meaning != nil, .outage where meaning != nil: meaning?.cause ?? ""
    case .throttled(let until) where host != nil:
      "\(host ?? "") wants silence of the app in all its tenants until \(minute(until))"
    case .throttled: "throttled by the service"
    case .budgetSpent: "our share of the tenant's request limit is used up"
    case .tokensSpent(let until): "enough tokens were asked for in five minutes, again at \(minute(until))"
    case .unreachable(let reason): reason.summary
    case .outage(let status): "the service is failing (HTTP \(status))"
    case .unauthorized: "the service does not accept our token"
    case .claimsChallenge: "the service asks for a sign-in that an app cannot give"
    case .signInNeeded where meaning != nil: meaning?.cause ?? ""
    case .signInNeeded(let need): need.summary
    case .access(let state): state.summary
    case .signInFailed(let failure): failure.summary
    case .excluded: "the tenant is excluded, so it is never asked"
    case .foreignToken: "a token of another tenant came back and was thrown away"
    case .foreignData: "the answer held data of another tenant and was thrown away"
    case .redirectRefused(let target): "redirect refused (to \(target))"
    case .unsafeLink(let link): "unsafe link refused (\(link))"
    case .pagingLoop: "the pages repeat themselves; stopped"
    case .answerTooLarge(let limit): "answer too large (over \(size(limit)))"
    case .answerIncomplete: "incomplete answer: the connection ended early"
    case .answerPartial: "the service says that a part of its answer is missing"
    case .answerUnreadable(let reason): "not a Graph answer: \(reason)"
    case .deadlineExceeded(let seconds): "no complete answer within \(seconds) s"
    case .notFound: "not found"
    case .absentJustNow: "could not be read, 404 just now"
    case .merged(let id): id.map { "merged into \($0)" } ?? "merged into another incident"
    case .otherMerged(let id, let target):
      "#\(id) was merged into \(target.map { "#\($0)" } ?? "another incident")"
    case .tooMany(let most): "more than \(most) at once"
    case .incidentTooLarge(let limit): "the incident alone is larger than an answer may be (over \(size(limit)))"
    case .conflict(let what): "changed meanwhile: \(what)"
    case .overtaken(let conflict): "changed meanwhile: \(conflict.summary)"
    case .notUndoable(let reason): "cannot be undone: \(reason)"
    case .breakerOpen(let until):
      "\(host.map { "\($0) fails for many tenants" } ?? "it keeps failing"), so it is left alone until \(minute(until))\(message.map { ": \(clause($0))" } ?? "")"
    case .notProvisioned: "Defender is not set up in the tenant"
    case .refusedDespiteRoles(let message): "refused, and not for a lack of permissions: \(clause(message))"
    case .assignedElsewhere: "a colleague has it"
    case .refused where meaning != nil: meaning?.cause ?? ""
    case .refused(let status, let message): "refused (HTTP \(status)): \(clause(message))"
    case .outcomeUnknown: "outcome not known yet"
    case .credentialUnreadable: "our credential cannot be used"
    case .rootUnreadable(let reason): "the further trusted root cannot be read: \(reason)"
    case .httpLibrary(let reason): "nothing can be asked: \(reason)"
    case .storage(let reason): "cannot be kept on this machine: \(reason)"
    case .cancelled: "cancelled"
    }
  }

  /// One sentence: what the operator does next.
  public var nextAction: String {
    switch cause {
    case .consent(.tenantNotFound) where homeCloud != nil: homeCloud?.nextAction ?? ""
    case .consent(let state): meaning.map(advice) ?? state.nextAction
    case .appRoleMissing(let roles):
      "Send the consent link to the tenant's admin again, so that \(roles.map(\.rawValue).joined(separator: ", ")) is granted; then check consent."
    case .grantLags: "Wait some minutes, then check consent again: a new grant takes a while to show."
    case .throttled where code == Self.loopCode:
      "Leave the tenant alone until \(retryAt.map(minute) ?? "then"), and name several tenants in one command: each command asks for a token of its own."
    case .throttled where meaning != nil, .outage where meaning != nil: meaning.map(advice) ?? ""
    case .throttled, .budgetSpent: "Wait: it is asked again by itself when the time is over."
    case .tokensSpent:
      "Wait until then, and name several tenants in one command: each command asks for a token of its own."
    case .unreachable(.untrusted):
      "Check this machine's clock and the network (captive portal, TLS inspection); a root of your own company is named in app.trust.caFile."
    case .unreachable(.tooManyOpenFiles): "Raise the limit of open files (ulimit -n), then start again."
    case .unreachable(.proxy): "Check HTTPS_PROXY and the proxy's credentials."
    case .unreachable, .outage, .answerIncomplete, .answerPartial, .deadlineExceeded:
      "Wait or refresh: what was read before stays, with its age."
    case .unauthorized: "Check consent\(quoting(", and if it is granted "))."
    case .claimsChallenge: "Ask the tenant's admin which conditional access policy covers workload identities."
    case .signInNeeded(let need): need.nextAction
    case .access(let state): state.nextAction
    case .signInFailed(let failure): failure.nextAction
    case .excluded: "Set \"excluded\": false for the tenant in tenants.json if it should be asked."
    case .foreignToken, .foreignData: "Do not trust this tenant's answers\(quoting("; "))."
    case .redirectRefused, .unsafeLink, .answerUnreadable:
      "Check the network (captive portal, proxy) and the cloud setting; then refresh."
    case .pagingLoop, .answerTooLarge: "Refresh later\(quoting("; if it stays, "))."
    case .notFound: "Check the id and the tenant; it may have been deleted."
    case .absentJustNow:
      "Read it again in a minute: it stays listed as it was last read, until a second look does not find it either."
    case .merged: "Open the incident that it was merged into."
    case .otherMerged(let id, let target):
      "#\(id) was merged into \(target.map { "#\($0): name that one instead" } ?? "another incident: leave it out")."
    case .tooMany(let most): "Nothing was sent: do it in parts, with at most \(most) at once."
    case .incidentTooLarge:
      "It does not get smaller by waiting, mostly by its many comments: read and change it in the Defender portal."
    case .conflict, .overtaken: "Look at the incident as it is now, then decide again."
    case .notUndoable: "Change the incident by hand if it should be another."
    case .breakerOpen: "Wait: it is asked again by itself then; what was read before stays, with its age."
    case .assignedElsewhere(let holder): "\(holder) has it: ask them first, or assign it all the same with --take-over."
    case .notProvisioned:
      "Ask the customer to set up Microsoft Defender XDR, or exclude the tenant; consenting again does not help."
    case .refusedDespiteRoles:
      "It is not the permissions: the token holds them. Ask the tenant's admin about the licence and the roles in the Defender portal\(quoting("; if they are in order, "))."
    case .refused where meaning != nil: meaning.map(advice) ?? ""
    case .refused(402, _): "Ask the customer about the licence\(quoting("; if it is in order, "))."
    case .refused(403, _) where error != "Authorization_RequestDenied":
      "Check the tenant's consent, the app's permissions and the licence\(quoting("; if they are in order, "))."
    case .refused(403, _):
      "Try again later: such a refusal can pass. If it stays, ask the tenant's admin about the licence and the roles in the Defender portal\(quoting(", and "))."
    case .refused where isAboutSignIn: "Sign in again, where a person did\(quoting("; else "))."
    case .refused: "Check what was sent\(quoting("; if it looks right, "))."
    case .outcomeUnknown: "Wait: it is settled by reading the incident again."
    case .credentialUnreadable(let reason):
      "Mend the app's credential: \(clause(reason))."
    case .rootUnreadable: "Fix app.trust.caFile in the configuration."
    case .httpLibrary: "Install libcurl 7.80 or newer with OpenSSL 3 (apt-get install libcurl4), then start again."
    case .storage: "Free space or fix permissions of the state folder, then do it again."
    case .cancelled: "Ask again when you want it."
    }
  }
}

extension PartnerError {
  /// The same for a change of which nothing was sent: what would be read again by itself is not changed by itself.
  public var nextActionOfNothingDone: String {
    switch cause {
    case .throttled(let until), .budgetSpent(let until), .tokensSpent(let until), .breakerOpen(let until):
      "Nothing was changed: do it again after \(Timestamp(until).description.dropFirst(11))."
    case .absentJustNow: "Nothing was changed: do it again in a minute."
    case .unreachable(.untrusted), .unreachable(.proxy): nextAction
    case .unreachable, .outage, .answerIncomplete, .answerPartial, .deadlineExceeded, .cancelled:
      "Nothing was changed: do it again when the tenant answers."
    default: nextAction
    }
  }

  /// Whose turn it is; `nil` where that is not certain, or nobody's.
  public var whoActs: WhoActs? {
    switch cause {
    case .consent(.tenantNotFound) where homeCloud != nil: .partner
    case .consent(let state): meaning.map(\.whoActs) ?? state.whoActs
    case .access(let state): state.whoActs
    case .signInNeeded, .signInFailed: .partner
    case .refused where meaning != nil, .throttled where meaning != nil, .outage where meaning != nil: meaning?.whoActs
    case .appRoleMissing, .claimsChallenge, .notProvisioned, .refused(402, _): .customer
    case .outage: .microsoft
    case .unreachable(.untrusted), .unreachable(.proxy), .unreachable(.tooManyOpenFiles): .partner
    case .tokensSpent, .excluded, .merged, .otherMerged, .tooMany, .conflict, .overtaken, .notUndoable,
      .assignedElsewhere,
      .credentialUnreadable, .rootUnreadable, .httpLibrary, .storage:
      .partner
    case .throttled, .budgetSpent, .unreachable, .unauthorized, .foreignToken, .foreignData, .redirectRefused,
      .unsafeLink, .pagingLoop, .answerTooLarge, .incidentTooLarge, .answerIncomplete, .answerPartial,
      .answerUnreadable,
      .deadlineExceeded, .notFound, .absentJustNow, .refusedDespiteRoles, .refused, .outcomeUnknown, .cancelled,
      .grantLags, .breakerOpen:
      nil
    }
  }

  /// What a refusal of the token endpoint means: by its number, else by its words.
  private var meaning: RefusalMeaning? {
    code.flatMap { RefusalTable.meaning(of: $0) } ?? RefusalTable.meaning(error: error, suberror: suberror)
  }

  private func advice(_ meaning: RefusalMeaning) -> String {
    guard meaning.isAskedByCorrelation else { return meaning.nextAction }
    return "\(meaning.nextAction)\(correlationID.map { ", and quote the correlation id \($0)" } ?? "")."
  }

  /// Whether what a person's sign-in left behind may have been refused.
  private var isAboutSignIn: Bool {
    error.map { RefusalCourse(error: $0, suberror: suberror, hasClaims: false) == .renew } ?? false
  }

  /// The number with which Entra ID says that it saw the same request too often.
  public static let loopCode = 50_196

  /// Asks to quote the id by which the service finds the request; empty where it gave none.
  func quoting(_ lead: String) -> String {
    requestID.map { "\(lead)quote the request id \($0) to Microsoft" } ?? ""
  }
}

/// The time of day of the first whole minute that is not before a moment, in Z.
private func minute(_ moment: Date) -> String {
  let rounded = Date(timeIntervalSince1970: (moment.timeIntervalSince1970 / 60).rounded(.up) * 60)
  return "\(Timestamp(rounded).description.dropFirst(11).prefix(5))Z"
}

/// A service's sentence as the end of one of ours.
private func clause(_ message: String) -> Substring { message.hasSuffix(".") ? message.dropLast() : message[...] }

private func size(_ bytes: Int) -> String {
  bytes < 1_048_576 ? "\(bytes / 1024) KiB" : "\(bytes / 1_048_576) MiB"
}

extension ConsentState {
  /// Whose turn it is; `nil` where it is nobody's, or not known.
  public var whoActs: WhoActs? {
    switch self {
    case .granted, .unknown: nil
    case .partial, .missing, .notGranted, .disabled, .blocked, .unlicensed: .customer
    case .tenantNotFound, .appProblem, .credentialProblem: .partner
    }
  }

  /// What the state means, in one clause.
  public var summary: String {
    switch self {
    case .granted: "consent granted"
    case .partial: "some permissions are missing"
    case .missing: "no consent: the app is not in the tenant"
    case .notGranted: "no permission granted to the app"
    case .disabled: "the tenant disabled the app"
    case .blocked: "conditional access blocks the app"
    case .unlicensed: "no licence for the service in the tenant"
    case .tenantNotFound: "no such tenant in this cloud"
    case .appProblem: "our app registration is not in order"
    case .credentialProblem: "our credential is not accepted"
    case .unknown: "consent is not known"
    }
  }

  /// One sentence: what the operator does next.
  public var nextAction: String {
    switch self {
    case .granted: "Nothing to do."
    case .partial, .missing, .notGranted:
      "Send the consent link to the tenant's admin: partner-console consent link prints it."
    case .disabled: "Ask the tenant's admin to enable the enterprise application again."
    case .blocked: "Ask the tenant's admin which conditional access policy blocks workload identities."
    case .unlicensed: "Ask the customer about the Defender licence, or exclude the tenant."
    case .tenantNotFound: "Check the tenant id, or move the tenant to the app of its cloud."
    case .appProblem: "Fix the API permissions of the app registration, then ask for consent again."
    case .credentialProblem: "Renew the app's credential: it concerns every tenant."
    case .unknown: "Check consent."
    }
  }
}

extension PartnerError.Unreachable {
  var summary: String {
    switch self {
    case .nameNotFound(let host): "no such host: \(host)"
    case .connectionRefused(let host): "\(host) refused the connection"
    case .noAnswer(let host): "no answer from \(host)"
    case .connectionLost(let host): "\(host) closed the connection"
    case .untrusted(let host, let reason): "\(host) is not trusted: \(reason)"
    case .proxy(let reason): "the proxy failed: \(reason)"
    case .tooManyOpenFiles: "too many open files on this machine"
    }
  }
}
