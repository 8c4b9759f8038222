/// As whom we act in a tenant.
public enum TenantContext: String, Hashable, Sendable, CaseIterable {
  /// As the app itself, after its admin's consent.
  case application
  /// As the person who signed in, by a GDAP relationship or as a guest.
  case user
}
