package import FoundationEssentials

/// What the simulator serves and how it behaves.
package struct LabOptions: Sendable {
  /// Which state the tenants are in; a tenant's own `scenario` goes before it.
  package enum Scenarios: String, CaseIterable, Sendable { case mixed, granted }

  package var tenants: [LabTenant]
  /// The one app registration that the authority knows.
  package var clientID = "11111111-2222-3333-4444-555555555555"
  /// The app's accepted client secret.
  package var secret: String
  /// When `secret` ends; nil: it lasts.
  package var secretEnds: Date?
  /// Further secrets that are registered for the app, as while one is rolled over.
  package var furtherSecrets: [LabClientSecret] = []
  /// Certificates that are registered for the app, as PEM, each of an RSA key: whoever holds the key may sign
  /// assertions instead of sending the secret.
  package var certificates: [String] = []
  /// Whose tokens are taken as assertions of the app.
  package var federatedCredentials: [LabFederatedCredential] = []
  /// The partner's key vaults.
  package var vaults: [LabVault] = []
  /// Whether the `jti` of an assertion may be used once only; Entra ID takes it again until the assertion ends.
  package var refusesRepeatedAssertions = false
  /// The partner's own tenant; always granted, without incidents. Nil when there is none.
  package var homeTenant: String?
  /// Application permissions that count as a full consent.
  package var requiredRoles = ["SecurityIncident.ReadWrite.All", "SecurityAlert.Read.All", "ThreatHunting.Read.All"]
  /// Permissions that are granted in the partner's own tenant beside those: what tells of its relations.
  package var furtherHomeRoles = ["DelegatedAdminRelationship.Read.All"]
  /// The partner's people; where there are none, one operator `anna` of the home tenant.
  package var users: [LabUser] = []
  /// Whether the app's registration is one of a public client, which has no credential.
  package var isPublicClient = false
  /// Where sign-in and consent may lead back to beside `http://localhost`, whose port is not compared.
  package var redirects: [String] = []
  /// Seconds between two polls with a device code.
  package var devicePollInterval = 5
  package var incidentsPerTenant = 25
  package var seed: UInt64 = 1
  /// For how long after its last change something is kept; nil: for good.
  package var retentionDays: Int?
  /// Freezes the data's clock: it then moves by `tick` and by a fixed step for each write. Nil: the wall clock.
  package var epoch: Date?
  package var scenarios: Scenarios
  /// Added to every answer but those of `/lab`.
  package var latencyMilliseconds = 0
  /// Every few seconds something changes by itself.
  package var live = false
  /// Serves HTTPS with a leaf signed by an own root; see `LabServer.caPEM`.
  package var tls = false
  package var host = "127.0.0.1"
  /// 0 picks a free port.
  package var port = 0
  /// A socket that is bound to `host` already, and is served on instead; `nil` to bind one.
  package var listener: Int32?
  /// Kinds that `withLabServer` lets pass when it closes.
  package var expectedViolations: Set<LabViolation.Kind> = []
  /// The wall clock, which `tick` moves on: token times, limit windows and, without `epoch`, the data.
  package var now: @Sendable () -> Date = { Date() }

  package init(tenants: [LabTenant], secret: String = "lab-secret", scenarios: Scenarios = .granted) {
    self.tenants = tenants
    self.secret = secret
    self.scenarios = scenarios
  }
}

/// A state that a tenant can be in; the order is the fixed rotation of `--scenarios mixed`.
package enum LabScenario: String, CaseIterable, Sendable {
  case granted, partial, missing, notGranted, disabled, blocked, unlicensed, tenantNotFound, appProblem
  case throttled, flaky, slow, hugeIncident, hostileText, mergedIncidents
}

/// A customer's directory.
package struct LabTenant: Hashable, Sendable {
  /// GUID.
  package var id: String
  package var name: String
  package var domain: String
  /// Nil: by rotation, or granted.
  package var scenario: LabScenario?
  /// How far the partner's people get; nil: by rotation, or `ok`.
  package var access: LabAccess?
  /// Application permissions that count as a full consent here; nil: as everywhere.
  package var requiredRoles: [String]?
  /// Where the directory lives; this server is the commercial authority.
  package var cloud: LabCloud

  /// - Parameter domain: where it is empty, one is made up of the name and the id.
  package init(
    id: String, name: String, domain: String, scenario: LabScenario? = nil, requiredRoles: [String]? = nil,
    cloud: LabCloud = .commercial
  ) {
    self.id = id
    self.name = name
    self.domain = domain.isEmpty ? Self.madeUpDomain(name, id) : domain
    self.scenario = scenario
    self.requiredRoles = requiredRoles
    self.cloud = cloud
  }

  private static func madeUpDomain(_ name: String, _ id: String) -> String {
    "\(asciiFolded(name).prefix(12))\(asciiFolded(id).prefix(8)).onmicrosoft.com"
  }
}

/// Why the simulator could not start.
package enum LabStartError: Error, Hashable, Sendable, CustomStringConvertible {
  case portBusy(host: String, port: Int)
  case cannotListen(host: String, port: Int, reason: String)
  case duplicateTenant(String)
  case certificateUnreadable(reason: String)

  package var description: String {
    switch self {
    case .portBusy(let host, let port): "Port \(port) of \(host) is in use. Choose another, or 0 for any."
    case .cannotListen(let host, let port, let reason): "Cannot listen on \(host):\(port): \(reason)"
    case .certificateUnreadable(let reason):
      "The app's certificate is not one in PEM with an RSA key: \(reason)"
    case .duplicateTenant(let id): "The tenant \(id) is listed twice."
    }
  }
}
