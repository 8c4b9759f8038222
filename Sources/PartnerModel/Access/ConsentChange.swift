public import FoundationEssentials

/// A change of a tenant's consent that was observed.
public struct ConsentChange: Hashable, Sendable {
  public var tenant: TenantID
  public var at: Date
  /// `nil` for the first that was seen.
  public var before: ConsentState?
  public var after: ConsentState
  /// Permissions that came, and that went.
  public var gained: [AppRole]
  public var lost: [AppRole]
  /// Who was at the console.
  public var operatorUPN: String?
  public var problem: Problem?

  public init(
    tenant: TenantID, at: Date, before: ConsentState?, after: ConsentState, gained: [AppRole] = [],
    lost: [AppRole] = [], operatorUPN: String? = nil, problem: Problem? = nil
  ) {
    self.tenant = tenant
    self.at = at
    self.before = before
    self.after = after
    self.gained = gained
    self.lost = lost
    self.operatorUPN = operatorUPN
    self.problem = problem
  }
}
