import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// Takes back what a write did, as far as that can be: the fields that it changed get the values that they had, tags
  /// that it added go and those that it removed come back, and alerts that the service closed together with the incident
  /// are as they were. What others changed since stays theirs: then the write that takes back ends as a conflict.
  ///
  /// It goes on where an earlier attempt at the same stopped.
  /// - Returns: the writes that took it back, in their last states; one that failed ends the list.
  /// - Throws: `.notUndoable`, with why; what ``perform(_:on:seen:takesOver:undoing:)`` throws.
  package func undo(_ id: WriteID) async throws(PartnerError) -> [IncidentWrite] {
    let write = try await undoable(id)
    switch write.action {
    case .update(let update): return try await undo(update, of: write)
    case .updateAlert(let alert, let update): return try await undo(update, ofAlert: alert, of: write)
    case .comment, .commentAlert: throw notUndoable("the service keeps every comment", write)
    case .merge: throw notUndoable("the service cannot part incidents that were merged", write)
    case .moveAlerts(_, let target, _, _):
      throw notUndoable("alerts can only be moved back by hand, out of incident \(target)", write)
    }
  }

  private func notUndoable(_ reason: String, _ write: IncidentWrite?) -> PartnerError {
    PartnerError(.notUndoable(reason), tenant: write?.key.tenant, at: now())
  }

  /// The write, if it is one that changed something.
  private func undoable(_ id: WriteID) async throws(PartnerError) -> IncidentWrite {
    let found: IncidentWrite?
    do { found = try await journal.writes(.one(id)).first } catch { throw error.partnerError(tenant: nil) }
    guard let write = found else { throw notUndoable("no such change is on record", nil) }
    switch write.state {
    case .confirmed: break
    case .draft, .failed: throw notUndoable("it was not made", write)
    case .queued, .sent: throw notUndoable("it is still under way", write)
    case .unknown: throw notUndoable("whether it is in effect is not known yet", write)
    }
    guard write.requestID != nil else { throw notUndoable("nothing was changed: it was so already", write) }
    guard write.before != nil else { throw notUndoable("what it was before is not on record", write) }
    return write
  }

  /// Those that took it back before, with their last state.
  private func earlier(_ write: IncidentWrite) async throws(PartnerError) -> [IncidentWrite] {
    do { return try await journal.writes(.undoing(write.id)) } catch {
      throw error.partnerError(tenant: write.key.tenant)
    }
  }

  private func undo(_ update: IncidentUpdate, of write: IncidentWrite) async throws(PartnerError) -> [IncidentWrite] {
    let earlier = try await earlier(write)
    guard !earlier.contains(where: \.state.isPending) else {
      throw notUndoable("it is being taken back already", write)
    }
    var writes: [IncidentWrite] = []
    let before = write.before ?? IncidentImage()
    if !earlier.contains(where: { $0.update != nil && $0.state == .confirmed }) {
      guard let reverse = update.reverse(to: before) else {
        throw notUndoable("only the service itself sets what it was before", write)
      }
      if !reverse.isEmpty {
        let made = update.made(of: before, seen: write.after)
        writes.append(try await perform(.update(reverse), on: write.key, seen: made, undoing: write.id))
        guard writes.last?.state == .confirmed else { return writes }
      }
    }
    for (alert, reverse) in try await closedAlongside(write, update) {
      let made = IncidentImage(alerts: [AlertImage(alert)])
      writes.append(
        try await perform(.updateAlert(id: alert.id, reverse), on: write.key, seen: made, undoing: write.id))
      guard writes.last?.state == .confirmed else { return writes }
    }
    guard let last = writes.last else { throw notUndoable("it was taken back already", write) }
    if last.update == nil { await refresh(after: last) }
    return writes
  }

  /// Seconds by the service's clock within which an alert that it closes together with an incident says so.
  private static let alongside: TimeInterval = 120

  /// The alerts that were open before an incident was resolved, that the service closed with it, and that nobody changed
  /// since; each with what makes it as it was.
  private func closedAlongside(
    _ write: IncidentWrite, _ update: IncidentUpdate
  ) async throws(PartnerError) -> [(alert: Alert, reverse: AlertUpdate)] {
    let open = (write.before?.alerts ?? []).filter { $0.status != .resolved }
    guard update.status == .resolved, !open.isEmpty, let changed = write.after?.updatedAt else { return [] }
    let fresh = try await readIncident(
      write.key, in: try askable(write.key.tenant), withAlerts: true, priority: .foreground)
    let alerts = Dictionary((fresh.alerts ?? []).map { ($0.id, $0) }) { first, _ in first }
    return open.compactMap { image in
      guard let alert = alerts[image.id], alert.status == .resolved, let reverse = image.reverse(from: alert),
        let since = alert.resolvedAt ?? alert.updatedAt
      else { return nil }
      let isOurs =
        (alert.assignedTo == image.assignedTo || update.assignment.map { $0.holds(alert.assignedTo) } == true)
        && [image.classification, update.classification].contains(alert.classification)
        && [image.determination, update.determination].contains(alert.determination)
        && Double(since.ticks - changed.ticks) / 10_000_000 <= Self.alongside
      return isOurs ? (alert, reverse) : nil
    }
  }

  private func undo(
    _ update: AlertUpdate, ofAlert id: String, of write: IncidentWrite
  ) async throws(PartnerError) -> [IncidentWrite] {
    let earlier = try await earlier(write)
    guard !earlier.contains(where: { $0.state.isPending || $0.state == .confirmed }) else {
      throw notUndoable("it was taken back already", write)
    }
    guard let before = write.before?.alerts?.first(where: { $0.id == id }),
      let made = write.after?.alerts?.first(where: { $0.id == id })
    else { throw notUndoable("what it was before is not on record", write) }
    var reverse = AlertUpdate()
    if let status = update.status, status != before.status {
      guard before.status.isWritable else {
        throw notUndoable("only the service itself sets what it was before", write)
      }
      reverse.status = before.status
    }
    if update.assignment != nil { reverse.assignment = .back(to: before.assignedTo) }
    if let verdict = update.classification, verdict != before.classification {
      reverse.classification = before.classification ?? .unknown
    }
    if let verdict = update.determination, verdict != before.determination {
      reverse.determination = before.determination ?? .unknown
    }
    return [
      try await perform(
        .updateAlert(id: id, reverse), on: write.key, seen: IncidentImage(alerts: [made]), undoing: write.id)
    ]
  }
}

