/// The members of Graph's enumerations, in the order of the published metadata.
enum Severity: String, CaseIterable { case unknown, informational, low, medium, high }

enum IncidentStatus: String, CaseIterable { case active, resolved, inProgress, redirected, awaitingAction }

enum AlertStatus: String, CaseIterable {
  case unknown, new, inProgress, resolved
}

enum Classification: String, CaseIterable {
  case unknown, falsePositive, truePositive, informationalExpectedActivity
}

enum Determination: String, CaseIterable {
  case unknown, apt, malware, securityPersonnel, securityTesting, unwantedSoftware, other, multiStagedAttack
  case compromisedAccount, phishing, maliciousUserActivity, notMalicious, notEnoughDataToValidate, confirmedActivity
  case lineOfBusinessApplication
}

enum ServiceSource: String, CaseIterable {
  case unknown, microsoftDefenderForEndpoint, microsoftDefenderForIdentity, microsoftDefenderForCloudApps
  case microsoftDefenderForOffice365, microsoft365Defender, azureAdIdentityProtection, microsoftAppGovernance
  case dataLossPrevention, microsoftDefenderForCloud, microsoftSentinel, microsoftInsiderRiskManagement
  case microsoftThreatIntelligence, microsoftSecurityForAI

  var productName: String {
    switch self {
    case .unknown: "Microsoft Defender"
    case .microsoftDefenderForEndpoint: "Microsoft Defender for Endpoint"
    case .microsoftDefenderForIdentity: "Microsoft Defender for Identity"
    case .microsoftDefenderForCloudApps: "Microsoft Defender for Cloud Apps"
    case .microsoftDefenderForOffice365: "Microsoft Defender for Office 365"
    case .microsoft365Defender: "Microsoft Defender XDR"
    case .azureAdIdentityProtection: "Microsoft Entra ID Protection"
    case .microsoftAppGovernance: "Microsoft App Governance"
    case .dataLossPrevention: "Microsoft Data Loss Prevention"
    case .microsoftDefenderForCloud: "Microsoft Defender for Cloud"
    case .microsoftSentinel: "Microsoft Sentinel"
    case .microsoftInsiderRiskManagement: "Microsoft Purview Insider Risk Management"
    case .microsoftThreatIntelligence: "Microsoft Threat Intelligence"
    case .microsoftSecurityForAI: "Microsoft Security for AI"
    }
  }
}

/// What stands for a member that the caller has not asked to be told; in the schema a member like others.
let unknownFutureValue = "unknownFutureValue"

/// Members that newer clients must ask for with `Prefer: include-unknown-enum-members`.
private let afterTheSentinel: Set<String> = [
  "awaitingAction",
  "microsoftDefenderForCloud", "microsoftSentinel", "microsoftInsiderRiskManagement", "microsoftThreatIntelligence",
  "microsoftSecurityForAI", "microsoftDefenderForServers", "microsoftDefenderForResourceManager",
  "microsoftDefenderForStorage", "scheduledAlerts", "nrtAlerts", "builtInMl",
]
private let remediationAfterTheSentinel: Set<String> = [
  "active", "pendingApproval", "declined", "unremediated", "running", "partiallyRemediated",
]

/// How an evolvable enumeration is spelled to this caller.
struct Spelling {
  var includesUnknownMembers: Bool

  func callAsFunction(_ member: String) -> String {
    !includesUnknownMembers && afterTheSentinel.contains(member) ? unknownFutureValue : member
  }

  func remediation(_ member: String) -> String {
    !includesUnknownMembers && remediationAfterTheSentinel.contains(member) ? unknownFutureValue : member
  }
}

/// Finds a member in any casing, as Graph accepts them in requests.
func member<Member: RawRepresentable & CaseIterable>(_ text: String) -> Member? where Member.RawValue == String {
  let wanted = text.lowercased()
  return Member.allCases.first { $0.rawValue.lowercased() == wanted }
}
