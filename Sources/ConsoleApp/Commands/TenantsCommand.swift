import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations

struct TenantsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenants",
    abstract: "List the tenants: consent, token, open incidents, last sync and what to do.",
    discussion: """
      From what is known already; a tenant that was never read is read first.

      EXAMPLE
        partner-console tenants @gold --refresh --output json
      """)

  @Argument(help: ArgumentHelp("Ids, domains, names or @groups; none means all.", valueName: "tenant"))
  var tenants: [String] = []
  @Flag(help: "Read every named tenant now.") var refresh = false
  @OptionGroup var waiting: WaitingOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    try CommandEnding.reported {
      let rows = try PartnerSession.use(common, beginsWithStore: true) { session in
        let chosen = try session.selection.resolve(tenants)
        let overviews = await session.engine.overviews(of: chosen)
        let due = overviews.filter { refresh || $0.sync.lastAttempt == nil }.map(\.tenant)
        guard due.contains(where: { !$0.isExcluded }) else { return (overviews, TenantReadings.none) }
        try session.prepareToAsk()
        let readings = await TenantReadings(of: due, session, waiting.patience, withAlerts: false)
        await session.engine.readRelations(ifDue: true)
        return (await session.engine.overviews(of: chosen), readings)
      }
      let (overviews, readings) = rows.value
      try rows.with(overviews).print(output, text: \.listText)
      CredentialNotice.tell(overviews)
      try Answers(
        overviews.map { $0.tenant.isExcluded ? nil : hasAnswered($0, readings, since: rows.startedAt) },
        isEmptyAnswered: true
      ).end()
    }
  }

  /// What is remembered answers for a tenant that was not asked; one that was asked has to have said something.
  private func hasAnswered(_ overview: TenantOverview, _ readings: TenantReadings, since start: Date) -> Bool {
    switch readings.outcome(of: overview.id) {
    case .notAsked: overview.consent.state != .unknown
    case .read: true
    case .failed(let error):
      error.isAboutConsent || overview.consent.checkedAt.map { $0 >= start } ?? false
    }
  }
}
