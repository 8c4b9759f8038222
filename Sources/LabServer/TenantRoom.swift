import Synchronization

/// One tenant's directory, data and records. Nothing in it is ever reachable through another tenant's token.
final class TenantRoom: Sendable {
  struct State {
    /// Nil until the tenant is first read.
    var incidents: [Incident]?
    var edits: [Int: IncidentEdits] = [:]
    var consent: Consent
    /// A consent that takes its time.
    var comingConsent: ComingConsent?
    /// Seconds that a consent takes until tokens show it.
    var consentLag = 0
    /// When it was given last; nil: before the lab began.
    var consentedAt: Moment?
    var cloud: LabCloud
    /// How far the partner's people get in.
    var access = TenantAccess()
    /// Claims without which Graph takes no token, until it is taken back.
    var challenge: LabWorld.ClaimsChallenge?
    /// What the token endpoint answers whatever it is asked, until it is taken back.
    var refusal: TokenRefusal?
    var requests: [String: Int] = [:]
    var tokensIssued = 0
    var writes = 0
    var comments = 0
    var traffic = Traffic()
    /// What the app last saw of each incident and alert.
    var lastSights: [Sight.Subject: Sight] = [:]
    /// Writes of each incident and alert that the app has not read since.
    var attempts: [Sight.Subject: [Attempt]] = [:]
    /// Incidents that the service fails to list.
    var poisoned: Set<Int> = []
    /// Changes that are made already and not told yet, in the order in which they were made.
    var pending: [PendingChange] = []
    var recentComments: [RecentComment] = []
    var sequence: UInt64 = 0
    /// Counts the Graph requests for scenarios that fail by pattern.
    var graphRequests = 0
  }

  /// A comment that was added, kept to notice the same one coming again.
  struct RecentComment {
    var place: Sight.Subject
    var text: String
    var at: Moment
  }

  /// What the tenant's administrator has allowed our app.
  enum Consent: Hashable, Sendable {
    case granted(roles: [String])
    case noServicePrincipal, disabled, blocked, unlicensed, resourceNotRequested
  }

  static let idsPerTenant = 1_000_000

  let tenant: LabTenant
  let scenario: LabScenario
  let isHome: Bool
  let seed: UInt64
  let customer: Customer
  /// Application permissions that count as a full consent here.
  let requiredRoles: [String]
  /// The tenant's place among the rooms.
  let index: Int
  /// The first incident id of this tenant; the next tenant starts a million higher.
  let firstID: Int
  let state: Mutex<State>

  init(_ tenant: LabTenant, index: Int, scenario: LabScenario, isHome: Bool, options: LabOptions) {
    self.tenant = tenant
    self.scenario = scenario
    self.isHome = isHome
    self.index = index
    var chance = Chance(options.seed, stableHash(tenant.id.lowercased()))
    seed = chance.next()
    customer = Customer(tenant, seed: seed)
    let required = tenant.requiredRoles ?? options.requiredRoles
    requiredRoles = required
    let further = isHome ? options.furtherHomeRoles.filter { !required.contains($0) } : []
    firstID = (index + 1) * Self.idsPerTenant + 1
    state = Mutex(State(consent: Self.initialConsent(scenario, required + further), cloud: tenant.cloud))
  }

  private static func initialConsent(_ scenario: LabScenario, _ required: [String]) -> Consent {
    switch scenario {
    case .partial: .granted(roles: partialRoles(required))
    case .missing, .tenantNotFound: .noServicePrincipal
    case .notGranted: .granted(roles: [])
    case .disabled: .disabled
    case .blocked: .blocked
    case .unlicensed: .unlicensed
    case .appProblem: .resourceNotRequested
    case .granted, .throttled, .flaky, .slow, .hugeIncident, .hostileText, .mergedIncidents: .granted(roles: required)
    }
  }

  /// Reading without writing, and without the last of the list; where that leaves nothing, something else, since
  /// without any role the consent would not be partial.
  static func partialRoles(_ required: [String]) -> [String] {
    let roles = required.dropLast().map { $0.replacing(".ReadWrite.All", with: ".Read.All") }
    return roles.isEmpty ? ["SecurityEvents.Read.All"] : roles
  }

  /// The number of an incident of this tenant; nil when the id is not one of its range.
  func incidentNumber(_ id: Int) -> Int? {
    (firstID..<firstID + Self.idsPerTenant - 1).contains(id) ? id - firstID : nil
  }

  func nextRequestID() -> String {
    let sequence = state.withLock { state in
      state.sequence += 1
      return state.sequence
    }
    var chance = Chance(seed, 0x5EED, sequence)
    return chance.guid()
  }
}
