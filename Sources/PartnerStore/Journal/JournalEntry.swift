package import FoundationEssentials
package import PartnerModel

/// What an entry of the journal tells. Raw values stand in the file: they are never renamed.
package enum JournalKind: String, Hashable, Sendable, CaseIterable {
  // A write's way, folded to its state.
  case drafted, intent, sent, confirmed, refused, unknown
  /// Read: the change is in effect, whether it was sent or somebody else made it first.
  case settledInEffect
  /// Read back: the change is not in effect.
  case settledNotInEffect
  /// The request provably never left, or was turned away by a 429: it may be sent again.
  case notSent
  /// Given up before anything left.
  case abandoned
  /// What was seen on the service; changes no state.
  case observed
  // What else is on record.
  case signIn, consentChecked, consentChanged, tokenFailed, refusal
  /// An incident is another than it was when it was read before.
  case incidentChanged

  /// Whether entries of this kind belong to a write.
  package var concernsWrite: Bool {
    switch self {
    case .signIn, .consentChecked, .consentChanged, .tokenFailed, .refusal, .incidentChanged: false
    default: true
    }
  }

  /// The state that an entry of this kind leads to from `state`; `nil` when it is not allowed there.
  ///
  /// An `unknown` write can still be answered: another process may have called it unknown while its request was under
  /// way. Nothing leads from `unknown` back to `sent`.
  package func state(after state: WriteState?) -> WriteState? {
    switch (self, state) {
    case (.drafted, nil): .draft
    case (.intent, nil), (.intent, .draft), (.notSent, .sent): .queued
    case (.sent, .queued): .sent
    case (.confirmed, .sent), (.confirmed, .unknown): .confirmed
    case (.settledInEffect, .queued), (.settledInEffect, .unknown): .confirmed
    case (.refused, .sent), (.refused, .unknown), (.settledNotInEffect, .unknown): .failed
    case (.abandoned, .draft), (.abandoned, .queued): .failed
    case (.unknown, .sent): .unknown
    case (.observed, let state?): state
    default: nil
    }
  }
}

/// One entry of the journal.
package struct JournalEntry: Hashable, Sendable {
  package var kind: JournalKind
  /// UTC, kept to the microsecond.
  package var at: Date
  package var tenant: TenantID?
  package var incident: IncidentID?
  package var write: WriteID?
  package var operatorUPN: String?
  /// The service's id of the request; of a request that was sent the one that it was sent with.
  package var requestID: String?
  /// The incident before the write, or as observed.
  package var image: IncidentImage?
  package var action: IncidentAction?
  /// Of an intent: the write that it takes back.
  package var undoes: WriteID?
  /// Of `incidentChanged`: what is another, since when, and by whom.
  package var observed: Observed?
  package var problem: Problem?
  /// A sentence for people, for example which app roles were withdrawn. Never a secret.
  package var detail: String?

  package init(
    _ kind: JournalKind, at: Date, tenant: TenantID? = nil, incident: IncidentID? = nil, write: WriteID? = nil,
    operatorUPN: String? = nil, requestID: String? = nil, image: IncidentImage? = nil, action: IncidentAction? = nil,
    undoes: WriteID? = nil, observed: Observed? = nil, problem: Problem? = nil, detail: String? = nil
  ) {
    self.kind = kind
    self.at = at
    self.tenant = tenant
    self.incident = incident
    self.write = write
    self.operatorUPN = operatorUPN
    self.requestID = requestID
    self.image = image
    self.action = action
    self.undoes = undoes
    self.observed = observed
    self.problem = problem
    self.detail = detail
  }

  /// A change of an incident as it was seen; see `ObservedChange`.
  package struct Observed: Hashable, Sendable {
    package var changes: [FieldChange]
    package var changedAt: Timestamp?
    package var by: String?
    package var readBefore: Date?
    /// How many changes it stands for: more than one where they could not go on record one by one.
    package var count = 1

    package init(changes: [FieldChange], changedAt: Timestamp?, by: String?, readBefore: Date? = nil) {
      self.changes = changes
      self.changedAt = changedAt
      self.by = by
      self.readBefore = readBefore
    }
  }
}

/// An entry as it stands in the file.
package struct RecordedEntry: Hashable, Sendable {
  /// 1 for the first entry; without gaps.
  package var sequence: Int64
  package var entry: JournalEntry
  /// SHA-256 over this entry and the hash of the one before.
  package var hash: [UInt8]
}

/// What a check of the whole chain found.
package struct ChainReport: Hashable, Sendable {
  /// Entries that are intact, from the first on.
  package var intact: Int64
  /// The first entry that is not what was written, and why; `nil` when all are.
  package var firstBroken: (sequence: Int64, reason: String)? {
    get { broken.map { ($0.sequence, $0.reason) } }
    set { broken = newValue.map { Break(sequence: $0.sequence, reason: $0.reason) } }
  }
  /// What is amiss with the file although its entries are what was written; `nil` when nothing is.
  package var fileDamage: String?
  package var isIntact: Bool { broken == nil && fileDamage == nil }

  private struct Break: Hashable, Sendable {
    var sequence: Int64
    var reason: String
  }
  private var broken: Break?

  init(intact: Int64 = 0) { self.intact = intact }
}

/// Which writes are asked for.
package enum WriteSelection: Hashable, Sendable {
  case all
  /// Queued, sent or unknown.
  case pending
  /// The last ones meant, the newest first.
  case recent(limit: Int)
  /// The last ones that were meant before this one, the newest first.
  case before(WriteID, limit: Int)
  /// Those that take this one back.
  case undoing(WriteID)
  /// All that were meant on one incident.
  case on(IncidentKey)
  case one(WriteID)
}
