package import FoundationEssentials
package import PartnerModel
package import TerminalKit

/// Something that happened. The edge puts `.ticked` in front of the events of a batch, so that "now" is right for them.
package enum Event: Hashable, Sendable {
  /// What one reading of the terminal gave.
  ///
  /// `at` is in milliseconds of a clock that only goes forward; only its differences mean something.
  case keys([Key], at: Int)
  case resized(Size)
  /// It is now this moment.
  case ticked(Date)

  /// Every configured tenant as the store knows it.
  case tenantsLoaded([TenantOverview])
  /// Tenants whose consent, token, sync or counts changed.
  case tenantsChanged([TenantOverview])
  /// Open incidents from the store, by slices: those that nobody has before those in work, the most severe first, then the
  /// newest. The first slice holds what has the least time left.
  case queueLoaded(slice: [IncidentSummary], isLast: Bool)
  /// Incidents as a sync or a write left them, those that closed included.
  case incidentsChanged([IncidentSummary])
  case incidentRead(request: Int, IncidentKey, IncidentReading)
  /// Every known incident of the tenant, closed ones included, from the store.
  case tenantIncidentsLoaded(request: Int, TenantID, [IncidentSummary])
  /// The store could not be read, for this reason: what it has is not known.
  case tenantsNotLoaded(String)
  case queueNotLoaded(String)
  case tenantIncidentsNotLoaded(request: Int, TenantID, String)

  /// How far the refresh under way is; `done == of` when none is.
  case syncProgressed(done: Int, of: Int)
  /// The tenants that are being read at this moment.
  case syncing(Set<TenantID>)
  /// What is known of a registration's credentials; of one that was told before it is replaced.
  case credentialsChanged(AppCredentials)

  /// Writes as the journal has them now; a write that was told before is replaced.
  case writesChanged([IncidentWrite])
  /// The intent could not be kept, so nothing was sent.
  case updateNotTaken(IncidentKey, PartnerError)

  /// Nothing was taken back, for this reason.
  case undoNotTaken(WriteID, PartnerError)
  /// What of an undo, which is of that incident, was not done or is not known.
  case undoRemarked(WriteID, String, IncidentKey?)
  case historyLoaded(request: Int, IncidentKey, IncidentHistory)
  /// The store could not be read, for this reason.
  case historyNotLoaded(request: Int, IncidentKey, String)
  /// Writes, the newest first; `isLast` when there is none before them.
  case activityLoaded(request: Int, [IncidentWrite], isLast: Bool)
  case activityNotLoaded(request: Int, String)
  /// The verdicts that incidents of a title got, the most frequent first.
  case verdictsLoaded(request: Int, title: String, [VerdictCount])

  /// A text is back from the operator's editor.
  case textEdited(request: Int, TextEdit)
  /// What the store has of an id that was asked for.
  case incidentsFound(request: Int, IncidentID, [IncidentSummary])
  /// The store could not be read, for this reason.
  case incidentsNotFound(request: Int, IncidentID, String)

  /// Fresh tokens were asked for in these of the tenants; what came of it was told by `.tenantsChanged` before.
  case consentChecked(request: Int, [TenantID])
  case consentProgressed(request: Int, ConsentRequestProgress)
  /// The changes of a tenant's consent, the newest first.
  case consentHistoryLoaded(request: Int, TenantID, [ConsentChange])
  /// The store could not be read, for this reason.
  case consentHistoryNotLoaded(request: Int, TenantID, String)
  /// Links for admins, whole; none for a tenant whose app has no page for them to end on.
  case consentLinksMade(request: Int, [TenantID: String])
  case signInProgressed(request: Int, SignInProgress)
  /// Who is signed in now.
  case signInsChanged([SignInStanding])
  /// What was forgotten, or why not, in a sentence.
  case signedOut(request: Int, String)

  case portalOpened(PortalOpening)
  case ownership(Ownership)
  /// Nothing can be changed as long as this console runs, for this reason.
  case unchangeable(String)
  case noticed(Notice)
  /// The keys that waited were served: the next slice of sorting and filtering may run.
  case workContinued
}

/// What came of reading one incident.
package enum IncidentReading: Hashable, Sendable {
  /// From the store, as it was read at that moment.
  case cached(Incident, readAt: Date)
  /// From the service.
  case fresh(Incident, readAt: Date)
  /// The store does not have it; the service is being asked.
  case absentFromStore
  case failed(PartnerError)
}

/// What came of opening a portal link.
package enum PortalOpening: Hashable, Sendable {
  case opened(host: String)
  /// The desktop's program took it and is still at it.
  case handedOn(host: String)
  /// It did not open, for this reason: the operator copies it.
  case shown(url: String, reason: String)
  case refused(reason: String)
}

/// Whether this console may send writes.
package enum Ownership: Hashable, Sendable {
  case owner
  /// With the reason, for example the process that owns the state folder.
  case readOnly(String)
}

/// Something the operator should hear that belongs to no answer.
package struct Notice: Hashable, Sendable {
  package enum Level: Hashable, Sendable { case information, warning, failure }
  package var level: Level
  package var text: String
  package var tenant: TenantID?

  package init(_ level: Level, _ text: String, tenant: TenantID? = nil) {
    self.level = level
    self.text = text
    self.tenant = tenant
  }
}
