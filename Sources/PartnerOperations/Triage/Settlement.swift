package import FoundationEssentials
import PartnerContext
package import PartnerModel
package import PartnerStore
import Synchronization

/// The writes that are still open after an attempt to settle them.
package struct Leftovers: Hashable, Sendable {
  /// Those that a later attempt can settle.
  package var open: [IncidentWrite] = []
  /// Before this moment no attempt can settle any of them; `nil` when that is not known.
  package var retryAt: Date?
}

extension PartnerEngine {
  /// Seconds after sending in which the service may still be at work on a request whose answer is lost: only after
  /// them does a change that is not in effect count as one that never will be.
  static let settlingGrace: TimeInterval = 60

  /// Brings every write to an end that nobody carries through any more: what never left is given up, what may have left
  /// is settled by reading. Nothing is sent again. For the owner of the state folder.
  /// - Parameter tenants: settles those of these alone; `nil` for all.
  /// - Returns: what is still open, because its tenant cannot be read now, its process lives, or the service may still
  ///   be at work on it. A write whose tenant is not asked any more stays as it is and is not among them.
  /// - Throws: when the journal cannot be read.
  @discardableResult
  package func settleLeftovers(
    of tenants: Set<TenantID>? = nil, priority: RequestPriority = .background
  ) async throws(StoreError) -> Leftovers {
    var left = Leftovers()
    var waits: [Date?] = []
    for listed in try await journal.writes(.pending) where tenants?.contains(listed.key.tenant) ?? true {
      let isCarried = carried.withLock { $0.contains(listed.id) }
      guard !isCarried, WriteOwner.isGone(listed, now: now()) else {
        left.open.append(listed)
        waits.append(nil)
        continue
      }
      guard let (write, failure) = try await broughtToEnd(listed.id, priority: priority) else { continue }
      guard write.state.isPending, (try? askable(write.key.tenant)) != nil else { continue }
      left.open.append(write)
      waits.append(failure?.retryAt)
    }
    if !waits.contains(nil) { left.retryAt = waits.compactMap { $0 }.min() }
    return left
  }

  /// Settles the writes on an incident that nobody carries through any more and whose outcome is not known, by reading,
  /// now: the operator looks at it. While the service may still be at work on one it stays unknown.
  package func settle(_ key: IncidentKey) async {
    guard let listed = try? await journal.writes(.on(key)) else { return }
    for write in listed where write.state.isPending {
      let isCarried = carried.withLock { $0.contains(write.id) }
      guard !isCarried, WriteOwner.isGone(write, now: now()) else { continue }
      _ = try? await broughtToEnd(write.id, priority: .foreground)
    }
  }

  /// Whether nobody carries a write through any more, of this process or another.
  package func isLeftBehind(_ write: IncidentWrite) async -> Bool {
    guard !carried.withLock({ $0.contains(write.id) }), WriteOwner.isGone(write, now: now()),
      let hold = try? await journal.hold([write.id])
    else { return false }
    hold.release()
    return true
  }

  /// - Returns: the write as it is then, and why it could not be read; `nil` for one that is not on record.
  private func broughtToEnd(
    _ id: WriteID, priority: RequestPriority
  ) async throws(StoreError) -> (IncidentWrite, PartnerError?)? {
    // Whoever had it may have finished it since.
    guard var write = try await journal.writes(.one(id)).first else { return nil }
    guard write.state.isPending else {
      tell(write)
      return (write, nil)
    }
    // A process that was stopped for long, or that waits for its share of the limits, still holds what it means to write,
    // and most often what it writes on: it goes on where it stood.
    guard let hold = try await journal.hold([id]) else { return (write, nil) }
    defer { hold.release() }
    guard let claim = try await journal.claim(write.action.incidents(with: write.key)) else { return (write, nil) }
    defer { claim.release() }
    if let newer = try await journal.writes(.one(id)).first { write = newer }
    if write.state == .sent { await advance(&write, .unknown) }
    if write.state == .queued {
      write.problem = Problem(
        cause: "notSent", at: now(),
        nextAction: "The program ended before it was sent: do it again if you still want it.")
      await advance(&write, .abandoned)
    }
    var failure: PartnerError?
    if write.state == .unknown { failure = await settle(&write, priority: priority) }
    return (write, failure)
  }

  /// Settles an unknown write by reading what it changes; it stays unknown while that is not possible, and while the
  /// service may still be at work on it.
  /// - Returns: why it could not be read.
  func settle(_ write: inout IncidentWrite, priority: RequestPriority) async -> PartnerError? {
    do throws(PartnerError) {
      let read = try await reading(of: write, priority: priority)
      if read.isInEffect {
        write.problem = nil
        write.after = read.image
        await advance(&write, .settledInEffect, detail: read.detail)
      } else if await isOverdue(write) {
        write.problem = Problem(
          cause: "notInEffect", correlationID: write.problem?.correlationID, requestID: write.problem?.requestID,
          at: now(), nextAction: write.action.wordsOfNotMade)
        write.after = read.image
        await advance(&write, .settledNotInEffect)
      }
      return nil
    } catch {
      // One 404 is no proof; an incident that is gone takes no change.
      if error.cause == .notFound, await isGoneForGood(write), await isOverdue(write) {
        write.problem = error.problem
        await advance(&write, .settledNotInEffect)
      }
      return error
    }
  }

