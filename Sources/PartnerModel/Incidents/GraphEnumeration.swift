/// An evolvable Microsoft Graph enumeration: a word that is not known is kept and shown as it came.
public protocol GraphEnumeration: Hashable, Sendable, CustomStringConvertible {
  /// The members this version knows, spelled as Graph spells them.
  static var members: [(wire: String, value: Self)] { get }
  static func unrecognised(_ wire: String) -> Self
  /// The word that Graph uses for this value.
  var wire: String { get }
  /// The word of an unrecognised value, else `nil`.
  var unrecognisedWire: String? { get }
  /// Where ``GraphSpelling`` has earlier words of it; `nil` where it has none.
  static var spelling: GraphSpelling.Place? { get }
}

extension GraphEnumeration {
  public static var spelling: GraphSpelling.Place? { nil }

  /// Accepts a member in any casing, as Graph's own samples do, and by the word that it once had.
  public init(wire: String) {
    for member in Self.members where member.wire == wire {
      self = member.value
      return
    }
    let folded = wire.lowercased()
    let today = Self.spelling.flatMap { GraphSpelling.today(of: folded, in: $0) }?.lowercased() ?? folded
    for member in Self.members where member.wire.lowercased() == today {
      self = member.value
      return
    }
    self = .unrecognised(wire)
  }

  /// Members with their words.
  fileprivate static func spelled(_ values: [Self]) -> [(wire: String, value: Self)] { values.map { ($0.wire, $0) } }

  public var description: String { wire }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertSeverity`.
public enum Severity: GraphEnumeration {
  case unknown, informational, low, medium, high
  case unrecognised(String)

  public static let members: [(wire: String, value: Severity)] = spelled([
    .high, .medium, .low, .informational, .unknown,
  ])
  public var wire: String {
    switch self {
    case .high: "high"
    case .medium: "medium"
    case .low: "low"
    case .informational: "informational"
    case .unknown: "unknown"
    case .unrecognised(let wire): wire
    }
  }
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }

  /// 0 for high up to 5 for what the service does not know: the order of a list. A word that nobody knows yet may be
  /// worse than medium, so it is not hidden at the end.
  public var order: Int {
    switch self {
    case .high: 0
    case .unrecognised: 1
    case .medium: 2
    case .low: 3
    case .informational: 4
    case .unknown: 5
    }
  }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.incidentStatus`.
public enum IncidentStatus: GraphEnumeration {
  case active, inProgress, resolved, redirected, awaitingAction
  case unrecognised(String)
  /// Our own word for an incident that the service does not have any more.
  case gone

  public static let members: [(wire: String, value: IncidentStatus)] = spelled([
    .active, .inProgress, .resolved, .redirected, .awaitingAction,
  ])
  public var wire: String {
    switch self {
    case .active: "active"
    case .inProgress: "inProgress"
    case .resolved: "resolved"
    case .redirected: "redirected"
    case .awaitingAction: "awaitingAction"
    case .gone: "gone"
    case .unrecognised(let wire): wire
    }
  }
  public var unrecognisedWire: String? {
    switch self {
    case .unrecognised(let wire): wire
    case .gone: "gone"
    default: nil
    }
  }

  /// What gives an incident this status back, as far as anybody can: only the service itself lets one wait, so it is active
  /// instead. `nil` where nobody can.
  package var settable: IncidentStatus? {
    switch self {
    case .active, .inProgress, .resolved: self
    case .awaitingAction: .active
    case .redirected, .gone, .unrecognised: nil
    }
  }

  /// The service gave none that could be read.
  public static let unknown = IncidentStatus.unrecognised("unknown")

  /// Open is what is neither resolved, nor redirected into another incident, nor gone; an unknown word counts as open.
  public var isOpen: Bool {
    switch self {
    case .resolved, .redirected, .gone: false
    case .active, .inProgress, .awaitingAction, .unrecognised: true
    }
  }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertStatus`.
public enum AlertStatus: GraphEnumeration {
  case unknown, new, inProgress, resolved
  case unrecognised(String)

  public static let members: [(wire: String, value: AlertStatus)] = spelled([.new, .inProgress, .resolved, .unknown])
  public var wire: String {
    switch self {
    case .new: "new"
    case .inProgress: "inProgress"
    case .resolved: "resolved"
    case .unknown: "unknown"
    case .unrecognised(let wire): wire
    }
  }
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertClassification`.
public enum Classification: GraphEnumeration {
  case unknown, falsePositive, truePositive, informationalExpectedActivity
  case unrecognised(String)

  public static let members: [(wire: String, value: Classification)] = spelled([
    .unknown, .falsePositive, .truePositive, .informationalExpectedActivity,
  ])
  public var wire: String {
    switch self {
    case .unknown: "unknown"
    case .falsePositive: "falsePositive"
    case .truePositive: "truePositive"
    case .informationalExpectedActivity: "informationalExpectedActivity"
    case .unrecognised(let wire): wire
    }
  }
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertDetermination`.
public enum Determination: GraphEnumeration {
  case unknown, apt, malware, securityPersonnel, securityTesting, unwantedSoftware, other, multiStagedAttack
  case compromisedAccount, phishing, maliciousUserActivity, notMalicious, notEnoughDataToValidate
  case confirmedActivity, lineOfBusinessApplication
  case unrecognised(String)

  public static let spelling: GraphSpelling.Place? = .determination
  public static let members: [(wire: String, value: Determination)] = spelled([
    .unknown, .apt, .malware, .securityPersonnel, .securityTesting, .unwantedSoftware, .other, .multiStagedAttack,
    .compromisedAccount, .phishing, .maliciousUserActivity, .notMalicious, .notEnoughDataToValidate,
    .confirmedActivity, .lineOfBusinessApplication,
  ])
  public var wire: String {
    switch self {
    case .unknown: "unknown"
    case .apt: "apt"
    case .malware: "malware"
    case .securityPersonnel: "securityPersonnel"
    case .securityTesting: "securityTesting"
    case .unwantedSoftware: "unwantedSoftware"
    case .other: "other"
    case .multiStagedAttack: "multiStagedAttack"
    case .compromisedAccount: "compromisedAccount"
    case .phishing: "phishing"
    case .maliciousUserActivity: "maliciousUserActivity"
    case .notMalicious: "notMalicious"
    case .notEnoughDataToValidate: "notEnoughDataToValidate"
    case .confirmedActivity: "confirmedActivity"
    case .lineOfBusinessApplication: "lineOfBusinessApplication"
    case .unrecognised(let wire): wire
    }
  }
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.evidenceVerdict`.
public enum EvidenceVerdict: GraphEnumeration {
  case unknown, suspicious, malicious, noThreatsFound
  case unrecognised(String)

  public static let members: [(wire: String, value: EvidenceVerdict)] = spelled([
    .malicious, .suspicious, .noThreatsFound, .unknown,
  ])
  public var wire: String {
    switch self {
    case .malicious: "malicious"
    case .suspicious: "suspicious"
    case .noThreatsFound: "noThreatsFound"
    case .unknown: "unknown"
    case .unrecognised(let wire): wire
    }
  }
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}
