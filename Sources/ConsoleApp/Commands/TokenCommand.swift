import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "The state of each tenant's token; never the token itself.",
    subcommands: [List.self, SignIn.self, SignOut.self, Inspect.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List token states as last recorded; a tenant that was never asked is asked first.",
      discussion: """
        EXAMPLE
          partner-console token list --output csv
        """)

    @Argument(help: ArgumentHelp("Ids, domains, names or @groups; none means all.", valueName: "tenant"))
    var tenants: [String] = []
    @Flag(help: "Ask for a token in every named tenant now.") var refresh = false
    @OptionGroup var waiting: WaitingOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let listed = try PartnerSession.use(common, beginsWithStore: true) { session in
          let chosen = try session.selection.resolve(tenants)
          let rows = try await TokenCommand.records(of: chosen, asking: refresh, session, waiting.patience)
          await session.engine.lookAtCertificates(of: chosen)
          return rows
        }
        let rows = listed.value
        try listed.print(output, text: \.tokenText)
        CredentialNotice.tell(rows)
        ListCoverage.tellIfNothingAsked(rows)
        try Answers(rows.map { TokenCommand.hasAnswered($0, at: listed.endedAt) }).end()
      }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: "Tell what is known of one tenant's token, and of the credentials that it is got by.",
      discussion: """
        What the token told of itself when it came, as last recorded; a tenant that was never asked is asked first.

        EXAMPLE
          partner-console token inspect contoso.onmicrosoft.com --refresh
        """)

    @Argument(help: ArgumentHelp("An id, a domain or a name.", valueName: "tenant"))
    var tenant: String
    @Flag(help: "Ask for a token now.") var refresh = false
    @OptionGroup var waiting: WaitingOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let found = try PartnerSession.use(common, beginsWithStore: true) { session in
          let chosen = try session.selection.one(tenant)
          let rows = try await TokenCommand.records(of: [chosen], asking: refresh, session, waiting.patience)
          return TokenInspection(
            row: rows.first ?? TenantOverview(tenant: chosen),
            credentials: await session.engine.credentials(for: chosen))
        }
        let tenantOutput = found.tenantOutput(width: StandardStreams.width)
        switch output.output {
        case .text: try StandardStreams.write(found.value.text(tenantOutput))
        case .json: try output.write(found.value.json(tenantOutput))
        case .csv: try output.write([found.value.json(tenantOutput)], columns: TokenInspection.csvColumns)
        }
        CredentialNotice.tell([found.value.row])
        ListCoverage.tellIfNothingAsked([found.value.row])
        try Answers([TokenCommand.hasAnswered(found.value.row, at: found.endedAt)]).end()
      }
    }
  }

  /// What is recorded of the tokens, after those were asked for that never were.
  /// - Parameter all: also those that are known.
  private static func records(
    of chosen: [Tenant], asking all: Bool, _ session: PartnerSession, _ patience: Patience
  ) async throws -> [TenantOverview] {
    let known = await session.engine.overviews(of: chosen)
    let due = known.filter { !$0.tenant.isExcluded && (all || $0.token == .never) }.map(\.tenant)
    guard !due.isEmpty else { return known }
    try session.prepareToAsk()
    _ = await session.engine.each(of: due) { await session.engine.probeConsent(in: $0, patience: patience) }
    return await session.engine.overviews(of: chosen)
  }

  /// `nil` for a tenant that is never asked.
  private static func hasAnswered(_ row: TenantOverview, at now: Date) -> Bool? {
    if row.tenant.isExcluded { return nil }
    // Where our credential could not be used, nobody was asked.
    if row.token.lastError?.cause == "credentialUnreadable", row.token.state(at: now) == .refused { return false }
    return ![.failed, .none].contains(row.token.state(at: now))
  }
}
