import FoundationEssentials
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
  /// The intent is durable before anything leaves; then what it changes is read afresh, compared with what the operator
  /// saw, and only what still differs is sent. An unclear outcome is settled by reading, never by sending again.
  ///
  /// Who was told of a conflict and wants the change nevertheless calls it again with what was read then as `seen`. Tags
  /// that others added or removed never are one: ours are added to, and taken from, theirs.
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
    var run = WriteRun(key: key, steps: [WriteRun.Step(action: action, seen: seen)], takesOver: takesOver)
    run.undone = undone
    return try await carry(run)[0]  // As many as there are steps.
  }

  /// Does several things that belong together to an incident, one after the other, as
  /// ``perform(_:on:seen:takesOver:undoing:)`` does one. All of them are durable before anything leaves, so that none is
  /// lost however the program ends; what stands behind one that was not made is not sent, which is on record with it.
  /// - Returns: as many writes as actions, each in its last state.
  package func perform(
    _ actions: [IncidentAction], on key: IncidentKey, seen: IncidentImage?, takesOver: Bool = true
  ) async throws(PartnerError) -> [IncidentWrite] {
    try await carry(
      WriteRun(key: key, steps: actions.map { WriteRun.Step(action: $0, seen: seen) }, takesOver: takesOver))
  }

  /// Intends all steps of a run in one go, then carries them through in turn. Those that are not begun when the
  /// program ends stay as they were meant: the next start tells them.
  func carry(_ run: WriteRun) async throws(PartnerError) -> [IncidentWrite] {
    let key = run.key
    for step in run.steps { try requireFew(step.action, in: key.tenant) }
    if tenant(key.tenant)?.isExcluded == true { throw PartnerError(.excluded, tenant: key.tenant, at: now()) }
    var writes: [IncidentWrite] = []
    for step in run.steps {
      writes.append(
        IncidentWrite(
          id: WriteID(unique: newID(), process: getpid()), key: key, action: signed(step.action, in: key.tenant),
          state: .queued, operatorUPN: configuration.operatorUPN, intendedAt: now(),
          before: await completed(step.seen, of: key), undoes: run.undone))
    }
    let ids = writes.map(\.id)
    carried.withLock { $0.formUnion(ids) }
    defer { carried.withLock { $0.subtract(ids) } }
    do {
      try await journal.intend(writes)
    } catch {
      throw error.partnerError(tenant: key.tenant)
    }
    for write in writes { tell(write) }
    var run = run
    var hold: WriteClaim?
    var refusal: PartnerError?
    do throws(PartnerError) {
      hold = try await self.hold(ids, of: key.tenant)
      run.claim = try await claim(run.incidents, in: try askable(key.tenant))
    } catch { refusal = error }
    for index in writes.indices {
      if index > 0, isEnding.withLock({ $0 }) { break }
      if let stopped = writes[..<index].first(where: { $0.state != .confirmed }) {
        await leave(&writes[index], behind: stopped)
      } else if let refusal {
        await end(&writes[index], refusal)
      } else {
        await send(&writes[index], in: &run)
      }
    }
    run.claim?.release()
    hold?.release()
    await refresh(after: writes.filter { $0.state == .confirmed && $0.requestID != nil })
    return writes
  }

  /// Carries one write through to an end. While nothing of it has left it waits, as long as the run may, until our share of
  /// the service's limits allows it. Meanwhile the incident is free for others, as the next attempt reads it afresh.
  private func send(_ write: inout IncidentWrite, in run: inout WriteRun) async {
    while true {
      do throws(PartnerError) {
        if run.claim == nil { run.claim = try await claim(run.incidents, in: try askable(write.key.tenant)) }
        return try await send(&write, in: try askable(write.key.tenant), takesOver: run.takesOver)
      } catch {
        if error.retryAt != nil { await reload(&write) }
        guard write.state == .queued, let wait = pause(after: error, within: run.patience) else {
          return await end(&write, error)
        }
        run.patience -= wait
        run.claim?.release()
        run.claim = nil
        guard (try? await sleep(.seconds(wait))) != nil else { return await end(&write, error) }
      }
    }
  }

  /// Seconds until something that failed may be tried again; `nil` where that is not known, longer than `patience`, or the
  /// program ends.
  func pause(after error: PartnerError, within patience: TimeInterval) -> TimeInterval? {
    guard let until = error.retryAt, !isEnding.withLock({ $0 }) else { return nil }
    let wait = max(until.timeIntervalSince(now()), 0.1)
    return wait <= patience ? wait : nil
  }

  /// Gives up what stands behind something that was not made, or of which nobody knows yet.
  private func leave(_ write: inout IncidentWrite, behind stopped: IncidentWrite) async {
    let why =
      stopped.state == .failed
      ? "was not made, so it was not sent: do it again if you still want it."
      : "may or may not be in effect, so it was not sent: when that is settled, do it again if you still want it."
    write.problem = Problem(cause: "notSent", at: now(), nextAction: "What it was meant to follow \(why)")
    await advance(&write, .abandoned)
  }

  /// That what is read before it, and after it to settle it, stays within our share of the service's limits.
  func requireFew(_ action: IncidentAction, in tenant: TenantID) throws(PartnerError) {
    guard action.count > IncidentAction.mostAtOnce else { return }
    throw PartnerError(.tooMany(most: IncidentAction.mostAtOnce), tenant: tenant, at: now())
  }

  func signed(_ action: IncidentAction, in tenant: TenantID) -> IncidentAction {
    action.signed(
      with: self.tenant(tenant).flatMap { CommentSignature(in: $0, operator: configuration.operatorUPN) })
  }

  /// What a list does not show of an incident is taken from the store, where that still holds the same version: a change
  /// of it by others is a conflict as well.
  private func completed(_ seen: IncidentImage?, of key: IncidentKey) async -> IncidentImage? {
    guard var seen, let changed = seen.updatedAt, let stored = await storedIncident(key)?.incident,
      stored.updatedAt == changed
    else { return seen }
    seen.values.merge(IncidentImage(stored).values) { shown, _ in shown }
    return seen
  }

  /// Tells other processes, as long as it is held, that this one carries these writes.
  private func hold(_ writes: [WriteID], of tenant: TenantID) async throws(PartnerError) -> WriteClaim? {
    do { return try await journal.hold(writes) } catch { throw error.partnerError(tenant: tenant) }
  }

  /// Pauses, in milliseconds, between two looks at whether a write of ours on the same incident has ended, and how long
  /// they may take in all.
  private static let claimPauses = 5...100
  private static let longestClaim = 45_000

  /// The right to change these incidents, as soon as nobody else of ours is at it.
  private func claim(_ keys: [IncidentKey], in tenant: Tenant) async throws(PartnerError) -> WriteClaim {
    var (pause, waited) = (Self.claimPauses.lowerBound, 0)
    while true {
      do throws(StoreError) {
        if let claim = try await journal.claim(keys) { return claim }
      } catch {
        throw error.partnerError(tenant: tenant.id)
      }
      guard waited < Self.longestClaim else {
        throw PartnerError(.conflict("another change of it is still under way"), tenant: tenant.id, at: now())
      }
      do { try await sleep(.milliseconds(pause)) } catch {
        throw PartnerError(.cancelled, tenant: tenant.id, at: now())
      }
      waited += pause
      pause = min(pause * 2, Self.claimPauses.upperBound)
    }
  }

  private func send(
    _ write: inout IncidentWrite, in tenant: Tenant, takesOver: Bool
  ) async throws(PartnerError) {
    let look = try await look(for: &write, in: tenant, takesOver: takesOver)
    guard let rest = look.rest else { return await advance(&write, .settledInEffect) }
    write.after = nil
    var sent = write
    sent.before = look.image
    let (announced, journal, now) = (sent, journal, now)
    let outcome = try await transmit(rest, of: write, after: look) { requestID in
      var sent = announced
      // Durable before the first byte leaves.
      sent.state = try await journal.record(
        sent.id, .sent, at: now(), requestID: requestID, image: announced.before)
      sent.requestID = requestID
      sent.stateSince = now()
      self.tell(sent)
    }
    await reload(&write)
    write.after = outcome.image
    guard outcome.isInEffect else {
      // Taken, and not shown: only reading tells which of the two it is.
      throw PartnerError(.outcomeUnknown, tenant: tenant.id, at: now(), mayHaveTakenEffect: true)
    }
    await advance(&write, .confirmed, detail: outcome.detail)
  }

  /// Takes a write as the journal has it; one that cannot be read stays as it is.
  private func reload(_ write: inout IncidentWrite) async {
    if let recorded = try? await journal.writes(.one(write.id)).first { write = recorded }
  }

  /// Writes down what became of a write whose request failed; an unclear outcome is read back at once.
  private func end(_ write: inout IncidentWrite, _ error: PartnerError) async {
    let read = write.after
    await reload(&write)
    write.after = read
    write.problem = tenant(write.key.tenant).map { configuration.problem(of: error, in: $0) } ?? error.problem
    // The request was cut because the program ends: the next start tells and settles it from what the journal says.
    if isEnding.withLock({ $0 }) { return }
    switch (write.state, error.mayHaveTakenEffect) {
    case (.sent, true):
      await advance(&write, .unknown)
      _ = await settle(&write, priority: .foreground)
    case (.sent, false) where error.isAnswer:
      // What stood against it is on record with it.
      if case .conflict = error.cause { write.after = try? await reading(of: write, priority: .foreground).image }
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
  func advance(_ write: inout IncidentWrite, _ event: JournalKind, detail: String? = nil) async {
    let moment = now()
    write.detail = detail ?? write.detail
    do throws(StoreError) {
      let state = try await journal.record(
        write.id, event, at: moment, requestID: write.problem?.requestID,
        image: event == .unknown || event == .notSent ? nil : write.after, problem: write.problem, detail: detail)
      if state != write.state { write.stateSince = moment }
      write.state = state
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

/// Writes on one incident that belong together.
struct WriteRun {
  struct Step {
    var action: IncidentAction
    /// As for ``PartnerEngine/perform(_:on:seen:takesOver:undoing:)``.
    var seen: IncidentImage?
  }

  var key: IncidentKey
  /// Not empty.
  var steps: [Step]
  var takesOver = true
  /// The write that they take back.
  var undone: WriteID?
  /// Seconds that they may wait in all for our share of the service's limits.
  var patience: TimeInterval = 0
  /// The right to change their incidents; `nil` while they wait.
  var claim: WriteClaim?

  /// Those that they write on.
  var incidents: [IncidentKey] { Set(steps.flatMap { $0.action.incidents(with: key) }).sorted() }
}

extension PartnerError {
  /// The same as `problem` for a change that is given up: what would be read again by itself is not changed by itself.
  fileprivate var problemOfNothingDone: Problem {
    var problem = problem
    problem.nextAction = nextActionOfNothingDone
    return problem
  }

  /// The service received the request and said no; anything else that is known means that it never arrived.
  fileprivate var isAnswer: Bool {
    switch cause {
    case .refused, .appRoleMissing, .notFound, .unauthorized, .claimsChallenge, .merged, .conflict, .overtaken,
      .assignedElsewhere, .notProvisioned, .access, .refusedDespiteRoles:
      true
    default: false
    }
  }
}
