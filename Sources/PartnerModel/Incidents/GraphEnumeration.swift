/// An evolvable Microsoft Graph enumeration: a word that is not known is kept and shown as it came.
public protocol GraphEnumeration: Hashable, Sendable, CustomStringConvertible {
  /// The members this version knows, spelled as Graph spells them.
  static var members: [(wire: String, value: Self)] { get }
  static func unrecognised(_ wire: String) -> Self
  /// The word of an unrecognised value, else `nil`.
  var unrecognisedWire: String? { get }
}

extension GraphEnumeration {
  /// Accepts a member in any casing, as Graph's own samples do.
  public init(wire: String) {
    for member in Self.members where member.wire == wire {
      self = member.value
      return
    }
    let folded = wire.lowercased()
    for member in Self.members where member.wire.lowercased() == folded {
      self = member.value
      return
    }
    self = .unrecognised(wire)
  }

  /// The word that Graph uses for this value.
  public var wire: String {
    if let unrecognisedWire { return unrecognisedWire }
    return Self.members.first { $0.value == self }?.wire ?? ""
  }

  public var description: String { wire }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertSeverity`.
public enum Severity: GraphEnumeration {
  case unknown, informational, low, medium, high
  case unrecognised(String)

  public static let members: [(wire: String, value: Severity)] = [
    ("high", .high), ("medium", .medium), ("low", .low), ("informational", .informational), ("unknown", .unknown),
  ]
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

  public static let members: [(wire: String, value: IncidentStatus)] = [
    ("active", .active), ("inProgress", .inProgress), ("resolved", .resolved), ("redirected", .redirected),
    ("awaitingAction", .awaitingAction),
  ]
  public var unrecognisedWire: String? {
    switch self {
    case .unrecognised(let wire): wire
    case .gone: "gone"
    default: nil
    }
  }

  /// The service gave none that could be read.
  public static let unknown = IncidentStatus.unrecognised("unknown")

  /// Open is what is neither resolved, nor redirected into another incident, nor gone; an unknown word counts as open.
  public var isOpen: Bool { self != .resolved && self != .redirected && self != .gone }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertStatus`.
public enum AlertStatus: GraphEnumeration {
  case unknown, new, inProgress, resolved
  case unrecognised(String)

  public static let members: [(wire: String, value: AlertStatus)] = [
    ("new", .new), ("inProgress", .inProgress), ("resolved", .resolved), ("unknown", .unknown),
  ]
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertClassification`.
public enum Classification: GraphEnumeration {
  case unknown, falsePositive, truePositive, informationalExpectedActivity
  case unrecognised(String)

  public static let members: [(wire: String, value: Classification)] = [
    ("unknown", .unknown), ("falsePositive", .falsePositive), ("truePositive", .truePositive),
    ("informationalExpectedActivity", .informationalExpectedActivity),
  ]
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.alertDetermination`.
public enum Determination: GraphEnumeration {
  case unknown, apt, malware, securityPersonnel, securityTesting, unwantedSoftware, other, multiStagedAttack
  case compromisedAccount, phishing, maliciousUserActivity, notMalicious, notEnoughDataToValidate
  case confirmedActivity, lineOfBusinessApplication
  case unrecognised(String)

  public static let members: [(wire: String, value: Determination)] = [
    ("unknown", .unknown), ("apt", .apt), ("malware", .malware), ("securityPersonnel", .securityPersonnel),
    ("securityTesting", .securityTesting), ("unwantedSoftware", .unwantedSoftware), ("other", .other),
    ("multiStagedAttack", .multiStagedAttack), ("compromisedAccount", .compromisedAccount), ("phishing", .phishing),
    ("maliciousUserActivity", .maliciousUserActivity), ("notMalicious", .notMalicious),
    ("notEnoughDataToValidate", .notEnoughDataToValidate), ("confirmedActivity", .confirmedActivity),
    ("lineOfBusinessApplication", .lineOfBusinessApplication),
  ]
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}

/// Source: Microsoft Graph v1.0, `microsoft.graph.security.evidenceVerdict`.
public enum EvidenceVerdict: GraphEnumeration {
  case unknown, suspicious, malicious, noThreatsFound
  case unrecognised(String)

  public static let members: [(wire: String, value: EvidenceVerdict)] = [
    ("malicious", .malicious), ("suspicious", .suspicious), ("noThreatsFound", .noThreatsFound),
    ("unknown", .unknown),
  ]
  public var unrecognisedWire: String? { if case .unrecognised(let wire) = self { wire } else { nil } }
}
