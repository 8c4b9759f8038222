package import PartnerModel
import Synchronization

extension PartnerEngine {
  /// Tenants that are worked on at a time.
  package static let atOnce = 48

  /// Does `work` for each tenant, at most `width` at a time, and tells how far it is.
  /// - Returns: the results in the order of `tenants`; shorter when it was cancelled.
  package func each<Result: Sendable>(
    of tenants: [Tenant], width: Int = atOnce, _ work: @escaping @Sendable (Tenant) async -> Result
  ) async -> [Result] {
    let round = Round<Result>()
    // As many tasks as may work at a time, each of which takes one tenant after the other: a task for each tenant would
    // have to be made, and waited for, a thousand times.
    await withDiscardingTaskGroup { group in
      for _ in 0..<min(width, tenants.count) {
        group.addTask {
          while !Task.isCancelled {
            guard let index = round.next(of: tenants.count) else { return }
            round.end(index, with: await work(tenants[index]))
          }
        }
      }
    }
    return round.results
  }
}

/// Who is next, and what came of those before, in their order.
private final class Round<Value: Sendable>: Sendable {
  private let state = Mutex<(next: Int, results: [Int: Value])>((0, [:]))

  /// - Returns: `nil` when all have had their turn.
  func next(of count: Int) -> Int? {
    state.withLock { state in
      guard state.next < count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  func end(_ index: Int, with result: Value) { state.withLock { $0.results[index] = result } }

  var results: [Value] { state.withLock { $0.results.sorted { $0.key < $1.key }.map(\.value) } }
}
