public import FoundationEssentials

/// What a customer allows people of ours, for a time: a relationship of granular delegated administration (GDAP).
///
/// Source: Microsoft Graph v1.0, `delegatedAdminRelationship` and its `accessAssignments`.
public struct DelegatedAdminRelation: Hashable, Sendable {
  /// Opaque.
  public var id: String
  public var displayName: String
  /// As the service spells it, for example `active`, `expiring`, `terminated`.
  public var status: String
  public var endsAt: Date?
  /// Whether it goes on by itself at its end.
  public var autoExtends: Bool
  /// Template ids of the Entra roles that it may give.
  public var roles: [String]
  /// Who of ours has which of them; `nil` where that was not read.
  public var assignments: [AccessAssignment]?

  public init(
    id: String, displayName: String, status: String, endsAt: Date? = nil, autoExtends: Bool = false,
    roles: [String] = [], assignments: [AccessAssignment]? = nil
  ) {
    self.id = id
    self.displayName = displayName
    self.status = status
    self.endsAt = endsAt
    self.autoExtends = autoExtends
    self.roles = roles
    self.assignments = assignments
  }

  /// Whether people of ours can act by it at `now`.
  public func isInForce(at now: Date) -> Bool {
    ["active", "expiring"].contains(status) && endsAt.map { $0 > now } ?? true
  }
}

/// A group of ours with the roles that its members have in the customer's tenant.
public struct AccessAssignment: Hashable, Sendable {
  public var group: String
  /// As the service spells it: `pending`, `active`, `deleting`, `deleted`, `error`.
  public var status: String
  public var roles: [String]
  /// Whether who signed in is in the group; `nil` where nobody knows.
  public var holdsOperator: Bool?

  public init(group: String, status: String, roles: [String], holdsOperator: Bool? = nil) {
    self.group = group
    self.status = status
    self.roles = roles
    self.holdsOperator = holdsOperator
  }
}
