import PartnerContext
import PartnerModel
import PartnerStore
import Synchronization

/// What the service answered to a write.
struct TransmissionOutcome {
  /// Whether its answer shows the write in effect; else only reading tells.
  var isInEffect: Bool
  var image: IncidentImage?
  /// A sentence for the journal.
  var detail: String?
}

extension PartnerEngine {
  /// Sends what a fresh look left to do, once.
  /// - Parameters:
  ///   - write: whose wish it is.
  ///   - willSend: makes it durable that a request leaves.
  func transmit(
    _ rest: IncidentAction, of write: IncidentWrite, after look: FreshLook, willSend: @escaping WillSend
  ) async throws(PartnerError) -> TransmissionOutcome {
    let tenant = try askable(write.key.tenant)
    let (context, id) = (context(for: tenant), write.key.id)
    switch rest {
    case .update(let update):
      let updated = try await context.updateIncident(
        id, in: tenant.id, with: update, tags: look.incident?.customTags ?? [], willSend: willSend)
      await keepIncident(updated)
      return TransmissionOutcome(
        isInEffect: (write.update ?? update).isInEffect(on: updated), image: IncidentImage(updated))
    case .comment(let text):
      let comments = try await context.addComment(text, to: id, in: tenant.id, willSend: willSend)
      guard var incident = look.incident else { return outcome(of: text, comments, look, before: nil) }
      let told = outcome(of: text, comments, look, before: incident.comments.count)
      // The new one alone, or all.
      incident.comments = comments.count == 1 ? incident.comments + comments : comments
      if told.isInEffect { await keepIncident(incident) }
      return told
    case .updateAlert(let alert, let update):
      let updated = try await context.updateAlert(alert, in: tenant.id, with: update, willSend: willSend)
      return TransmissionOutcome(isInEffect: update.isInEffect(on: updated), image: IncidentImage(updated))
    case .commentAlert(let alert, let text):
      let comments = try await context.addComment(text, toAlert: alert, in: tenant.id, willSend: willSend)
      return outcome(of: text, comments, look, before: nil)
    case .merge(let others, let comment, let reasons):
      let target = try await context.mergeIncidents(
        id, with: others, in: tenant.id, comment: comment, reasons: reasons, willSend: willSend)
      // The service chooses which stays: one that nobody named is no outcome before it was read.
      let isNamed = write.action.incidents(with: write.key).contains { $0.id == target }
      return TransmissionOutcome(isInEffect: isNamed, detail: IncidentWrite.detail(ofStaying: target))
    case .moveAlerts(let ids, let wanted, let comment, let reasons):
      let target = try await context.moveAlerts(
        ids, to: wanted, in: tenant.id, comment: comment, reasons: reasons, willSend: willSend)
      return TransmissionOutcome(isInEffect: target == wanted)
    }
  }

  /// - Parameters:
  ///   - comments: all of them, or the new one alone.
  ///   - total: how many there were; `nil` when that is not known.
  private func outcome(
    of text: String, _ comments: [IncidentComment], _ look: FreshLook, before total: Int?
  ) -> TransmissionOutcome {
    let before = look.image.sameComments ?? 0
    var image = look.image
    let isAlone = comments.count == 1 && before > 0
    image.sameComments = comments.count(saying: text) + (isAlone ? before : 0)
    // The service may have written it another way: more than there were hold it all the same.
    let isMore = total.map { comments.count > $0 || comments.count == 1 } ?? (comments.count == 1)
    return TransmissionOutcome(isInEffect: isMore || image.sameComments ?? 0 > before, image: image)
  }

  /// Reads what writes changed beside what their answers told, so that lists and pages show it. What cannot be read now
  /// comes with the next sync.
  func refresh(after writes: [IncidentWrite]) async {
    var keys: [IncidentKey: Bool] = [:]
    for write in writes {
      switch write.action {
      case .update, .comment: break
      case .updateAlert, .commentAlert: keys[write.key] = true
      case .merge, .moveAlerts:
        for key in write.action.incidents(with: write.key) where keys[key] != true {
          keys[key] = !write.action.isMerge || key == write.key
        }
      }
    }
    for (key, withAlerts) in keys.sorted(by: { $0.key < $1.key }) {
      guard let tenant = try? askable(key.tenant), !isEnding.withLock({ $0 }) else { return }
      _ = try? await readIncident(key, in: tenant, withAlerts: withAlerts, priority: .foreground)
    }
  }
}

extension IncidentAction {
  /// The incidents that it writes on.
  func incidents(with key: IncidentKey) -> [IncidentKey] {
    switch self {
    case .update, .comment, .updateAlert, .commentAlert: [key]
    case .merge(let others, _, _):
      [key] + others.filter { $0 != key.id }.map { IncidentKey(tenant: key.tenant, id: $0) }
    case .moveAlerts(_, let target, _, _): [key, IncidentKey(tenant: key.tenant, id: target)]
    }
  }

  fileprivate var isMerge: Bool { if case .merge = self { true } else { false } }
}
