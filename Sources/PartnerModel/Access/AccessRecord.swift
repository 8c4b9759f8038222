public import FoundationEssentials

/// Whether a person of ours may act in a tenant, beside what its admin has granted to the app.
public enum AccessState: String, Hashable, Sendable, CaseIterable {
  /// We act as the app: nobody's access is needed.
  case notNeeded
  case ok
  /// The relationship ends within 30 days, and does not go on by itself.
  case ending
  /// Neither a relationship nor a guest's account.
  case noRelation
  case relationExpired
  /// The relationship gives no role that can read what is asked for.
  case roleMissing
  /// Who signed in is in no group that the relationship's roles are assigned to.
  case notInGroup
  /// The app is not consented to in the tenant, so nobody can use it there.
  case notConsented
  /// A cross-tenant policy, the tenant's or our own, or the tenant's conditional access forbids it.
  case blockedByPolicy
  /// Nobody is signed in, or the sign-in is not accepted any more.
  case signInNeeded
  case unknown
}

/// A tenant's access with what it rests on.
public struct AccessRecord: Hashable, Sendable {
  public var state: AccessState
  /// Known relationships with the tenant, the one that lasts longest first; also while we act as the app.
  public var relations: [DelegatedAdminRelation]
  /// When the relationships were read; `nil` while they never were.
  public var checkedAt: Date?
  /// Why it is not `ok`, and what to do; its `cause` is the state's raw value.
  public var error: Problem?

  public init(
    state: AccessState = .unknown, relations: [DelegatedAdminRelation] = [], checkedAt: Date? = nil,
    error: Problem? = nil
  ) {
    self.state = state
    self.relations = relations
    self.checkedAt = checkedAt
    self.error = error
  }

  public static let never = AccessRecord()
}
