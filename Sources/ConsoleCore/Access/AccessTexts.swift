import FoundationEssentials
import PartnerModel
import SafeText
import TerminalKit

extension ConsentRequestEnd {
  var level: Notice.Level {
    switch self {
    case .granted, .cancelled: .information
    case .partial, .notSeenYet, .unanswered: .warning
    case .declined, .insufficientRights, .otherTenant, .refused, .failed: .failure
    }
  }
}

extension PageLink {
  /// Whether somebody has it before their eyes.
  var words: SafeText {
    if let openedBy { return "Opened with \(SafeText(beginningOf: openedBy, limit: 80)). The page is:" }
    let why: SafeText = reason.map { " (\(SafeText(beginningOf: $0, limit: 200)))" } ?? ""
    return "No browser was opened\(why). Open this page:"
  }
}

extension SignInStanding {
  /// Where it rests, and why it does not.
  var rest: SafeText {
    if let restsIn { return "kept in \(SafeText(beginningOf: restsIn, limit: 200))" }
    let why: SafeText = reason.map { ": \(SafeText(beginningOf: $0, limit: 200))" } ?? ""
    return "lasts until the console ends" + why
  }
}

extension AccessState {
  /// A few words for a row.
  func words(_ record: AccessRecord, now: Date) -> SafeText {
    switch self {
    case .notNeeded, .ok: ""
    case .ending:
      record.relations.first?.endsAt.map { "GDAP ends in \(Age(seconds: $0.timeIntervalSince(now)).text)" }
        ?? "GDAP ends soon"
    case .noRelation: "no GDAP relationship"
    case .relationExpired: "GDAP has ended"
    case .roleMissing: "no security role"
    case .notInGroup: "not in GDAP's group"
    case .notConsented: "send consent link"
    case .blockedByPolicy: "cross-tenant policy"
    case .signInNeeded: "sign in"
    case .unknown: "access not known"
    }
  }

  /// Whether nothing of ours can act in the tenant.
  var keepsOut: Bool {
    switch self {
    case .noRelation, .relationExpired, .roleMissing, .notInGroup, .notConsented, .blockedByPolicy, .signInNeeded: true
    case .notNeeded, .ok, .ending, .unknown: false
    }
  }

  var style: Style {
    switch self {
    case .notNeeded, .unknown: Theme.quiet
    case .ok: Theme.good
    case .ending, .notConsented: Theme.warning
    case .noRelation, .relationExpired, .roleMissing, .notInGroup, .blockedByPolicy, .signInNeeded: Theme.failure
    }
  }

  var glyph: SafeText { keepsOut ? "✖" : self == .ending ? "◐" : self == .unknown ? "◌" : "●" }
}

extension TenantOverview {
  /// Why somebody has to sign in before anything can be done in the tenant; `nil` where nobody has to.
  var signInNeed: SignInNeed? {
    guard tenant.context == .user || token.trouble == .signInNeeded else { return nil }
    guard token.trouble == .signInNeeded || access.state == .signInNeeded else { return nil }
    return [token.lastError, access.error].lazy.compactMap(\.?.signInNeed).first ?? .nobody
  }
}

/// An Entra role that a relationship may give, by its template id, which is the same in every tenant; else the id.
func entraRoleName(_ template: String) -> SafeText {
  entraRoles[template.lowercased()] ?? SafeText(beginningOf: template, limit: 60)
}

private let entraRoles: [String: SafeText] = [
  "5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
  "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f": "Security Operator",
  "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
  "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
  "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
  "17315797-102d-40b4-93e0-432062caca18": "Compliance Administrator",
  "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
  "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
  "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
  "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
  "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
  "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
  "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
  "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
  "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
  "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
  "4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
  "f023fd81-a637-4b56-95fd-791ac0226033": "Service Support Administrator",
]
