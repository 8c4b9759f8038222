/// What an incident or alert turned out to be: a classification with one of the determinations that go with it.
public struct Verdict: Hashable, Sendable {
  public var classification: Classification
  public var determination: Determination

  public init(_ classification: Classification, _ determination: Determination) {
    self.classification = classification
    self.determination = determination
  }

  /// The classifications that can be given, in the order in which they are offered.
  public static let classifications: [Classification] = [.truePositive, .informationalExpectedActivity, .falsePositive]

  /// The determinations that the service takes with each of them.
  ///
  /// Source: Microsoft Graph v1.0, `PATCH /security/incidents/{id}`, and the table of the Defender API's update page.
  public static func determinations(of classification: Classification) -> [Determination] {
    switch classification {
    case .truePositive:
      [
        .multiStagedAttack, .maliciousUserActivity, .compromisedAccount, .malware, .phishing, .unwantedSoftware, .other,
      ]
    case .informationalExpectedActivity: [.securityTesting, .lineOfBusinessApplication, .confirmedActivity, .other]
    case .falsePositive: [.notMalicious, .notEnoughDataToValidate, .other]
    case .unknown, .unrecognised: []
    }
  }

  /// Every pair that the service takes.
  public static let all = classifications.flatMap { classification in
    determinations(of: classification).map { Verdict(classification, $0) }
  }

  public var isValid: Bool { Self.determinations(of: classification).contains(determination) }
}

extension Classification {
  /// As Microsoft's portal names it; the service's own word where it has no name there.
  public var title: String {
    switch self {
    case .truePositive: "True positive"
    case .falsePositive: "False positive"
    case .informationalExpectedActivity: "Informational, expected activity"
    case .unknown, .unrecognised: wire
    }
  }
}

extension Determination {
  /// As Microsoft's portal names it; the service's own word where it has no name there.
  public var title: String {
    switch self {
    case .multiStagedAttack: "Multistage attack"
    case .maliciousUserActivity: "Malicious user activity"
    case .compromisedAccount: "Compromised account"
    case .malware: "Malware"
    case .phishing: "Phishing"
    case .unwantedSoftware: "Unwanted software"
    case .securityTesting: "Security test"
    case .lineOfBusinessApplication: "Line-of-business application"
    case .confirmedActivity: "Confirmed activity"
    case .notMalicious: "Not malicious"
    case .notEnoughDataToValidate: "Not enough data to validate"
    case .other: "Other"
    case .unknown, .apt, .securityPersonnel, .unrecognised: wire
    }
  }
}

/// How often a verdict was given to incidents of one title, in all tenants.
public struct VerdictCount: Hashable, Sendable {
  public var verdict: Verdict
  public var count: Int
  /// When it was given last, as far as the incidents tell.
  public var lastAt: Timestamp?

  public init(verdict: Verdict, count: Int, lastAt: Timestamp?) {
    self.verdict = verdict
    self.count = count
    self.lastAt = lastAt
  }
}
