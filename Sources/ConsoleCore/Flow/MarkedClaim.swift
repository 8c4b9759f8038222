import PartnerModel
import SafeText

/// The claim of all marked incidents of a screen.
struct MarkedClaim: Hashable, Sendable {
  /// Those that can be claimed, in the order of their keys, as they were seen.
  private(set) var incidents: [IncidentSummary] = []
  /// Those that cannot, and why.
  private(set) var leftOut: [LeftOut] = []
  /// How many of those that can be claimed the screen does not show just now.
  private(set) var hidden = 0

  struct LeftOut: Hashable, Sendable {
    var key: IncidentKey
    var reason: SafeText
  }

  /// - Returns: `nil` where nothing is marked.
  init?(on screen: any ConsoleScreen, in state: borrowing SharedState) {
    let marked = state.marks.on(screen).compactMap(\.key).sorted()
    if marked.isEmpty { return nil }
    for key in marked {
      guard let incident = screen.incident(key, in: state) else {
        leftOut.append(LeftOut(key: key, reason: "It is not listed any more."))
        continue
      }
      if let reason = state.obstacleToClaiming(incident) ?? state.othersOwnership(of: incident) {
        leftOut.append(LeftOut(key: key, reason: reason))
      } else {
        incidents.append(incident)
        if !screen.hasRow(of: Target(key), in: state) { hidden += 1 }
      }
    }
  }

  var keys: [IncidentKey] { incidents.map(\.key) }

  /// Why none can be claimed; `nil` if one can.
  func obstacle(in state: SharedState) -> SafeText? {
    guard incidents.isEmpty, let first = leftOut.first else { return nil }
    if leftOut.count == 1 { return "Marked: \(name(of: first.key, in: state)). \(first.reason)" }
    return "None of the \(leftOut.count) marked can be claimed. \(name(of: first.key, in: state)): \(first.reason)"
  }

  /// What the second key does, and what it does not.
  func question(in state: SharedState) -> SafeText {
    let tenants = Set(keys.map(\.tenant)).count
    let marked = incidents.count + leftOut.count
    let part: SafeText = leftOut.isEmpty ? "" : "\(incidents.count) of "
    var words: SafeText = "a again claims \(part)\(counted(marked, "marked incident")) in \(counted(tenants, "tenant"))"
    words += hidden == 0 ? "." : ", \(hidden) not shown just now."
    if let first = leftOut.first {
      words += " \(leftOut.count) cannot be: \(name(of: first.key, in: state)): \(first.reason)"
    }
    return words
  }

  private func name(of key: IncidentKey, in state: SharedState) -> SafeText {
    "\(state.directory.name(of: key.tenant)) #\(key.id.rawValue)"
  }
}

extension SharedState {
  /// What a colleague has is taken over one by one.
  fileprivate func othersOwnership(of incident: IncidentSummary) -> SafeText? {
    guard let owner = incident.assignedTo, !owner.isEmpty, owner.lowercased() != settings.operatorUPN?.lowercased()
    else { return nil }
    return "\(ownerName(owner)) has it: claim it by itself to take it over."
  }
}

/// Takes every marked incident, after a question that says how many they are. What is left out stays marked.
func claim(_ console: inout ConsoleState, _ marked: MarkedClaim, confirming asked: MarkedClaim?) -> [Effect] {
  guard let upn = console.shared.settings.operatorUPN else { return [] }
  guard marked == asked else {
    console.shared.markedClaim = marked
    console.shared.message = .warning(marked.question(in: console.shared))
    return []
  }
  let update = IncidentUpdate(status: .inProgress, assignment: .to(upn))
  for key in marked.keys { console.shared.writes.intend(update, for: key) }
  console.shared.marks.remove(marked.keys.map { Target($0) })
  console.shared.message = .information("Claiming \(counted(marked.incidents.count, "incident")).")
  console.writesChanged()
  return marked.incidents.map { .update($0.key, update, seen: $0) }
}
