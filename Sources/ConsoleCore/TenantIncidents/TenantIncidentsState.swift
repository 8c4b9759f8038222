import PartnerModel

/// The known incidents of one tenant, closed ones included.
struct TenantIncidentsState: Hashable, Sendable {
  let tenant: TenantID
  let request: Int
  var list: IncidentList
}
