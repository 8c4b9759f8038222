public import FoundationEssentials

/// A change of an incident that was seen when it was read: by whom, as far as the service tells, and since when.
public struct ObservedChange: Hashable, Sendable {
  public var key: IncidentKey
  public var changes: [FieldChange]
  /// The service's own time of it, `lastUpdateDateTime`; it may stand for several changes at once.
  public var changedAt: Timestamp?
  /// When it was read.
  public var seenAt: Date
  /// The service's `lastModifiedBy`.
  public var by: String?
  /// Up to when it is known to have been as before; `nil` where that was not noted.
  public var readBefore: Date?
  /// How many changes it stands for: more than one where they could not go on record one by one.
  public var count = 1

  public init(
    key: IncidentKey, changes: [FieldChange], changedAt: Timestamp?, seenAt: Date, by: String?, readBefore: Date? = nil
  ) {
    self.key = key
    self.changes = changes
    self.changedAt = changedAt
    self.seenAt = seenAt
    self.by = by
    self.readBefore = readBefore
  }
}

/// What is on record of one incident, the oldest first, and of those that became one with it.
public struct IncidentHistory: Hashable, Sendable {
  /// Since when it is followed; `nil` when nothing of it was ever kept.
  public var knownSince: Date?
  public var changes: [ObservedChange]
  /// What was meant here, with what became of it.
  public var writes: [IncidentWrite]
  /// Those that were merged into it, as far as they are known.
  public var mergedFrom: [MergedIncident]
  /// Where it leads to, if it was merged: the next one first.
  public var mergedInto: [MergedIncident]

  public init(
    knownSince: Date?, changes: [ObservedChange] = [], writes: [IncidentWrite] = [],
    mergedFrom: [MergedIncident] = [], mergedInto: [MergedIncident] = []
  ) {
    self.knownSince = knownSince
    self.changes = changes
    self.writes = writes
    self.mergedFrom = mergedFrom
    self.mergedInto = mergedInto
  }
}

/// An incident that became one with another of its tenant.
public struct MergedIncident: Hashable, Sendable {
  public var id: IncidentID
  public var displayName: String?
  /// As they were last read: they stay where they were written.
  public var comments: [IncidentComment]

  public init(id: IncidentID, displayName: String?, comments: [IncidentComment]) {
    self.id = id
    self.displayName = displayName
    self.comments = comments
  }
}
