public import FoundationEssentials

/// Who is signed in, as far as it is known: never a token.
public struct SignInStanding: Hashable, Sendable {
  /// The person's UPN, as the service told it.
  public var account: String
  /// Where the person signed in.
  public var tenant: TenantID
  public var signedInAt: Date
  /// Where it rests between runs, in words; `nil`: it lasts for the run.
  public var restsIn: String?
  /// Why it rests nowhere, in words, where that was not asked for.
  public var reason: String?

  public init(
    account: String, tenant: TenantID, signedInAt: Date, restsIn: String? = nil, reason: String? = nil
  ) {
    self.account = account
    self.tenant = tenant
    self.signedInAt = signedInAt
    self.restsIn = restsIn
    self.reason = reason
  }
}

/// How a sign-in goes on, for whoever waits for it.
public enum SignInProgress: Hashable, Sendable {
  /// The page to sign in on; `openedBy` names the program that was given it, `nil` where there is none, for `reason`.
  case link(url: String, openedBy: String?, reason: String?)
  /// A code to type on any device.
  case code(userCode: String, page: String, until: Date)
  case signedIn(SignInStanding)
  /// It ended without a sign-in: refused, declined, run out, blocked, cancelled.
  case failed(PartnerError)
}
