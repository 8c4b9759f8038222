package import FoundationEssentials
import GRDB
package import PartnerModel

// What is remembered of who may act in a tenant, beside its token and its consent.

extension Cache {
  /// Keeps what one reading of the relationships told of these customers. Of one that it gave none of, none is kept.
  package func save(
    _ relations: [TenantID: [DelegatedAdminRelation]], of tenants: [TenantID], readAt: Date
  ) async throws(StoreError) {
    try await writing { db in
      for tenant in tenants {
        try TenantRows.update(
          tenant, ["accessCheckedAt", "accessRelations"],
          [readAt.microseconds, RelationText.write(relations[tenant] ?? [])], db)
      }
    }
  }

  /// Keeps what the tenant's directory said of our app.
  package func save(_ directory: DirectoryConsent, of tenant: TenantID) async throws(StoreError) {
    try await writing { db in
      try TenantRows.update(
        tenant, ["directoryCheckedAt", "directoryGranted", "directoryEnabled"],
        [directory.checkedAt.microseconds, TenantRows.joined(directory.granted), directory.isEnabled ? 1 : 0], db)
    }
  }

  /// Notes that the tenant's consent changed.
  package func noteConsentChange(of tenant: TenantID, at moment: Date) async throws(StoreError) {
    try await writing { db in try TenantRows.update(tenant, ["consentChangedAt"], [moment.microseconds], db) }
  }

  /// Notes that somebody looked at these tenants' consent, so that a change of before waits for nobody.
  package func noteConsentSeen(of tenants: [TenantID], at moment: Date) async throws(StoreError) {
    try await writing { db in
      for tenant in tenants { try TenantRows.update(tenant, ["consentSeenAt"], [moment.microseconds], db) }
    }
  }

  /// How the last attempt went to read the relationships of an app's home tenant; `nil` before the first.
  package func relationReading(of home: TenantID, app clientID: String) async throws(StoreError) -> RelationReading? {
    try await reading { db in
      try Row.fetchOne(
        db, sql: "SELECT at, problem FROM relationReadings WHERE tenantID = ? AND app = ?",
        arguments: [home.blob, clientID]
      ).map { row in
        RelationReading(
          at: Date(microseconds: try row.needed(0)), problem: try row.text(1).flatMap { Problem(json: $0) })
      }
    }
  }

  package func save(_ reading: RelationReading, of home: TenantID, app clientID: String) async throws(StoreError) {
    try await writing { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO relationReadings (tenantID, app, at, problem) VALUES (?, ?, ?, ?)",
        arguments: [home.blob, clientID, reading.at.microseconds, reading.problem?.json])
    }
  }
}

/// How an attempt to read the relationships went.
package struct RelationReading: Hashable, Sendable {
  package var at: Date
  /// `nil` after a success.
  package var problem: Problem?

  package init(at: Date, problem: Problem? = nil) {
    self.at = at
    self.problem = problem
  }
}

/// A tenant's relationships in one column, as a JSON array; NULL where there are none.
enum RelationText {
  static func write(_ relations: [DelegatedAdminRelation]) -> String? {
    relations.isEmpty ? nil : JSONNode.array(relations.map(node)).text(isPretty: false)
  }

  static func read(_ text: String?) -> [DelegatedAdminRelation] {
    guard let text, let items = try? JSONReader.read(text).array else { return [] }
    return items.compactMap(relation)
  }

  private static func node(_ relation: DelegatedAdminRelation) -> JSONNode {
    .object([
      "id": .string(relation.id), "displayName": .string(relation.displayName), "status": .string(relation.status),
      "endsAt": .number(relation.endsAt.map { Int($0.microseconds) }), "autoExtends": .bool(relation.autoExtends),
      "roles": .strings(relation.roles),
      "assignments": relation.assignments.map { .array($0.map(node)) } ?? .null,
    ])
  }

  private static func node(_ assignment: AccessAssignment) -> JSONNode {
    .object([
      "group": .string(assignment.group), "status": .string(assignment.status), "roles": .strings(assignment.roles),
      "holdsOperator": assignment.holdsOperator.map { .bool($0) } ?? .null,
    ])
  }

  private static func relation(_ node: JSONNode) -> DelegatedAdminRelation? {
    guard let id = node["id"]?.string, let status = node["status"]?.string else { return nil }
    return DelegatedAdminRelation(
      id: id, displayName: node["displayName"]?.string ?? "", status: status,
      endsAt: node["endsAt"]?.integer.map { Date(microseconds: $0) },
      autoExtends: node["autoExtends"]?.bool ?? false, roles: texts(node["roles"]),
      assignments: node["assignments"]?.array.map { $0.compactMap(assignment) })
  }

  private static func assignment(_ node: JSONNode) -> AccessAssignment? {
    guard let group = node["group"]?.string, let status = node["status"]?.string else { return nil }
    return AccessAssignment(
      group: group, status: status, roles: texts(node["roles"]), holdsOperator: node["holdsOperator"]?.bool)
  }

  private static func texts(_ node: JSONNode?) -> [String] { (node?.array ?? []).compactMap(\.string) }
}
