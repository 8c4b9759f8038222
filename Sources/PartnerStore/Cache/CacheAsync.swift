package import FoundationEssentials
package import PartnerModel

// The same away from the caller's thread. What was begun is finished even when the task is cancelled.

extension Cache {
  @discardableResult
  package func save(_ consent: ConsentRecord, of tenant: TenantID, at now: Date) async throws(StoreError) -> Bool {
    try await StoreFile.away { [self] () throws(StoreError) in try save(consent, of: tenant, at: now) }
  }

  @discardableResult
  package func save(_ token: TokenRecord, of tenant: TenantID, at now: Date) async throws(StoreError) -> Bool {
    try await StoreFile.away { [self] () throws(StoreError) in try save(token, of: tenant, at: now) }
  }

  package func save(_ sync: SyncRecord, cursor: String? = nil, of tenant: TenantID) async throws(StoreError) {
    try await StoreFile.away { [self] () throws(StoreError) in try save(sync, cursor: cursor, of: tenant) }
  }

  package func overviews(for tenants: [Tenant]) async throws(StoreError) -> [TenantOverview] {
    try await StoreFile.away { [self] () throws(StoreError) in try overviews(for: tenants) }
  }

  package func noteAbsence(of key: IncidentKey, at now: Date) async throws(StoreError) -> Int {
    try await StoreFile.away { [self] () throws(StoreError) in try noteAbsence(of: key, at: now) }
  }

  package func absences(of tenant: TenantID) async throws(StoreError) -> [Absence] {
    try await StoreFile.away { [self] () throws(StoreError) in try absences(of: tenant) }
  }

  package func remove(_ key: IncidentKey) async throws(StoreError) -> IncidentSummary? {
    try await StoreFile.away { [self] () throws(StoreError) in try remove(key) }
  }

  package func summaries(of incidents: [Incident], at now: Date) async -> [IncidentSummary] {
    (try? await StoreFile.away { [self] () throws(StoreError) in summaries(of: incidents, at: now) }) ?? []
  }

  package func incidents(readSince moment: Date) async throws(StoreError) -> [IncidentSummary] {
    try await StoreFile.away { [self] () throws(StoreError) in try incidents(readSince: moment) }
  }

  @discardableResult
  package func save(_ incident: Incident, readAt: Date) async throws(StoreError) -> CacheChange {
    try await StoreFile.away { [self] () throws(StoreError) in try save(incident, readAt: readAt) }
  }

  package func incident(_ key: IncidentKey) async throws(StoreError) -> RememberedIncident? {
    try await StoreFile.away { [self] () throws(StoreError) in try incident(key) }
  }

  package func summaries(of id: IncidentID, in tenants: [TenantID]) async throws(StoreError) -> [IncidentSummary] {
    try await StoreFile.away { [self] () throws(StoreError) in try summaries(of: id, in: tenants) }
  }

  package func openIncidents(
    after cursor: QueueCursor? = nil, limit: Int
  ) async throws(StoreError) -> [IncidentSummary] {
    try await StoreFile.away { [self] () throws(StoreError) in try openIncidents(after: cursor, limit: limit) }
  }

  package func incidents(
    of tenant: TenantID, includeClosed: Bool, after id: IncidentID? = nil, limit: Int = .max
  ) async throws(StoreError) -> [IncidentSummary] {
    try await StoreFile.away { [self] () throws(StoreError) in
      try incidents(of: tenant, includeClosed: includeClosed, after: id, limit: limit)
    }
  }

  package func readTimes(
    of tenant: TenantID, after moment: Date?
  ) async throws(StoreError) -> [IncidentID: Date] {
    try await StoreFile.away { [self] () throws(StoreError) in try readTimes(of: tenant, after: moment) }
  }

  package func dataVersion() async throws(StoreError) -> Int64 {
    try await StoreFile.away { [self] () throws(StoreError) in try dataVersion() }
  }
}
