public import FoundationEssentials

/// Names one intended write in the journal.
public struct WriteID: Hashable, Sendable, CustomStringConvertible {
  public let rawValue: String
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }
}

/// Where a write stands; a fold over its journal events.
public enum WriteState: String, Hashable, Sendable {
  /// Typed, not yet meant to leave.
  case draft
  /// The intent is durable; nothing has left.
  case queued
  /// The request may have reached the service.
  case sent
  /// The service answered with the change in effect.
  case confirmed
  /// The service refused it, or it provably never left and was given up.
  case failed
  /// It may or may not be in effect; settled by reading, never resent by itself.
  case unknown

  public var isPending: Bool { self == .queued || self == .sent || self == .unknown }
}

/// A write with all that a screen or a command tells about it.
public struct IncidentWrite: Hashable, Sendable {
  public var id: WriteID
  public var key: IncidentKey
  public var update: IncidentUpdate
  public var state: WriteState
  /// The operator who meant it, as a UPN.
  public var operatorUPN: String?
  public var intendedAt: Date
  public var problem: Problem?

  public init(
    id: WriteID, key: IncidentKey, update: IncidentUpdate, state: WriteState, operatorUPN: String?,
    intendedAt: Date, problem: Problem? = nil
  ) {
    self.id = id
    self.key = key
    self.update = update
    self.state = state
    self.operatorUPN = operatorUPN
    self.intendedAt = intendedAt
    self.problem = problem
  }
}
