import FoundationEssentials
import Logging
import PartnerModel
import Synchronization

/// Asks the shared ledger before each request, and counts by itself while the ledger fails.
///
/// A silence that the service asked for is remembered here too, so that it is kept when the ledger could not note it.
struct RequestBudget: Sendable {
  var app: AppRegistration
  var ledger: any RequestLedger
  var spare = InMemoryRequestLedger()
  var logger: Logger
  private let silences = Silences()

  /// What this process was asked to keep silent about: requests to Graph, and for tokens.
  private final class Silences: Sendable {
    let graph = Mutex(ParkedTenants())
    let tokens = Mutex(ParkedTenants())
  }

  init(app: AppRegistration, ledger: any RequestLedger, logger: Logger) {
    self.app = app
    self.ledger = ledger
    self.logger = logger
  }

  private func key(_ tenant: TenantID) -> ParkedTenants.Key { ParkedTenants.Key(app: app.clientID, tenant: tenant) }

  /// - Throws: `.throttled` while the tenant is parked, `.budgetSpent` when our share is used up.
  func admit(_ tenant: TenantID, _ priority: RequestPriority, at now: Date) async throws(PartnerError) {
    if let until = silences.graph.withLock({ $0.end(of: key(tenant), at: now) }) {
      throw PartnerError(.throttled(until: until), tenant: tenant, at: now)
    }
    let (id, share) = (app.clientID, app.budgetShare)
    let admission = await asking(tenant) { ledger in
      try await ledger.admit(app: id, tenant: tenant, priority: priority, share: share, at: now)
    }
    if let refusal = Self.refusal(admission ?? .admitted, tenant, at: now) { throw refusal }
  }

  /// The same for a request before which a token has to be asked for: both are counted at once.
  /// - Returns: why no token may be asked for; `nil` when one may.
  func admitWithToken(
    _ tenant: TenantID, _ priority: RequestPriority, at now: Date
  ) async throws(PartnerError) -> PartnerError? {
    if let until = silences.tokens.withLock({ $0.end(of: key(tenant), at: now) }) {
      try await admit(tenant, priority, at: now)
      return Self.tokenRefusal(.parked(until: until), tenant, at: now)
    }
    if let until = silences.graph.withLock({ $0.end(of: key(tenant), at: now) }) {
      throw PartnerError(.throttled(until: until), tenant: tenant, at: now)
    }
    let (id, share) = (app.clientID, app.budgetShare)
    let admission = await asking(tenant) { ledger in
      try await ledger.admitWithToken(app: id, tenant: tenant, priority: priority, share: share, at: now)
    }
    if let refusal = Self.refusal(admission?.request ?? .admitted, tenant, at: now) { throw refusal }
    return Self.tokenRefusal(admission?.token ?? .admitted, tenant, at: now)
  }

  private static func refusal(_ admission: RequestAdmission, _ tenant: TenantID, at now: Date) -> PartnerError? {
    switch admission {
    case .admitted: nil
    case .parked(let until): PartnerError(.throttled(until: until), tenant: tenant, at: now)
    case .spent(let until): PartnerError(.budgetSpent(until: until), tenant: tenant, at: now)
    }
  }

  private static func tokenRefusal(_ admission: RequestAdmission, _ tenant: TenantID, at now: Date) -> PartnerError? {
    switch admission {
    case .admitted: nil
    case .parked(let until):
      PartnerError(.throttled(until: until), tenant: tenant, code: PartnerError.loopCode, at: now)
    case .spent(let until): PartnerError(.tokensSpent(until: until), tenant: tenant, at: now)
    }
  }

  /// - Throws: `.throttled` while Entra ID wants silence, `.tokensSpent` when enough tokens were asked for.
  func admitToken(_ tenant: TenantID, _ priority: RequestPriority, at now: Date) async throws(PartnerError) {
    if let until = silences.tokens.withLock({ $0.end(of: key(tenant), at: now) }),
      let silence = Self.tokenRefusal(.parked(until: until), tenant, at: now)
    {
      throw silence
    }
    let (id, share) = (app.clientID, app.budgetShare)
    let admission = await asking(tenant) { ledger in
      try await ledger.admitToken(app: id, tenant: tenant, priority: priority, share: share, at: now)
    }
    if let refusal = Self.tokenRefusal(admission ?? .admitted, tenant, at: now) { throw refusal }
  }

  /// What the shared ledger says, else our own count.
  private func asking<Admission: Sendable>(
    _ tenant: TenantID, _ question: (any RequestLedger) async throws -> Admission
  ) async -> Admission? {
    do {
      return try await question(ledger)
    } catch {
      logger.warning("request ledger unavailable", metadata: ["tenant": "\(tenant)"])
    }
    // Our own count is kept in memory, and does not fail.
    return try? await question(spare)
  }

  func park(_ tenant: TenantID, until: Date, at now: Date) async {
    logger.notice("tenant parked", metadata: ["tenant": "\(tenant)", "until": "\(Timestamp(until))"])
    silences.graph.withLock { $0.park(key(tenant), until: until, at: now) }
    do {
      try await ledger.park(app: app.clientID, tenant: tenant, until: until, at: now)
    } catch {
      logger.warning("request ledger unavailable, the parking holds in this process", metadata: ["tenant": "\(tenant)"])
    }
  }

  func parkTokens(_ tenant: TenantID, until: Date, at now: Date) async {
    logger.notice("token endpoint parked", metadata: ["tenant": "\(tenant)", "until": "\(Timestamp(until))"])
    silences.tokens.withLock { $0.park(key(tenant), until: until, at: now) }
    do {
      try await ledger.parkTokens(app: app.clientID, tenant: tenant, until: until, at: now)
    } catch {
      logger.warning("request ledger unavailable, the parking holds in this process", metadata: ["tenant": "\(tenant)"])
    }
  }
}
