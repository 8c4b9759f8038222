import Foundation
import PartnerModel
import Synchronization
import TerminalKit

@testable import ConsoleCore

/// 2026-03-10T10:42:20Z, the moment at which the tests' screens are looked at.
let noon = Date(timeIntervalSince1970: 1_773_139_340)

extension TenantID {
  /// A GUID that ends in `number`.
  static func sample(_ number: Int) -> TenantID {
    let digits = String(number, radix: 16)
    let text = "aaaaaaaa-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    guard let id = TenantID(text) else { preconditionFailure("a sample's GUID is written right") }
    return id
  }
}

extension Timestamp {
  static func ago(_ seconds: TimeInterval) -> Timestamp { Timestamp(noon.addingTimeInterval(-seconds)) }
}

let minute: TimeInterval = 60
let hour: TimeInterval = 3_600
let day: TimeInterval = 86_400

let everyRole: [AppRole] = [.updateIncidents, .readAlerts, .hunt]

extension TenantOverview {
  /// A tenant that is granted, read a moment ago and quiet.
  static func healthy(
    _ number: Int, _ name: String, high: Int = 0, medium: Int = 0, low: Int = 0, unassignedHigh: Int = 0,
    oldest: TimeInterval? = nil, read: TimeInterval = 20
  ) -> TenantOverview {
    TenantOverview(
      tenant: Tenant(id: .sample(number), name: name, domain: "tenant\(number).example", groups: ["gold"]),
      consent: ConsentRecord(state: .granted, granted: everyRole, checkedAt: noon.addingTimeInterval(-read)),
      token: TokenRecord(expiresAt: noon.addingTimeInterval(51 * minute)),
      sync: SyncRecord(lastAttempt: noon.addingTimeInterval(-read), lastSuccess: noon.addingTimeInterval(-read)),
      counts: IncidentCounts(
        high: high, medium: medium, low: low, open: high + medium + low, unassignedHigh: unassignedHigh,
        oldest: oldest.map(Timestamp.ago)))
  }

  /// A tenant whose admin did not let us in, never read.
  static func refused(_ number: Int, _ name: String, _ state: ConsentState, code: Int) -> TenantOverview {
    let problem = Problem(
      cause: state.rawValue, error: "invalid_client", code: code, correlationID: "c0ffee00-0000-4000-8000-000000000001",
      at: noon.addingTimeInterval(-3 * minute), nextAction: state.nextAction, whoActs: state.whoActs,
      summary: state.summary)
    return TenantOverview(
      tenant: Tenant(id: .sample(number), name: name),
      consent: ConsentRecord(
        state: state, missing: everyRole, checkedAt: noon.addingTimeInterval(-3 * minute), error: problem),
      token: TokenRecord(trouble: .refused, lastError: problem),
      sync: SyncRecord(lastAttempt: noon.addingTimeInterval(-3 * minute), error: problem))
  }

  func with(_ change: (inout TenantOverview) -> Void) -> TenantOverview {
    var copy = self
    change(&copy)
    return copy
  }
}

/// Every consent state, and every way of being read.
let allStates: [TenantOverview] = [
  .healthy(1, "Contoso Ltd", high: 3, medium: 7, low: 12, unassignedHigh: 2, oldest: 2 * hour + 10 * minute, read: 8),
  .refused(2, "Adatum Türkiye A.Ş.", .missing, code: 7_000_229),
  .healthy(3, "Fabrikam Health", medium: 1, low: 4, oldest: 4 * day).with {
    $0.consent = .from(granted: [.updateIncidents, .readAlerts], required: everyRole, tenant: $0.id, at: noon)
  },
  .refused(4, "Wide World Importers", .blocked, code: 53_003),
  .healthy(5, "Tailspin Toys", high: 1, low: 2, oldest: 31 * minute, read: 6 * minute),
  .healthy(6, "Litware", medium: 3, low: 9, oldest: day, read: 4 * minute).with {
    $0.token.trouble = .throttled
    $0.token.parkedUntil = noon.addingTimeInterval(47)
  },
  .healthy(7, "東京データ株式会社", low: 1, oldest: 6 * hour, read: 7),
  .refused(8, "Coho Vineyard", .notGranted, code: 65_001),
  .refused(9, "Proseware", .disabled, code: 7_000_112),
  .refused(10, "Lucerne Publishing", .unlicensed, code: 403),
  .refused(11, "Trey Research", .tenantNotFound, code: 90_002),
  .refused(12, "Margie's Travel", .appProblem, code: 650_057),
  .refused(13, "Graphic Design Institute", .credentialProblem, code: 7_000_215),
  TenantOverview(tenant: Tenant(id: .sample(14), name: "Alpine Ski House")),
  .healthy(15, "Blue Yonder Airlines", medium: 2, oldest: 5 * hour, read: 2 * hour),
  .healthy(16, "City Power & Light", low: 1, oldest: 3 * hour, read: 40).with { $0.sync.unreadable = 3 },
  .healthy(17, "Woodgrove Bank", high: 1, oldest: 50 * minute, read: 25 * minute).with {
    $0.sync.error = Problem(
      cause: "outage", code: 503, at: noon, nextAction: "Wait or refresh: what was read before stays, with its age.")
  },
  TenantOverview(tenant: Tenant(id: .sample(18), name: "Old Customer", isExcluded: true)),
]

