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

  func clearFaults() {
    shared.withLock { shared in
      shared.faults = []
      shared.randomFaults = nil
    }
  }

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
}
