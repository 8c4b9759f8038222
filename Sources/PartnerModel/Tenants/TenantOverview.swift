public import FoundationEssentials

/// A tenant's open incidents by severity.
public struct IncidentCounts: Hashable, Sendable {
  public var high: Int
  public var medium: Int
  public var low: Int
  public var informational: Int
  /// All open incidents, those of an unknown severity included.
  public var open: Int
  /// Open incidents of high severity that nobody has.
  public var unassignedHigh: Int
  /// When the oldest open incident was created.
  public var oldest: Timestamp?

  public init(
    high: Int = 0, medium: Int = 0, low: Int = 0, informational: Int = 0, open: Int = 0, unassignedHigh: Int = 0,
    oldest: Timestamp? = nil
  ) {
    self.high = high
    self.medium = medium
    self.low = low
    self.informational = informational
    self.open = open
    self.unassignedHigh = unassignedHigh
    self.oldest = oldest
  }
}

/// Everything the console shows of a tenant in one row.
public struct TenantOverview: Hashable, Sendable {
  public var tenant: Tenant
  public var consent: ConsentRecord
  public var token: TokenRecord
  public var access: AccessRecord
  /// What the tenant's directory last said of our app; `nil` where it was never asked.
  public var directory: DirectoryConsent?
  public var drift: ConsentDrift
  public var sync: SyncRecord
  /// `nil` until the tenant's incidents were read once: unknown is never zero.
  public var counts: IncidentCounts?

  public init(
    tenant: Tenant, consent: ConsentRecord = .never, token: TokenRecord = .never, access: AccessRecord = .never,
    directory: DirectoryConsent? = nil, drift: ConsentDrift = .none, sync: SyncRecord = .never,
    counts: IncidentCounts? = nil
  ) {
    self.tenant = tenant
    self.consent = consent
    self.token = token
    self.access = access
    self.directory = directory
    self.drift = drift
    self.sync = sync
    self.counts = counts
  }

  public var id: TenantID { tenant.id }

  public func syncState(at now: Date, staleAfter: TimeInterval) -> SyncState {
    sync.state(at: now, isExcluded: tenant.isExcluded, staleAfter: staleAfter)
  }
}
