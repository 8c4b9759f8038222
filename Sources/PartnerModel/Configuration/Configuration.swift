public import FoundationEssentials

/// What `tenants.json` says, checked.
public struct Configuration: Hashable, Sendable {
  public var app: AppRegistration
  /// Further registrations, which tenants name with `app`.
  public var apps: [String: AppRegistration]
  /// The operator's UPN: who `me` is.
  public var operatorUPN: String?
  public var refresh: RefreshPolicy
  public var sla: SLAPolicy
  /// Where the operator's sign-in rests between runs.
  public var signIn: SignInPolicy
  public var tenants: [Tenant]

  public init(
    app: AppRegistration, apps: [String: AppRegistration] = [:], operatorUPN: String? = nil,
    refresh: RefreshPolicy = RefreshPolicy(), sla: SLAPolicy = SLAPolicy(), signIn: SignInPolicy = SignInPolicy(),
    tenants: [Tenant]
  ) {
    self.app = app
    self.apps = apps
    self.operatorUPN = operatorUPN
    self.refresh = refresh
    self.sla = sla
    self.signIn = signIn
    self.tenants = tenants
  }

  /// The registration that acts in `tenant`.
  public func app(for tenant: Tenant) -> AppRegistration { tenant.app.flatMap { apps[$0] } ?? app }

  /// The app roles that the work in `tenant` needs.
  public func requiredRoles(for tenant: Tenant) -> [AppRole] { tenant.permissions ?? app(for: tenant).permissions }

  /// Whether incidents of `tenant` are changed at all: some customers are only read, by contract.
  public func mayChange(_ tenant: Tenant) -> Bool {
    requiredRoles(for: tenant).contains { $0.satisfies(.updateIncidents) }
  }

  /// A failure as it is kept and shown, its advice after the tenant's own permissions: nobody is to be asked for more than
  /// they say.
  public func problem(of error: PartnerError, in tenant: Tenant) -> Problem {
    var problem = error.problem
    guard case .appRoleMissing(let named) = error.cause else { return problem }
    let wanted = requiredRoles(for: tenant).filter { role in named.contains { role.satisfies($0) } }
    problem.nextAction =
      wanted.isEmpty
      ? "Nothing is changed in \(tenant.name): its permissions in the configuration do not ask for \(named.map(\.rawValue).joined(separator: " or "))."
      : PartnerError(.appRoleMissing(wanted), tenant: tenant.id).nextAction
    if wanted.isEmpty { problem.whoActs = .partner }
    return problem
  }

  /// A row whose consent is judged by what the configuration asks of its tenant today.
  public func judged(_ row: TenantOverview) -> TenantOverview {
    var row = row
    row.consent = row.consent.judged(required: requiredRoles(for: row.tenant), tenant: row.id)
    return row
  }

  /// The deadlines agreed for `tenant`.
  public func sla(for tenant: Tenant) -> SLAPolicy { sla.overridden(by: tenant.sla) }
}

/// A registration of our app in one cloud.
public struct AppRegistration: Hashable, Sendable {
  public var clientID: String
  public var homeTenant: TenantID
  public var cloud: Cloud
  public var endpoints: Endpoints
  /// Tried in order: the new one, then the old one while rolling over. Empty for a public client, which has none.
  public var credentials: [CredentialSource]
  public var permissions: [AppRole]
  /// The registered page that a tenant's admin ends on.
  public var consentRedirect: String?
  /// This person's part of the app's limits per tenant, above 0 up to 1.
  public var budgetShare: Double
  /// An extra trusted root, as a path to a PEM file.
  public var trustCAFile: String?

  public init(
    clientID: String, homeTenant: TenantID, cloud: Cloud, endpoints: Endpoints, credentials: [CredentialSource],
    permissions: [AppRole], consentRedirect: String? = nil, budgetShare: Double = 1, trustCAFile: String? = nil
  ) {
    self.clientID = clientID
    self.homeTenant = homeTenant
    self.cloud = cloud
    self.endpoints = endpoints
    self.credentials = credentials
    self.permissions = permissions
    self.consentRedirect = consentRedirect
    self.budgetShare = budgetShare
    self.trustCAFile = trustCAFile
  }
}

extension AppRegistration {
  /// Whether it proves nothing of itself: only people act through it.
  public var isPublicClient: Bool { credentials.isEmpty }
}

/// How often the console reads.
public struct RefreshPolicy: Hashable, Sendable {
  /// Seconds between reads of what is on screen.
  public var visible: TimeInterval
  /// Seconds between reads of the rest.
  public var background: TimeInterval
  /// Seconds after which what was read counts as stale.
  public var staleAfter: TimeInterval
  /// How far back the first read goes, in seconds.
  public var history: TimeInterval

  public init(
    visible: TimeInterval = 30, background: TimeInterval = 300, staleAfter: TimeInterval = 900,
    history: TimeInterval = 30 * 86_400
  ) {
    self.visible = visible
    self.background = background
    self.staleAfter = staleAfter
    self.history = history
  }
}

/// A customer's tenant as the partner knows it.
public struct Tenant: Hashable, Sendable {
  public var id: TenantID
  public var name: String
  public var domain: String?
  public var groups: [String]
  public var context: TenantContext
  public var isExcluded: Bool
  public var notes: String?
  public var contact: String?
  public var runbook: String?
  public var sla: SLAPolicy?
  /// A further registration's name; `nil` for the main one.
  public var app: String?
  /// What the work in this tenant needs, where it differs from the app's.
  public var permissions: [AppRole]?

  public init(
    id: TenantID, name: String, domain: String? = nil, groups: [String] = [],
    context: TenantContext = .application, isExcluded: Bool = false, notes: String? = nil, contact: String? = nil,
    runbook: String? = nil, sla: SLAPolicy? = nil, app: String? = nil,
    permissions: [AppRole]? = nil
  ) {
    self.id = id
    self.name = name
    self.domain = domain
    self.groups = groups
    self.context = context
    self.isExcluded = isExcluded
    self.notes = notes
    self.contact = contact
    self.runbook = runbook
    self.sla = sla
    self.app = app
    self.permissions = permissions
  }
}

/// What is wrong with a configuration, and what mends it.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Mistake: Hashable, Sendable {
    public var position: TextPosition
    /// The key with its path, for example `tenants[3].id`; `nil` where the text is not JSON.
    public var key: String?
    public var message: String
    public var fix: String
  }

  public var file: String
  public var mistakes: [Mistake]

  public init(file: String, mistakes: [Mistake]) {
    self.file = file
    self.mistakes = mistakes
  }

  public var description: String {
    mistakes.map { mistake in
      let key = mistake.key.map { " \($0):" } ?? ""
      return
        "\(file):\(mistake.position.line):\(mistake.position.column):\(key) \(mistake.message) \(mistake.fix)"
    }.joined(separator: "\n")
  }
}