extension IncidentSummary {
  static func sample(
    _ tenant: Int, _ id: Int, _ name: String, _ severity: Severity = .medium, age: TimeInterval = 2 * hour,
    status: IncidentStatus = .active, owner: String? = nil
  ) -> IncidentSummary {
    IncidentSummary(
      key: IncidentKey(tenant: .sample(tenant), id: IncidentID("\(id)")), displayName: name, severity: severity,
      status: status, assignedTo: owner, tags: [], createdAt: .ago(age), updatedAt: .ago(age / 2),
      acknowledgedAt: owner == nil ? nil : .ago(age / 2),
      webURL: "https://security.microsoft.com/incidents/\(id)?tid=\(TenantID.sample(tenant))")
  }
}

let attack: [IncidentSummary] = [
  .sample(
    1, 2184, "Multi-stage incident: initial access & exfiltration involving one user on 3 endpoints", .high,
    age: 2 * hour + 10 * minute),
  .sample(1, 2185, "Ransomware activity on FILESRV-02 (3 devices)", .high, age: 1 * hour + 56 * minute),
  .sample(
    5, 311, "Suspicious inbox forwarding by one user", .high, age: 31 * minute, status: .inProgress,
    owner: "anna@northwind.example"),
  .sample(6, 90, "Phishing mail reported by 14 users", age: 3 * hour),
  .sample(6, 91, "Unfamiliar sign-in, impossible travel", age: day, owner: "ben@northwind.example"),
  .sample(2, 12, "Şüpheli oturum açma: İstanbul ofisi", .low, age: 5 * day),
  .sample(7, 4, "不審な PowerShell の実行が端末で検出されました", .low, age: 6 * hour),
  .sample(3, 77, "Unusual addition of credentials to an OAuth app", .informational, age: 12 * day),
  .sample(3, 78, "Something of a severity nobody knows", .unrecognised("critical+"), age: 40),
]

extension Event {
  /// A key by itself, a while after whatever was pressed before.
  static func key(_ key: Key) -> Event { .keys([key], at: clock.wrappingAdd(1_000, ordering: .relaxed).newValue) }
}

private let clock = Atomic(0)

extension ConsoleState {
  static func sample(
    _ tenants: [TenantOverview] = allStates, size: Size = Size(columns: 120, rows: 40),
    operatorUPN: String? = "anna@northwind.example", hasDeadlines: Bool = true,
    change: (inout ConsoleSettings) -> Void = { _ in }
  ) -> ConsoleState {
    let endpoints = Endpoints(
      authority: Origin(scheme: "https", host: "login.microsoftonline.com", port: 443),
      graph: Origin(scheme: "https", host: "graph.microsoft.com", port: 443),
      graphResource: "https://graph.microsoft.com", portalHosts: ["security.microsoft.com"])
    let app = AppRegistration(
      clientID: "11111111-2222-3333-4444-555555555555", homeTenant: .sample(999), cloud: .lab, endpoints: endpoints,
      credentials: [], permissions: everyRole)
    let targets: [Severity: SLATarget] = [
      .high: SLATarget(acknowledge: 150 * minute, resolve: 4 * hour),
      .medium: SLATarget(acknowledge: 8 * hour, resolve: 2 * day),
    ]
    let configuration = Configuration(
      app: app, operatorUPN: operatorUPN, sla: hasDeadlines ? SLAPolicy(targets: targets) : SLAPolicy(),
      tenants: tenants.map(\.tenant))
    var settings = ConsoleSettings(configuration: configuration, mode: "LAB", partnerName: "Northwind SOC")
    change(&settings)
    return ConsoleState(settings: settings, size: size, now: noon)
  }