  /// Whether a write is in effect, by what is read now.
  func reading(
    of write: IncidentWrite, priority: RequestPriority
  ) async throws(PartnerError) -> (isInEffect: Bool, image: IncidentImage, detail: String?) {
    let tenant = try askable(write.key.tenant)
    func incident(_ id: IncidentID) async throws(PartnerError) -> Incident {
      try await readIncident(
        IncidentKey(tenant: tenant.id, id: id), in: tenant, withAlerts: false, priority: priority)
    }
    func alert(_ id: String) async throws(PartnerError) -> Alert {
      try await context(for: tenant).getAlert(id, in: tenant.id, priority: priority)
    }
    switch write.action {
    case .update(let update):
      let read = try await incident(write.key.id)
      return (update.isInEffect(on: read), IncidentImage(read), nil)
    case .comment(let text):
      let image = IncidentImage(try await incident(write.key.id), counting: text)
      return (await isThere(write, by: image), image, nil)
    case .updateAlert(let id, let update):
      let read = try await alert(id)
      return (update.isInEffect(on: read), IncidentImage(read), nil)
    case .commentAlert(let id, let text):
      let image = IncidentImage(try await alert(id), counting: text)
      return (await isThere(write, by: image), image, nil)
    case .merge:
      let own = try await incident(write.key.id)
      var all = [own]
      for key in write.action.incidents(with: write.key) where key != write.key {
        all.append(try await incident(key.id))
      }
      let target = all.mergeTarget
      return (target != nil, IncidentImage(own), target.map(IncidentWrite.detail(ofStaying:)))
    case .moveAlerts(let ids, let target, _, _):
      let own = try await incident(write.key.id)
      for id in ids where try await alert(id).incidentID != target { return (false, IncidentImage(own), nil) }
      return (true, IncidentImage(own), nil)
    }
  }

  /// Whether a comment is among those that were read: one more than before it was sent, and more than those that are the
  /// outcome of other writes of the same text.
  private func isThere(_ write: IncidentWrite, by read: IncidentImage) async -> Bool {
    let before = write.before?.sameComments ?? 0
    let more = (read.sameComments ?? 0) - before
    guard more > 0, let all = try? await journal.writes(.on(write.key)) else { return false }
    let others = all.count { other in
      other.id != write.id && other.state == .confirmed && other.requestID != nil
        && (other.after?.sameComments ?? 0) > before && other.action.comments(likewise: write.action)
    }
    return more > others
  }

  /// Seconds after which an alert that is not found counts as gone: an alert's 404 is not counted as an incident's are.
  private static let alertAbsence: TimeInterval = 3_600

  private func isGoneForGood(_ write: IncidentWrite) async -> Bool {
    switch write.action {
    case .update, .comment, .merge: await isDeniedAgain(write.key)
    case .updateAlert, .commentAlert, .moveAlerts: await isOverdue(write, after: Self.alertAbsence)
    }
  }

  /// Whether the service is surely done with a write's request, one way or the other.
  private func isOverdue(_ write: IncidentWrite, after grace: TimeInterval = settlingGrace) async -> Bool {
    guard let sent = try? await journal.lastSent(of: write.id) else { return false }
    // Also over when the clock was set back: it would else take as long as the clock was wrong.
    return abs(now().timeIntervalSince(sent)) >= grace
  }
}

extension IncidentAction {
  /// What to do about one that was sent and is not in effect.
  fileprivate var wordsOfNotMade: String {
    switch self {
    case .update, .updateAlert: "Read back: the change is not in effect. Do it again if you still want it."
    case .comment, .commentAlert: "Read back: the comment is not there. Send it again if you still want it."
    case .merge: "Read back: the incidents are not merged. Do it again if you still want it."
    case .moveAlerts: "Read back: not all of the alerts were moved. Do it again if you still want it."
    }
  }
}

extension [Incident] {
  /// The one that these were merged into, one of them or a further one; `nil` while they are not one.
  fileprivate var mergeTarget: IncidentID? {
    let alive = filter { $0.status != .redirected }.map(\.id)
    let known = Set(map(\.id))
    let further = Set(filter { $0.status == .redirected }.compactMap(\.redirectIncidentID)).subtracting(known)
    let targets = Set(alive).union(further)
    return targets.count == 1 ? targets.first : nil
  }
}
