import FoundationEssentials
import Logging
import PartnerModel

/// Asks the shared ledger before each request, and counts by itself while the ledger fails.
///
/// A silence that the service asked for is remembered here too, so that it is kept when the ledger could not note it.
struct RequestBudget: Sendable {
  var app: AppRegistration
  var ledger: any RequestLedger
  var spare = InMemoryRequestLedger()
  var logger: Logger

  /// - Throws: `.throttled` while the tenant is parked, `.budgetSpent` when our share is used up.
  func admit(_ tenant: TenantID, _ priority: RequestPriority, at now: Date) async throws(PartnerError) {
    if let until = await spare.parkingEnd(app: app.clientID, tenant: tenant, at: now) {
      throw PartnerError(.throttled(until: until), tenant: tenant, at: now)
    }
    let admission: RequestAdmission
    do {
      admission = try await ledger.admit(
        app: app.clientID, tenant: tenant, priority: priority, share: app.budgetShare, at: now)
    } catch {
      logger.warning("request ledger unavailable", metadata: ["tenant": "\(tenant)"])
      admission = await spare.admit(
        app: app.clientID, tenant: tenant, priority: priority, share: app.budgetShare, at: now)
    }
    switch admission {
    case .admitted: return
    case .parked(let until): throw PartnerError(.throttled(until: until), tenant: tenant, at: now)
    case .spent(let until): throw PartnerError(.budgetSpent(until: until), tenant: tenant, at: now)
    }
  }

  func park(_ tenant: TenantID, until: Date) async {
    logger.notice("tenant parked", metadata: ["tenant": "\(tenant)", "until": "\(Timestamp(until))"])
    await spare.park(app: app.clientID, tenant: tenant, until: until)
    do {
      try await ledger.park(app: app.clientID, tenant: tenant, until: until)
    } catch {
      logger.warning("request ledger unavailable, the parking holds in this process", metadata: ["tenant": "\(tenant)"])
    }
  }
}
