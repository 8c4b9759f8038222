package import PartnerModel

/// The tenants in which a person acts, and that person's sign-in.
package struct PeopleAccess: Sendable {
  /// Empty where the app acts in all of them.
  package var tenants: Set<TenantID>
  package var keeper: SignInKeeper

  package init(tenants: Set<TenantID>, keeper: SignInKeeper) {
    self.tenants = tenants
    self.keeper = keeper
  }
}
