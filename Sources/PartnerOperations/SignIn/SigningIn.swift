import PartnerContext
package import PartnerModel
import PartnerStore

/// By what a person signs in.
package enum SignInWay: Hashable, Sendable {
  /// A browser on this machine.
  case browser
  /// A code that is typed on any device.
  case deviceCode
}

/// Who is signed in with a registration of the app.
package struct AppSignIn: Hashable, Sendable {
  /// The further registration's name; `nil` for the main one.
  package var app: String?
  /// `nil` where nobody is.
  package var standing: SignInStanding?
  /// Why that is not known.
  package var failure: PartnerError?
}

extension PartnerEngine {
  /// Signs a person in, so that the tenants whose context is `user` can be asked.
  ///
  /// - Parameters:
  ///   - tenant: where; `nil` for the home tenant of `app`.
  ///   - app: a further registration's name; a tenant names its own.
  ///   - tell: called with each step but the last.
  /// - Returns: the last step, `.signedIn` or `.failed`.
  package func signIn(
    to tenant: Tenant?, app: String? = nil, by way: SignInWay, tell: @escaping @Sendable (SignInProgress) -> Void
  ) async -> SignInProgress {
    let name = tenant.map(\.app) ?? app
    let context = name.flatMap { contexts[$0] } ?? mainContext
    let place = tenant?.id ?? context.app.homeTenant
    do throws(PartnerError) {
      if let tenant {
        guard !tenant.isExcluded else { throw PartnerError(.excluded, tenant: tenant.id, at: now()) }
        guard tenant.context == .user else { throw PartnerError(.signInFailed(.notUsed), tenant: tenant.id, at: now()) }
      }
      let standing =
        switch way {
        case .browser:
          try await context.signIn(
            at: place, expecting: configuration.operatorUPN, open: openBrowser, tell: tell)
        case .deviceCode:
          try await context.signInWithDeviceCode(at: place, expecting: configuration.operatorUPN, tell: tell)
        }
      await record(
        at: place, "\(standing.account) signed in \(way == .browser ? "with a browser" : "with a device code")")
      return .signedIn(standing)
    } catch {
      var error = error
      error.tenant = error.tenant ?? place
      error.at = error.at ?? now()
      if error.cause != .cancelled { await record(at: place, "no sign-in: \(error.summary)", error.problem) }
      return .failed(error)
    }
  }

  /// Forgets every sign-in, wherever it rests.
  /// - Returns: in words, who was signed in; empty where nobody was.
  /// - Throws: `.signInFailed(.store)` where something may be left; the others are forgotten all the same.
  package func signOut() async throws(PartnerError) -> [String] {
    var forgotten: [String] = []
    var failure: PartnerError?
    for (_, context) in registrations {
      do throws(PartnerError) {
        guard let words = try await context.signOut().words else { continue }
        forgotten.append(words)
        await record(at: context.app.homeTenant, words)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return forgotten
  }

  /// Who is signed in, for each registration that people act through, the main one first.
  package func signIns() async -> [AppSignIn] {
    var found: [AppSignIn] = []
    for (app, context) in registrations where context.hasPeople {
      do throws(PartnerError) {
        found.append(AppSignIn(app: app, standing: try await context.signInStanding(), failure: nil))
      } catch {
        found.append(AppSignIn(app: app, standing: nil, failure: error))
      }
    }
    return found
  }

  private func record(at tenant: TenantID, _ detail: String, _ problem: Problem? = nil) async {
    do {
      try await journal.append(
        JournalEntry(
          .signIn, at: now(), tenant: tenant, operatorUPN: configuration.operatorUPN, requestID: problem?.requestID,
          problem: problem, detail: detail))
    } catch {
      report(.warned("\(error)", tenant))
    }
  }
}
