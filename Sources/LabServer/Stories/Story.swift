/// An attack as it is told: what the incident is called, and its alerts in the order of time.
///
/// Texts may hold the places that `Cast.fill` knows.
struct Story: Sendable {
  var names: [String]
  var description: String
  var severity: Severity
  var classification: Classification
  var determination: Determination
  var systemTags: [String] = []
  var alerts: [AlertTemplate]

  static let all = [
    ransomware, sessionTheft, invoiceFraud, malignantApp, insider, passwordSpray, usbMalware, webShell,
    servicePrincipalAbuse, teamsPhishing, plannedTest, kerberosTheft,
  ]
}

struct AlertTemplate: Sendable {
  var title: String
  var description: String
  var category: String
  var techniques: [String]
  var severity: Severity
  var source: ServiceSource
  var detection: String
  /// Minutes after the first activity of the incident.
  var minute: Int
  var actions: String
  var threat: (name: String, family: String)?
  var actor: String?
  var investigation: String?
  var evidence: [EvidencePlan]

  init(
    _ title: String, _ description: String, _ category: String, _ techniques: [String], _ severity: Severity,
    _ source: ServiceSource, _ detection: String, at minute: Int, actions: String,
    threat: (name: String, family: String)? = nil, actor: String? = nil, investigation: String? = nil,
    evidence: [EvidencePlan]
  ) {
    self.title = title
    self.description = description
    self.category = category
    self.techniques = techniques
    self.severity = severity
    self.source = source
    self.detection = detection
    self.minute = minute
    self.actions = actions
    self.threat = threat
    self.actor = actor
    self.investigation = investigation
    self.evidence = evidence
  }
}

/// One piece of evidence and who in the story it is about.
enum EvidencePlan: Sendable {
  case device(Int), server(Int), user(Int)
  case file(String, path: String)
  case process(String, command: String, parent: String, user: Int)
  case serverProcess(String, command: String, parent: String)
  case attackerIP(Int), url(String), dns, connection(port: Int)
  case registryKey(String), registryValue(key: String, name: String, value: String)
  case message(subject: String, recipient: Int), mailbox(Int), mailCluster(subject: String)
  case inboxRule(name: String, user: Int), submission(subject: String, user: Int)
  case teamsMessage(text: String, recipient: Int)
  case cloudApp(Int, String), oauthApp(String), servicePrincipal(String)
  case group(String), domain
  case cloudSession(Int), cloudRequest, hostSession(user: Int)
  case malware(String, category: String, file: String), fileHash(String)
  case azureResource(String, type: String), blob(String), blobContainer(String), sasToken(String)
  case amazonResource(String, type: String), googleResource(String, type: String)
  case pod(String, image: String), container(String, image: String), containerImage(String), registry
  case cluster, namespace, controller(String), serviceAccount(String), service(String), secret(String)
  case repository(String), organization, gitHubUser(Int), aiAgent(String)
  case controlDevice(String, port: Int), networkCard(port: Int)
}
