import GRDB
package import PartnerModel

/// What incidents of a title turned out to be.
enum VerdictRows {
  /// Few rows of many are judged; with the columns that are counted nothing else has to be read.
  static let index = """
    CREATE INDEX verdictsByTitle ON incidents (displayName, classification, determination, updatedAt)
    WHERE status = 'resolved' AND classification IS NOT NULL AND determination IS NOT NULL
    """

  static func counts(of title: String, _ db: Database) throws -> [VerdictCount] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT classification, determination, count(*), max(updatedAt) FROM incidents INDEXED BY verdictsByTitle
          WHERE displayName = ? AND status = 'resolved' AND classification IS NOT NULL AND determination IS NOT NULL
          GROUP BY classification, determination
          """), arguments: [title])
    let counts = try rows.compactMap { row -> VerdictCount? in
      let verdict = Verdict(
        Classification(wire: try row.needed(0)), Determination(wire: try row.needed(1)))
      guard verdict.isValid else { return nil }
      let last: Int64? = try row.optional(3)
      return VerdictCount(
        verdict: verdict, count: try row.needed(2), lastAt: last.map { Timestamp(ticks: $0) })
    }
    return counts.sorted { left, right in
      left.count == right.count
        ? (left.lastAt?.ticks ?? .min) > (right.lastAt?.ticks ?? .min) : left.count > right.count
    }
  }
}

extension Cache {
  /// The verdicts that resolved incidents of this title have, in all tenants: the most frequent first, then the latest.
  /// What the service would not take again is none of them.
  package func verdicts(on title: String) throws(StoreError) -> [VerdictCount] {
    try read { db in try VerdictRows.counts(of: title, db) }
  }

  /// As the one that blocks.
  package func verdicts(on title: String) async throws(StoreError) -> [VerdictCount] {
    try await StoreFile.away { [self] () throws(StoreError) in try verdicts(on: title) }
  }
}
