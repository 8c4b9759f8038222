import GRDB
import PartnerModel

/// What of an incident's alerts did not come.
enum GapRows {
  /// - Parameter key: tenant and id.
  static func save(_ gaps: AlertGaps, _ key: StatementArguments, isNew: Bool, _ db: Database) throws {
    if !isNew {
      try db.cachedStatement(sql: "DELETE FROM alertGaps WHERE tenantID = ? AND id = ?").execute(arguments: key)
    }
    guard gaps != .none else { return }
    try db.cachedStatement(sql: "INSERT INTO alertGaps VALUES (?, ?, ?, ?, ?, ?)").execute(
      arguments: key + [gaps.missing, gaps.hasMore, gaps.foreign, gaps.unreadable])
    for (position, product) in gaps.leftOut.enumerated() {
      try db.cachedStatement(sql: "INSERT INTO alertProductsLeftOut VALUES (?, ?, ?, ?, ?)").execute(
        arguments: key + [position, product.name?.withoutNUL, product.status])
    }
  }

  static func load(_ key: StatementArguments, _ db: Database) throws -> AlertGaps {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT missing, hasMore, otherTenants, unreadable FROM alertGaps WHERE tenantID = ? AND id = ?"),
        arguments: key)
    else { return .none }
    let leftOut = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT name, status FROM alertProductsLeftOut WHERE tenantID = ? AND id = ? ORDER BY position"),
      arguments: key
    ).map { LeftOutProduct(name: try $0.text(0), status: try $0.optional(1)) }
    return AlertGaps(
      missing: try row.needed(0), hasMore: try row.needed(1), foreign: try row.needed(2),
      unreadable: try row.needed(3), leftOut: leftOut)
  }
}
