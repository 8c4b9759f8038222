package import FoundationEssentials
package import PartnerModel

/// Something to do; only the edge does it, and answers with events.
package enum Effect: Hashable, Sendable {
  /// Answer with `.tenantsLoaded`, or `.tenantsNotLoaded`.
  case loadTenants
  /// Answer with the first, small `.queueLoaded` slice, or `.queueNotLoaded`.
  case loadQueue
  /// Answer with the `.queueLoaded` slice behind this incident, or `.queueNotLoaded`. It is asked for when the slice before
  /// is being taken in: the whole queue, read ahead, would take more memory than the list.
  case loadQueueOn(after: IncidentSummary)
  /// Answer with `.tenantIncidentsLoaded`, or `.tenantIncidentsNotLoaded`.
  case loadTenantIncidents(TenantID, request: Int)
  /// Answer with `.incidentRead`: what the store has at once, then what the service says.
  case readIncident(IncidentKey, request: Int)
  /// Read these tenants now, because the operator asked.
  case refresh([TenantID])
  /// These tenants are on screen from now on: they are read at the visible pace, the others in the background.
  case watch([TenantID])
  /// Journal the intent, then send it; answer with `.writesChanged` at every step, or `.updateNotTaken`.
  ///
  /// `seen` is the incident as the operator saw it when deciding: what differs at the service is a conflict.
  case act(IncidentKey, IncidentAction, seen: IncidentImage)
  /// Take back what a write did; answer as for any write, or with `.undoNotTaken`.
  case undo(WriteID)
  /// The incident's page was opened: a write on it whose outcome is not known is settled now.
  case settle(IncidentKey)
  /// Look up what is on record of an incident; answer with `.historyLoaded`, or `.historyNotLoaded`.
  case loadHistory(IncidentKey, request: Int)
  /// Look up what was meant and sent, the newest first, behind a write or from the newest on; answer with
  /// `.activityLoaded`, or `.activityNotLoaded`.
  case loadActivity(after: WriteID?, request: Int)
  /// Count the verdicts on incidents of this title in all tenants; answer with `.verdictsLoaded`.
  case loadVerdicts(title: String, request: Int)
  /// Give a text to the operator's own editor; answer with `.textEdited`.
  case editText(String, request: Int)
  /// Look in the store for every tenant that has an incident of this id; answer with `.incidentsFound`, or
  /// `.incidentsNotFound`.
  case findIncidents(IncidentID, request: Int)
  /// Open a link whose host was shown and checked; answer with `.portalOpened`.
  case openPortal(IncidentKey, url: String)
  /// Ask for a fresh token in each of these tenants; answer with `.tenantsChanged`, then with `.consentChecked`, tenant by
  /// tenant.
  case checkConsent([TenantID], request: Int)
  /// Open the page on which the tenant's admin consents, and wait for what comes of it; answer with `.consentProgressed`.
  case requestConsent(TenantID, request: Int)
  /// Look up the changes of the tenant's consent; answer with `.consentHistoryLoaded`, or `.consentHistoryNotLoaded`.
  case loadConsentHistory(TenantID, request: Int)
  /// The operator has looked at what changed of these tenants' consents.
  case noteConsentSeen([TenantID])
  /// Make links for admins of these tenants who sit somewhere else; answer with `.consentLinksMade`.
  case makeConsentLinks([TenantID], request: Int)
  /// Let somebody sign in, at the home tenant where none is named; answer with `.signInProgressed`.
  case signIn(TenantID?, deviceCode: Bool, request: Int)
  /// Forget the sign-ins; answer with `.signedOut`, and with `.signInsChanged`.
  case signOut(request: Int)
  /// End the sign-in, or the request for consent, of this number; its answer is not waited for.
  case cancel(request: Int)
  /// Send `.ticked` at this moment; replaces the moment that was asked for before.
  case tick(at: Date)
  /// Send `.workContinued` after the events that wait.
  case continueWork
  /// Paint the whole window anew.
  case redraw
  case quit
  /// Ctrl-C: end at once.
  case interrupt
}

extension Effect {
  static func update(_ key: IncidentKey, _ update: IncidentUpdate, seen: IncidentSummary) -> Effect {
    .act(key, .update(update), seen: IncidentImage(seen))
  }
}
