package import PartnerModel
import SafeText

/// A change that is under way, or whose outcome is not known.
package struct OpenChange: Hashable, Sendable {
  package var key: IncidentKey
  /// The tenant, the incident and what was meant.
  package var words: String

  /// What is said of changes that are open when the console ends.
  /// - Returns: one line; `nil` where none is open.
  package static func words(_ changes: [OpenChange]) -> String? {
    if changes.isEmpty { return nil }
    let shown = changes.prefix(5).map(\.words).joined(separator: ", ")
    let rest = changes.count > 5 ? " and \(changes.count - 5) more" : ""
    let subject = changes.count == 1 ? "1 change stays open and is" : "\(changes.count) changes stay open and are"
    return "\(subject) settled at the next start: \(shown)\(rest)."
  }
}

extension ConsoleState {
  /// This console's own changes that are open, in the order of tenants and incidents.
  package var openChanges: [OpenChange] {
    // Another console's changes are settled by that one.
    guard shared.readOnlyReason == nil else { return [] }
    return shared.writes.openKeys.map { key in
      let name = shared.directory.name(of: key.tenant)
      return OpenChange(key: key, words: "\(name) #\(key.id.rawValue) (\(shared.writes.what(key).text))")
    }
  }
}
