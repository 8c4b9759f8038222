import PartnerModel

/// In which order verdicts were offered for incidents of a title since the console was opened: what the hand knows stays
/// where it is, however often something else is given meanwhile.
struct OfferedVerdicts: Hashable, Sendable {
  /// Titles that are remembered at most.
  private static let limit = 500

  private var orders: [String: [Verdict]] = [:]

  /// What was offered for a title, in its order.
  func order(of title: String) -> [Verdict] { orders[title] ?? [] }

  /// The counts of a title in the order in which they were offered first; what is new follows.
  mutating func inOrder(_ counts: [VerdictCount], of title: String) -> [VerdictCount] {
    let known = orders[title] ?? []
    let kept = known.compactMap { verdict in counts.first { $0.verdict == verdict } }
    let ordered = kept + counts.filter { count in !known.contains(count.verdict) }
    if orders[title] == nil, orders.count >= Self.limit { orders = [:] }
    orders[title] = known + ordered.map(\.verdict).filter { !known.contains($0) }
    return ordered
  }
}
