/// A permission with what it is for.
public struct PermissionNeed: Hashable, Sendable {
  public var role: AppRole
  public var isRequired: Bool
  public var isGranted: Bool
  /// What does not work without it, in a clause; `nil` for one that nothing here needs.
  public var breaks: String?

  public init(role: AppRole, isRequired: Bool, isGranted: Bool, breaks: String?) {
    self.role = role
    self.isRequired = isRequired
    self.isGranted = isGranted
    self.breaks = breaks
  }

  /// Required against granted: what is required first, in its order, then what was granted beyond it. A role that is
  /// satisfied by a wider one counts as granted.
  public static func compared(required: [AppRole], granted: [AppRole]) -> [PermissionNeed] {
    let needs = required.map { role in
      PermissionNeed(
        role: role, isRequired: true, isGranted: granted.contains { $0.satisfies(role) }, breaks: role.breaks)
    }
    let further = granted.sorted().filter { role in !required.contains { role.satisfies($0) } }
    return needs
      + further.map { PermissionNeed(role: $0, isRequired: false, isGranted: true, breaks: $0.breaks) }
  }
}

extension AppRole {
  public static let readRelations = AppRole("DelegatedAdminRelationship.Read.All")
  public static let readApplications = AppRole("Application.Read.All")

  /// What does not work without it, in a clause; `nil` for one that nothing here needs.
  public var breaks: String? {
    switch rawValue {
    case "SecurityIncident.Read.All": "incidents cannot be read"
    case "SecurityIncident.ReadWrite.All": "incidents cannot be changed: claim, assign, close"
    case "SecurityAlert.Read.All": "alerts and their evidence cannot be read"
    case "SecurityAlert.ReadWrite.All": "alerts cannot be changed"
    case "SecurityData.Manage.All": "incidents cannot be merged, nor alerts moved to another one"
    case "ThreatHunting.Read.All": "nothing can be hunted for"
    case "DelegatedAdminRelationship.Read.All": "GDAP relationships and their ends are not known"
    case "Application.Read.All": "the consent is known by the token alone, not confirmed by the directory"
    case "CrossTenantInformation.ReadBasic.All": "tenants cannot be looked up by their domain"
    case "Organization.Read.All": "the tenant's own name and domains are not known"
    case "Directory.Read.All": "delegated grants and CSP contracts cannot be read"
    default: nil
    }
  }
}
