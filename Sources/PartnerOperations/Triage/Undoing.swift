import FoundationEssentials
import PartnerContext
package import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// Takes back what a write did, as far as that can be: the fields that it changed get the values that they had, tags
  /// that it added go and those that it removed come back, alerts that the service closed together with the incident are
  /// as they were, and alerts that it moved go back. What others changed since stays theirs: then the write that takes
  /// back ends as a conflict.
  ///
  /// All that it comes to is on record before anything leaves. Many alerts wait for our share of the service's limits, and
  /// leave the incident to others meanwhile; what is left when that takes too long, or when something stands against one, a
  /// later attempt does.
  /// - Returns: the writes that took it back, in their last states; what stands behind one that failed was not sent.
  /// - Throws: `.notUndoable`, with why; what ``perform(_:on:seen:takesOver:undoing:)`` throws.
  package func undo(_ id: WriteID) async throws(PartnerError) -> [IncidentWrite] {
    let write = try await undoable(id)
    switch write.action {
    case .update(let update): return try await undo(update, of: write)
    case .updateAlert(let alert, let update): return try await undo(update, ofAlert: alert, of: write)
    case .comment, .commentAlert: throw notUndoable("the service keeps every comment", write)
    case .merge: throw notUndoable("the service cannot part incidents that were merged", write)
    case .moveAlerts(let ids, let target, _, _): return try await undo(ids, movedTo: target, of: write)
    }
  }

  /// Seconds that taking back may wait in all until our share of the service's limits allows the next request: about a
  /// hundred alerts more than are possible at once.
  private static let undoPatience: TimeInterval = 300

  /// The same for each alert that has to be read alone before: a tenant allows about forty requests a minute.
  private static let patienceForAlert: TimeInterval = 2

  private func takeBack(
    _ steps: [WriteRun.Step], of write: IncidentWrite, on key: IncidentKey
  ) async throws(PartnerError) -> [IncidentWrite] {
    try await carry(WriteRun(key: key, steps: steps, undone: write.id, patience: Self.undoPatience))
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
    var steps: [WriteRun.Step] = []
    let before = write.before ?? IncidentImage()
    if !earlier.contains(where: { $0.update != nil && $0.state == .confirmed }) {
      guard let reverse = update.reverse(to: before) else {
        throw notUndoable("only the service itself sets what it was before", write)
      }
      if !reverse.isEmpty {
        let made = update.made(of: before, seen: write.after)
        steps.append(WriteRun.Step(action: .update(reverse), seen: made))
      }
    }
    let done = Set(earlier.filter { $0.state == .confirmed }.compactMap(\.action.alert))
    for (alert, reverse) in try await closedAlongside(write, update, besides: done) {
      let made = IncidentImage(alerts: [AlertImage(alert)])
      steps.append(WriteRun.Step(action: .updateAlert(id: alert.id, reverse), seen: made))
    }
    guard !steps.isEmpty else { throw notUndoable("it was taken back already", write) }
    return try await takeBack(steps, of: write, on: write.key)
  }

  /// Seconds by the service's clock within which an alert that it closes together with an incident says so.
  private static let alongside: TimeInterval = 120

  /// The alerts that were open before an incident was resolved, that the service closed with it, and that nobody changed
  /// since; each with what makes it as it was. Where they do not come with the incident, reading them waits for our share of
  /// the service's limits as well.
  /// - Parameter done: those that were opened again before.
  private func closedAlongside(
    _ write: IncidentWrite, _ update: IncidentUpdate, besides done: Set<String>
  ) async throws(PartnerError) -> [(alert: Alert, reverse: AlertUpdate)] {
    let open = (write.before?.alerts ?? []).filter { $0.status != .resolved && !done.contains($0.id) }
    guard update.status == .resolved, !open.isEmpty, let changed = write.after?.updatedAt else { return [] }
    let tenant = try askable(write.key.tenant)
    var patience = Self.undoPatience + Self.patienceForAlert * Double(open.count)
    let fresh = try await read(within: &patience) { () async throws(PartnerError) -> Incident in
      try await readIncident(write.key, in: tenant, withAlerts: true, priority: .foreground)
    }
    // Nothing is written on it any more.
    if fresh.status == .redirected { return [] }
    var alerts = Dictionary((fresh.alerts ?? []).map { ($0.id, $0) }) { first, _ in first }
    // What did not come with the incident may still be had alone.
    for image in open where alerts[image.id] == nil {
      do throws(PartnerError) {
        let alert = try await read(within: &patience) { () async throws(PartnerError) -> Alert in
          try await context(for: tenant).getAlert(image.id, in: tenant.id)
        }
        if alert.incidentID == write.key.id { alerts[image.id] = alert }
      } catch { guard error.cause == .notFound else { throw error } }
    }
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

  /// Reads something, and waits for our share of the service's limits where that is worth it.
  private func read<Value>(
    within patience: inout TimeInterval, _ body: () async throws(PartnerError) -> Value
  ) async throws(PartnerError) -> Value {
    while true {
      do throws(PartnerError) { return try await body() } catch {
        guard let wait = pause(after: error, within: patience), (try? await sleep(.seconds(wait))) != nil else {
          throw error
        }
        patience -= wait
      }
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
    let step = WriteRun.Step(action: .updateAlert(id: id, reverse), seen: IncidentImage(alerts: [made]))
    return try await takeBack([step], of: write, on: write.key)
  }

  /// Moves back what a write moved: what was in the target before is left there.
  private func undo(
    _ ids: [String], movedTo target: IncidentID, of write: IncidentWrite
  ) async throws(PartnerError) -> [IncidentWrite] {
    let earlier = try await earlier(write)
    guard !earlier.contains(where: { $0.state.isPending || $0.state == .confirmed }) else {
      throw notUndoable("it was taken back already", write)
    }
    guard let before = write.before?.alerts else {
      throw notUndoable("which of the alerts were in incident \(write.key.id) is not on record", write)
    }
    let moved = ids.filter { id in before.contains { $0.id == id } }
    let back = IncidentAction.moveAlerts(ids: moved, to: write.key.id, comment: nil, reasons: [])
    return try await takeBack(
      [WriteRun.Step(action: back)], of: write, on: IncidentKey(tenant: write.key.tenant, id: target))
  }

  /// What is to be said when a write was taken back: how much of it is left, and what is not known of it.
  /// - Parameter writes: what ``undo(_:)`` returned.
  package func remark(onUndoing id: WriteID, by writes: [IncidentWrite]) async -> String? {
    let write = try? await journal.writes(.one(id)).first
    return [writes.wordsOfPart, write?.alertsNotOnRecord].compactMap(\.self).joinedUnlessEmpty
  }
}

extension [IncidentWrite] {
  /// How much of what takes back a write was done, where it was not all.
  fileprivate var wordsOfPart: String? {
    // An incident that stays as it is has told why by itself.
    guard let stopped = first(where: { $0.state != .confirmed }), count > 1, stopped.update == nil else { return nil }
    let alerts = filter { $0.update == nil }
    let done = alerts.count { $0.state == .confirmed }
    let why = stopped.problem.map { " \($0.summary ?? $0.cause). \($0.nextAction)" } ?? ""
    let rest =
      switch (stopped.state, stopped.problem?.cause) {
      case (.unknown, _): "u does the rest when that is settled."
      case (_, "appRoleMissing"): "u does the rest once that is granted."
      default: "u does the rest."
      }
    return
      "\(done) of \(alerts.count) alert\(alerts.count == 1 ? "" : "s") \(done == 1 ? "was" : "were") opened again; \(rest)\(why)"
  }
}

extension [String] {
  fileprivate var joinedUnlessEmpty: String? { isEmpty ? nil : joined(separator: " ") }
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
        guard let status = before.status?.settable else { return nil }
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
