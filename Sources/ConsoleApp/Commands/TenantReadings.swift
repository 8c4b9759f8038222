import PartnerModel
import PartnerOperations

/// What came of reading tenants in this run.
struct TenantReadings: Sendable {
  enum Outcome: Sendable {
    case notAsked, read
    case failed(PartnerError)
  }

  private var outcomes: [TenantID: Outcome] = [:]

  /// Nobody was asked.
  static let none = TenantReadings()

  private init() {}

  /// Reads what changed in these tenants since the last time; an excluded one is not asked.
  /// - Parameter withAlerts: whether what alerts tell is asked for, too.
  init(of tenants: [Tenant], _ session: PartnerSession, _ patience: Patience, withAlerts: Bool) async {
    // In the order in which they are kept: those that are read together then share the store's pages.
    let asked = tenants.filter { !$0.isExcluded }.sorted { $0.id < $1.id }
    let alerts: AlertAsking =
      !withAlerts ? .never : asked.count > PartnerEngine.atOnce ? .afterOthers : .withIncidents
    let failures = await session.engine.each(of: asked) { tenant in
      (tenant.id, await session.engine.syncToEnd(tenant, priority: .foreground, alerts: alerts, patience: patience))
    }
    for (id, failure) in failures { outcomes[id] = failure.map { .failed($0) } ?? .read }
  }

  func outcome(of tenant: TenantID) -> Outcome { outcomes[tenant] ?? .notAsked }
}

extension PartnerError {
  /// The tenant answered by saying what it does not grant.
  var isAboutConsent: Bool {
    switch cause {
    case .consent, .appRoleMissing: true
    default: false
    }
  }
}