extension IncidentUpdate {
  /// What gives the fields that this update changed the values that they had in `before`; empty where it changed none.
  /// - Returns: `nil` where a value was one that nobody can write.
  fileprivate func reverse(to before: IncidentImage) -> IncidentUpdate? {
    var reverse = IncidentUpdate()
    for (field, ours) in values {
      guard let was = before.values[field], !field.holdsSame(was, ours) else { continue }
      let text = before.text(field)
      switch field {
      case .status:
        guard let status = before.status, [.active, .inProgress, .resolved].contains(status) else { return nil }
        reverse.status = status
      case .assignedTo: reverse.assignment = .back(to: text)
      case .severity: reverse.severity = text.map { Severity(wire: $0) }
      case .classification: reverse.classification = text.map { Classification(wire: $0) } ?? .unknown
      case .determination: reverse.determination = text.map { Determination(wire: $0) } ?? .unknown
      case .displayName: reverse.displayName = text
      case .description: reverse.details = text ?? ""
      case .resolvingComment: reverse.resolvingComment = text ?? ""
      case .customTags: break
      }
    }
    if case .list(let tags) = before.values[.customTags] {
      reverse.removedTags = addedTags.filter { !tags.contains($0) }
      reverse.addedTags = removedTags.filter(tags.contains)
    }
    return reverse
  }

  /// The incident as this update left it.
  /// - Parameter after: as it was read then; where that is not on record, `before` with the update's values.
  fileprivate func made(of before: IncidentImage, seen after: IncidentImage?) -> IncidentImage {
    if let after, !after.values.isEmpty { return after }
    var made = before
    for (field, value) in values { made.values[field] = value }
    return made
  }
}

extension AlertImage {
  /// What makes `alert` as this image is; `nil` where its status is one that nobody can write.
  fileprivate func reverse(from alert: Alert) -> AlertUpdate? {
    guard status.isWritable else { return nil }
    var reverse = AlertUpdate(status: status)
    if alert.assignedTo != assignedTo { reverse.assignment = .back(to: assignedTo) }
    if alert.classification != classification { reverse.classification = classification ?? .unknown }
    if alert.determination != determination { reverse.determination = determination ?? .unknown }
    return reverse
  }
}

extension AlertStatus {
  fileprivate var isWritable: Bool { [.new, .inProgress, .resolved].contains(self) }
}

extension IncidentUpdate.Assignment {
  /// To who had it, who may be nobody.
  fileprivate static func back(to holder: String?) -> IncidentUpdate.Assignment {
    holder.flatMap { $0.isEmpty ? nil : .to($0) } ?? .nobody
  }

  fileprivate func holds(_ holder: String?) -> Bool {
    switch self {
    case .nobody: (holder ?? "").isEmpty
    case .to(let upn): holder?.lowercased() == upn.lowercased()
    }
  }
}
