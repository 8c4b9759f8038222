import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations

struct ConsentRequestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Open the page on which a tenant's admin consents, wait for it, and check what was granted.",
    discussion: """
      For an admin who sits at this machine: the page comes back to it, to http://localhost, which the app registration \
      has to name among its redirects. The link is printed on standard error, and its answer waited for, up to ten \
      minutes. Only a fresh token counts: it is asked for again and again, up to five minutes, because a grant may lag. \
      Ends with 0 when all is granted, 1 when a part is, 2 otherwise.

      EXAMPLE
        partner-console consent request contoso.onmicrosoft.com
      """)

  @Argument(help: ArgumentHelp("An id, a domain or a name.", valueName: "tenant"))
  var tenant: String
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    try CommandEnding.reported {
      let asked = try PartnerSession.use(common) { session in
        let chosen = try session.selection.asked(tenant)
        let end = await session.engine.requestConsent(in: chosen) { Self.say($0, of: chosen) }
        return (chosen, end, await session.engine.overviews(of: [chosen]))
      }
      let (chosen, end, rows) = asked.value
      if case .cancelled = end { throw CommandError(.interrupted, "") }
      try asked.with(rows).print(output, text: \.consentText)
      CredentialNotice.tell(rows)
      let next = end == .granted ? "" : " \(end.nextAction)"
      StandardStreams.say("\(chosen.name): \(end.summary).\(next)")
      if end == .granted { return }
      if case .partial = end { throw ExitCode(ExitStatus.someTenantsFailed.rawValue) }
      throw ExitCode(ExitStatus.nothingDone.rawValue)
    }
  }

  private static func say(_ progress: ConsentRequestProgress, of tenant: Tenant) {
    switch progress {
    case .link(let url, let openedBy, let reason):
      let how =
        openedBy.map { "\($0) has this page" } ?? (reason.map { "No browser was opened: \($0). " } ?? "")
        + "Open this page"
      StandardStreams.say("\(tenant.name): waiting up to 10 minutes for its admin. \(how):\n\(url)")
    case .answered:
      StandardStreams.say("\(tenant.name): the page was answered. Asking for a token, which alone proves it.")
    case .lagging(let until):
      let time = Timestamp(until).description.dropFirst(11).prefix(8)
      StandardStreams.say("\(tenant.name): the grant does not show yet; asking again at \(time)Z.")
    case .ended: break
    }
  }
}
