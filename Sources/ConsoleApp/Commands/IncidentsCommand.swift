import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations
import PartnerStore

struct IncidentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incidents", abstract: "List, show and triage incidents.",
    subcommands: [
      List.self, IncidentShowCommand.self, IncidentUpdateCommand.self, IncidentMergeCommand.self, AlertMoveCommand.self,
    ])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the open incidents of all or some tenants, freshly synced.",
      discussion: """
        Tenants that could not be read are named on standard error, and in the JSON; each row says when its tenant was
        read last.

        EXAMPLE
          partner-console incidents list @eu --output json
        """)

    @Argument(help: ArgumentHelp("Ids, domains, names or @groups; none means all.", valueName: "tenant"))
    var tenants: [String] = []
    @Flag(help: "Also those that are resolved or merged.") var all = false
    @Flag(help: "Only what is known already; ask nobody.") var offline = false
    @OptionGroup var waiting: WaitingOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try CommandEnding.reported {
        let rows = try PartnerSession.use(common, beginsWithStore: offline) { session in
          let chosen = try session.selection.resolve(tenants)
          if !offline { await session.settleIfOwner(chosen.map(\.id)) }
          let readings = offline ? .none : await TenantReadings(of: chosen, session, waiting.patience, withAlerts: true)
          let incidents = try await session.engine.incidents(
            of: chosen.filter { !$0.isExcluded }, includeClosed: all)
          let overviews = await session.engine.overviews(of: chosen)
          let times = try await session.engine.readTimes(of: incidents, in: overviews)
          return (incidents, overviews, readings, times)
        }
        let (incidents, overviews, readings, times) = rows.value
        try print(incidents, overviews, rows.tenantOutput, rows.incidentOutput { times[$0] })
        let coverage = ListCoverage(
          overviews: overviews, readings: readings, listed: incidents.map { ($0.key.tenant, times[$0.key]) },
          includesClosed: all, areNamed: !tenants.isEmpty, now: rows.endedAt, configuration: rows.configuration)
        for line in coverage.words { StandardStreams.say(line) }
        try Answers(coverage.answers, areWhole: coverage.areWhole).end()
      }
    }

    private func print(
      _ incidents: [IncidentSummary], _ overviews: [TenantOverview], _ tenants: TenantOutput, _ writer: IncidentOutput
    ) throws {
      switch output.output {
      case .text: try StandardStreams.write(writer.text(incidents, width: StandardStreams.width))
      case .csv: try output.write(incidents.map(writer.json), columns: IncidentOutput.csvColumns)
      case .json:
        let root = JSONNode.object([
          "incidents": .array(incidents.map(writer.json)),
          "tenants": .array(
            overviews.map {
              .object(["id": .string($0.id.rawValue), "name": .string($0.tenant.name), "sync": tenants.syncJSON($0)])
            }),
        ])
        try output.write(root)
      }
    }
  }
}
