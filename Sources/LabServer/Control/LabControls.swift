import Synchronization

/// What `GET /lab/state` tells about a tenant.
package struct LabTenantState: Hashable, Sendable {
  package var id: String
  package var name: String
  package var scenario: LabScenario
  /// By the route names of `LabFault`.
  package var requests: [String: Int]
  package var tokensIssued: Int
  package var writes: Int
  package var comments: Int
}

/// What a customer's administrator does to our app.
package enum LabConsentAction: String, CaseIterable, Sendable { case grant, revoke, partial, disable }

extension LabServer {
  /// As `GET /lab/violations`.
  package func violations() -> [LabViolation] { world.violations() }

  /// As `GET /lab/state`.
  package func state() -> [LabTenantState] { world.tenantStates() }

  /// As `POST /lab/faults`.
  package func add(_ faults: LabFault...) { world.add(faults: faults) }

  /// As `DELETE /lab/faults`.
  package func clearFaults() { world.clearFaults() }

  /// As `POST /lab/tenants/{id}/consent`; an unknown tenant is ignored.
  ///
  /// - Parameter lagSeconds: until tokens show what was granted.
  package func changeConsent(
    of tenant: String, _ action: LabConsentAction, roles: [String]? = nil, lagSeconds: Int? = nil
  ) {
    world.room(tenant).map { world.changeConsent($0, action, roles: roles, lag: lagSeconds) }
  }

  /// As `POST /lab/tenants/{id}/refusal`: from now on the tenant's token endpoint refuses whatever it is asked.
  ///
  /// - Parameter code: one of `LabRefusalCodes.all`.
  /// - Returns: false, and nothing is changed, for an unknown tenant or number.
  @discardableResult
  package func refuse(_ tenant: String, code: Int, told form: LabCodeForm = .numbers) -> Bool {
    world.room(tenant).map { world.refuse($0, code: code, told: form) } ?? false
  }

  /// As `DELETE /lab/tenants/{id}/refusal`; an unknown tenant is ignored.
  package func stopRefusing(_ tenant: String) { world.room(tenant).map(world.stopRefusing) }

  /// As `POST /lab/tenants/{id}/cloud`; an unknown tenant is ignored.
  package func move(_ tenant: String, to cloud: LabCloud) {
    world.room(tenant)?.state.withLock { $0.cloud = cloud }
  }

  /// As `POST /lab/tick`: time passes (up to a hundred years in all), and in each tenant (or only in one) others raise and change incidents.
  package func tick(seconds: Int = 0, newIncidents: Int = 0, edits: Int = 0, tenant: String? = nil) {
    world.tick(seconds: seconds, newIncidents: newIncidents, edits: edits, only: tenant.flatMap { world.room($0) })
  }
}

extension LabWorld {
  func violations() -> [LabViolation] { shared.withLock { $0.violations } }

  func tenantStates() -> [LabTenantState] {
    rooms.map { room in
      room.state.withLock { state in
        LabTenantState(
          id: room.tenant.id, name: room.tenant.name, scenario: room.scenario, requests: state.requests,
          tokensIssued: state.tokensIssued, writes: state.writes, comments: state.comments)
      }
    }
  }

  func add(faults: [LabFault]) { shared.withLock { $0.faults += faults } }

  func clearFaults() { shared.withLock { $0.faults = [] } }

  /// Tokens that were issued before keep their roles until they expire, as with Entra.
  func changeConsent(_ room: TenantRoom, _ action: LabConsentAction, roles: [String]?, lag: Int? = nil) {
    switch action {
    case .grant: give(.granted(roles: roles ?? room.requiredRoles), in: room, lag: lag)
    case .partial: give(.granted(roles: roles ?? TenantRoom.partialRoles(room.requiredRoles)), in: room, lag: lag)
    case .revoke, .disable:
      room.state.withLock { state in
        state.comingConsent = nil
        state.consent = action == .revoke ? .noServicePrincipal : .disabled
      }
    }
  }

  func refuse(_ room: TenantRoom, code: Int, told form: LabCodeForm) -> Bool {
    guard var refusal = TokenRefusal.of(code, client: options.clientID, tenant: room.tenant.name) else { return false }
    refusal.told = form
    room.state.withLock { $0.refusal = refusal }
    return true
  }

  func stopRefusing(_ room: TenantRoom) { room.state.withLock { $0.refusal = nil } }

  /// How far the clocks can be moved in all, in seconds: a hundred years are far from the end of `Moment`.
  private static let farthest = 100 * 366 * 86_400

  /// Whether the clocks can be moved on by so much.
  func hasTimeLeft(_ seconds: Int) -> Bool {
    let passed = shared.withLock { $0.passed } / Moment.second
    return seconds <= Self.farthest - Int(passed)
  }

  func tick(seconds: Int, newIncidents: Int, edits: Int, only: TenantRoom?) {
    if hasTimeLeft(seconds) { shared.withLock { $0.passed += Int64(seconds) * Moment.second } }
    for room in only.map({ [$0] }) ?? rooms where !room.isHome && newIncidents + edits > 0 {
      for _ in 0..<newIncidents { raiseIncident(room) }
      for _ in 0..<edits { editByOthers(room) }
    }
  }

  /// One step of `--live`: someone somewhere does something.
  func liveStep() {
    let step = shared.withLock { shared in
      shared.liveSteps += 1
      return shared.liveSteps
    }
    var chance = Chance(options.seed, 0x11FE, step)
    let living = rooms.filter { !$0.isHome }
    guard !living.isEmpty else { return }
    let room = living[chance.below(living.count)]
    if chance.below(3) == 0 { raiseIncident(room) } else { editByOthers(room) }
  }

  private func raiseIncident(_ room: TenantRoom) {
    let now = writeNow()
    withIncidents(room) { incidents, _ in
      guard incidents.count < TenantRoom.idsPerTenant - 1 else { return }
      incidents.append(makeIncident(room, incidents.count, created: now))
    }
  }

  /// A colleague of the customer claims, comments, tags or closes one of the newer incidents.
  private func editByOthers(_ room: TenantRoom) {
    let now = writeNow()
    let writer = IncidentWriter(room, Spelling(includesUnknownMembers: true), started: started)
    withIncidents(room) { incidents, state in
      state.sequence += 1
      var chance = Chance(room.seed, 0xED17, state.sequence)
      let live = incidents.indices.suffix(40).filter { incidents[$0].status != .redirected }
      guard !live.isEmpty else { return }
      let number = live[chance.below(live.count)]
      let before = incidents[number]
      let colleague = writer.customer.user(900 + chance.below(6))
      var edits = state.edits[number] ?? IncidentEdits()
      let assignedBefore = writer.assignedTo(before, edits)
      switch chance.below(4) {
      case 0:
        incidents[number].status = .inProgress
        edits.assignedTo = colleague.upn
      case 1:
        let text = chance.pick(["Called the user.", "Checked the sign-ins.", "Waiting for the server team."])
        edits.comments.append(IncidentEdits.Comment(text: text, author: colleague.displayName, at: now))
      case 2: edits.customTags = writer.tags(incidents[number], edits) + ["tag-\(chance.below(1000))"]
      default:
        incidents[number].status = .resolved
        incidents[number].classification = .informationalExpectedActivity
        incidents[number].determination = .confirmedActivity
        edits.resolvingComment = "Expected activity of the customer's own team."
      }
      edits.lastModifiedBy = colleague.upn
      incidents[number].note(
        changeAt: now, from: before, isReassigned: writer.assignedTo(incidents[number], edits) != assignedBefore)
      state.edits[number] = edits
    }
  }
}
