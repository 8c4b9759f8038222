import PartnerModel
import SafeText
import TerminalKit

@testable import ConsoleCore

/// Everything is granted in the first tenant.
let grantingTenants = allStates.map { row in
  row.id == .sample(1)
    ? row.with { $0.consent.granted = everyRole + [.updateAlerts, .manageSecurityData] } : row
}
let writtenKey = attack[0].key

func letterKey(_ character: Character) -> Key { .character(character) }
/// `↵`, `⇥`, arrows, `^S` and letters, as they are pressed.
func pressed(_ text: String) -> [Key] {
  text.map { character in
    switch character {
    case "↵": .enter
    case "⇥": .tab
    case "↓": .down
    case "↑": .up
    case "→": .right
    case "§": .control("s")
    case "⌫": .backspace
    case "␛": .escape
    default: .character(character)
    }
  }
}

func writingQueue(_ incident: IncidentSummary = attack[0], _ change: (inout ConsoleState) -> Void = { _ in })
  -> ConsoleState
{
  var state: ConsoleState = .loaded(grantingTenants, [incident] + attack.dropFirst()) { $0.view = .queue }
  change(&state)
  return state
}

/// On the page, with the cursor moved to its second alert.
func onAlert() -> ConsoleState {
  writingQueue { state in
    state.press(.enter)
    state.take(.incidentRead(request: state.lastRequest, writtenKey, .fresh(story, readAt: noon)))
    state.press(.down)
  }
}

extension ConsoleState {
  var spoken: String { shared.message?.text.text ?? "" }

  /// Presses keys, one a second; what is sent for good.
  /// - Parameter start: in milliseconds; `nil` for right behind what was pressed before.
  mutating func sent(_ keys: String, from start: Int? = nil) -> [IncidentAction] {
    var actions: [IncidentAction] = []
    for (index, key) in pressed(keys).enumerated() {
      let event = start.map { Event.keys([key], at: $0 + 1_000 * index) } ?? .key(key)
      for case .act(_, let action, _) in update(&self, event) { actions.append(action) }
    }
    return actions
  }

  mutating func fail(_ action: IncidentAction, _ id: String = "w", cause: String = "outage") {
    take(.writesChanged([toldWrite(action, .failed, id, cause: cause)]))
  }
}

func toldWrite(
  _ action: IncidentAction, _ state: WriteState, _ id: String = "w", cause: String? = nil, before: IncidentImage? = nil,
  after: IncidentImage? = nil, undoes: String? = nil
) -> IncidentWrite {
  IncidentWrite(
    id: WriteID(id), key: writtenKey, action: action, state: state, operatorUPN: "anna@northwind.example",
    intendedAt: noon,
    problem: cause.map { Problem(cause: $0, at: noon, nextAction: "Look again.") }, before: before, after: after,
    undoes: undoes.map { WriteID($0) })
}

let resolvedAsPhishing = IncidentUpdate(
  status: .resolved, classification: .truePositive, determination: .phishing)
