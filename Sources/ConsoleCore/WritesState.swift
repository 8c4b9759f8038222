import PartnerModel
import SafeText
import TerminalKit

/// What a row tells of the write that was meant for its incident.
enum WriteMark: Hashable, Sendable {
  case pending, unknown, refused

  var glyph: SafeText {
    switch self {
    case .pending: "↑"
    case .unknown: "‽"
    case .refused: "≠"
    }
  }

  var style: Style {
    switch self {
    case .pending: Theme.accent
    case .unknown: Theme.warning
    case .refused: Theme.failure
    }
  }
}

/// Writes that are under way or ended otherwise than wished.
struct WritesState: Hashable, Sendable {
  /// Meant, and not yet told by the journal.
  private(set) var intended: [IncidentKey: IncidentAction] = [:]
  /// The last write for each incident, until it is in effect or its failure was seen.
  private(set) var latest: [IncidentKey: IncidentWrite] = [:]

  mutating func intend(_ action: IncidentAction, for key: IncidentKey) { intended[key] = action }
  mutating func intend(_ update: IncidentUpdate, for key: IncidentKey) { intend(.update(update), for: key) }
  mutating func giveUp(_ key: IncidentKey) { intended[key] = nil }

  /// Takes in what the journal says; returns what the operator should hear of.
  mutating func take(_ writes: [IncidentWrite]) -> [IncidentWrite] {
    var news: [IncidentWrite] = []
    for write in writes {
      let before = latest[write.key]
      if let before, before.id != write.id, before.intendedAt > write.intendedAt { continue }
      let wasPending = before?.state.isPending ?? false || intended[write.key] != nil
      intended[write.key] = nil
      switch write.state {
      case .draft: continue
      case .queued, .sent, .unknown, .failed: latest[write.key] = write
      case .confirmed: latest[write.key] = nil
      }
      let isEnd = write.state == .confirmed || write.state == .failed || write.state == .unknown
      if isEnd, wasPending, before?.state != write.state { news.append(write) }
    }
    return news
  }

  /// A failure that the operator has looked at needs nobody any more.
  mutating func acknowledge(_ key: IncidentKey) {
    if latest[key]?.state == .failed { latest[key] = nil }
  }

  var isEmpty: Bool { intended.isEmpty && latest.isEmpty }

  func mark(for key: IncidentKey) -> WriteMark? {
    if intended[key] != nil { return .pending }
    switch latest[key]?.state {
    case .queued, .sent: return .pending
    case .unknown: return .unknown
    case .failed: return .refused
    case .draft, .confirmed, nil: return nil
    }
  }

  func isPending(_ key: IncidentKey) -> Bool { mark(for: key).map { $0 != .refused } ?? false }

  /// Incidents whose change is not settled yet, in the order of their keys.
  var openKeys: [IncidentKey] {
    Set(intended.keys).union(latest.values.filter(\.state.isPending).map(\.key)).sorted()
  }

  /// Every incident that a write was meant for.
  var keys: Set<IncidentKey> { Set(intended.keys).union(latest.keys) }

  var unsettled: Int { intended.count + latest.values.count { $0.state.isPending } }
  /// Of those the ones whose outcome is not known.
  var unknown: Int { latest.values.count { $0.state == .unknown } }

  /// Incidents whose write was refused, in the order of their keys.
  var refused: [IncidentKey] { latest.values.filter { $0.state == .failed }.map(\.key).sorted() }

  /// What happened to the write for an incident, and what to do next.
  func words(for key: IncidentKey) -> SafeText? {
    switch mark(for: key) {
    case nil: return nil
    case .pending:
      let isSent = latest[key]?.state == .sent && intended[key] == nil
      return isSent ? "\(what(key)) sent, waiting for the service" : "\(what(key)) kept, about to be sent"
    case .unknown: return "\(what(key)): outcome not known yet; it is settled by reading the incident again"
    case .refused: return latest[key].map { "\(what(key)) \(failureWord($0)): \(refusal($0))" }
    }
  }

  /// What the write for an incident is about, in a few words.
  func what(_ key: IncidentKey) -> SafeText {
    if let action = intended[key] { return action.words(by: nil) }
    return latest[key].map { $0.action.words(by: $0.operatorUPN) } ?? "change"
  }

  /// Nobody refused what never got there.
  func failureWord(_ write: IncidentWrite) -> SafeText {
    switch write.problem?.cause {
    case "notSent", "unreachable", "throttled", "budgetSpent", "deadlineExceeded", "cancelled", "storage", "outage",
      "credentialUnreadable", "notInEffect", "breakerOpen", "hostBreakerOpen", "appThrottled":
      "not made"
    default: "refused"
    }
  }

  func refusal(_ write: IncidentWrite) -> SafeText {
    guard let problem = write.problem else { return "the service gave no reason; look at the incident and try again" }
    return "\(reason(problem)). \(problem.nextAction)"
  }
}

extension IncidentAction {
  /// What the write does, in a few words.
  /// - Parameter operatorUPN: who meant it; `nil` for whoever sits here.
  func words(by operatorUPN: String?) -> SafeText {
    switch self {
    case .update(let update): update.words(by: operatorUPN)
    case .comment: "comment"
    case .updateAlert(_, let update):
      update.status.map { "alert status \(spelledOut($0.wire))" } ?? "change of an alert"
    case .commentAlert: "comment on an alert"
    case .merge(let others, _, _): "merge with \(others.map { "#\($0.rawValue)" }.joined(separator: ", "))"
    case .moveAlerts(let ids, let target, _, _): "\(counted(ids.count, "alert")) to #\(target.rawValue)"
    }
  }
}

extension IncidentUpdate {
  /// Whether somebody takes the incident to work on it.
  /// - Parameter operatorUPN: who meant the write; `nil` for whoever sits here.
  func isClaim(by operatorUPN: String?) -> Bool {
    guard status == .inProgress, case .to(let upn) = assignment else { return false }
    return operatorUPN.map { $0.lowercased() == upn.lowercased() } ?? true
  }

  /// What the write does, in a few words.
  func words(by operatorUPN: String?) -> SafeText {
    if isClaim(by: operatorUPN) { return "claim" }
    var parts: [SafeText] = []
    if let status { parts.append("status \(Theme.words(status))") }
    switch assignment {
    case nil: break
    case .nobody: parts.append("given to nobody")
    case .to(let upn): parts.append("given to \(ownerName(upn))")
    }
    let verdict = [classification?.title, determination?.title].compactMap { $0 }
    if !verdict.isEmpty { parts.append(SafeText(verdict.joined(separator: ", "))) }
    if let severity { parts.append("severity \(spelledOut(severity.wire))") }
    parts += addedTags.map { "tag \(SafeText($0))" } + removedTags.map { "without tag \(SafeText($0))" }
    if displayName != nil { parts.append("another name") }
    if details != nil { parts.append("another description") }
    if resolvingComment != nil { parts.append("a resolving comment") }
    return parts.isEmpty ? "change" : "change (\(parts.joined(separator: ", ")))"
  }
}

/// What happened, in a few words, from a problem as it is kept.
func reason(_ problem: Problem) -> SafeText {
  var words = spelledOut(problem.cause)
  if let error = problem.error { words += " (\(SafeText(beginningOf: error))\(problem.code.map { " \($0)" } ?? ""))" }
  if problem.error == nil, let code = problem.code { words += " (\(code))" }
  return words
}
