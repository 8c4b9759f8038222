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
  /// - Returns: what is still open, because its tenant cannot be read now, its process lives, or the service may still
  ///   be at work on it. A write whose tenant is not asked any more stays as it is and is not among them.
  /// - Throws: when the journal cannot be read.
  @discardableResult
  /// - Parameter tenants: settles those of these alone; `nil` for all.
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
      // Whoever had it may have finished it since.
      guard var write = try await journal.writes(.one(listed.id)).first else { continue }
      guard write.state.isPending else {
        tell(write)
        continue
      }
      if write.state == .sent { await advance(&write, .unknown) }
      if write.state == .queued {
        write.problem = Problem(
          cause: "notSent", at: now(),
          nextAction: "The program ended before it was sent: do it again if you still want it.")
        await advance(&write, .abandoned)
      }
      var failure: PartnerError?
      if write.state == .unknown { failure = await settle(&write, priority: priority) }
      guard write.state.isPending, (try? askable(write.key.tenant)) != nil else { continue }
      left.open.append(write)
      waits.append(failure?.retryAt)
    }
    if !waits.contains(nil) { left.retryAt = waits.compactMap { $0 }.min() }
    return left
  }

  /// Settles an unknown write by reading the incident; it stays unknown while that is not possible, and while the
  /// service may still be at work on it.
  /// - Returns: why the incident could not be read.
  func settle(_ write: inout IncidentWrite, priority: RequestPriority) async -> PartnerError? {
    do throws(PartnerError) {
      let incident = try await readIncident(
        write.key, in: try askable(write.key.tenant), withAlerts: false, priority: priority)
      if write.update?.isInEffect(on: incident) == true {
        write.problem = nil
        await advance(&write, .settledInEffect)
      } else if await isOverdue(write) {
        write.problem = Problem(
          cause: "notInEffect", correlationID: write.problem?.correlationID, requestID: write.problem?.requestID,
          at: now(), nextAction: "Read back: the change is not in effect. Do it again if you still want it.")
        await advance(&write, .settledNotInEffect)
      }
      return nil
    } catch {
      // One 404 is no proof; an incident that is gone takes no change.
      if error.cause == .notFound, await isDeniedAgain(write.key), await isOverdue(write) {
        write.problem = error.problem
        await advance(&write, .settledNotInEffect)
      }
      return error
    }
  }

  /// Whether the service is surely done with a write's request, one way or the other.
  private func isOverdue(_ write: IncidentWrite) async -> Bool {
    guard let sent = try? await journal.lastSent(of: write.id) else { return false }
    // Also over when the clock was set back: it would else take as long as the clock was wrong.
    return abs(now().timeIntervalSince(sent)) >= Self.settlingGrace
  }
}
