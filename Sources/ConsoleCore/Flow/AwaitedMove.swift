import PartnerModel
import SafeText

/// The wish to move an alert of an incident whose alerts are still being read.
struct AwaitedMove: Hashable, Sendable {
  var key: IncidentKey
  /// Incidents that were named behind the command.
  var ids: [IncidentID]
}

extension ConsoleState {
  /// Keeps the wish to move an alert until the page on top has its alerts; the next key forgets it.
  /// - Returns: whether it has to wait.
  mutating func waitForAlerts(naming ids: [IncidentID]) -> Bool {
    guard screens.top.awaitsAlerts, let key = screens.top.target(in: shared)?.key else { return false }
    shared.awaitedMove = AwaitedMove(key: key, ids: ids)
    shared.message = .information("Its alerts are being read: the form opens when they are there.")
    return true
  }

  /// Opens the form that waited for the alerts of a page.
  mutating func moveAwaited(after event: Event) -> [Effect] {
    guard case .incidentRead(_, let key, _) = event, let awaited = shared.awaitedMove, awaited.key == key,
      screens.top.target(in: shared)?.key == key, !screens.top.awaitsAlerts
    else { return [] }
    shared.awaitedMove = nil
    if let obstacle = obstacle(to: .moveAlert) {
      shared.message = .information(obstacle)
      return []
    }
    shared.message = nil
    return openForm(&self, of: .moveAlert, naming: awaited.ids)
  }
}
