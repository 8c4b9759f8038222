/// An application permission of Microsoft Graph, by its value, for example `SecurityIncident.Read.All`.
public struct AppRole: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let rawValue: String
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }
  public static func < (left: AppRole, right: AppRole) -> Bool { left.rawValue < right.rawValue }

  public static let readIncidents = AppRole("SecurityIncident.Read.All")
  public static let updateIncidents = AppRole("SecurityIncident.ReadWrite.All")
  public static let readAlerts = AppRole("SecurityAlert.Read.All")
  public static let updateAlerts = AppRole("SecurityAlert.ReadWrite.All")
  public static let manageSecurityData = AppRole("SecurityData.Manage.All")
  public static let hunt = AppRole("ThreatHunting.Read.All")

  /// Those that the console's work is about, by which a slip is recognised.
  static let known = [
    readIncidents, updateIncidents, readAlerts, updateAlerts, hunt, manageSecurityData,
    AppRole("DelegatedAdminRelationship.Read.All"), AppRole("CrossTenantInformation.ReadBasic.All"),
    AppRole("Application.Read.All"), AppRole("Organization.Read.All"), AppRole("Directory.Read.All"),
  ]

  /// Whether holding this role also gives what `required` gives: `X.ReadWrite.All` satisfies `X.Read.All`.
  public func satisfies(_ required: AppRole) -> Bool {
    if self == required { return true }
    let (reading, both) = (".Read.All", ".ReadWrite.All")
    guard rawValue.hasSuffix(both), required.rawValue.hasSuffix(reading) else { return false }
    return rawValue.utf8.dropLast(both.utf8.count).elementsEqual(required.rawValue.utf8.dropLast(reading.utf8.count))
  }

  /// What of `required` no role in `granted` satisfies, in the order required.
  public static func missing(from granted: [AppRole], required: [AppRole]) -> [AppRole] {
    required.filter { role in !granted.contains { $0.satisfies(role) } }
  }
}
