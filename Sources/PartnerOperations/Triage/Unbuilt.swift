package import PartnerModel
package import PartnerStore

// The engine's other doors, not built yet: each moves to a file of its own.

extension PartnerEngine {
  /// Takes back what a write did, as far as that can be.
  /// - Returns: the writes that took it back, in their last states.
  /// - Throws: `.notUndoable`, with why.
  package func undo(_ id: WriteID) async throws(PartnerError) -> [IncidentWrite] {
    throw PartnerError(.notUndoable("not built"), tenant: nil)
  }

  /// Settles the writes on an incident whose outcome is not known, by reading, now.
  package func settle(_ key: IncidentKey) async {}

  /// Writes, the newest first.
  /// - Parameter after: those meant before this one; `nil` from the newest on.
  package func activity(after: WriteID?, limit: Int) async throws(StoreError) -> [IncidentWrite] { [] }

  /// The verdicts that resolved incidents of a title got in all tenants, the most frequent first.
  package func verdicts(on title: String) async throws(StoreError) -> [VerdictCount] { [] }

  /// The requests that an action would send now, after a fresh reading: nothing is changed, and nothing is on record.
  package func plan(
    _ action: IncidentAction, on key: IncidentKey, takesOver: Bool
  ) async throws(PartnerError) -> [PlannedRequest] { [] }
}

/// A request as it would be sent.
package struct PlannedRequest: Hashable, Sendable {
  package var method: String
  /// Path and query below the version.
  package var target: String
  /// JSON.
  package var body: String
}
