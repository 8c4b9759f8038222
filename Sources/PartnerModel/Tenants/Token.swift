public import FoundationEssentials

/// Whether a token for a tenant can be used.
public enum TokenState: String, Hashable, Sendable {
  case signInNeeded, refused, throttled, failed, valid, expiring, expired, none
}

/// What a token told of itself, for diagnosis: never the token.
public struct TokenFacts: Hashable, Sendable {
  /// The resource that it is for, as it stands in the token; `nil` when the token does not tell.
  public var audience: String?
  /// Application permissions.
  public var roles: [AppRole]
  /// Delegated permissions.
  public var scopes: [String]
  public var issuedAt: Date?
  /// By which credential it was got, in words.
  public var credential: String?

  public init(
    audience: String? = nil, roles: [AppRole] = [], scopes: [String] = [], issuedAt: Date? = nil,
    credential: String? = nil
  ) {
    self.audience = audience
    self.roles = roles
    self.scopes = scopes
    self.issuedAt = issuedAt
    self.credential = credential
  }

  /// Whether the token could be decoded. It is then one of the tenant that was asked for: any other is thrown away.
  public var isDecoded: Bool { audience != nil || issuedAt != nil }
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
  /// When the attempt was made that this tells of: what an older one told never replaces it.
  public var toldAt: Date?
  /// Of the last token that there was; `nil` when there was none.
  public var facts: TokenFacts?

  public init(
    expiresAt: Date? = nil, trouble: Trouble? = nil, parkedUntil: Date? = nil, lastError: Problem? = nil,
    toldAt: Date? = nil, facts: TokenFacts? = nil
  ) {
    self.expiresAt = expiresAt
    self.trouble = trouble
    self.parkedUntil = parkedUntil
    self.lastError = lastError
    self.toldAt = toldAt
    self.facts = facts
  }

  public static let never = TokenRecord()

  /// The same; where there was no token, with what the last one before told of itself.
  public func withFacts(of before: TokenRecord) -> TokenRecord {
    var record = self
    record.facts = facts ?? before.facts
    return record
  }

  /// No service asks for a longer silence, and none grants a longer token (seconds).
  private static let longestParking: TimeInterval = 86_400
  private static let longestLife: TimeInterval = 172_800

  /// The state at `now`: a sign-in that is needed, a refusal, throttling and a failed endpoint come before the expiry.
  ///
  /// What was told at a moment that has not come yet, because the clock was set back, proves neither a silence nor a
  /// token.
  public func state(at now: Date) -> TokenState {
    let isUndone = isClockUndone(at: now)
    switch trouble {
    case .signInNeeded: return .signInNeeded
    case .refused: return .refused
    case .throttled where isUndone: break
    case .throttled: if parkedUntil.map({ $0 > now }) ?? true { return .throttled }
    case .failed: return .failed
    case nil: break
    }
    guard let expiresAt, !isUndone else { return .none }
    let left = expiresAt.timeIntervalSince(now)
    return left > 300 ? .valid : left > 30 ? .expiring : .expired
  }

  /// Whether the clock was set back behind what this tells of.
  public func isClockUndone(at now: Date) -> Bool {
    if let toldAt { return ClockStep.hasUndone(toldAt, at: now) }
    func lies(_ moment: Date?, beyond longest: TimeInterval) -> Bool {
      moment.map { ClockStep.hasUndone($0.addingTimeInterval(-longest), at: now) } ?? false
    }
    return lies(parkedUntil, beyond: Self.longestParking) || lies(expiresAt, beyond: Self.longestLife)
  }
}
