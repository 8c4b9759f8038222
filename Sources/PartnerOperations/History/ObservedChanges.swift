import PartnerModel
import PartnerStore

extension PartnerEngine {
  /// Puts on record how incidents that were known changed, in one transaction; nothing is written where nothing changed
  /// that people change.
  ///
  /// A journal that cannot be written pauses the history, which is told once; whoever reads a tenant goes on.
  func putOnRecord(_ changes: [KnownChange]) async {
    let entries = changes.compactMap { change -> JournalEntry? in
      let fields = change.before.changes(to: change.after)
      guard !fields.isEmpty else { return nil }
      return JournalEntry(
        .incidentChanged, at: change.seenAt, tenant: change.key.tenant, incident: change.key.id,
        observed: .init(changes: fields, changedAt: change.after.updatedAt, by: change.after.lastModifiedBy))
    }
    guard !entries.isEmpty else { return }
    do throws(StoreError) {
      try await journal.append(entries)
      cacheWorked(.history)
    } catch {
      cacheFailed(.history, error)
    }
  }
}
