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

extension TokenKey {
  /// Two keys of one store differ in the tenant alone, so it is all that a table has to be searched by.
  func hash(into hasher: inout Hasher) { hasher.combine(tenant) }
}

/// Makes the keys of one app, whose parts but for the tenant are the same.
struct TokenKeys: Sendable {
  private let own: TokenKey

  init(app: AppRegistration) { own = TokenKey(tenant: app.homeTenant, app: app) }

  func key(of tenant: TenantID) -> TokenKey {
    var key = own
    key.tenant = tenant
    return key
  }
}