  /// A console that knows its tenants and its queue.
  static func loaded(
    _ tenants: [TenantOverview] = allStates, _ incidents: [IncidentSummary] = attack,
    size: Size = Size(columns: 120, rows: 40), hasDeadlines: Bool = true,
    operatorUPN: String? = "anna@northwind.example",
    change: (inout ConsoleSettings) -> Void = { _ in }
  ) -> ConsoleState {
    var state = ConsoleState.sample(
      tenants, size: size, operatorUPN: operatorUPN, hasDeadlines: hasDeadlines, change: change)
    _ = start(&state)
    state.take(.ticked(noon), .tenantsLoaded(tenants), .queueLoaded(slice: incidents, isLast: true))
    state.work()
    return state
  }

  mutating func take(_ events: Event...) {
    for event in events { _ = update(&self, event) }
  }

  /// One reading of the terminal; the effects without the upkeep.
  mutating func read(_ keys: [Key], at time: Int) -> [Effect] {
    update(&self, .keys(keys, at: time)).filter { !$0.isUpkeep }
  }

  mutating func press(_ keys: Key...) {
    for key in keys { _ = update(&self, .key(key)) }
  }

  mutating func type(_ text: String) {
    for character in text { _ = update(&self, .key(.character(character))) }
  }

  /// Does all the work that waits.
  mutating func work() {
    while isWorking { _ = update(&self, .workContinued) }
  }

  var screen: Screen {
    var cache = RowCache()
    return view(self, cache: &cache)
  }
}

let story = Incident(
  tenant: .sample(1), id: IncidentID("2184"), displayName: attack[0].displayName,
  details:
    "A user opened an attachment that started PowerShell. Credentials were read from LSASS and files went to a file-sharing site.\n\nThree mailboxes received the same mail.",
  severity: .high, status: .active, customTags: ["vip", "finance"],
  comments: [
    IncidentComment(
      text: "asked customer to keep the laptop on", createdBy: "ben@northwind.example", createdAt: .ago(12 * minute))
  ], createdAt: .ago(2 * hour + 10 * minute), updatedAt: .ago(12 * minute), webURL: attack[0].webURL,
  priorityScore: 84,
  alerts: [
    Alert(
      id: "a1", title: "Malicious mail delivered to 3 mailboxes", severity: .high, status: .new,
      serviceSource: "microsoftDefenderForOffice365", mitreTechniques: ["T1566"], createdAt: .ago(130 * minute),
      firstActivityAt: .ago(131 * minute),
      evidence: [
        mail("Invoice 883", .malicious), user("j.doe@contoso.example", .suspicious),
      ]),
    Alert(
      id: "a2", title: "Suspicious PowerShell download",
      details: "powershell.exe was started by winword.exe and fetched a file.",
      recommendedActions: "Isolate the device.\nReset the user's sessions.", category: "Execution", severity: .high,
      status: .new, serviceSource: "microsoftDefenderForEndpoint", detectionSource: "microsoftDefenderForEndpoint",
      mitreTechniques: ["T1059.001"], createdAt: .ago(118 * minute), firstActivityAt: .ago(118 * minute),
      lastActivityAt: .ago(100 * minute),
      evidence: [
        device("FIN-LT-07", .suspicious), process("powershell.exe", .malicious),
        user("j.doe@contoso.example", .suspicious),
      ]),
    Alert(
      id: "a3", title: "Credential access via LSASS", severity: .medium, status: .inProgress,
      serviceSource: "microsoftDefenderForEndpoint", mitreTechniques: ["T1003.001"], createdAt: .ago(100 * minute),
      evidence: [device("FIN-LT-07", .suspicious)], unreadableEvidence: 1),
  ])

func device(_ name: String, _ verdict: EvidenceVerdict) -> Evidence {
  Evidence(
    type: "deviceEvidence", verdict: verdict, remediationStatus: "active",
    json: #"{"deviceDnsName":"\#(name)","osPlatform":"Windows11","riskScore":"high","healthStatus":"active"}"#)
}

func user(_ upn: String, _ verdict: EvidenceVerdict) -> Evidence {
  Evidence(
    type: "userEvidence", verdict: verdict, roles: ["compromised"],
    json: #"{"userAccount":{"userPrincipalName":"\#(upn)","displayName":"J. Doe","domainName":"CONTOSO"}}"#)
}

func process(_ name: String, _ verdict: EvidenceVerdict) -> Evidence {
  Evidence(
    type: "processEvidence", verdict: verdict,
    json:
      #"{"imageFile":{"fileName":"\#(name)"},"processCommandLine":"\#(name) -nop -w hidden -enc SQBFAFgA","processId":4242}"#
  )
}

func mail(_ subject: String, _ verdict: EvidenceVerdict) -> Evidence {
  Evidence(
    type: "analyzedMessageEvidence", verdict: verdict,
    json:
      #"{"subject":"\#(subject)","p2Sender":{"emailAddress":"billing@bad.example"},"recipientEmailAddress":"j.doe@contoso.example"}"#
  )
}
