import Synchronization

/// How a person comes to act in a tenant.
struct Standing: Sendable {
  enum Way: Hashable, Sendable { case home, guest, relation }

  var way: Way
  /// The roles that the person has there, which Graph looks at.
  var roles: [LabEntraRole]
}

extension LabWorld {
  /// Delegated permissions that every app has been given that anything was given to.
  static let everyScope = ["User.Read"]

  /// A refusal by its number, in this person's and this tenant's names.
  func refusal(_ code: Int, of upn: String, in room: TenantRoom) -> TokenRefusal {
    // Every number that is asked for here stands in the table; the fallback keeps an unknown one told as itself.
    var refusal =
      TokenRefusal.of(code, client: options.clientID, tenant: room.tenant.name)
      ?? TokenRefusal(error: "invalid_grant", code: code, text: "The sign-in was refused.", isDocumented: false)
    refusal.text = refusal.text.replacing("anna@partner.example", with: upn)
    return refusal
  }

  /// Where a person stands in a tenant at this moment.
  ///
  /// - Throws: 500341, 50057, 500212, 500213 or 50020 where the person is not let in.
  func standing(of account: People.Account, in room: TenantRoom) throws(TokenRefusal) -> Standing {
    let upn = account.user.upn
    if account.isDeleted { throw refusal(500_341, of: upn, in: room) }
    if account.isDisabled { throw refusal(50057, of: upn, in: room) }
    if let home = homeRoom(of: account), home === room {
      return Standing(way: .home, roles: [.securityReader, .securityOperator])
    }
    let access = room.state.withLock { $0.access }
    switch access.policy {
    case .none: break
    case .inbound: throw refusal(500_213, of: upn, in: room)
    case .outbound: throw refusal(500_212, of: upn, in: room)
    }
    let invited = account.user.guestOf.first { $0.key.lowercased() == room.tenant.id.lowercased() }?.value
    let isDefault = people.withLock { $0.accounts.first?.oid == account.oid }
    if let roles = invited ?? (isDefault ? access.guestRoles : nil) { return Standing(way: .guest, roles: roles) }
    let now = limitNow()
    let groups = groups(of: account)
    let assignments = access.relations.filter { [.active, .expiring].contains($0.status(at: now)) }
      .flatMap(\.assignments).filter { $0.status == .active && groups.contains($0.group.lowercased()) }
    guard !assignments.isEmpty else { throw refusal(50020, of: upn, in: room) }
    let roles = LabEntraRole.allCases.filter { role in assignments.contains { $0.roles.contains(role) } }
    return Standing(way: .relation, roles: roles)
  }

  /// The security groups that an account is in, in lower case.
  func groups(of account: People.Account) -> [String] {
    let isPartners = homeRoom(of: account) === homeRoom
    return (account.user.groups ?? (isPartners ? [operatorsGroup] : [])).map { $0.lowercased() }
  }

  /// The delegated permissions that the app has in a tenant.
  ///
  /// - Throws: 65001, or 90099 for whoever comes by a relation, where there is none; what an app meets as well.
  func consentedScopes(in room: TenantRoom, for way: Standing.Way, upn: String) throws -> [String] {
    let hasPrincipal = consent(of: room) != .noServicePrincipal
    let roles = hasPrincipal ? try grantedRoles(options.clientID, room) : []
    let scopes = room.state.withLock { $0.access.scopes }
    let given = hasPrincipal ? scopes ?? roles : []
    guard given.isEmpty else { return given + Self.everyScope.filter { !given.contains($0) } }
    let isUnknown = !hasPrincipal || scopes != nil
    throw refusal(way == .relation && isUnknown ? 90099 : 65001, of: upn, in: room)
  }

  /// Whether a sign-in there takes a second factor.
  func needsMFA(_ account: People.Account, in room: TenantRoom) -> Bool {
    account.user.needsMFA || room.state.withLock { $0.access.needsMFA }
  }
}
