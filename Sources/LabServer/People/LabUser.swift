/// A role of Entra ID that lets people read or change what Defender holds.
///
/// Source: Microsoft Entra built-in roles.
package enum LabEntraRole: String, CaseIterable, Hashable, Sendable {
  case securityReader, securityOperator, securityAdministrator, globalReader

  /// The id of the role's template, which is the same in every directory.
  package var templateID: String {
    switch self {
    case .securityReader: "5d6b6bb7-de71-4623-b4af-96380a352509"
    case .securityOperator: "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"
    case .securityAdministrator: "194ae4cb-b126-40b2-bd5b-6091b380977d"
    case .globalReader: "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
    }
  }

  /// Whether its holder may change incidents and alerts, and not only read them.
  var mayWrite: Bool { self == .securityOperator || self == .securityAdministrator }
}

/// An operator of the partner's.
package struct LabUser: Hashable, Sendable {
  package var upn: String
  package var name: String
  /// GUID of the account in its home tenant; nil: made up of the UPN.
  package var oid: String?
  /// GUID of the tenant that the account belongs to; nil: the partner's own.
  package var homeTenant: String?
  /// Tenants that have invited the account, with the roles that it has there.
  package var guestOf: [String: [LabEntraRole]] = [:]
  /// GUIDs of security groups of the home tenant that the account is in; nil: `LabServer.operatorsGroup`.
  package var groups: [String]?
  /// Whether its sign-in takes a second factor wherever it signs in.
  package var needsMFA = false

  package init(_ upn: String, name: String, oid: String? = nil) {
    self.upn = upn
    self.name = name
    self.oid = oid
  }
}

/// How far the partner's people get into a tenant; the order is the fixed rotation of `--scenarios mixed`.
///
/// Each but `ok` takes away one thing that a delegated token needs.
package enum LabAccess: String, CaseIterable, Hashable, Sendable {
  /// A relation that is active for months, with reader and operator, assigned to the operators' group.
  case ok
  case noRelation
  /// The relation ends within 30 days.
  case ending
  /// The relation has no security role.
  case roleMissing
  /// The relation is assigned to a group that the default user is not in.
  case notInGroup
  /// Nobody has consented to the app's delegated permissions.
  case notConsented
  /// The tenant's cross-tenant policy lets nobody of the partner's in.
  case blockedByPolicy
  case relationExpired
  /// No relation: the default user was invited.
  case guest
}
