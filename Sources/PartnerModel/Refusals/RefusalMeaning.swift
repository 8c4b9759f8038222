/// Whose turn it is.
public enum WhoActs: String, Hashable, Sendable, CaseIterable {
  /// We, the partner.
  case partner
  /// The customer's admin.
  case customer
  case microsoft

  /// In a sentence or beside a label.
  public var words: String {
    switch self {
    case .partner: "we"
    case .customer: "the tenant's admin"
    case .microsoft: "Microsoft"
    }
  }
}

/// What a refusal of the token endpoint means, for people.
public struct RefusalMeaning: Hashable, Sendable {
  /// `nil` where it tells nothing of the tenant's consent.
  public var state: ConsentState?
  /// One clause.
  public var cause: String
  /// `nil` where that is not certain.
  public var whoActs: WhoActs?
  /// One sentence.
  public var nextAction: String
  /// Whether who is asked for help finds the case by its correlation id.
  public var isAskedByCorrelation = false

  init(
    _ state: ConsentState?, _ whoActs: WhoActs?, _ cause: String, _ nextAction: String,
    isAskedByCorrelation: Bool = false
  ) {
    self.state = state
    self.cause = cause
    self.whoActs = whoActs
    self.nextAction = nextAction
    self.isAskedByCorrelation = isAskedByCorrelation
  }
}

/// What is done after a refusal. It follows from `error`, `suberror` and `claims` alone (rule T11): numbers may change.
public enum RefusalCourse: Hashable, Sendable {
  /// The same may be granted in a moment.
  case retry
  /// Somebody else has to do something first; the same is asked again at the pace that was named.
  case poll
  /// What was sent has run out; a new one may be accepted.
  case renew
  /// Only somebody can go on.
  case ask

  /// Source: RFC 6749 and 8628; Entra ID, "Handle errors"; MSAL's sub-errors.
  public init(error: String, suberror: String?, hasClaims: Bool) {
    switch (error, suberror) {
    case ("temporarily_unavailable", _), ("server_error", _): self = .retry
    case ("authorization_pending", _), ("slow_down", _): self = .poll
    case ("expired_token", _), ("invalid_grant", "bad_token"), ("invalid_grant", "token_expired"): self = .renew
    case ("invalid_grant", nil): self = hasClaims ? .ask : .renew
    default: self = .ask
    }
  }
}
