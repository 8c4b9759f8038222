public import FoundationEssentials

/// Whether a token for a tenant can be used.
public enum TokenState: String, Hashable, Sendable {
  case signInNeeded, refused, throttled, failed, valid, expiring, expired, none
}

/// What is remembered about a tenant's token: never the token.
public struct TokenRecord: Hashable, Sendable {
  public enum Trouble: String, Hashable, Sendable { case signInNeeded, refused, throttled, failed }

  public var expiresAt: Date?
  /// Why the last attempt gave no token; cleared by the next that does.
  public var trouble: Trouble?
  /// Until when nothing is asked of the tenant.
  public var parkedUntil: Date?
  public var lastError: Problem?

  public init(
    expiresAt: Date? = nil, trouble: Trouble? = nil, parkedUntil: Date? = nil, lastError: Problem? = nil
  ) {
    self.expiresAt = expiresAt
    self.trouble = trouble
    self.parkedUntil = parkedUntil
    self.lastError = lastError
  }

  public static let never = TokenRecord()

  /// The state at `now`: a sign-in that is needed, a refusal, throttling and a failed endpoint come before the expiry.
  public func state(at now: Date) -> TokenState {
    switch trouble {
    case .signInNeeded: return .signInNeeded
    case .refused: return .refused
    case .throttled: if parkedUntil.map({ $0 > now }) ?? true { return .throttled }
    case .failed: return .failed
    case nil: break
    }
    guard let expiresAt else { return .none }
    let left = expiresAt.timeIntervalSince(now)
    return left > 300 ? .valid : left > 30 ? .expiring : .expired
  }
}
