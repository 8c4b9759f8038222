/// Measured values of one kind, in the order they were taken.
package struct Samples: Hashable, Sendable {
  package private(set) var values: [Double] = []

  package init(_ values: [Double] = []) { self.values = values }

  package mutating func append(_ value: Double) { values.append(value) }
  package mutating func append(contentsOf others: Samples) { values += others.values }

  package var isEmpty: Bool { values.isEmpty }
  package var count: Int { values.count }
  package var minimum: Double? { values.min() }
  package var maximum: Double? { values.max() }
  package var median: Double? { quantile(0.5) }
  package var p99: Double? { quantile(0.99) }

  /// The smallest value that at least this part of all values do not exceed.
  private func quantile(_ part: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let index = Int((part * Double(values.count)).rounded(.up)) - 1
    return values.sorted()[max(0, min(values.count - 1, index))]
  }
}

extension Duration {
  package var milliseconds: Double { seconds * 1000 }
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
