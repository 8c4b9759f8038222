import PartnerModel

/// Whose token it is; two that differ in any part never share an entry (rule T1).
struct TokenKey: Hashable, Sendable {
  enum Principal: Hashable, Sendable { case application, person }

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

  init(tenant: TenantID, app: AppRegistration, principal: Principal = .application) {
    self.tenant = tenant
    cloud = app.cloud
    authority = app.endpoints.authority
    clientID = app.clientID
    self.principal = principal
    scopes = ["\(app.endpoints.graphResource)/.default"]
    // Continuous access evaluation does not cover app-only tokens of multi-tenant apps.
    handlesClaims = principal == .person
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
  private let personal: TokenKey
  private let people: Set<TenantID>

  /// - Parameter people: the tenants in which a person acts.
  init(app: AppRegistration, people: Set<TenantID> = []) {
    own = TokenKey(tenant: app.homeTenant, app: app)
    personal = TokenKey(tenant: app.homeTenant, app: app, principal: .person)
    self.people = people
  }

  func key(of tenant: TenantID) -> TokenKey {
    var key = people.contains(tenant) ? personal : own
    key.tenant = tenant
    return key
  }
}
