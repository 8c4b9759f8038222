import FoundationEssentials

/// What a run found.
package struct BenchReport: Encodable, Sendable {
  /// A figure that is not there, and what to do to have it.
  package struct Absence: Codable, Hashable, Sendable {
    package var name: String
    package var reason: String
  }

  /// `release` figures are the ones to quote.
  package var build: String
  package var processors: Int
  /// Runnable processes of the minute before: above the number of processors, a run says little.
  package var loadBefore: Double?
  package var sizes: [String: Int]
  package var figures: [Figure] = []
  package var notMeasured: [Absence] = []
  /// What went otherwise than planned, and what was counted.
  package var notes: [String] = []

  package init(build: String, processors: Int, loadBefore: Double?, sizes: [String: Int]) {
    self.build = build
    self.processors = processors
    self.loadBefore = loadBefore
    self.sizes = sizes
  }

  package mutating func leaveOut(_ name: String, because reason: String) {
    notMeasured.append(Absence(name: name, reason: reason))
  }

  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
