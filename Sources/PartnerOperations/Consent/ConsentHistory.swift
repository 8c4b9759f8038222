import FoundationEssentials
package import PartnerModel
package import PartnerStore

extension PartnerEngine {
  /// Changes that are told at most.
  private static let longestHistory = 10_000

  /// The changes of these tenants' consents that were observed, the newest first.
  ///
  /// What a tenant's first check found is no change. One that an older version put on record tells the states alone.
  package func consentHistory(of tenants: [Tenant]) async throws(StoreError) -> [ConsentChange] {
    let entries = try await journal.entries(
      of: .consentChanged, tenants: Set(tenants.map(\.id)), limit: Self.longestHistory)
    return entries.compactMap { recorded in
      let entry = recorded.entry
      guard let tenant = entry.tenant, let sentence = entry.detail,
        var change = ConsentChange(sentence: sentence, tenant: tenant, at: entry.at)
      else { return nil }
      change.operatorUPN = entry.operatorUPN
      change.problem = entry.problem
      return change
    }
  }

  /// Somebody has looked at these tenants' consents: a change of before is flagged no more.
  package func noteConsentSeen(of tenants: [Tenant]) async {
    guard let rows = await storedOverviews(of: tenants) else { return }
    let news = rows.filter(\.drift.isUnseen)
    guard !news.isEmpty else { return }
    let moment = now()
    await keep { try await cache.noteConsentSeen(of: news.map(\.id), at: moment) }
    for var row in news {
      row.drift.seenAt = moment
      tell(row)
    }
  }
}
