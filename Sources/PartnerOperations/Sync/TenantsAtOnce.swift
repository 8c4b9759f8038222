package import PartnerModel

extension PartnerEngine {
  /// Does `work` for each tenant, at most `width` at a time, and tells how far it is.
  /// - Returns: the results in the order of `tenants`; shorter when it was cancelled.
  package func each<Result: Sendable>(
    of tenants: [Tenant], width: Int = 48, _ work: @escaping @Sendable (Tenant) async -> Result
  ) async -> [Result] {
    var results: [Int: Result] = [:]
    await withTaskGroup(of: (Int, Result).self) { group in
      var next = 0
      func startOne() {
        guard next < tenants.count, !Task.isCancelled else { return }
        let index = next
        next += 1
        group.addTask { (index, await work(tenants[index])) }
      }
      for _ in 0..<min(width, tenants.count) { startOne() }
      while let (index, result) = await group.next() {
        results[index] = result
        startOne()
      }
    }
    return tenants.indices.compactMap { results[$0] }
  }
}
