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

  /// Where to sign in for it: `nil` is at home with the main registration; at the tenant itself where it asks for more, and
  /// where it has a further registration, whose sign-in is another one.
  var signInPlace: TenantID? { signInNeed == .more || tenant.app != nil ? id : nil }
}
