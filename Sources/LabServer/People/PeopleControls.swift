import Synchronization

/// How the lab's pages answer.
package enum LabAnswerMode: String, CaseIterable, Sendable { case page, auto, decline }

extension LabServer {
  /// The group of the home tenant that the default user is in.
  package var operatorsGroup: String { world.operatorsGroup }

  /// The partner's people: their UPNs, the default one first.
  package var people: [String] { world.people.withLock { $0.accounts.map(\.user.upn) } }

  /// As `POST /lab/people`.
  package func answer(
    signIn: LabAnswerMode? = nil, device: LabAnswerMode? = nil, consent: LabConsentAnswer? = nil,
    as user: String? = nil,
    consentTenant: String? = nil
  ) {
    world.people.withLock { people in
      if let consent { people.consent = consent }
      if let consentTenant { people.consentTenant = consentTenant }
      if let signIn { people.signIn = signIn }
      if let device { people.device = device }
      if let user { people.automatic = user }
    }
  }

  /// As `POST /lab/users/{upn}/revoke`: every refresh token of the person's is refused from now on.
  package func revokeSignIns(of upn: String) { world.change(upn) { $0.revocations += 1 } }

  /// As `POST /lab/users/{upn}`; an unknown person is ignored.
  package func change(
    user upn: String, needsMFA: Bool? = nil, isDisabled: Bool? = nil, isDeleted: Bool? = nil, groups: [String]? = nil
  ) {
    world.change(upn) { account in
      if let needsMFA { account.user.needsMFA = needsMFA }
      if let isDisabled { account.isDisabled = isDisabled }
      if let isDeleted { account.isDeleted = isDeleted }
      if let groups { account.user.groups = groups }
    }
  }

  /// As `POST /lab/device`: approves or declines what a device waits for, without a page.
  ///
  /// - Parameter userCode: nil: every code that waits.
  package func decide(device userCode: String? = nil, approve: Bool, as user: String? = nil) {
    world.decide(device: userCode, approve: approve, as: user)
  }

  /// As `POST /lab/tenants/{id}/access` with `state`; an unknown tenant is ignored.
  package func change(access: LabAccess, to tenant: String) {
    guard let room = world.room(tenant) else { return }
    let changed = world.access(access, to: room)
    room.state.withLock { $0.access = changed }
  }

  /// As `POST /lab/tenants/{id}/access` with `mfa`, `deviceCode`, `refusal` and `policy`; an unknown tenant is ignored.
  package func change(
    signInTo tenant: String, needsMFA: Bool? = nil, deviceCodeRefusal: Int?? = nil, refusal: Int?? = nil
  ) {
    world.room(tenant)?.state.withLock { state in
      if let needsMFA { state.access.needsMFA = needsMFA }
      if let deviceCodeRefusal { state.access.deviceCodeRefusal = deviceCodeRefusal }
      if let refusal { state.access.refusal = refusal }
    }
  }

  /// As `POST /lab/tenants/{id}/claims`: Graph refuses the tenant's tokens until one comes that was got with these
  /// claims.
  ///
  /// - Parameter claims: JSON as of `claims` (OpenID Connect Core 1.0, section 5.5); nil takes it back.
  /// - Parameter byPerson: whether only a new sign-in satisfies it.
  /// - Returns: false, and nothing is changed, for an unknown tenant or what is no such JSON.
  @discardableResult
  package func challenge(_ tenant: String, claims: String?, byPerson: Bool = false) -> Bool {
    guard let room = world.room(tenant) else { return false }
    guard let claims else {
      room.state.withLock { $0.challenge = nil }
      return true
    }
    guard let wanted = try? RequestedClaims(claims), !wanted.accessToken.isEmpty else { return false }
    room.state.withLock { $0.challenge = LabWorld.ClaimsChallenge(claims: wanted, text: claims, needsPerson: byPerson) }
    return true
  }
}

extension LabWorld {
  func change(_ upn: String, _ body: (inout People.Account) -> Void) {
    people.withLock { people in
      guard let index = people.accounts.firstIndex(where: { $0.user.upn.lowercased() == upn.lowercased() }) else {
        return
      }
      body(&people.accounts[index])
    }
  }

  func decide(device userCode: String?, approve isApproved: Bool, as user: String?) {
    let (codes, first) = people.withLock { people in
      let waiting = people.devices.filter { userCode == nil || $0.value.userCode == userCode?.uppercased() }
      return (Array(waiting.keys), user ?? people.automatic ?? people.accounts.first?.user.upn)
    }
    for code in codes {
      guard isApproved, let first else {
        decline(code)
        continue
      }
      // What was decided already stays as it is.
      _ = try? approve(code, first, hasMFA: true)
    }
  }
}
