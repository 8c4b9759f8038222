package import PartnerModel
package import PartnerStore

extension PartnerEngine {
  /// Writes, the newest first.
  /// - Parameter after: those meant before this one; `nil` from the newest on.
  package func activity(after: WriteID?, limit: Int) async throws(StoreError) -> [IncidentWrite] {
    try await journal.writes(after.map { .before($0, limit: limit) } ?? .recent(limit: limit))
  }

  /// The verdicts that resolved incidents of a title got in all tenants, the most frequent first.
  package func verdicts(on title: String) async throws(StoreError) -> [VerdictCount] {
    try await cache.verdicts(on: title)
  }
}
