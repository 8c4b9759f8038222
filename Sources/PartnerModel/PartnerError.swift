public import FoundationEssentials

/// A failure an operator can act on: what happened, in which tenant, and what to do next.
public struct PartnerError: Error, Hashable, Sendable {
  /// A case of its own wherever the next step differs.
  public enum Cause: Hashable, Sendable {
    /// The token endpoint refused; the state says who must act.
    case consent(ConsentState)
    /// The token lacks every one of these app roles.
    case appRoleMissing([AppRole])
    /// The tenant's directory has these granted, and no token holds them yet.
    case grantLags([AppRole])
    /// Nothing may be asked of the tenant before this moment.
    case throttled(until: Date)
    /// Our own share of the published limits is used up until this moment.
    case budgetSpent(until: Date)
    /// Enough app tokens of the tenant were asked for until this moment, by all processes of this user.
    case tokensSpent(until: Date)
    case unreachable(Unreachable)
    /// A 5xx that stayed after the retries.
    case outage(status: Int)
    /// The token was not accepted, also not a fresh one.
    case unauthorized
    /// The service asks for a claim that we cannot give by ourselves.
    case claimsChallenge
    /// Nobody is signed in, or the sign-in is not accepted any more: for all tenants, or for this one alone.
    case signInNeeded(SignInNeed)
    /// Who signed in may not act in the tenant.
    case access(AccessState)
    /// A sign-in, or a request for consent, that somebody waited for came to nothing.
    case signInFailed(SignInFailure)
    /// The configuration says that the tenant is never asked.
    case excluded
    /// The token that came back belongs to another tenant; it was thrown away.
    case foreignToken
    /// The answer held something of another tenant; it was thrown away.
    case foreignData
    case redirectRefused(to: String)
    case unsafeLink(String)
    case pagingLoop
    case answerTooLarge(limit: Int)
    /// The connection ended before the answer did.
    case answerIncomplete
    /// The service itself says that a part of its answer is missing.
    case answerPartial
    /// Not what this service answers: HTML from a gateway, a captive portal, broken JSON.
    case answerUnreadable(String)
    case deadlineExceeded(seconds: Int)
    case notFound
    /// The service answered 404 for an incident that it lists, or listed lately: once is no proof that it is gone.
    case absentJustNow
    /// The incident was merged into another.
    case merged(into: IncidentID?)
    /// Another incident that the write is about was merged into a further one.
    case otherMerged(IncidentID, into: IncidentID?)
    /// The write is about more incidents, or alerts, than are read before one write.
    case tooMany(most: Int)
    /// The incident alone is more than an answer may weigh.
    case incidentTooLarge(limit: Int)
    /// The service changed meanwhile what the write was meant for.
    case conflict(String)
    /// Somebody changed meanwhile what the write would change.
    case overtaken(IncidentConflict)
    /// The write cannot be taken back, or not any more: why.
    case notUndoable(String)
    /// So many requests to the tenant, or to the host, failed that it is left alone until this moment.
    case breakerOpen(until: Date)
    /// Defender was never set up in the tenant: neither consent nor a role is amiss.
    case notProvisioned
    /// The service speaks of missing permissions, and the token holds them all.
    case refusedDespiteRoles(message: String)
    /// Somebody else has the incident: their UPN, or what stands in its place.
    case assignedElsewhere(String)
    /// The service refused the request itself.
    case refused(status: Int, message: String)
    /// Whether the write is in effect is not known yet.
    case outcomeUnknown
    /// Our credential cannot be read: which, and why.
    case credentialUnreadable(String)
    /// The further trusted root cannot be read: which, and why.
    case rootUnreadable(String)
    /// The machine has no library for HTTP that will do: which, and what to install.
    case httpLibrary(String)
    /// What was asked, or what was answered, cannot be kept on this machine. A write whose intent cannot be kept is not
    /// sent.
    case storage(String)
    case cancelled
  }

  public enum Unreachable: Hashable, Sendable {
    case nameNotFound(host: String)
    case connectionRefused(host: String)
    case noAnswer(host: String)
    case connectionLost(host: String)
    case untrusted(host: String, reason: String)
    case proxy(reason: String)
    /// This machine gives the program no further connection.
    case tooManyOpenFiles
  }

  /// `nil` when the failure concerns no tenant in particular.
  public var tenant: TenantID?
  public var cause: Cause
  /// The service's `error` or `code`.
  public var error: String?
  /// What the token endpoint says beside its `error`.
  public var suberror: String?
  /// The AADSTS number or the HTTP status.
  public var code: Int?
  public var correlationID: String?
  public var requestID: String?
  public var at: Date?
  /// The service's own words, where it gave some and its number is not known here.
  public var message: String?
  /// The cloud in which a tenant lives that is not in this one, where its own public document tells.
  public var homeCloud: HomeCloud?
  /// The host that was asked, where the failure concerns every tenant that is asked there; `nil` where it is this one's.
  public var host: String?
  /// Of a request that was sent, and by whose failure a tenant is left alone: what it came to.
  package var failedAs: Cause?
  /// Of a write: its request may have reached the service, so only reading tells whether it is in effect.
  public var mayHaveTakenEffect: Bool

  public init(
    _ cause: Cause, tenant: TenantID?, error: String? = nil, suberror: String? = nil, code: Int? = nil,
    correlationID: String? = nil, requestID: String? = nil, at: Date? = nil, message: String? = nil,
    homeCloud: HomeCloud? = nil, host: String? = nil, mayHaveTakenEffect: Bool = false
  ) {
    self.tenant = tenant
    self.cause = cause
    self.error = error
    self.suberror = suberror
    self.code = code
    self.correlationID = correlationID
    self.requestID = requestID
    self.at = at
    self.message = message
    self.homeCloud = homeCloud
    self.host = host
    self.mayHaveTakenEffect = mayHaveTakenEffect
  }

  public var problem: Problem {
    Problem(
      cause: causeName, error: error, code: code, correlationID: correlationID, requestID: requestID, at: at,
      nextAction: nextAction, whoActs: whoActs, summary: summary, message: ownWords, retryAt: leftAloneUntil)
  }

  /// What the service itself said, where the number is not known here.
  private var ownWords: String? {
    if code.flatMap({ RefusalTable.meaning(of: $0) }) != nil { return nil }
    return switch cause {
    // It quotes what failed last, which is in what happened already.
    case .breakerOpen: nil
    case .refused(_, let message), .refusedDespiteRoles(let message): self.message ?? message
    default: message
    }
  }

  /// Until when nothing is sent where the tenant's token does not tell: that knows of its own parking.
  private var leftAloneUntil: Date? {
    switch cause {
    case .breakerOpen(let until): until
    case .throttled(let until) where host != nil: until
    default: nil
    }
  }

  /// Until when it is no use to ask again, if that is known.
  public var retryAt: Date? {
    switch cause {
    case .throttled(let until), .budgetSpent(let until), .tokensSpent(let until),
      .breakerOpen(let until):
      until
    default: nil
    }
  }
}
