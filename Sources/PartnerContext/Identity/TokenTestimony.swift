public import FoundationEssentials
public import PartnerModel

/// What the newest attempts to get a tenant's token told: its state, what it allows, and since when that is known.
public struct TokenTestimony: Hashable, Sendable {
  /// For keeping; never the token.
  public var record: TokenRecord
  /// The app roles in the token; `nil` when there is none or it does not tell.
  public var roles: [AppRole]?
  /// When that token was asked for: it knows of nothing that was granted later.
  public var askedAt: Date?
  /// Why the newest attempt was refused, when it was for something that somebody can mend.
  public var refusal: PartnerError?
  /// When the refused token was asked for.
  public var refusedAt: Date?
}
