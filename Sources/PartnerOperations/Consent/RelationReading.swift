package import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

// Which GDAP relationships customers have with us: told by our own tenant, all customers' in one reading.

extension PartnerEngine {
  /// Seconds after which the relationships are read again by themselves.
  package static let relationPace: TimeInterval = 3_600
  /// Relationships whose groups are read at a time: each is a request of its own to our own tenant.
  private static let mostAssignments = 50

  /// Whether anything that is configured has to do with relationships: a person acts in a tenant, or an app may read them.
  package var concernsRelations: Bool { registrations.contains { concernsRelations($0.1, $0.app) } }

  private func concernsRelations(_ context: PartnerContext, _ app: String?) -> Bool {
    // The clouds of governments and China have none of them.
    guard ![.gccHigh, .dod].contains(context.app.cloud) else { return false }
    return context.app.permissions.contains { $0.satisfies(.readRelations) }
      || tenants(of: app).contains { $0.context == .user }
  }

  private func tenants(of app: String?) -> [Tenant] {
    configuration.tenants.filter { $0.app == app && !$0.isExcluded }
  }

  /// Reads the relationships of each registration's own tenant, keeps them, and tells the rows that they change.
  ///
  /// Where an account was refused in a tenant although a relationship is in force, it also reads which groups of ours
  /// hold its roles, and whether who signed in is in one of them.
  /// - Parameter isDue: only where the last reading is an hour ago.
  /// - Returns: why one of them could not be read; what was known then stays, with its age.
  @discardableResult
  package func readRelations(ifDue isDue: Bool = false) async -> PartnerError? {
    var failure: PartnerError?
    for (app, context) in registrations where concernsRelations(context, app) {
      if isDue, await !isReadingDue(context) { continue }
      do throws(PartnerError) {
        try await readRelations(context, of: tenants(of: app))
      } catch {
        failure = failure ?? error
      }
    }
    return failure
  }

  /// Why the relationships could not be read the last time, by any process; `nil` where they could, or never were.
  package func relationProblem() async -> Problem? {
    for (app, context) in registrations where concernsRelations(context, app) {
      if let reading = await lastReading(context), let problem = reading.problem { return problem }
    }
    return nil
  }

  private func lastReading(_ context: PartnerContext) async -> RelationReading? {
    (try? await cache.relationReading(of: context.app.homeTenant, app: context.app.clientID)) ?? nil
  }

  private func isReadingDue(_ context: PartnerContext) async -> Bool {
    guard let last = await lastReading(context), !ClockStep.hasUndone(last.at, at: now()) else { return true }
    return now().timeIntervalSince(last.at) >= Self.relationPace
  }

  private func readRelations(_ context: PartnerContext, of tenants: [Tenant]) async throws(PartnerError) {
    let (home, clientID) = (context.app.homeTenant, context.app.clientID)
    let before = await overviews(of: tenants)
    let moment = now()
    var found: [TenantID: [DelegatedAdminRelation]]
    do throws(PartnerError) {
      found = try await context.delegatedAdminRelations(priority: .foreground)
      try await addGroups(to: &found, context, before)
    } catch {
      if error.cause != .cancelled {
        let problem = error.problem
        await keep { try await cache.save(RelationReading(at: moment, problem: problem), of: home, app: clientID) }
      }
      throw error
    }
    let known = found
    await keep {
      try await cache.save(known, of: tenants.map(\.id), readAt: moment)
      try await cache.save(RelationReading(at: moment), of: home, app: clientID)
    }
    for row in before {
      // What else of it changed meanwhile is told by whoever changed it.
      var after = await storedOverview(of: row.tenant) ?? row
      after.access.relations = known[row.id] ?? []
      after.access.checkedAt = moment
      after = judged(after)
      if after.access != row.access { tell(after) }
    }
  }

  /// Adds to the relationships of refused accounts which groups they name. What cannot be read of that stays unknown.
  /// - Throws: `.cancelled` alone.
  private func addGroups(
    to found: inout [TenantID: [DelegatedAdminRelation]], _ context: PartnerContext, _ rows: [TenantOverview]
  ) async throws(PartnerError) {
    var left = Self.mostAssignments
    var groups: Set<String> = []
    for row in rows where row.isUnknownAccount {
      for (index, relation) in (found[row.id] ?? []).enumerated() where relation.isInForce(at: now()) && left > 0 {
        left -= 1
        do throws(PartnerError) {
          let assignments = try await context.accessAssignments(of: relation, priority: .foreground)
          found[row.id]?[index].assignments = assignments
          groups.formUnion(assignments.map(\.group))
        } catch {
          if error.cause == .cancelled { throw error }
          // Our share of our own tenant's requests is used up, or it keeps silence.
          if error.retryAt != nil { left = 0 }
        }
      }
    }
    // Nobody is in a group as the app.
    guard !groups.isEmpty, context.actsAsPerson(in: context.app.homeTenant) else { return }
    let own: Set<String>
    do throws(PartnerError) {
      own = try await context.memberGroups(among: Array(groups), priority: .foreground)
    } catch {
      if error.cause == .cancelled { throw error }
      return
    }
    for id in found.keys {
      for (index, relation) in (found[id] ?? []).enumerated() {
        found[id]?[index].assignments = relation.assignments?.map { assignment in
          var assignment = assignment
          assignment.holdsOperator = own.contains(assignment.group)
          return assignment
        }
      }
    }
  }
}

extension TenantOverview {
  /// Whether the tenant's last word was that it does not know the account.
  fileprivate var isUnknownAccount: Bool {
    guard tenant.context == .user, token.trouble != nil, let cause = token.lastError?.cause else { return false }
    return [AccessState.noRelation, .notInGroup, .relationExpired].map(\.rawValue).contains(cause)
  }
}
