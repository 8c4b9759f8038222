import FoundationEssentials
import PartnerModel
import SafeText

// What the operator asks for, and why it cannot be.
extension SharedState {
  // MARK: Consent

  func obstacleToCheckingConsent(_ tenants: [TenantID]) -> SafeText? {
    let known = tenants.compactMap { self.tenants[$0] }
    if known.isEmpty { return "It is not in the configuration any more." }
    if known.allSatisfy(\.tenant.isExcluded) { return "Excluded in the configuration: it is never asked." }
    if known.allSatisfy({ $0.tenant.isExcluded || access.isChecking($0.id) }) {
      return "A token is being asked for already."
    }
    return nil
  }

  /// Asks for a fresh token in each of these tenants, but for those where that is under way.
  mutating func checkConsent(_ tenants: [TenantID]) -> [Effect] {
    let asked = tenants.filter { id in
      self.tenants[id].map { !$0.tenant.isExcluded } ?? false && !access.isChecking(id)
    }
    guard let first = asked.first else { return [] }
    let request = nextRequest()
    access.checks.append(ConsentChecks(request: request, tenants: asked, begun: now, left: Set(asked)))
    let name: SafeText = asked.count == 1 ? SafeText(directory.name(of: first)) : "\(asked.count) tenants"
    message = .information("\(name): asking for a fresh token.")
    return [.checkConsent(asked, request: request)]
  }

  func obstacleToRequestingConsent(of tenant: TenantID) -> SafeText? {
    if let reason = settings.readOnlyReason { return "Nothing can be changed: \(reason)." }
    guard let row = tenants[tenant] else { return "It is not in the configuration any more." }
    if row.tenant.isExcluded { return "Excluded in the configuration: it is never asked." }
    if row.access.state == .signInNeeded {
      return "Sign in first, by I: without that no token can show what the admin granted."
    }
    if let run = access.consent {
      return run.tenant == tenant
        ? "It is waited for already: X cancels it."
        : "The consent of \(directory.name(of: run.tenant)) is waited for: X cancels that first."
    }
    return nil
  }

  /// Opens the page for the tenant's admin, and waits for what comes of it.
  mutating func requestConsent(of tenant: TenantID) -> [Effect] {
    let request = nextRequest()
    access.consent = ConsentRun(tenant: tenant, request: request, begun: now)
    access.ends[tenant] = nil
    return [.requestConsent(tenant, request: request)]
  }

  mutating func cancelConsent() -> [Effect] {
    guard let run = access.consent else { return [] }
    access.consent = nil
    access.ends[run.tenant] = ConsentEnded(end: .cancelled, at: now)
    message = .information("The consent of \(directory.name(of: run.tenant)) is not waited for any more.")
    return [.cancel(request: run.request)]
  }

  // MARK: Signing in

  var hasPeople: Bool { settings.configuration.tenants.contains { $0.context == .user } }

  var obstacleToSigningIn: SafeText? {
    hasPeople
      ? nil
      : "Nobody has to sign in: every tenant is worked in as the app. \"context\": \"user\" at a tenant changes that."
  }

  /// Why nobody can be asked to sign in just now.
  var signInUnderWay: SafeText? {
    access.signIn.map { "A sign-in \(place(of: $0.tenant)) is waited for: X cancels it." }
  }

  /// - Parameter tenant: `nil` for the app's home tenant.
  mutating func signIn(to tenant: TenantID?, byCode: Bool) -> [Effect] {
    if let run = access.signIn {
      if run.tenant != tenant || run.byCode != byCode {
        message = .warning("A sign-in \(place(of: run.tenant)) is waited for: X cancels it, then start the other one.")
      }
      return []
    }
    let request = nextRequest()
    access.signIn = SignInRun(tenant: tenant, byCode: byCode, request: request, begun: now)
    access.signInFailure = nil
    return [.signIn(tenant, deviceCode: byCode, request: request)]
  }

  mutating func cancelSignIn() -> [Effect] {
    guard let run = access.signIn else { return [] }
    access.signIn = nil
    message = .information("The sign-in is not waited for any more.")
    return [.cancel(request: run.request)]
  }

  mutating func signOut() -> [Effect] {
    let request = nextRequest()
    message = .information("Signing out.")
    return [.signOut(request: request)]
  }

  /// Where somebody signs in, as the end of a sentence.
  func place(of tenant: TenantID?) -> SafeText {
    tenant.map { "at \(directory.name(of: $0))" } ?? "at the home tenant"
  }
}
