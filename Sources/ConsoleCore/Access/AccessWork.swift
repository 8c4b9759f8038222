import FoundationEssentials
import PartnerModel

/// What is under way between us, the tenants' admins and the people who sign in, and what came of it last. It belongs to
/// no screen: whoever leaves one ends nothing.
struct AccessWork: Hashable, Sendable {
  /// Who is signed in.
  var standings: [SignInStanding] = []
  var signIn: SignInRun?
  /// How the last sign-in of this run ended, while nobody is signing in.
  var signInFailure: SignInFailed?
  var consent: ConsentRun?
  /// How the last request for each tenant's consent ended.
  var ends: [TenantID: ConsentEnded] = [:]
  var checks: [ConsentChecks] = []

  /// Whether a fresh token is being asked for in a tenant.
  func isChecking(_ tenant: TenantID) -> Bool { checks.contains { $0.left.contains(tenant) } }
}

/// A sign-in that is being waited for.
struct SignInRun: Hashable, Sendable {
  enum Stage: Hashable, Sendable {
    case beginning
    case link(PageLink)
    case code(userCode: String, page: String, until: Date)
  }

  /// `nil`: at the app's home tenant.
  var tenant: TenantID?
  var byCode: Bool
  var request: Int
  var begun: Date
  var stage = Stage.beginning
}

/// A page that somebody opens in a browser.
struct PageLink: Hashable, Sendable {
  var url: String
  /// The program that was given it; `nil` where there is none, for `reason`.
  var openedBy: String?
  var reason: String?
}

struct SignInFailed: Hashable, Sendable {
  var error: PartnerError
  var at: Date
}

/// A request for an admin's consent that is being waited for.
struct ConsentRun: Hashable, Sendable {
  enum Stage: Hashable, Sendable {
    case beginning, waiting
    /// The page was answered: a token is asked for.
    case asking
    case lagging(until: Date)
  }

  var tenant: TenantID
  var request: Int
  var begun: Date
  var stage = Stage.beginning
  var link: PageLink?
}

struct ConsentEnded: Hashable, Sendable {
  var end: ConsentRequestEnd
  var at: Date
}

/// Fresh tokens that were asked for in some tenants.
struct ConsentChecks: Hashable, Sendable {
  var request: Int
  var tenants: [TenantID]
  var begun: Date
  /// Those that have not answered yet.
  var left: Set<TenantID>
}
