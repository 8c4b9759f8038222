import FoundationEssentials

/// What stands between the partner's people and one tenant.
struct TenantAccess: Sendable {
  /// A relation of granular delegated admin privileges (GDAP) with the partner.
  struct Relation: Sendable {
    /// Words of `delegatedAdminRelationshipStatus`.
    enum Status: String, CaseIterable, Sendable {
      case created, approvalPending, approved, activating, active, expiring, expired, terminationRequested, terminating
      case terminated
    }

    /// Words of `delegatedAdminAccessAssignmentStatus`.
    enum AssignmentStatus: String, CaseIterable, Sendable { case pending, active, deleting, deleted, error }

    struct Assignment: Sendable {
      var group: String
      var roles: [LabEntraRole]
      var status = AssignmentStatus.active
    }

    /// Two GUIDs, joined.
    var id: String
    var displayName: String
    var status = Status.active
    var activated: Moment
    var ends: Moment
    var extends = true
    var roles: [LabEntraRole]
    var assignments: [Assignment]

    /// What its status is by the clock: one that nobody ends ends by itself.
    func status(at now: Moment) -> Status {
      [.active, .expiring].contains(status) && ends <= now ? .expired : status
    }
  }

  enum Policy: String, CaseIterable, Sendable {
    case none
    /// The tenant lets nobody of the partner's in.
    case inbound
    /// The partner lets its people not go there.
    case outbound
  }

  var relations: [Relation] = []
  /// Roles of the default user where it was invited; nil where it was not.
  var guestRoles: [LabEntraRole]?
  var policy = Policy.none
  var needsMFA = false
  /// The number that a device code is refused with by policy; nil where it is allowed.
  var deviceCodeRefusal: Int?
  /// The number that every sign-in of people is refused with; apps are let in.
  var refusal: Int?
  /// Delegated permissions that were consented to; nil: those that the app has been granted.
  var scopes: [String]?
}

extension LabWorld {
  /// The home tenant's group that the default user is in, and the one that it is not in.
  var operatorsGroup: String { group(1) }
  var otherGroup: String { group(2) }

  private func group(_ number: UInt64) -> String {
    var chance = Chance(homeRoom?.seed ?? options.seed, 0x6409, number)
    return chance.guid()
  }

  /// The access that a word names.
  func access(_ access: LabAccess, to room: TenantRoom) -> TenantAccess {
    var result = TenantAccess()
    let roles: [LabEntraRole] = [.securityReader, .securityOperator]
    if access == .guest {
      result.guestRoles = roles
      return result
    }
    if access == .noRelation { return result }
    var relation = relation(with: room, lasting: 400)
    relation.roles = access == .roleMissing ? [] : roles
    let group = access == .notInGroup ? otherGroup : operatorsGroup
    relation.assignments = [TenantAccess.Relation.Assignment(group: group, roles: relation.roles)]
    switch access {
    case .ending:
      relation.ends = started + 12 * Moment.day
      relation.extends = false
    case .relationExpired:
      relation.status = .expired
      relation.ends = started - 3 * Moment.day
    case .notConsented: result.scopes = []
    case .blockedByPolicy: result.policy = .inbound
    case .ok, .noRelation, .roleMissing, .notInGroup, .guest: break
    }
    result.relations = [relation]
    return result
  }

  /// A relation that has begun with the year before the lab did.
  func relation(with room: TenantRoom, lasting days: Int64) -> TenantAccess.Relation {
    var chance = Chance(room.seed, 0x6DA9)
    return TenantAccess.Relation(
      id: "\(chance.guid())-\(chance.guid())", displayName: "Security operations for \(room.tenant.name)",
      activated: started - 330 * Moment.day, ends: started + days * Moment.day, roles: [], assignments: [])
  }
}
