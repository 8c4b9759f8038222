import Glibc
import PartnerContext
package import PartnerModel
import PartnerStore
import Synchronization

extension PartnerEngine {
  /// Changes an incident; see ``perform(_:on:seen:takesOver:undoing:)``.
  package func update(
    _ key: IncidentKey, with update: IncidentUpdate, seen: IncidentSummary?, takesOver: Bool = true
  ) async throws(PartnerError) -> IncidentWrite {
    try await perform(.update(update), on: key, seen: seen.map { IncidentImage($0) }, takesOver: takesOver)
  }

  /// Does something to an incident, journalled from the intent on.
  ///
  /// The intent is durable before anything leaves; then the incident is read afresh, compared with what the operator
  /// saw, and only what still differs is sent. An unclear outcome is settled by reading, never by sending again.
  /// - Parameters:
  ///   - seen: the incident as the operator saw it; a change by others since then is a conflict.
  ///   - takesOver: whether it may be taken from somebody else than the operator; a console asks that itself.
  ///   - undone: the write that this one takes back.
  /// - Returns: the write in its last state: confirmed, failed or unknown, with the reason.
  /// - Throws: `.storage` when the intent cannot be made durable, `.excluded`; then nothing was sent.
  package func perform(
    _ action: IncidentAction, on key: IncidentKey, seen: IncidentImage?, takesOver: Bool = true,
    undoing undone: WriteID? = nil
  ) async throws(PartnerError) -> IncidentWrite {
    if tenant(key.tenant)?.isExcluded == true { throw PartnerError(.excluded, tenant: key.tenant, at: now()) }
    var write = IncidentWrite(
      id: WriteOwner.newID(unique: newID(), pid: getpid()), key: key, action: action, state: .queued,
      operatorUPN: configuration.operatorUPN, intendedAt: now(), before: seen, undoes: undone)
    let id = write.id
    carried.withLock { _ = $0.insert(id) }
    defer { carried.withLock { _ = $0.remove(id) } }
    do {
      try await journal.intend(write)
    } catch {
      throw error.partnerError(tenant: key.tenant)
    }
    tell(write)
    do throws(PartnerError) {
      try await send(&write, seen: seen, takesOver: takesOver)
    } catch {
      await end(&write, error)
    }
    return write
  }

  private func send(
    _ write: inout IncidentWrite, seen: IncidentImage?, takesOver: Bool
  ) async throws(PartnerError) {
    guard let update = write.update else { throw PartnerError(.cancelled, tenant: write.key.tenant) }
    let tenant = try askable(write.key.tenant)
    let fresh = try await readIncident(write.key, in: tenant, withAlerts: false, priority: .foreground)
    if fresh.status == .redirected {
      throw PartnerError(.merged(into: fresh.redirectIncidentID), tenant: tenant.id, at: now())
    }
    if let seen, let conflict = IncidentConflict(of: update, seen: seen, fresh: IncidentImage(fresh)) {
      throw PartnerError(.overtaken(conflict), tenant: tenant.id, at: now())
    }
    if !takesOver, let holder = holder(of: fresh, losing: update) {
      throw PartnerError(.assignedElsewhere(holder), tenant: tenant.id, at: now())
    }
    let rest = update.remaining(on: fresh)
    guard !rest.isEmpty else { return await advance(&write, .settledInEffect) }
    let (queued, journal, now) = (write, journal, now)
    let updated = try await context(for: tenant).updateIncident(
      write.key.id, in: write.key.tenant, with: rest, tags: fresh.customTags
    ) { requestID in
      // Durable before the first byte leaves.
      var sent = queued
      sent.state = try await journal.record(queued.id, .sent, at: now(), requestID: requestID)
      self.tell(sent)
    }
    write.state = .sent
    await keepIncident(updated)
    if update.isInEffect(on: updated) {
      await advance(&write, .confirmed)
    } else {
      // Taken, and not shown: only reading tells which of the two it is.
      throw PartnerError(.outcomeUnknown, tenant: tenant.id, at: now(), mayHaveTakenEffect: true)
    }
  }

  /// Who would lose the incident by this update, if that is somebody else than the operator.
  private func holder(of fresh: Incident, losing update: IncidentUpdate) -> String? {
    guard let assignment = update.assignment, let holder = fresh.assignedTo, !holder.isEmpty,
      !IncidentUpdate(assignment: assignment).isInEffect(on: fresh)
    else { return nil }
    return holder.lowercased() == configuration.operatorUPN?.lowercased() ? nil : holder
  }

  /// Writes down what became of a write whose request failed; an unclear outcome is read back at once.
  private func end(_ write: inout IncidentWrite, _ error: PartnerError) async {
    write.state = (try? await journal.writes(.one(write.id)).first?.state) ?? write.state
    write.problem = tenant(write.key.tenant).map { configuration.problem(of: error, in: $0) } ?? error.problem
    // The request was cut because the program ends: the next start tells and settles it from what the journal says.
    if isEnding.withLock({ $0 }) { return }
    switch (write.state, error.mayHaveTakenEffect) {
    case (.sent, true):
      await advance(&write, .unknown)
      _ = await settle(&write, priority: .foreground)
    case (.sent, false) where error.isAnswer:
      await advance(&write, .refused)
    case (.sent, false):
      write.problem = error.problemOfNothingDone
      await advance(&write, .notSent)
      await advance(&write, .abandoned)
    default:
      write.problem = error.problemOfNothingDone
      await advance(&write, .abandoned)
    }
  }

  /// Takes a write on, durably, and tells it.
  func advance(_ write: inout IncidentWrite, _ event: JournalKind) async {
    do throws(StoreError) {
      write.state = try await journal.record(
        write.id, event, at: now(), requestID: write.problem?.requestID, problem: write.problem)
    } catch {
      if case .illegalTransition = error, let recorded = try? await journal.writes(.one(write.id)).first {
        // Another process took it further meanwhile: what it wrote down counts.
        write = recorded
      } else {
        // The journal keeps the state before; the write is settled by reading later.
        report(.warned("\(error)", write.key.tenant))
      }
    }
    tell(write)
  }
}

extension PartnerError {
  /// The same as `problem` for a change that is given up: what would be read again by itself is not changed by itself.
  fileprivate var problemOfNothingDone: Problem {
    var problem = problem
    switch cause {
    case .throttled(let until), .budgetSpent(let until), .tokensSpent(let until), .breakerOpen(let until):
      problem.nextAction = "Nothing was changed: do it again after \(Timestamp(until).description.dropFirst(11))."
    case .absentJustNow: problem.nextAction = "Nothing was changed: do it again in a minute."
    case .unreachable(.untrusted), .unreachable(.proxy): break
    case .unreachable, .outage, .answerIncomplete, .answerPartial, .deadlineExceeded, .cancelled:
      problem.nextAction = "Nothing was changed: do it again when the tenant answers."
    default: break
    }
    return problem
  }

  /// The service received the request and said no; anything else that is known means that it never arrived.
  fileprivate var isAnswer: Bool {
    switch cause {
    case .refused, .appRoleMissing, .notFound, .unauthorized, .claimsChallenge, .merged, .conflict, .overtaken,
      .assignedElsewhere:
      true
    default: false
    }
  }
}
