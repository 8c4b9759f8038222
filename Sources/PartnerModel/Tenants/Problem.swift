public import FoundationEssentials

/// A failure as it is kept and shown: the same shape everywhere.
public struct Problem: Hashable, Sendable {
  /// A stable word for what happened, for example `throttled`.
  public var cause: String
  /// The service's own `error` or `code`.
  public var error: String?
  /// The AADSTS number or the HTTP status.
  public var code: Int?
  public var correlationID: String?
  public var requestID: String?
  public var at: Date?
  /// One sentence: what the operator does next.
  public var nextAction: String
  /// Whose turn it is; `nil` where that is not certain.
  public var whoActs: WhoActs?
  /// What happened, in one clause; `nil` where ``cause`` says it all. May quote the service: make it harmless before
  /// painting.
  public var summary: String?
  /// The service's own words, where nobody knows better: make them harmless before painting.
  public var message: String?
  /// Until when nothing is sent, where that is not the tenant's own parking; `nil` where nobody has to wait.
  public var retryAt: Date?

  public init(
    cause: String, error: String? = nil, code: Int? = nil, correlationID: String? = nil, requestID: String? = nil,
    at: Date? = nil, nextAction: String, whoActs: WhoActs? = nil, summary: String? = nil, message: String? = nil,
    retryAt: Date? = nil
  ) {
    self.cause = cause
    self.error = error
    self.code = code
    self.correlationID = correlationID
    self.requestID = requestID
    self.at = at
    self.nextAction = nextAction
    self.whoActs = whoActs
    self.summary = summary
    self.message = message
    self.retryAt = retryAt
  }
}

extension Problem {
  /// The causes that concern every tenant: the host fails for many, or wants silence of the whole app.
  public static let everywhere: Set<String> = ["hostBreakerOpen", "appThrottled"]

  /// Whether the token endpoint told it, or nothing could even be asked of it: the next token takes it away.
  public var concernsToken: Bool {
    let words = [
      "credentialUnreadable", "foreignToken", "appRoleMissing", "grantLags", "tokenBudgetSpent", "signInNeeded",
      "signInFailed",
    ]
    if words.contains(cause) { return true }
    // The service lets the account in, and Graph misses a role: no token mends that.
    if let access = AccessState(rawValue: cause) { return access != .roleMissing }
    // An HTTP status has three digits, an AADSTS number more.
    return ConsentState(rawValue: cause) != nil || code.map { $0 > 999 } ?? false
  }
}
