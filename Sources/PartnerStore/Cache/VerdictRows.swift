import GRDB
package import PartnerModel

/// What incidents of a title turned out to be.
enum VerdictRows {
  /// Few rows of many are judged; with the columns that are counted nothing else has to be read.
  static let index = """
    CREATE INDEX verdictsByTitle ON incidents (displayName, classification, determination, updatedAt)
    WHERE status = 'resolved' AND classification IS NOT NULL AND determination IS NOT NULL
    """

  /// - Parameter tenants: whose verdicts count; `nil` for all.
  static func counts(of title: String, in tenants: Set<TenantID>?, _ db: Database) throws -> [VerdictCount] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT classification, determination, tenantID, count(*), max(updatedAt) FROM incidents
          INDEXED BY verdictsByTitle
          WHERE displayName = ? AND status = 'resolved' AND classification IS NOT NULL AND determination IS NOT NULL
          GROUP BY classification, determination, tenantID
          """), arguments: [title])
    var counts: [Verdict: VerdictCount] = [:]
    for row in rows {
      let verdict = Verdict(
        Classification(wire: try row.needed(0)), Determination(wire: try row.needed(1)))
      guard verdict.isValid, tenants?.contains(try row.tenant(2)) ?? true else { continue }
      let (count, last): (Int, Int64?) = (try row.needed(3), try row.optional(4))
      let before = counts[verdict]
      let latest = [before?.lastAt?.ticks, last].compactMap(\.self).max()
      counts[verdict] = VerdictCount(
        verdict: verdict, count: (before?.count ?? 0) + count, lastAt: latest.map { Timestamp(ticks: $0) })
    }
    return counts.values.sorted { left, right in
      if left.count != right.count { return left.count > right.count }
      let times = (left.lastAt?.ticks ?? .min, right.lastAt?.ticks ?? .min)
      if times.0 != times.1 { return times.0 > times.1 }
      return "\(left.verdict)" < "\(right.verdict)"
    }
  }
}

extension Cache {
  /// The verdicts that resolved incidents of this title have, in all tenants that are shown: the most frequent first, then
  /// the latest. What the service would not take again is none of them.
  ///
  /// Only incidents that are kept count, so it reaches back as far as the history does: what nobody gave the title for
  /// longer than that says little about the next one.
  package func verdicts(on title: String) throws(StoreError) -> [VerdictCount] {
    try read { db in try VerdictRows.counts(of: title, in: shown, db) }
  }

  /// As the one that blocks.
  package func verdicts(on title: String) async throws(StoreError) -> [VerdictCount] {
    try await StoreFile.away { [self] () throws(StoreError) in try verdicts(on: title) }
  }
}
