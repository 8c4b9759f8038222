/// A counter of each thread of a process at one moment.
package struct ThreadCounts: Hashable, Sendable {
  private let counts: [String: Int]

  /// - Parameter counts: by the thread's id.
  package init(_ counts: [String: Int]) { self.counts = counts }

  /// Of all threads that were running.
  package var total: Int { counts.values.reduce(0, +) }

  /// How much was added since `earlier`. What a thread did between then and its end is not known.
  package func increase(since earlier: ThreadCounts) -> Int {
    counts.reduce(0) { sum, thread in sum + max(0, thread.value - (earlier.counts[thread.key] ?? 0)) }
  }
}
