import PartnerModel

/// Whose token it is; two that differ in any part never share an entry (rule T1).
struct TokenKey: Hashable, Sendable {
  enum Principal: Hashable, Sendable { case application }

  var tenant: TenantID
  var cloud: Cloud
  var authority: Origin
  var clientID: String
  var principal: Principal
  /// Sorted.
  var scopes: [String]
  /// Whether the client declared that it handles claims challenges.
  var handlesClaims: Bool
  var credentials: [CredentialSource]

  init(tenant: TenantID, app: AppRegistration) {
    self.tenant = tenant
    cloud = app.cloud
    authority = app.endpoints.authority
    clientID = app.clientID
    principal = .application
    scopes = ["\(app.endpoints.graphResource)/.default"]
    // Continuous access evaluation does not cover app-only tokens of multi-tenant apps.
    handlesClaims = false
    credentials = app.credentials
  }
}
