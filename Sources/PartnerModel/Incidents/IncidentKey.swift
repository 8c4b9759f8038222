/// An incident's id within its tenant: opaque text, in practice a number.
public struct IncidentID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let rawValue: String
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }

  /// Shorter first, so that numbers order as numbers.
  public static func < (left: IncidentID, right: IncidentID) -> Bool {
    let lengths = (left.rawValue.utf8.count, right.rawValue.utf8.count)
    return lengths.0 == lengths.1 ? left.rawValue < right.rawValue : lengths.0 < lengths.1
  }
}

/// Names one incident among all tenants. Two tenants can hold the same id.
public struct IncidentKey: Hashable, Sendable, Comparable {
  public let tenant: TenantID
  public let id: IncidentID
  public init(tenant: TenantID, id: IncidentID) {
    self.tenant = tenant
    self.id = id
  }

  public static func < (left: IncidentKey, right: IncidentKey) -> Bool {
    left.tenant == right.tenant ? left.id < right.id : left.tenant < right.tenant
  }
}
