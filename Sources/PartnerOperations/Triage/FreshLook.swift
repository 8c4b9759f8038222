import PartnerContext
import PartnerModel

/// What was read right before a write, and what it leaves to do (rules R8 to R10).
struct FreshLook {
  /// `nil` when it is in effect already.
  var rest: IncidentAction?
  /// As it stands in the journal.
  var image: IncidentImage
  /// The incident that was read; `nil` for writes on alerts.
  var incident: Incident?
}

extension PartnerEngine {
  /// Reads afresh what `write` changes, and judges whether it may go on.
  /// - Parameter write: its `after` is what was read, also when this throws.
  /// - Throws: `.merged` for an incident that redirects to another one, `.overtaken` where others changed the same since
  ///   the operator looked, `.assignedElsewhere`; what a reading throws.
  func look(
    for write: inout IncidentWrite, in tenant: Tenant, takesOver: Bool
  ) async throws(PartnerError) -> FreshLook {
    switch write.action {
    case .update(let update):
      let fresh = try await incident(write.key, in: tenant, withAlerts: update.movesAlerts(seen: write.before))
      write.after = IncidentImage(fresh)
      try requireAlive(fresh)
      try requireUnchanged(write)
      if !takesOver { try requireFree(fresh.assignedTo, losing: update.assignment, in: tenant) }
      let rest = update.remaining(on: fresh)
      return FreshLook(rest: rest.isEmpty ? nil : .update(rest), image: IncidentImage(fresh), incident: fresh)
    case .comment(let text):
      let fresh = try await incident(write.key, in: tenant)
      let image = IncidentImage(fresh, counting: text)
      write.after = image
      try requireAlive(fresh)
      return FreshLook(rest: write.action, image: image, incident: fresh)
    case .updateAlert(let id, let update):
      let fresh = try await alert(id, of: write.key)
      write.after = IncidentImage(fresh)
      try requireUnchanged(write)
      if !takesOver { try requireFree(fresh.assignedTo, losing: update.assignment, in: tenant) }
      let rest = update.remaining(on: fresh)
      return FreshLook(rest: rest.isEmpty ? nil : .updateAlert(id: id, rest), image: IncidentImage(fresh))
    case .commentAlert(let id, let text):
      let image = IncidentImage(try await alert(id, of: write.key), counting: text)
      write.after = image
      return FreshLook(rest: write.action, image: image)
    case .merge(let others, _, _):
      let fresh = try await incident(write.key, in: tenant)
      write.after = IncidentImage(fresh)
      try requireAlive(fresh)
      for other in others where other != write.key.id {
        try requireAlive(try await incident(IncidentKey(tenant: tenant.id, id: other), in: tenant), besides: write.key)
      }
      return FreshLook(rest: write.action, image: IncidentImage(fresh), incident: fresh)
    case .moveAlerts(let ids, let target, let comment, let reasons):
      let fresh = try await incident(write.key, in: tenant)
      write.after = IncidentImage(fresh)
      try requireAlive(fresh)
      try requireAlive(try await incident(IncidentKey(tenant: tenant.id, id: target), in: tenant), besides: write.key)
      var left: [Alert] = []
      for id in ids {
        let alert = try await context(for: tenant).getAlert(id, in: tenant.id)
        if alert.incidentID == target { continue }
        try requireMembership(alert, of: write.key)
        left.append(alert)
      }
      // What leads back.
      var image = IncidentImage(fresh)
      image.alerts = left.map(AlertImage.init)
      return FreshLook(
        rest: left.isEmpty ? nil : .moveAlerts(ids: left.map(\.id), to: target, comment: comment, reasons: reasons),
        image: image, incident: fresh)
    }
  }

  private func incident(
    _ key: IncidentKey, in tenant: Tenant, withAlerts: Bool = false
  ) async throws(PartnerError) -> Incident {
    try await readIncident(key, in: tenant, withAlerts: withAlerts, priority: .foreground)
  }

  /// The alert as it is now, which has to be of the incident that the operator confirmed (invariant 13).
  private func alert(_ id: String, of key: IncidentKey) async throws(PartnerError) -> Alert {
    let tenant = try askable(key.tenant)
    let alert = try await context(for: tenant).getAlert(id, in: tenant.id)
    try requireMembership(alert, of: key)
    return alert
  }

  /// Nothing is written on an incident that redirects to another one (F28).
  /// - Parameter key: the incident that the write is meant on, where `fresh` is another one.
  private func requireAlive(_ fresh: Incident, besides key: IncidentKey? = nil) throws(PartnerError) {
    guard fresh.status == .redirected else { return }
    if key != nil {
      throw PartnerError(.otherMerged(fresh.id, into: fresh.redirectIncidentID), tenant: fresh.tenant, at: now())
    }
    throw PartnerError(.merged(into: fresh.redirectIncidentID), tenant: fresh.tenant, at: now())
  }

  private func requireMembership(_ alert: Alert, of key: IncidentKey) throws(PartnerError) {
    if alert.incidentID == key.id { return }
    let place = alert.incidentID.map { "of incident \($0) now" } ?? "of no incident, as the service has it"
    throw PartnerError(.conflict("the alert is \(place)"), tenant: key.tenant, at: now())
  }

  private func requireUnchanged(_ write: IncidentWrite) throws(PartnerError) {
    guard let seen = write.before, let fresh = write.after,
      let conflict = IncidentConflict(of: write.action, seen: seen, fresh: fresh)
    else { return }
    throw PartnerError(.overtaken(conflict), tenant: write.key.tenant, at: now())
  }

  /// That nobody but the operator loses it.
  private func requireFree(
    _ holder: String?, losing assignment: IncidentUpdate.Assignment?, in tenant: Tenant
  ) throws(PartnerError) {
    guard let assignment, let holder, !holder.isEmpty,
      holder.lowercased() != configuration.operatorUPN?.lowercased()
    else { return }
    if case .to(let upn) = assignment, upn.lowercased() == holder.lowercased() { return }
    throw PartnerError(.assignedElsewhere(holder), tenant: tenant.id, at: now())
  }
}

extension IncidentUpdate {
  /// Whether the service may change alerts together with the incident, so that they have to be on record before.
  fileprivate func movesAlerts(seen: IncidentImage?) -> Bool {
    guard let status else { return false }
    return status == .resolved || seen?.status == .resolved
  }
}

extension IncidentImage {
  /// The incident with how many comments it has that say `text`.
  init(_ incident: Incident, counting text: String) {
    self.init(incident)
    sameComments = incident.comments.count(saying: text)
  }

  /// An alert alone.
  init(_ alert: Alert, counting text: String? = nil) {
    self.init(
      updatedAt: alert.updatedAt, alerts: [AlertImage(alert)],
      sameComments: text.map { alert.comments.count(saying: $0) })
  }
}
