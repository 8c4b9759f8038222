/// Measured values of one kind, in the order they were taken.
struct Samples {
  private(set) var values: [Double] = []

  init(_ values: [Double] = []) { self.values = values }

  mutating func append(_ value: Double) { values.append(value) }

  var isEmpty: Bool { values.isEmpty }
  var count: Int { values.count }
  var minimum: Double? { values.min() }
  var maximum: Double? { values.max() }
  var median: Double? { quantile(0.5) }
  var p99: Double? { quantile(0.99) }

  /// The smallest value that at least this part of all values do not exceed.
  private func quantile(_ part: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let index = Int((part * Double(values.count)).rounded(.up)) - 1
    return values.sorted()[max(0, min(values.count - 1, index))]
  }
}

extension Duration {
  var milliseconds: Double { seconds * 1000 }
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
