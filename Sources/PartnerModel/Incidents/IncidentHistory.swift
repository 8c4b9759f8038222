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

  public init(key: IncidentKey, changes: [FieldChange], changedAt: Timestamp?, seenAt: Date, by: String?) {
    self.key = key
    self.changes = changes
    self.changedAt = changedAt
    self.seenAt = seenAt
    self.by = by
  }
}

/// What is on record of one incident, the oldest first.
public struct IncidentHistory: Hashable, Sendable {
  /// Since when it is followed; `nil` when nothing of it was ever kept.
  public var knownSince: Date?
  public var changes: [ObservedChange]
  /// What was meant here, with what became of it.
  public var writes: [IncidentWrite]

  public init(knownSince: Date?, changes: [ObservedChange] = [], writes: [IncidentWrite] = []) {
    self.knownSince = knownSince
    self.changes = changes
    self.writes = writes
  }
}
