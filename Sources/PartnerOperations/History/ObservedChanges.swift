import PartnerModel
import PartnerStore
import Synchronization

extension PartnerEngine {
  /// So many changes go on record in one transaction.
  private static let mostAtOnce = 500

  /// Puts on record how incidents that were known changed, as the cache kept it together with them: what a killed process
  /// left as well. Where it is killed in between, the next one finds some that are there already, and leaves them.
  ///
  /// A journal that cannot be written pauses the history, which is told once; whoever reads a tenant goes on, and what
  /// changed meanwhile is put on record later.
  func putChangesOnRecord() async {
    // One after the other: many that read their tenants at the same time would all put the same on record.
    let task = recording.withLock { last in
      let before = last
      let task = Task {
        await before?.value
        await self.putLeftChangesOnRecord()
      }
      last = task
      return task
    }
    await task.value
  }

  private func putLeftChangesOnRecord() async {
    while true {
      // A cache that cannot be read or written is told by whoever reads a tenant.
      guard let left = try? await cache.unrecordedChanges(limit: Self.mostAtOnce), !left.isEmpty else { return }
      do throws(StoreError) {
        try await journal.record(observed: left.compactMap(\.entry))
        cacheWorked(.history)
      } catch {
        return cacheFailed(.history, error)
      }
      guard (try? await cache.forget(left)) != nil else { return }
    }
  }
}
