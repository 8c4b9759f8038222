import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore
import Synchronization

extension PartnerEngine {
  /// Brings every write to an end that nobody carries through any more: what never left is given up, what may have left is settled by
  /// reading. Nothing is sent again. For the owner of the state folder.
  /// - Returns: the writes that are still open, because their tenant cannot be read now or their process lives.
  @discardableResult
  package func settleLeftovers() async -> [IncidentWrite] {
    var open: [IncidentWrite] = []
    for var write in (try? await journal.writes(.pending)) ?? [] {
      let id = write.id
      let isCarried = carried.withLock { $0.contains(id) }
      guard !isCarried, WriteOwner.isGone(write, now: now()) else {
        open.append(write)
        continue
      }
      if write.state == .sent { await advance(&write, .unknown) }
      if write.state == .queued {
        write.problem = Problem(
          cause: "notSent", at: now(),
          nextAction: "The program ended before it was sent: do it again if you still want it.")
        await advance(&write, .abandoned)
      }
      if write.state == .unknown { await settle(&write) }
      if write.state.isPending { open.append(write) }
    }
    return open
  }

  /// Settles an unknown write by reading the incident; it stays unknown while that is not possible.
  func settle(_ write: inout IncidentWrite) async {
    guard let tenant = tenant(write.key.tenant) else { return }
    do throws(PartnerError) {
      let incident = try await context(for: tenant).getIncident(
        write.key.id, in: tenant.id, withAlerts: false, priority: .foreground)
      await keepIncident(incident)
      if write.update.isInEffect(on: incident) {
        write.problem = nil
        await advance(&write, .settledInEffect)
      } else {
        write.problem = Problem(
          cause: "notInEffect", at: now(),
          nextAction: "Read back: the change is not in effect. Do it again if you still want it.")
        await advance(&write, .settledNotInEffect)
      }
    } catch {
      if error.cause == .notFound {
        write.problem = error.problem
        await advance(&write, .settledNotInEffect)
      }
    }
  }
}
