package import PartnerModel

/// What changed while the engine worked; a screen or a command shows it.
package enum EngineEvent: Hashable, Sendable {
  /// A tenant's consent, token, sync or counts are others now.
  case tenantChanged(TenantOverview)
  /// Incidents as the service now has them, closed ones included.
  case incidentsChanged([IncidentSummary])
  /// A write reached another state.
  case writeChanged(IncidentWrite)
  /// The tenants that are being read at this moment.
  case syncing(Set<TenantID>)
  case syncProgressed(done: Int, of: Int)
  /// What is known of a registration's credentials.
  case credentialsChanged(AppCredentials)
  /// Something happened that belongs to no answer, for example a cache that cannot be written.
  case warned(String, TenantID?)
}
