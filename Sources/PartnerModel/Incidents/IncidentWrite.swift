public import FoundationEssentials

/// Names one intended write in the journal.
public struct WriteID: Hashable, Sendable, CustomStringConvertible {
  public let rawValue: String
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }

  /// - Parameter process: the one that means the write, which its id names.
  public init(unique: String, process: Int32) { self.init("\(unique)@\(process)") }

  /// The process that meant the write; `nil` for an id that names none.
  public var process: Int32? {
    rawValue.lastIndex(of: "@").flatMap { Int32(rawValue[rawValue.index(after: $0)...]) }
  }
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
  public var action: IncidentAction
  public var state: WriteState
  /// The operator who meant it, as a UPN.
  public var operatorUPN: String?
  public var intendedAt: Date
  public var problem: Problem?
  /// The incident as it was read right before the write left; before that, as the operator saw it.
  public var before: IncidentImage?
  /// The incident as it was read last for this write: what the service made of it, or what stood against it.
  public var after: IncidentImage?
  /// The write that this one takes back.
  public var undoes: WriteID?
  /// The id under which the service knows the request; `nil` while nothing was sent.
  public var requestID: String?
  /// When it came to its state.
  public var stateSince: Date?
  /// What the service made of it beside that, in a clause, for example which of several incidents stays. May quote the
  /// service: make it harmless before painting.
  public var detail: String?

  public init(
    id: WriteID, key: IncidentKey, action: IncidentAction, state: WriteState, operatorUPN: String?,
    intendedAt: Date, problem: Problem? = nil, before: IncidentImage? = nil, after: IncidentImage? = nil,
    undoes: WriteID? = nil, requestID: String? = nil, stateSince: Date? = nil
  ) {
    self.id = id
    self.key = key
    self.action = action
    self.state = state
    self.operatorUPN = operatorUPN
    self.intendedAt = intendedAt
    self.problem = problem
    self.before = before
    self.after = after
    self.undoes = undoes
    self.requestID = requestID
    self.stateSince = stateSince
  }

  public init(
    id: WriteID, key: IncidentKey, update: IncidentUpdate, state: WriteState, operatorUPN: String?,
    intendedAt: Date, problem: Problem? = nil
  ) {
    self.init(
      id: id, key: key, action: .update(update), state: state, operatorUPN: operatorUPN, intendedAt: intendedAt,
      problem: problem)
  }

  /// The change of the incident itself; `nil` for any other action.
  public var update: IncidentUpdate? { action.update }

  /// The detail of a merge: which of the incidents stays.
  public static func detail(ofStaying id: IncidentID) -> String { "\(stayingLead)\(id.rawValue)\(stayingEnd)" }

  /// Of a merge that was made, the incident that stays, as its detail names it; may quote the service.
  public var survivor: IncidentID? {
    guard case .merge = action, state == .confirmed, let detail, detail.hasPrefix(Self.stayingLead),
      detail.hasSuffix(Self.stayingEnd)
    else { return nil }
    return IncidentID(String(detail.dropFirst(Self.stayingLead.count).dropLast(Self.stayingEnd.count)))
  }

  private static let stayingLead = "#"
  private static let stayingEnd = " stays"

  /// Of a write that resolved an incident: what is not known of the alerts that the service closed with it, which taking
  /// it back leaves closed.
  public var alertsNotOnRecord: String? {
    guard update?.status == .resolved, state == .confirmed, requestID != nil, let before,
      before.status != .resolved
    else { return nil }
    if before.alerts == nil {
      return
        "Its alerts could not be read when it was closed, so none that closed with it is opened again: see its page."
    }
    return before.lacksAlerts
      ? "Not all of its alerts could be read when it was closed: those that were not stay closed, see its page." : nil
  }

  /// What stood against it, where somebody was faster.
  public var conflict: IncidentConflict? {
    guard state == .failed, problem?.cause == "conflict", let before, let after else { return nil }
    return IncidentConflict(of: action, seen: before, fresh: after)
  }
}
