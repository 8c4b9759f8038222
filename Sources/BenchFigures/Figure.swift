/// One measured thing, beside one other that was measured in the same run, and what it should be.
package struct Figure: Encodable, Hashable, Sendable {
  /// Which of the samples counts.
  package enum Statistic: String, Encodable, Sendable { case median, p99, maximum }

  /// What a figure should be. A ratio is the figure divided by its reference.
  package enum Target: Hashable, Sendable {
    case ratioAtMost(Double)
    /// In the figure's unit.
    case atMost(Double)
    case atLeast(Double)
  }

  /// What a figure is seen beside.
  package struct Reference: Encodable, Hashable, Sendable {
    package enum Kind: String, Encodable, Sendable {
      /// The least that the machine allows, or nearly.
      case floor
      /// A well-known program that does the like.
      case peer
      /// The same program as it was at another commit.
      case baseline
      /// The same program doing a part of it.
      case part
    }

    package var kind: Kind
    package var what: String
    package var samples: Samples

    /// `nil` where nothing was measured.
    package init?(_ kind: Kind, _ what: String, _ samples: Samples?) {
      guard let samples, !samples.isEmpty else { return nil }
      (self.kind, self.what, self.samples) = (kind, what, samples)
    }
  }

  /// Parts divided by points, from the large to the small.
  package let name: String
  package let unit: String
  package let statistic: Statistic
  package let samples: Samples
  package let reference: Reference?
  package let target: Target?

  package init(
    _ name: String, unit: String, _ samples: Samples, _ statistic: Statistic = .median,
    beside reference: Reference? = nil, target: Target? = nil
  ) {
    self.name = name
    self.unit = unit
    self.samples = samples
    self.statistic = statistic
    self.reference = reference
    self.target = target
  }

  package var value: Double? { statistic.value(of: samples) }
  package var referenceValue: Double? { reference.flatMap { statistic.value(of: $0.samples) } }

  /// `nil` without a reference, or beside one that is nothing.
  package var ratio: Double? {
    guard let value, let other = referenceValue, other > 0 else { return nil }
    return value / other
  }

  /// `nil` where there is no target, or what it speaks of was not measured.
  package var isMet: Bool? {
    switch target {
    case nil: nil
    case .ratioAtMost(let most): ratio.map { $0 <= most }
    case .atMost(let most): value.map { $0 <= most }
    case .atLeast(let least): value.map { $0 >= least }
    }
  }
}

extension Figure.Statistic {
  package func value(of samples: Samples) -> Double? {
    switch self {
    case .median: samples.median
    case .p99: samples.p99
    case .maximum: samples.maximum
    }
  }
}

// MARK: As a document

extension Samples: Encodable {
  private enum CodingKeys: String, CodingKey { case count, minimum, median, p99, maximum }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encodeIfPresent(rounded(minimum), forKey: .minimum)
    try container.encodeIfPresent(rounded(median), forKey: .median)
    try container.encodeIfPresent(rounded(p99), forKey: .p99)
    try container.encodeIfPresent(rounded(maximum), forKey: .maximum)
  }
}

extension Figure.Target: Encodable {
  private enum CodingKeys: String, CodingKey { case ratioAtMost, atMost, atLeast }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .ratioAtMost(let value): try container.encode(value, forKey: .ratioAtMost)
    case .atMost(let value): try container.encode(value, forKey: .atMost)
    case .atLeast(let value): try container.encode(value, forKey: .atLeast)
    }
  }
}

extension Figure {
  private enum CodingKeys: String, CodingKey { case name, unit, statistic, samples, reference, ratio, target, isMet }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(unit, forKey: .unit)
    try container.encode(statistic, forKey: .statistic)
    try container.encode(samples, forKey: .samples)
    try container.encodeIfPresent(reference, forKey: .reference)
    try container.encodeIfPresent(rounded(ratio), forKey: .ratio)
    try container.encodeIfPresent(target, forKey: .target)
    try container.encodeIfPresent(isMet, forKey: .isMet)
  }
}

/// To three digits behind the point.
private func rounded(_ value: Double?) -> Double? { value.map { ($0 * 1000).rounded() / 1000 } }
