import FoundationEssentials

/// The one document that a run prints.
struct BenchReport: Encodable {
  /// `release` figures are the ones to quote.
  var build: String
  var processors: Int
  var sizes: [String: Int]
  var figures: [Figure] = []
  /// What was left out or went otherwise than planned, and why.
  var notes: [String] = []

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// One measured thing beside what it should be and what was measured for comparison in the same run.
struct Figure: Encodable {
  var name: String
  var unit: String
  var samples: Int
  var minimum: Double?
  var median: Double?
  var p99: Double?
  var maximum: Double?
  var target: Target?
  /// The least that the machine allows.
  var floor: Reference?
  /// What a well-known program needs for the like.
  var peer: Reference?

  init(
    _ name: String, unit: String, _ samples: Samples, target: Target? = nil, floor: Reference? = nil,
    peer: Reference? = nil
  ) {
    self.name = name
    self.unit = unit
    self.samples = samples.count
    minimum = rounded(samples.minimum)
    median = rounded(samples.median)
    p99 = rounded(samples.p99)
    maximum = rounded(samples.maximum)
    self.target = target
    self.floor = floor
    self.peer = peer
  }

  /// What the budgets ask for, in the figure's unit. Nothing is judged here.
  struct Target: Encodable {
    var medianAtMost: Double?
    var medianAtLeast: Double?
    var p99AtMost: Double?
    /// The median, divided by the floor's.
    var timesFloorAtMost: Double?
    /// The median, divided by the peer's.
    var timesPeerAtMost: Double?
  }

  struct Reference: Encodable {
    var what: String
    var median: Double?
    var p99: Double?

    init?(_ what: String, _ samples: Samples?) {
      guard let samples, !samples.isEmpty else { return nil }
      self.what = what
      median = rounded(samples.median)
      p99 = rounded(samples.p99)
    }
  }
}

/// To three digits behind the point.
private func rounded(_ value: Double?) -> Double? { value.map { ($0 * 1000).rounded() / 1000 } }
