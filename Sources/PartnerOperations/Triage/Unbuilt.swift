package import PartnerModel
package import PartnerStore

// The engine's other doors, not built yet: each moves to a file of its own.

extension PartnerEngine {
  /// What is on record of an incident.
  package func history(of key: IncidentKey) async throws(StoreError) -> IncidentHistory {
    IncidentHistory(knownSince: nil)
  }
}
