import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations
import SafeText

extension TokenCommand {
  struct SignIn: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign-in",
      abstract: "Sign in, so that tenants whose context is user can be asked.",
      discussion: """
        The page to sign in on is printed, given to BROWSER, else to the desktop's browser, and waited for, for ten \
        minutes. Without a tenant it is the partner's own; a tenant that asks for more, such as a second factor, is named.

        --device-code is for a machine without a browser. Only type a code that you asked for yourself: whoever is \
        talked into typing somebody else's signs them in.

        EXAMPLE
          partner-console token sign-in
          partner-console token sign-in contoso.onmicrosoft.com --device-code
        """)

    @Argument(help: ArgumentHelp("An id, a domain or a name; none means our own tenant.", valueName: "tenant"))
    var tenant: String?
    @Flag(help: "Print a code to type on any device instead.") var deviceCode = false
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let last = try PartnerSession.use(common) { session in
          let chosen = try tenant.map { try session.selection.one($0) }
          if let chosen, chosen.context != .user {
            throw CommandError(
              .badConfiguration,
              "\(chosen.name): we act there as the app, so nobody has to sign in. Write \"context\": \"user\" at the tenant if people shall act there."
            )
          }
          let app = chosen == nil ? session.configuration.appOfPeople : nil
          let last = await session.engine.signIn(
            to: chosen, app: app ?? nil, by: deviceCode ? .deviceCode : .browser, tell: SignInWords.tell)
          if case .signedIn = last, let chosen {
            // Whether the sign-in lets us into the tenant is told at once, and kept.
            let row = await session.engine.checkConsent(in: chosen)
            if let error = row.token.lastError ?? row.consent.error {
              StandardStreams.say("\(chosen.name): \(error.nextAction)")
            }
          }
          return last
        }.value
        guard case .failed(let error) = last else { return SignInWords.tell(last) }
        if error.cause == .cancelled { throw CommandError(.interrupted, "") }
        let status: ExitStatus = error.cause == .signInFailed(.notUsed) ? .badConfiguration : .nothingDone
        throw CommandError(status, "not signed in: \(error.summary). \(error.nextAction)")
      }
    }
  }

  struct SignOut: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign-out",
      abstract: "Forget the sign-in, wherever it rests.",
      discussion: """
        What was signed in stays valid at Entra ID until it ends or is revoked there; here nothing of it is left.

        EXAMPLE
          partner-console token sign-out
        """)

    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let forgotten = try PartnerSession.use(common) { session in try await session.engine.signOut() }.value
        if forgotten.isEmpty { StandardStreams.say("Nobody was signed in.") }
        for words in forgotten { StandardStreams.say(words) }
      }
    }
  }
}

/// What a sign-in tells whoever waits for it on the command line.
enum SignInWords {
  private static let forTheRun =
    "Sign in with I in the console, or name a store under signIn in the configuration that keeps it."

  static func tell(_ step: SignInProgress) {
    switch step {
    case .link(let url, nil, nil): StandardStreams.say("Sign in on this page, within 10 minutes:\n\n  \(url)\n")
    case .link(_, let program?, _): StandardStreams.say("\(SafeText(program)) has it. Waiting for the sign-in.")
    case .link(_, nil, let reason?):
      StandardStreams.say("No browser was opened: \(SafeText(reason)). Waiting for the sign-in.")
    case .code(let code, let page, let until):
      let minutes = Int((until.timeIntervalSinceNow / 60).rounded())
      StandardStreams.say(
        "On any device, open\n\n  \(SafeText(page))\n\nand type this code, within \(minutes) minutes:\n\n  \(SafeText(code))\n\nOnly type a code that you asked for yourself, a moment ago.\n"
      )
    case .signedIn(let standing):
      let place =
        standing.restsIn.map { "The sign-in rests in \($0)." }
        ?? "It lasts for this run alone, which ends here\(standing.reason.map { ": \($0)" } ?? ""). \(forTheRun)"
      StandardStreams.say("Signed in as \(SafeText(standing.account)). \(SafeText(place))")
    case .failed(let error): StandardStreams.say("\(error.summary). \(error.nextAction)")
    }
  }
}

extension Configuration {
  /// The registration that people act through: the main one's name, which is `nil`, before further ones; none at all
  /// where nobody does.
  var appOfPeople: String?? {
    let names = tenants.filter { $0.context == .user && !$0.isExcluded }.map(\.app)
    if names.contains(nil) { return .some(nil) }
    return names.compactMap { $0 }.sorted().first.map { .some($0) }
  }
}
